"""What a browser may send: every number bounded and finite, every list of bounded length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lgescar.core.box import Box
from lgescar.core.errors import EventError, PromptError
from lgescar.core.prompt import Point
from lgescar.core.tissue import Tissue
from lgescar.segment.threshold import THRESHOLDS

FARTHEST_PX = 100_000.0
"""No coordinate lies farther from a slice's first pixel, either way."""
MOST_SLICES = 10_000
MOST_BOXES, MOST_POINTS, MOST_PLACES = 64, 256, 4096
"""A slice's boxes and points, the places of a stroke or a polygon."""
SMALLEST_RADIUS_PX, LARGEST_RADIUS_PX = 0.25, 100.0
LONGEST_TICK_S = 3600.0
BEST_GRADE = 5
LONGEST_NOTE = 2000

Place = tuple[float, float]
"""(row, col) in a slice's pixel edges."""
Places = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A kind of field: what it accepts, as our value, and how JSON spells it.

    Raises:
        EventError: from ``read``, of anything else.
    """

    read: Callable[[Any], Any]
    spell: Callable[[Any], Any] = lambda value: value


def _number(low: float, high: float, what: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        # NaN is in no range, and an integer may be too large for a float: compare first.
        if not number or not low <= value <= high:
            raise EventError(f"{what} is a number from {low:g} to {high:g}")
        return float(value)

    return read


def _whole(low: int, high: int, what: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise EventError(f"{what} is a whole number from {low} to {high}")
        return int(value)

    return read


def _word(words: Iterable[str], what: str) -> Callable[[Any], str]:
    known = tuple(words)

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise EventError(f"{what} is one of {', '.join(known)}")
        return value

    return read


def _listed(value: Any, least: int, most: int, what: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not least <= len(value) <= most:
        raise EventError(f"{what} is a list of {least} to {most}")
    return value


_coordinate = _number(-FARTHEST_PX, FARTHEST_PX, "a coordinate")


def _places(least: int, what: str) -> Callable[[Any], Places]:
    def read(value: Any) -> Places:
        found = [_listed(p, 2, 2, "a place") for p in _listed(value, least, MOST_PLACES, what)]
        return tuple((_coordinate(row), _coordinate(col)) for row, col in found)

    return read


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _boxes(value: Any) -> tuple[Box, ...]:
    return tuple(map(_box, _listed(value, 0, MOST_BOXES, "boxes")))


def _box(value: Any) -> Box:
    if isinstance(value, Box):
        value = (value.top, value.left, value.bottom, value.right)
    top, left, bottom, right = map(_coordinate, _listed(value, 4, 4, "a box"))
    try:
        return Box(top, left, bottom, right)
    except PromptError as error:
        raise EventError(str(error)) from error


def _points(value: Any) -> tuple[Point, ...]:
    return tuple(map(_point, _listed(value, 0, MOST_POINTS, "points")))


def _point(value: Any) -> Point:
    if isinstance(value, Point):
        value = (value.row, value.col, value.inside)
    row, col, inside = _listed(value, 3, 3, "a point")
    return Point(_coordinate(row), _coordinate(col), _yes(inside))


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EventError("whether a point lies inside is true or false")
    return value


def _note(value: Any) -> str:
    fits = isinstance(value, str) and len(value) <= LONGEST_NOTE
    if not fits or not all(c == "\n" or c.isprintable() for c in value):
        raise EventError(f"a note is text of up to {LONGEST_NOTE} printable characters")
    return str(value)


def _spelled_boxes(boxes: tuple[Box, ...]) -> list[list[float]]:
    return [[b.top, b.left, b.bottom, b.right] for b in boxes]


def _spelled_places(places: Places | None) -> list[list[float]] | None:
    return None if places is None else [list(place) for place in places]


PAINTS = {"scar": Tissue.SCAR, "mvo": Tissue.MVO, "viable": Tissue.VIABLE, "erase": None}
"""What a brush leaves behind; ``erase`` turns scar into viable wall and nothing else."""
OUTLINES = ("epi", "endo")
"""Outer and inner border of the wall."""

VALUES: dict[str, Value] = {
    "slice": Value(_whole(0, MOST_SLICES, "a slice")),
    "to": Value(_whole(0, MOST_SLICES, "a slice")),
    "boxes": Value(_boxes, _spelled_boxes),
    "points": Value(
        _points, lambda points: [[point.row, point.col, point.inside] for point in points]
    ),
    "path": Value(_places(1, "a stroke"), _spelled_places),
    "polygon": Value(_places(3, "a polygon"), _spelled_places),
    "remote": Value(_optional(_places(3, "a remote region")), _spelled_places),
    "radius_px": Value(_number(SMALLEST_RADIUS_PX, LARGEST_RADIUS_PX, "a brush's radius")),
    "paint": Value(_word(PAINTS, "what a brush paints")),
    "border": Value(_word(OUTLINES, "a border of the wall")),
    "rule": Value(_word(THRESHOLDS, "a threshold")),
    "inside": Value(_yes),
    "seconds": Value(_number(0.0, LONGEST_TICK_S, "reading time in seconds")),
    "grade": Value(_optional(_whole(1, BEST_GRADE, "a grade of the images"))),
    "text": Value(_note),
}
"""What each field of an event may hold, by its name."""
