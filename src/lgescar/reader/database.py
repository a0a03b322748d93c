"""The file of a store: SQLite tables, opened so that a commit is on the disc when it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from lgescar.core.errors import EventError
from lgescar.reader.chain import StoredEvent
from lgescar.reader.rows import BranchRow, ReaderRow, SessionRow, StudyRow

FILE = "readings.sqlite"
FORMAT = "lgescar-store/1"
BUSY_S = 30.0
"""How long a process waits for the commits of others. Ours."""

_SCHEMA = """
CREATE TABLE format (name TEXT NOT NULL);
CREATE TABLE studies (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT, sha256 TEXT NOT NULL, added TEXT NOT NULL
) STRICT;
CREATE TABLE readers (name TEXT PRIMARY KEY, added TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    study TEXT NOT NULL REFERENCES studies (id),
    reader TEXT NOT NULL REFERENCES readers (name),
    number INTEGER NOT NULL,
    place INTEGER,
    blinded TEXT,
    input_sha256 TEXT NOT NULL,
    bundle_sha256 TEXT NOT NULL,
    created TEXT NOT NULL,
    last INTEGER NOT NULL,
    last_sha256 TEXT NOT NULL,
    UNIQUE (study, reader, number)
) STRICT;
CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id),
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (session, sequence),
    UNIQUE (session, id)
) STRICT;
CREATE TABLE branches (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    after INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    events TEXT NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
"""


_Row = TypeVar("_Row", StudyRow, ReaderRow, SessionRow, StoredEvent, BranchRow)
_TABLES: dict[type, str] = {
    StudyRow: "studies",
    ReaderRow: "readers",
    SessionRow: "sessions",
    BranchRow: "branches",
}


class Database:
    """Rows in and out; safe between threads, and one writer at a time between processes.

    Raises:
        EventError: no store, a damaged one, or one of another version; later, one that cannot be
            read or written.
    """

    def __init__(self, folder: Path, *, create: bool) -> None:
        self._connection = _connect(folder, create=create)
        self._lock = RLock()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All that happens within is on the disc afterwards, or none of it where it raises."""
        with self._lock, _one_sentence():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, kind: type[_Row], source: str, *values: Any) -> tuple[_Row, ...]:
        """Rows of ``source``, a table with its WHERE and ORDER, as values."""
        names = [field.name for field in fields(kind)]
        query = f"SELECT {', '.join(names)} FROM {source}"
        with self._lock, _one_sentence():
            found = self._connection.execute(query, values).fetchall()
        return tuple(kind(*row) for row in found)

    def one(self, kind: type[_Row], source: str, *values: Any) -> _Row:
        """The only row.

        Raises:
            EventError: there is none.
        """
        found = self.rows(kind, source, *values)
        if not found:
            raise EventError(f"no such row among the {source.split()[0]}")
        return found[0]

    def insert(self, row: StudyRow | ReaderRow | SessionRow | BranchRow) -> None:
        """Add a row; within ``writing``."""
        self._insert(_TABLES[type(row)], row)

    def insert_event(self, session: str, event: StoredEvent) -> None:
        """Add an event as it is; within ``writing``."""
        self._insert("events", event, session=session)

    def _insert(self, table: str, row: Any, **more: str) -> None:
        values = {**more, **{field.name: getattr(row, field.name) for field in fields(row)}}
        marks = ", ".join("?" * len(values))
        self.run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())

    def run(self, statement: str, *values: Any) -> None:
        """One statement; within ``writing``."""
        self._connection.execute(statement, values)

    def damage(self) -> tuple[str, ...]:
        """What SQLite itself finds wrong with the file; nothing where it is whole."""
        with self._lock:
            try:
                found = self._connection.execute("PRAGMA integrity_check").fetchall()
            except sqlite3.DatabaseError as error:
                return (str(error),)
        return tuple(row[0] for row in found if row[0] != "ok")


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What SQLite raises, as one sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise EventError(f"{FILE} cannot be used: {error}") from error


def _connect(folder: Path, *, create: bool) -> sqlite3.Connection:
    """The store of a folder, made there where there is none and ``create`` says so.

    A commit is on the disc when it returns: the rollback journal is truncated and synchronised.

    Raises:
        EventError: no store, a damaged one, or one of another version.
    """
    file = folder / FILE
    if not create and not file.is_file():
        raise EventError(f"the folder {folder.name!r} holds no {FILE}; name a store of readings")
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        file, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    # Damaged text must be read to be reported: its bytes that are no UTF-8 become lone surrogates.
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _ready(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise EventError(f"{FILE} is in use by another process; try again") from error
        raise EventError(f"{FILE} is damaged or no store of readings") from error
    except EventError:
        connection.close()
        raise
    return connection


def _ready(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO format VALUES (?)", (FORMAT,))
        found = connection.execute("SELECT name FROM format").fetchone()
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    if found is None or found[0] != FORMAT:
        raise EventError(f"{FILE} is of another version; this one reads {FORMAT}")
