"""Is every event still what the reader did? Walks every chain of a store and names what is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lgescar.core.errors import EventError
from lgescar.reader.chain import StoredEvent, event_from_text, faults
from lgescar.reader.database import Database
from lgescar.reader.rows import BranchRow, ReaderRow, SessionRow, StudyRow

FOREIGN = "events WHERE session NOT IN (SELECT id FROM sessions)"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written; ``session`` is empty where it is the whole file."""

    session: str
    message: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked, and everything that is wrong."""

    sessions: int
    events: int
    branches: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(folder: Path) -> Audit:
    """Every event, session and refused version of the store in ``folder``, against its hash.

    Raises:
        EventError: no store there, or one too damaged to be opened.
    """
    database = Database(folder, create=False)
    try:
        return _verified(database)
    finally:
        database.close()


def _verified(database: Database) -> Audit:
    damage = [Fault("", f"SQLite: {one}") for one in database.damage()]
    try:
        sessions = database.rows(SessionRow, "sessions ORDER BY rowid")
        studies = {study.id: study for study in database.rows(StudyRow, "studies")}
        readers = {reader.name for reader in database.rows(ReaderRow, "readers")}
        branches = database.rows(BranchRow, "branches ORDER BY rowid")
        # Events whose session is gone, or whose session's name was changed.
        foreign = database.rows(StoredEvent, FOREIGN)
        found = [*damage]
        found += [Fault("", f"event {one.sequence} belongs to no session") for one in foreign]
        count = 0
        for row in sessions:
            events = database.rows(
                StoredEvent, "events WHERE session = ? ORDER BY sequence", row.id
            )
            count += len(events)
            said = faults(row.start_sha256, events, (row.last, row.last_sha256))
            said += [f"event {one.sequence} means nothing" for one in events if not _means(one)]
            study = studies.get(row.study)
            if study is None or study.sha256 != row.input_sha256:
                said.append("the study's input is another than the one that was read")
            if row.reader not in readers:
                said.append("its reader is not in the list of readers")
            found += [Fault(row.id, one) for one in said]
    except (EventError, ValueError) as error:
        return Audit(0, 0, 0, (*damage, Fault("", str(error))))
    for branch in branches:
        if branch.expected_sha256 != branch.sha256:
            found.append(Fault(branch.session, f"the refused version {branch.id} was changed"))
    return Audit(len(sessions), count, len(branches), tuple(found))


def _means(stored: StoredEvent) -> bool:
    try:
        event_from_text(stored.text)
    except EventError:
        return False
    return True
