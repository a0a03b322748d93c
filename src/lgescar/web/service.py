"""The open readings, and who may see which."""

from __future__ import annotations

from pathlib import Path

from lgescar.bundle import Bundle
from lgescar.core.errors import EventError, InputError
from lgescar.reader.reading import Reading
from lgescar.reader.rows import SessionRow, StudyRow
from lgescar.reader.service import ReaderService
from lgescar.reader.store import Store
from lgescar.web.access import Browser
from lgescar.web.responses import Refusal


class WebReaderService(ReaderService):
    """What is open on one server; safe between threads."""

    def __init__(self, store: Store, bundle: Bundle) -> None:
        super().__init__(store, bundle)
        self.slice_counts: dict[str, int] = {}
        self._rows: dict[str, SessionRow] = {}

    def study(self, study: str) -> StudyRow:
        """The study of that id.

        Raises:
            Refusal: there is none.
        """
        try:
            return self.store.study(study)
        except EventError as error:
            raise Refusal(404, "there is no such study") from error

    def row(self, session: str, browser: Browser) -> SessionRow:
        """The session of that id as it began, where the browser's reader may see it.

        Known ones are not read again: a slice's image need not wait for a commit.

        Raises:
            Refusal: there is none, or it is another reader's and blinded.
        """
        row = self._rows.get(session)
        if row is None:
            try:
                row = self._rows[session] = self.store.session(session)
            except EventError as error:
                raise Refusal(404, "there is no such reading") from error
        if row.blinded is not None and row.reader != browser.reader:
            raise Refusal(403, "a blinded reading is its reader's alone")
        return row

    def reading(self, study: str, bundle_sha256: str | None = None) -> Reading:
        """The opened study, shared by all of its sessions; its slices are counted."""
        found = super().reading(study, bundle_sha256)
        self.slice_counts[study] = len(found.study.slices)
        return found

    def shown_name(self, row: SessionRow) -> str:
        """What a session is called on its pages."""
        return row.blinded or self.study(row.study).name

    def input(self, study: str) -> Path:
        """The input of a study, the same bytes as when it was added.

        Raises:
            Refusal: it is not here, or not the same.
        """
        try:
            return self._input(self.study(study).id)
        except InputError as error:
            raise Refusal(409, str(error)) from error
