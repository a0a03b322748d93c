"""``reading.json``: who read a folder of outlines, in which session, how long, on what images.

{"format": "lgescar-reading/1", "reader": "A", "session": "1",
 "patients": {"NAME": {"seconds": 61.5, "quality": 3}}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lgescar.core.errors import InputError
from lgescar.read.known_json import read_known_json

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
class Reading:
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


def read_reading(path: Path) -> Reading:
    """The reading stored at ``path``.

    Raises:
        InputError: the file is no reading, or a value in it means nothing.
    """
    content = read_known_json(path, FORMAT, LARGEST_BYTES)
    _refuse_unknown(content, ("format", "reader", "session", "patients"), FILE)
    reader, session, patients = (content.get(key) for key in ("reader", "session", "patients"))
    if not (isinstance(reader, str) and isinstance(session, str) and isinstance(patients, dict)):
        raise InputError(f"{FILE} needs reader and session, both strings, and patients, an object")
    return Reading(reader, session, {name: _patient(name, one) for name, one in patients.items()})


def _patient(name: str, content: Any) -> PatientReading:
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise InputError(f"{FILE}: a patient's name is that of a label file, found {name[:40]!a}")
    where = f"{FILE}, patient {name[:60]}"
    if not isinstance(content, dict):
        raise InputError(f"{where}: expected an object with seconds and quality")
    _refuse_unknown(content, ("seconds", "quality"), where)
    seconds: Any = content.get("seconds")
    quality: Any = content.get("quality")
    if seconds is not None and not (_is_number(seconds) and 0.0 <= seconds <= LONGEST_S):
        raise InputError(f"{where}: seconds lie between 0 and {LONGEST_S:.0f}, or are null")
    if isinstance(quality, int) and not isinstance(quality, bool):
        quality = str(quality)
    fits = isinstance(quality, str) and 0 < len(quality) <= LONGEST_GRADE and quality.isprintable()
    if quality is not None and not fits:
        raise InputError(f"{where}: quality is a whole number, a short string or null")
    return PatientReading(None if seconds is None else float(seconds), quality)


def _refuse_unknown(content: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    foreign = sorted(set(content) - set(known))
    if foreign:
        raise InputError(
            f"{where}: unknown key {foreign[0][:40]!r}; the keys are {', '.join(known)}"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
