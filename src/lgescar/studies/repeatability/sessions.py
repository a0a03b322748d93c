"""Sessions of reading: who outlined which patients, when, and what is compared with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Literal

from lgescar.core.errors import InputError, UsageError
from lgescar.evaluate.cases import label_files
from lgescar.read.reading import FILE, PatientReading, ReadingRecord, read_reading

Kind = Literal["intra-observer", "inter-observer", "truth"]
FIRST_SESSION = "1"


@dataclass(frozen=True, slots=True)
class ReadingSession:
    """Label files of one reader's session by patient, and what ``reading.json`` adds.

    ``without_outlines`` are patients of that file without outlines.
    """

    reader: str
    session: str
    files: Mapping[str, Path]
    details: Mapping[str, PatientReading] = field(default_factory=dict)
    without_outlines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``READER/SESSION``."""
        return f"{self.reader}/{self.session}" if self.session else self.reader


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions by name; differences are second minus first."""

    kind: Kind
    first: str
    second: str


def named_sessions(given: Sequence[str]) -> list[ReadingSession]:
    """Sessions of ``READER[/SESSION]=DIR``, or of ``DIR`` whose ``reading.json`` has the names.

    Raises:
        UsageError: fewer than two, two of one name, or none where a folder does not say.
        InputError: names on the command line that are not those of ``reading.json``.
    """
    sessions = [_session(text) for text in given]
    names = [s.name for s in sessions]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise UsageError(
            f"two folders are called {twice}; name the sessions: --readings A/1=DIR A/2=DIR"
        )
    if len(sessions) < 2:
        raise UsageError("repeatability compares two sessions or more: --readings A=DIR B=DIR")
    return sessions


def comparisons(
    sessions: Sequence[ReadingSession], truth: ReadingSession | None = None
) -> list[Comparison]:
    """Each reader's sessions, the first sessions of all readers, and these with the truth."""
    firsts = first_sessions(sessions)
    found = [Comparison("inter-observer", a.name, b.name) for a, b in combinations(firsts, 2)]
    for first in firsts:
        own = [s.name for s in sessions if s.reader == first.reader]
        found += [Comparison("intra-observer", a, b) for a, b in combinations(own, 2)]
    if truth is not None:
        found += [Comparison("truth", truth.name, one.name) for one in firsts]
    return found


def first_sessions(sessions: Sequence[ReadingSession]) -> list[ReadingSession]:
    """The session of each reader that was given first, readers in the order they were given."""
    firsts: dict[str, ReadingSession] = {}
    for one in sessions:
        firsts.setdefault(one.reader, one)
    return list(firsts.values())


def unpaired(sessions: Sequence[ReadingSession]) -> dict[str, tuple[str, ...]]:
    """Patients that some session lacks, and the sessions that have them."""
    everyone = {patient for s in sessions for patient in s.files}
    having = {p: tuple(s.name for s in sessions if p in s.files) for p in sorted(everyone)}
    return {patient: names for patient, names in having.items() if len(names) < len(sessions)}


def _session(text: str) -> ReadingSession:
    name, equals, folder = text.partition("=")
    if not equals or Path(text).is_dir():
        name, folder = "", text
    place = Path(folder)
    files = label_files(place)
    recorded = read_reading(place / FILE) if (place / FILE).is_file() else None
    if not name and recorded is None:
        raise UsageError(f"whose readings are in {place.name}? --readings READER/SESSION={text}")
    reader, _, session = name.partition("/")
    if recorded is None:
        recorded = ReadingRecord(reader, session or FIRST_SESSION, {})
    elif name and (reader != recorded.reader or session not in ("", recorded.session)):
        raise InputError(
            f"{place.name}/{FILE} is of reader {recorded.reader}, session {recorded.session}, and "
            f"the command calls it {name}; which is it?"
        )
    known = {p: one for p in files if (one := _of(recorded.patients, p)) is not None}
    seen = {*known, *(p.split("/", 1)[-1] for p in known)}
    without_outlines = tuple(p for p in recorded.patients if p not in seen)
    return ReadingSession(recorded.reader, recorded.session, files, known, without_outlines)


def _of(patients: Mapping[str, PatientReading], patient: str) -> PatientReading | None:
    """By ``COHORT/NAME``, else by name."""
    return patients.get(patient, patients.get(patient.split("/", 1)[-1]))
