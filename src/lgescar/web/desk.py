"""The open readings: one ``Reading`` a study, shared; one ``Session`` a reading, with its lock."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from lgescar.bundle import Bundle
from lgescar.core.errors import EventError
from lgescar.reader.inputs import input_sha256
from lgescar.reader.reading import Reading, open_reading
from lgescar.reader.rows import SessionRow, StudyRow
from lgescar.reader.session import Session
from lgescar.reader.store import Store
from lgescar.web.access import Browser
from lgescar.web.answers import Refusal

MOST_READINGS = 12
"""Studies that stay open; each may take some 100 MB. Ours."""


@dataclass(slots=True, eq=False)
class Opened:
    """A session that is open, up to date with event ``last``; used under ``lock`` only."""

    row: SessionRow
    name: str
    session: Session
    last: int = 0
    lock: Lock = field(default_factory=Lock)


class Desk:
    """What is open on one server; safe between threads."""

    def __init__(self, store: Store, bundle: Bundle, *, most_readings: int = MOST_READINGS) -> None:
        self.store = store
        self.bundle = bundle
        self.slice_counts: dict[str, int] = {}
        self._most = most_readings
        self._readings: OrderedDict[str, Reading] = OrderedDict()
        self._sessions: dict[str, Opened] = {}
        self._opening: dict[str, Lock] = {}
        self._lock = Lock()

    def close(self) -> None:
        """End the background work."""
        with self._lock:
            readings = list(self._readings.values())
            self._readings.clear()
            self._sessions.clear()
        for reading in readings:
            reading.close()

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
        """The session of that id, where the browser's reader may see it.

        Raises:
            Refusal: there is none, or it is another reader's and blinded.
        """
        try:
            row = self.store.session(session)
        except EventError as error:
            raise Refusal(404, "there is no such reading") from error
        if row.blinded is not None and row.reader != browser.reader:
            raise Refusal(403, "a blinded reading is its reader's alone")
        return row

    @contextlib.contextmanager
    def opened(self, session: str, browser: Browser) -> Iterator[Opened]:
        """The session, up to date with the store; nobody else uses it meanwhile.

        Raises:
            Refusal: there is no such session, or it cannot be opened as it was read.
            InputError: its study cannot be read.
        """
        row = self.row(session, browser)
        with self._opening_one(session):
            with self._lock:
                found = self._sessions.get(session)
                if row.study in self._readings:
                    self._readings.move_to_end(row.study)
            if found is None:
                found = self._open(row)
        with found.lock:
            self.catch_up(found)
            yield found

    def catch_up(self, opened: Opened) -> frozenset[int]:
        """Apply what was stored since; the slices that may have changed."""
        changed: frozenset[int] = frozenset()
        for event in self.store.events(opened.row.id, opened.last):
            changed |= opened.session.add(event.event)
            opened.last = event.sequence
        return changed

    def reading(self, study: str) -> Reading:
        """The study, opened or found open; those unused longest are closed.

        Raises:
            Refusal: its input is not what was read before.
            InputError: it cannot be read.
        """
        row = self.study(study)
        with self._opening_one(study):
            with self._lock:
                found = self._readings.get(study)
                if found is not None:
                    self._readings.move_to_end(study)
                    return found
            found = open_reading(unchanged(row), self.bundle)
            self.slice_counts[study] = len(found.study.slices)
            with self._lock:
                self._readings[study] = found
                gone = self._too_many()
        for reading in gone:
            reading.close()
        return found

    def _open(self, row: SessionRow) -> Opened:
        if row.bundle_sha256 != self.bundle.sha256:
            raise Refusal(
                409, "this reading was begun with another model; start lgescar serve with that one"
            )
        reading = self.reading(row.study)
        found = Opened(row, row.blinded or self.study(row.study).name, Session(reading))
        with self._lock:
            self._sessions[row.id] = found
        return found

    def _too_many(self) -> list[Reading]:
        """Readings to close, with their sessions; under the lock."""
        gone = []
        while len(self._readings) > self._most:
            study, reading = self._readings.popitem(last=False)
            gone.append(reading)
            for name in [n for n, one in self._sessions.items() if one.row.study == study]:
                del self._sessions[name]
        return gone

    def _opening_one(self, name: str) -> Lock:
        with self._lock:
            return self._opening.setdefault(name, Lock())


def unchanged(row: StudyRow) -> Path:
    """The input of a study, the same bytes as when it was added.

    Raises:
        Refusal: it is not.
    """
    if row.path is None:
        raise Refusal(409, "the study's pixels are not here; add its input to the worklist")
    path = Path(row.path)
    if input_sha256(path) != row.sha256:
        raise Refusal(409, "the study's files have changed since it was added; add it again")
    return path
