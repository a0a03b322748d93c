"""Report → files; the mirror of ``read/``."""

from lgescar.write.files import write_report
from lgescar.write.folder import folder_name

__all__ = ["folder_name", "write_report"]
