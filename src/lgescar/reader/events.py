"""Every edit that a reader can make, and its exact JSON.

Coordinates are (row, col) in a slice's pixel edges; ``slice`` counts on the input's slice axis,
as ``Study.indices`` does. Each event checks itself: they come from a browser.
"""

from __future__ import annotations

import functools
import operator
from typing import Any, get_type_hints

from msgspec import Struct
from msgspec.structs import asdict, force_setattr

from lgescar.core.box import Box
from lgescar.core.errors import EventError, PromptError
from lgescar.core.prompt import Point
from lgescar.reader.values import (
    LISTS,
    Border,
    Index,
    Paint,
    Polygon,
    Radius,
    Seconds,
    Stars,
    Stroke,
    Text,
    Threshold,
)
from lgescar.strict import convert


class Event(Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Something a reader did; its tag is its word in JSON.

    Raises:
        EventError: a value is of another type, out of bounds or not finite.
    """

    def __post_init__(self) -> None:
        own: Any = type(self)
        for name, kind in _types(own).items():
            force_setattr(self, name, _read(name, getattr(self, name), kind))

    @property
    def kind(self) -> str:
        """The event's word."""
        return str(self.__struct_config__.tag)


class SliceEvent(Event, frozen=True):
    """Something a reader did to one slice."""

    slice: Index


class Boxes(SliceEvent, frozen=True, tag="boxes"):
    """The slice's boxes are these, all of them: add, move, resize and delete are this."""

    boxes: tuple[Box, ...]


class Points(SliceEvent, frozen=True, tag="points"):
    """The slice's points inside and outside scar are these, all of them."""

    points: tuple[Point, ...]


class Scribble(SliceEvent, frozen=True, tag="scribble"):
    """Points along a stroke, added to the slice's."""

    path: Stroke
    inside: bool


class Brush(SliceEvent, frozen=True, tag="brush"):
    """A stroke with a round brush that leaves ``paint`` behind."""

    path: Stroke
    radius_px: Radius
    paint: Paint


class Lasso(SliceEvent, frozen=True, tag="lasso"):
    """Scar inside the polygon is removed."""

    polygon: Polygon


class Fill(SliceEvent, frozen=True, tag="fill"):
    """Holes of scar that are wall become scar."""


class Smooth(SliceEvent, frozen=True, tag="smooth"):
    """The scar's border follows the majority around each pixel."""


class Copy(SliceEvent, frozen=True, tag="copy"):
    """The scar of ``slice`` becomes that of its neighbour ``to``, within the wall there."""

    to: Index


class Outline(SliceEvent, frozen=True, tag="outline"):
    """The wall's outer (``epi``) or inner (``endo``) border is this polygon."""

    border: Border
    polygon: Polygon


class Clear(SliceEvent, frozen=True, tag="clear"):
    """The slice has no scar, no boxes and no points; its wall stays."""


class Rule(SliceEvent, frozen=True, tag="rule"):
    """Scar is what a threshold finds in the wall; ``remote`` None lets it find remote wall."""

    rule: Threshold
    remote: Polygon | None


class Automatic(SliceEvent, frozen=True, tag="automatic"):
    """The slice is as the program outlined it."""


class Accept(SliceEvent, frozen=True, tag="accept"):
    """The reader agrees with what the slice shows."""


class Unaccept(SliceEvent, frozen=True, tag="unaccept"):
    """The reader no longer does."""


class AcceptStudy(Event, frozen=True, tag="accept-study"):
    """The reading is finished."""


class Grade(Event, frozen=True, tag="grade"):
    """How good the images are, 1 (worst) to 5, as the reader sees them; None takes it back."""

    grade: Stars | None


class Remark(Event, frozen=True, tag="remark"):
    """The reader's note on the study, whole."""

    text: Text

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        if not self.text.replace("\n", "").isprintable():
            raise EventError("a note has up to 2000 printable characters")


class Tick(Event, frozen=True, tag="tick"):
    """Seconds of active reading since the last tick."""

    seconds: Seconds


class Undo(Event, frozen=True, tag="undo"):
    """The last edit or acceptance that still stands is taken back."""


class Redo(Event, frozen=True, tag="redo"):
    """The last one that was taken back stands again."""


EVENTS: tuple[type[Event], ...] = (
    *(Boxes, Points, Scribble, Brush, Lasso, Fill, Smooth, Copy, Outline, Clear, Rule),
    *(Automatic, Accept, Unaccept, AcceptStudy, Grade, Remark, Tick, Undo, Redo),
)
KINDS = {str(one.__struct_config__.tag): one for one in EVENTS}
"""Every event by its word."""
_ANY: Any = functools.reduce(operator.or_, EVENTS)


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as plain numbers, words and lists; its floats survive the way back bit by bit."""
    return {"kind": event.kind, **{name: _spelled(one) for name, one in asdict(event).items()}}


def event_from_json(content: Any) -> Event:
    """The event that ``event_to_json`` gave.

    Raises:
        EventError: no object, an unknown kind, a missing or foreign field, or a value that does
            not fit.
    """
    if isinstance(content, dict):
        content = {k: _read(k, one, None) if k in LISTS else one for k, one in content.items()}
    event: Event = convert(content, _ANY, "an event", EventError, foreign_keys=True)
    return event


@functools.cache
def _types(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _read(name: str, value: Any, kind: Any) -> Any:
    """A field's value, from JSON or from Python, checked."""
    ours, kind = LISTS.get(name, (None, kind))
    found: Any = convert(_spelled(value), kind, name, EventError, foreign_keys=True)
    try:
        return found if ours is None else tuple(ours(*one) for one in found)
    except PromptError as error:
        raise EventError(str(error)) from error


def _spelled(value: Any) -> Any:
    """A field's value as JSON has it."""
    match value:
        case Box():
            return [value.top, value.left, value.bottom, value.right]
        case Point():
            return [value.row, value.col, value.inside]
        case tuple():
            return [_spelled(one) for one in value]
        case float():  # also NumPy's
            return float(value)
        case _:
            return value
