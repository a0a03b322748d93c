"""``spacing.json`` in a study's folder: the spacing where the images do not know their own.

{"format": "lgescar-spacing/1", "spacing_mm": [1.4, 1.4, 10]}: row, column, from slice to slice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from lgescar.core.errors import InputError
from lgescar.strict import convert, read_json

SPACING_FILE = "spacing.json"
FORMAT = "lgescar-spacing/1"
LARGEST_BYTES = 4096

Length = Annotated[float, Meta(gt=0.0, lt=1000.0)]
"""Millimetres."""
Spacing = tuple[Length, Length, Length]


@dataclass(frozen=True, slots=True)
class _File:
    spacing_mm: Spacing


def spacing_of(text: str) -> Spacing:
    """The spacing that a user writes as ``ROW,COL,STEP``.

    Raises:
        InputError: they are not three numbers above 0 and below 1000.
    """
    try:
        return _checked([float(part) for part in text.split(",")])
    except ValueError as error:
        raise InputError("a spacing is three numbers in mm, such as 1.4,1.4,10") from error


def read_spacing(path: Path) -> Spacing:
    """The spacing stored at ``path``.

    Raises:
        InputError: the file is none of this format, or its value is no spacing.
    """
    return read_json(path, _File, format_name=FORMAT, most_bytes=LARGEST_BYTES).spacing_mm


def write_spacing(spacing_mm: Spacing, folder: Path) -> None:
    """Store a spacing with the images of ``folder``."""
    content = {"format": FORMAT, "spacing_mm": _checked(list(spacing_mm))}
    (folder / SPACING_FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")


def _checked(spacing_mm: list[float]) -> Spacing:
    what = "a spacing is row, column and step in mm, between 0 and 1000"
    return convert({"spacing_mm": spacing_mm}, _File, what, InputError).spacing_mm
