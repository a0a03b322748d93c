"""Where readings are stored: an event is acknowledged only once it is on the disc.

Pixels are not copied: a study is the path of its input and its SHA-256. Uploads are files in the
store's own folder.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lgescar.core.errors import ConflictError, EventError
from lgescar.core.provenance import now
from lgescar.read.names import plain, study_name
from lgescar.read.reading import WORD
from lgescar.reader.chain import NewEvent, StoredEvent, event_link, event_text, link
from lgescar.reader.database import Database
from lgescar.reader.inputs import input_sha256
from lgescar.reader.replay import State, replay
from lgescar.reader.rows import BranchRow, ReaderRow, SessionRow, StudyRow
from lgescar.reader.values import LARGEST_WHOLE

UPLOADS = "uploads"
"""Folder of the store that holds what was sent to it."""


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """A session as a list shows it."""

    session: SessionRow
    name: str
    status: Literal["new", "begun", "accepted"]
    active_min: float
    changed: str


class Store:
    """The readings of a folder; safe between threads and between processes.

    Raises:
        EventError: no store there and ``create`` is False, or one that is damaged or of another
            version.
    """

    def __init__(self, folder: Path, *, create: bool = True) -> None:
        self.folder = folder
        self.database = Database(folder, create=create)
        self._replayed: dict[str, tuple[str, State]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uploads(self) -> Path:
        """Folder for what is sent to the store, made when first used."""
        folder = self.folder / UPLOADS
        folder.mkdir(exist_ok=True)
        return folder

    def add_study(self, path: Path, name: str | None = None) -> StudyRow:
        """A study by the path of its input; the same content again is the same study.

        ``name``, of the file or folder where None, is never a patient's.

        Raises:
            InputError: nothing there.
        """
        sha256, where = input_sha256(path), str(path.resolve())
        with self.database.writing():
            known = self.database.rows(StudyRow, "studies WHERE sha256 = ?", sha256)
            if known:
                self.database.run("UPDATE studies SET path = ? WHERE id = ?", where, known[0].id)
                return self.study(known[0].id)
            shown = study_name(path) if name is None else plain(name) or "study"
            row = StudyRow(study_id(sha256), shown, sha256, now(), where)
            self.database.insert(row)
        return row

    def add_reader(self, name: str) -> str:
        """A reader's name: up to 40 letters, digits, ``.``, ``_``, ``-``; known ones stay.

        Raises:
            EventError: any other name.
        """
        if not WORD.fullmatch(name):
            raise EventError("a reader's name is up to 40 letters, digits, '.', '_', '-'")
        with self.database.writing():
            if name not in self.readers():
                self.database.insert(ReaderRow(name, now()))
        return name

    def add_session(
        self,
        study: str,
        reader: str,
        bundle_sha256: str,
        number: int = 1,
        place: int | None = None,
        blinded: str | None = None,
    ) -> SessionRow:
        """The reader's ``number``-th reading of a study; one that exists already is given back.

        Raises:
            EventError: an unknown study or reader.
        """
        read = self.study(study)
        if reader not in self.readers():
            raise EventError("no such reader; add the reader first")
        with self.database.writing():
            where = "sessions WHERE study = ? AND reader = ? AND number = ?"
            known = self.database.rows(SessionRow, where, study, reader, number)
            if known:
                return known[0]
            due = (number, place, blinded)
            bare = SessionRow(
                _name(), study, reader, *due, read.sha256, bundle_sha256, now(), last=0,
                last_sha256="",
            )  # fmt: skip
            row = replace(bare, last_sha256=bare.start_sha256)
            self.database.insert(row)
        return row

    def study(self, study: str) -> StudyRow:
        """The study of that id.

        Raises:
            EventError: there is none.
        """
        return self.database.one(StudyRow, "studies WHERE id = ?", study)

    def session(self, session: str) -> SessionRow:
        """The session of that id.

        Raises:
            EventError: there is none.
        """
        return self.database.one(SessionRow, "sessions WHERE id = ?", session)

    def studies(self) -> tuple[StudyRow, ...]:
        """Every study, in the order they were added."""
        return self.database.rows(StudyRow, "studies ORDER BY rowid")

    def readers(self) -> tuple[str, ...]:
        """Every reader, in the order they were added."""
        return tuple(row.name for row in self.database.rows(ReaderRow, "readers ORDER BY rowid"))

    def sessions(self, reader: str | None = None) -> tuple[SessionRow, ...]:
        """Every session, or a reader's, those of a reading study in the order they are due."""
        if reader is None:
            return self.database.rows(SessionRow, "sessions ORDER BY rowid")
        return self.database.rows(
            SessionRow, "sessions WHERE reader = ? ORDER BY number, place, rowid", reader
        )

    def events(self, session: str, after: int = 0) -> tuple[StoredEvent, ...]:
        """The events of a session that follow number ``after``."""
        where = "events WHERE session = ? AND sequence > ? ORDER BY sequence"
        return self.database.rows(StoredEvent, where, session, after)

    def branches(self, session: str) -> tuple[BranchRow, ...]:
        """Refused versions of a session, in the order they came."""
        return self.database.rows(BranchRow, "branches WHERE session = ? ORDER BY rowid", session)

    def worklist(self, reader: str | None = None) -> tuple[WorklistRow, ...]:
        """Sessions with status, active minutes and last change; a blinded one by its own name."""
        names = {study.id: study.name for study in self.studies()}
        return tuple(self._listed(row, names[row.study]) for row in self.sessions(reader))

    def state(self, session: str) -> State:
        """The replay of a session's events: all that needs no pixels."""
        row = self.session(session)
        known = self._replayed.get(session)
        if known is None or known[0] != row.last_sha256:
            events = self.events(session)[: row.last]
            known = (row.last_sha256, replay(one.event for one in events))
            self._replayed[session] = known
        return known[1]

    def append(self, session: str, after: int, events: Sequence[NewEvent], who: str) -> int:
        """Add events behind number ``after``; the number of the last one, once all are on the disc.

        An event whose id is known already is acknowledged and not doubled.

        Raises:
            ConflictError: the session went on after ``after``; the events are stored as a branch.
            EventError: an unknown session or reader, or a known id with another content.
        """
        if who not in self.readers():
            raise EventError("no such reader; add the reader first")
        if not 0 <= after <= LARGEST_WHOLE:
            raise EventError("edits follow an event by its number, 0 before the first")
        with self.database.writing():
            row = self.session(session)
            after, new = self._unknown(row, after, events)
            if new and after == row.last:
                return self._appended(row, new, who)
            if not new:
                return row.last
            branch = self._branched(row, after, new, who)
        raise ConflictError(
            f"the reading went on to event {row.last} since event {after}; your edits are stored "
            "apart, reload to see what is there",
            found=self.events(session, max(after, 0)),
            branch=branch,
        )

    def _listed(self, row: SessionRow, name: str) -> WorklistRow:
        state = self.state(row.id)
        last = self.database.rows(
            StoredEvent, "events WHERE session = ? AND sequence = ?", row.id, row.last
        )
        changed = last[0].at if last else row.created
        return WorklistRow(row, row.blinded or name, state.status, state.active_s / 60.0, changed)

    def _unknown(
        self, row: SessionRow, after: int, events: Sequence[NewEvent]
    ) -> tuple[int, list[NewEvent]]:
        """The events that are not there yet, and behind which number they belong.

        Events that were sent before, without the answer having arrived, move that number on.
        """
        new: list[NewEvent] = []
        for one in events:
            known = self.database.rows(
                StoredEvent, "events WHERE session = ? AND id = ?", row.id, one.id
            )
            if not known:
                new.append(one)
                continue
            if known[0].text != event_text(one.event):
                raise EventError("an event's id was used before, for something else")
            if not new and known[0].sequence == after + 1:
                after += 1
        if len({one.id for one in new}) != len(new):
            raise EventError("two of the events have one id")
        return after, new

    def _appended(self, row: SessionRow, events: Sequence[NewEvent], who: str) -> int:
        at, before, last = now(), row.last_sha256, row.last
        for one in events:
            last += 1
            bare = StoredEvent(last, one.id, at, who, event_text(one.event), "")
            before = event_link(before, bare)
            self.database.insert_event(row.id, replace(bare, sha256=before))
        self.database.run(
            "UPDATE sessions SET last = ?, last_sha256 = ? WHERE id = ?", last, before, row.id
        )
        return last

    def _branched(self, row: SessionRow, after: int, events: Sequence[NewEvent], who: str) -> str:
        """The id under which refused events are stored; the same ones again are the same branch."""
        spelled = json.dumps([[one.id, event_text(one.event)] for one in events])
        name = link("", row.id, after, who, spelled)[:32]
        if not self.database.rows(BranchRow, "branches WHERE id = ?", name):
            bare = BranchRow(name, row.id, after, now(), who, spelled, "")
            self.database.insert(replace(bare, sha256=bare.expected_sha256))
        return name


def study_id(sha256: str) -> str:
    """A study's id: the same wherever its input has the same bytes, and it says nothing else."""
    return sha256[:16]


def _name() -> str:
    """A name that says nothing."""
    return secrets.token_hex(8)
