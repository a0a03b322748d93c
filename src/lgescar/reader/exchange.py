"""A session as one JSON file, and back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from lgescar.core.errors import EventError
from lgescar.core.provenance import now
from lgescar.read.names import plain
from lgescar.read.reading import WORD
from lgescar.reader.chain import StoredEvent, event_from_text, faults
from lgescar.reader.rows import BranchRow, ReaderRow, SessionRow, StudyRow
from lgescar.reader.store import Store, study_id
from lgescar.strict import from_json

FORMAT = "lgescar-session/1"
LARGEST_BYTES = 64 * 2**20
"""Room for a hundred thousand edits; a larger file is no session."""


@dataclass(frozen=True, slots=True)
class SessionFile:
    """All that the store knows of a session, except where its pixels are."""

    study: StudyRow
    session: SessionRow
    events: tuple[StoredEvent, ...]
    branches: tuple[BranchRow, ...]


def exported(store: Store, session: str) -> str:
    """A session as JSON text: its study's name and SHA-256, its events and refused versions.

    Raises:
        EventError: there is no such session.
    """
    row = store.session(session)
    study = asdict(store.study(row.study))
    del study["path"]
    document = {
        "format": FORMAT,
        "study": study,
        "session": asdict(row),
        "events": [asdict(event) for event in store.events(session)],
        "branches": [asdict(branch) for branch in store.branches(session)],
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=True) + "\n"


def session_file(text: str) -> SessionFile:
    """The session that a text holds, every event and every hash checked.

    Raises:
        EventError: no session of this version, or one that was changed.
    """
    if len(text) > LARGEST_BYTES:
        raise EventError(f"a session's file is larger than {LARGEST_BYTES} characters")
    found = from_json(text, SessionFile, "the session's file", EventError, format_name=FORMAT)
    _refuse_changed(found)
    return found


def import_session(store: Store, text: str) -> SessionRow:
    """The session of an exported file, added to a store under its own id.

    Its study is known by SHA-256; where the store lacks it, ``Store.add_study`` with the input
    adds where the pixels are. The same file again, or an earlier one, changes nothing.

    Raises:
        EventError: no session, one that was changed, or one that differs from what is there.
    """
    given = session_file(text)
    database, row = store.database, given.session
    with database.writing():
        if any(row.id == known.id for known in store.sessions()):
            here = store.events(row.id)
            if here[: len(given.events)] != given.events:
                raise EventError("this session is here already and has gone on differently")
            return store.session(row.id)
        key = (row.study, row.number)
        if any(key == (one.study, one.number) for one in store.sessions(row.reader)):
            raise EventError("the store holds another session of this reader, study and number")
        if all(given.study.id != known.id for known in store.studies()):
            database.insert(given.study)
        known = store.readers()
        for name in sorted(_people(given)):
            if name not in known:
                database.insert(ReaderRow(name, now()))
        database.insert(row)
        for event in given.events:
            database.insert_event(row.id, event)
        for branch in given.branches:
            database.insert(branch)
    return row


def _people(given: SessionFile) -> set[str]:
    """Everybody who is named in a session."""
    edited = {event.who for event in given.events}
    return {given.session.reader} | edited | {branch.who for branch in given.branches}


def _refuse_changed(given: SessionFile) -> None:
    row = given.session
    names = _people(given)
    ids = (row.id, row.study, *(branch.id for branch in given.branches))
    if not all(map(WORD.fullmatch, (*names, *ids, row.blinded or "none"))):
        raise EventError("a name or an id in the session's file is no plain word")
    if given.study.path is not None:
        raise EventError("the session's file names a path of another machine")
    if given.study.name != plain(given.study.name) or not given.study.name:
        raise EventError("the name of the session's study is not plain")
    if given.study.id != study_id(given.study.sha256):
        raise EventError("the id of the session's study is not that of its SHA-256")
    wrong = faults(row.start_sha256, given.events, (row.last, row.last_sha256))
    wrong += [b.id for b in given.branches if b.sha256 != b.expected_sha256 or b.session != row.id]
    if row.study != given.study.id or row.input_sha256 != given.study.sha256:
        wrong.append("its study is another")
    if wrong:
        raise EventError(f"the session's file was changed since it was written: {wrong[0]}")
    for event in given.events:
        event_from_text(event.text)
