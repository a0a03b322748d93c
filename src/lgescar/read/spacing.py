"""``spacing.json`` in a study's folder: the spacing where the images do not know their own.

{"format": "lgescar-spacing/1", "spacing_mm": [1.4, 1.4, 10]}: row, column, from slice to slice.
"""

from __future__ import annotations

import json
from pathlib import Path

from lgescar.core.errors import InputError
from lgescar.read.known_json import read_known_json

SPACING_FILE = "spacing.json"
FORMAT = "lgescar-spacing/1"
LARGEST_BYTES = 4096
LONGEST_MM = 1000.0

Spacing = tuple[float, float, float]


def checked(spacing_mm: object) -> Spacing:
    """Three lengths in millimetres.

    Raises:
        InputError: they are not three numbers above 0 and below 1000.
    """
    given = spacing_mm if isinstance(spacing_mm, list | tuple) else ()
    numbers = [float(one) for one in given if type(one) in (int, float) and 0.0 < one < LONGEST_MM]
    if len(given) != 3 or len(numbers) != 3:
        raise InputError("a spacing is three lengths between 0 and 1000 mm: row, column and step")
    return numbers[0], numbers[1], numbers[2]


def read_spacing(path: Path) -> Spacing:
    """The spacing stored at ``path``.

    Raises:
        InputError: the file is none of this format, or what it says is no spacing.
    """
    return checked(read_known_json(path, FORMAT, LARGEST_BYTES).get("spacing_mm"))


def write_spacing(spacing_mm: Spacing, folder: Path) -> None:
    """Keep a spacing with the images of ``folder``."""
    content = {"format": FORMAT, "spacing_mm": list(checked(spacing_mm))}
    (folder / SPACING_FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")
