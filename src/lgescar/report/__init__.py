"""Report → what people look at: a page, pictures, a table. Rounding happens here only."""

from lgescar.report.figures import overlays
from lgescar.report.html import page
from lgescar.report.table import summary

__all__ = ["overlays", "page", "summary"]
