"""Rows of the store, as values."""

from __future__ import annotations

from dataclasses import dataclass

from lgescar.reader.chain import link
from lgescar.reader.values import Whole


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study: ``name`` as it was read, ``path`` None where only its readings are here."""

    id: str
    name: str
    sha256: str
    added: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """A person who reads, by the name of their account."""

    name: str
    added: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A reader's ``number``-th reading of a study. ``last`` is the number of its last event.

    In a reading study ``place`` is when it is due among the reader's, ``blinded`` the name that
    the reader sees in place of the study's.
    """

    id: str
    study: str
    reader: str
    number: Whole
    place: Whole | None
    blinded: str | None
    input_sha256: str
    bundle_sha256: str
    created: str
    last: Whole
    last_sha256: str

    @property
    def start_sha256(self) -> str:
        """What the chain of events begins with."""
        identity = (self.study, self.reader, self.number, self.place, self.blinded)
        models = (self.input_sha256, self.bundle_sha256)
        return link("", self.id, *identity, *models, self.created)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """Edits that were refused because the session had gone on: stored, never applied."""

    id: str
    session: str
    after: Whole
    at: str
    who: str
    events: str
    sha256: str

    @property
    def expected_sha256(self) -> str:
        """The hash that its content must have."""
        return link("", self.id, self.session, self.after, self.at, self.who, self.events)
