"""Every edit that a reader can make, and its exact JSON.

Coordinates are (row, col) in a slice's pixel edges; ``slice`` counts on the input's slice axis,
as ``Study.indices`` does. Each event checks itself: they come from a browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, get_type_hints

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


@cache
def _types(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a reader did; ``kind`` is its word in JSON.

    Raises:
        EventError: a value is of another type, out of bounds or not finite.
    """

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        own: Any = type(self)
        types = _types(own)
        for field in fields(self):
            ours, kind = LISTS.get(field.name, (None, types[field.name]))
            found: Any = _spelled(getattr(self, field.name))
            found = convert(found, kind, field.name, EventError, foreign_keys=True)
            try:
                found = found if ours is None else tuple(ours(*one) for one in found)
            except PromptError as error:
                raise EventError(str(error)) from error
            object.__setattr__(self, field.name, found)


@dataclass(frozen=True, slots=True)
class SliceEvent(Event):
    """Something a reader did to one slice."""

    slice: Index


@dataclass(frozen=True, slots=True)
class Boxes(SliceEvent):
    """The slice's boxes are these, all of them: add, move, resize and delete are this."""

    kind: ClassVar[str] = "boxes"
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Points(SliceEvent):
    """The slice's points inside and outside scar are these, all of them."""

    kind: ClassVar[str] = "points"
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Scribble(SliceEvent):
    """Points along a stroke, added to the slice's."""

    kind: ClassVar[str] = "scribble"
    path: Stroke
    inside: bool


@dataclass(frozen=True, slots=True)
class Brush(SliceEvent):
    """A stroke with a round brush that leaves ``paint`` behind."""

    kind: ClassVar[str] = "brush"
    path: Stroke
    radius_px: Radius
    paint: Paint


@dataclass(frozen=True, slots=True)
class Lasso(SliceEvent):
    """Scar inside the polygon is removed."""

    kind: ClassVar[str] = "lasso"
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Fill(SliceEvent):
    """Holes of scar that are wall become scar."""

    kind: ClassVar[str] = "fill"


@dataclass(frozen=True, slots=True)
class Smooth(SliceEvent):
    """The scar's border follows the majority around each pixel."""

    kind: ClassVar[str] = "smooth"


@dataclass(frozen=True, slots=True)
class Copy(SliceEvent):
    """The scar of ``slice`` becomes that of its neighbour ``to``, within the wall there."""

    kind: ClassVar[str] = "copy"
    to: Index


@dataclass(frozen=True, slots=True)
class Outline(SliceEvent):
    """The wall's outer (``epi``) or inner (``endo``) border is this polygon."""

    kind: ClassVar[str] = "outline"
    border: Border
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Clear(SliceEvent):
    """The slice has no scar, no boxes and no points; its wall stays."""

    kind: ClassVar[str] = "clear"


@dataclass(frozen=True, slots=True)
class Rule(SliceEvent):
    """Scar is what a threshold finds in the wall; ``remote`` None lets it find remote wall."""

    kind: ClassVar[str] = "rule"
    rule: Threshold
    remote: Polygon | None


@dataclass(frozen=True, slots=True)
class Automatic(SliceEvent):
    """The slice is as the program outlined it."""

    kind: ClassVar[str] = "automatic"


@dataclass(frozen=True, slots=True)
class Accept(SliceEvent):
    """The reader agrees with what the slice shows."""

    kind: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class Unaccept(SliceEvent):
    """The reader no longer does."""

    kind: ClassVar[str] = "unaccept"


@dataclass(frozen=True, slots=True)
class AcceptStudy(Event):
    """The reading is finished."""

    kind: ClassVar[str] = "accept-study"


@dataclass(frozen=True, slots=True)
class Grade(Event):
    """How good the images are, 1 (worst) to 5, as the reader sees them; None takes it back."""

    kind: ClassVar[str] = "grade"
    grade: Stars | None


@dataclass(frozen=True, slots=True)
class Remark(Event):
    """The reader's note on the study, whole."""

    kind: ClassVar[str] = "remark"
    text: Text

    def __post_init__(self) -> None:
        Event.__post_init__(self)
        if not self.text.replace("\n", "").isprintable():
            raise EventError("a note has up to 2000 printable characters")


@dataclass(frozen=True, slots=True)
class Tick(Event):
    """Seconds of active reading since the last tick."""

    kind: ClassVar[str] = "tick"
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Undo(Event):
    """The last edit or acceptance that still stands is taken back."""

    kind: ClassVar[str] = "undo"


@dataclass(frozen=True, slots=True)
class Redo(Event):
    """The last one that was taken back stands again."""

    kind: ClassVar[str] = "redo"


KINDS: dict[str, type[Event]] = {
    one.kind: one
    for one in (
        *(Boxes, Points, Scribble, Brush, Lasso, Fill, Smooth, Copy, Outline, Clear, Rule),
        *(Automatic, Accept, Unaccept, AcceptStudy, Grade, Remark, Tick, Undo, Redo),
    )
}
"""Every event by its word."""


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as plain numbers, words and lists; its floats survive the way back bit by bit."""
    spelled = {field.name: _spelled(getattr(event, field.name)) for field in fields(event)}
    return {"kind": event.kind, **spelled}


def _spelled(value: Any) -> Any:
    """A field's value as JSON has it."""
    match value:
        case Box():
            return [value.top, value.left, value.bottom, value.right]
        case Point():
            return [value.row, value.col, value.inside]
        case tuple():
            return [_spelled(one) for one in value]
        case _:
            return value


def event_from_json(content: Any) -> Event:
    """The event that ``event_to_json`` gave.

    Raises:
        EventError: no object, an unknown kind, a missing or foreign field, or a value that does
            not fit.
    """
    if not isinstance(content, Mapping):
        raise EventError("an event is a JSON object with a kind")
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise EventError(f"an event's kind is one of {', '.join(KINDS)}")
    wanted = {field.name for field in fields(KINDS[kind])}
    given = set(content) - {"kind"}
    if given != wanted:
        raise EventError(
            f"an event {kind!r} has {', '.join(sorted(wanted)) or 'no fields'}; "
            f"missing {len(wanted - given)}, foreign {len(given - wanted)}"
        )
    return KINDS[kind](**{name: content[name] for name in wanted})
