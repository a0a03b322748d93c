"""An opened study that its readers share: outlined by the default bundle, and measured once."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.errors import EventError, PromptError
from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.measure.report import measured
from lgescar.outline.study import MEMORY_BYTES, OutlinedStudy
from lgescar.outline.systems import NetworkSystem
from lgescar.read import read_study


def open_reading(path: str | Path, bundle: Bundle | str | Path = "default") -> Reading:
    """The study at ``path``, ready to be read.

    Raises:
        InputError: nothing there that can be read.
        ModelError: the bundle is missing, damaged or foreign.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    return Reading(read_study(path), opened)


class Reading(OutlinedStudy):
    """A study and what the bundle says of it; safe to use from several threads."""

    def __init__(self, study: Study, bundle: Bundle, *, memory_bytes: int = MEMORY_BYTES) -> None:
        super().__init__(study, NetworkSystem(bundle), memory_bytes=memory_bytes)
        self._measuring = Lock()
        self._report: Report | None = None

    def place(self, index: int) -> int:
        """Where slice ``index`` stands among the study's slices.

        Raises:
            EventError: the study has no such slice.
        """
        try:
            return super().place(index)
        except PromptError as error:
            raise EventError(str(error)) from error

    @property
    def report(self) -> Report:
        """What the program says by itself; waits until every slice was predicted."""
        with self._measuring:
            if self._report is None:
                found = self.automatic()
                came_from = self.provenance(found.settings)
                self._report = measured(
                    self.study, found.results, found.notes, came_from, found.span
                )
            return self._report
