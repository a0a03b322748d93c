"""``reading.json``: who read a folder of outlines, in which session, how long, on what images.

{"format": "lgescar-reading/1", "reader": "A", "session": "1",
 "patients": {"NAME": {"seconds": 61.5, "quality": 3}}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from lgescar.core.errors import InputError
from lgescar.strict import read_json

FORMAT = "lgescar-reading/1"
FILE = "reading.json"
LARGEST_BYTES = 8 * 2**20
"""Room for tens of thousands of patients; a larger file is no reading."""
LONGEST_S = 86_400.0
"""A day: nobody reads one patient for longer, a clock left running does."""
WORD = re.compile(r"[\w.-]{1,40}")
"""Names of readers and sessions: safe as parts of a file's name."""
LONGEST_GRADE = 40
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class PatientReading:
    """``seconds`` it took, and the reader's grade of the image's quality; None where unknown."""

    seconds: float | None = None
    quality: str | None = None


@dataclass(frozen=True, slots=True)
class _Patient:
    """As the file has it: a grade may be a whole number, too."""

    seconds: Annotated[float, Meta(ge=0.0, le=LONGEST_S)] | None = None
    quality: Annotated[str, Meta(min_length=1, max_length=LONGEST_GRADE)] | int | None = None

    def reading(self) -> PatientReading:
        quality = None if self.quality is None else str(self.quality)
        if quality is not None and not quality.isprintable():
            raise InputError(f"{FILE}: quality is a whole number, a short string or null")
        return PatientReading(self.seconds, quality)


@dataclass(frozen=True, slots=True)
class _File:
    reader: str
    session: str
    patients: dict[str, _Patient]


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """One session of one reader, by patient (``NAME`` or ``COHORT/NAME``).

    Raises:
        InputError: the reader or the session is no word of letters, digits, ``.``, ``_``, ``-``.
    """

    reader: str
    session: str
    patients: Mapping[str, PatientReading]

    def __post_init__(self) -> None:
        for word in (self.reader, self.session):
            if not WORD.fullmatch(word):
                raise InputError(
                    f"a reader or session is up to 40 letters, digits, '.', '_', '-', found "
                    f"{word[:40]!r}"
                )


def read_reading(path: Path) -> ReadingRecord:
    """The reading stored at ``path``.

    Raises:
        InputError: the file is no reading, or a value in it means nothing.
    """
    found = read_json(path, _File, format_name=FORMAT, most_bytes=LARGEST_BYTES)
    for name in found.patients:
        if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
            raise InputError(
                f"{FILE}: a patient's name is that of a label file, found {name[:40]!a}"
            )
    patients = {name: one.reading() for name, one in found.patients.items()}
    return ReadingRecord(found.reader, found.session, patients)
