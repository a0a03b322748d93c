"""The replay of a session's events: the prompts and strokes of every slice. No pixels, no network.

A slice's edits are a value: a *base* (the automatic outline, prompts or a rule), the borders of
the wall that were drawn, and strokes on top, in order. The same value means the same mask, so an
undone edit costs nothing: the value before it is still known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.reader.events import (
    Accept,
    AcceptStudy,
    Automatic,
    Boxes,
    Brush,
    Clear,
    Copy,
    Event,
    Fill,
    Grade,
    Lasso,
    Outline,
    Points,
    Redo,
    Remark,
    Rule,
    Scribble,
    SliceEvent,
    Smooth,
    Tick,
    Unaccept,
    Undo,
)
from lgescar.reader.values import MOST_POINTS, Places

MadeBy = Literal["automatic", "prompts", "rule", "hand"]

SCRIBBLE_STEP_PX = 3.0
"""Distance between the points that a scribble leaves. Ours: about the width of a thin scar."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Base: scar is what the network finds for these; None stands for the proposed boxes."""

    boxes: tuple[Box, ...] | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """Stroke: scar becomes that of slice ``source``, as its edits were then."""

    source: int
    edits: SliceEdits


Base = Prompts | Rule | None
"""None stands for the automatic outline."""
Stroke = Brush | Lasso | Fill | Smooth | Outline | Pasted


@dataclass(frozen=True, slots=True, eq=False)
class SliceEdits:
    """All edits of a slice: a base, the wall's borders as drawn, and strokes on top.

    ``under`` is the same without its last stroke, so that a stroke is drawn on what is known.
    Compared by identity: undo brings back the very same edits.
    """

    base: Base = None
    borders: tuple[Outline, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    under: SliceEdits | None = None

    @property
    def made_by(self) -> MadeBy:
        """Whose outlines the slice shows."""
        if self.strokes:
            return "hand"
        if self.base is None:
            return "automatic"
        return "rule" if isinstance(self.base, Rule) else "prompts"

    @property
    def points(self) -> tuple[Point, ...]:
        """The points that the slice shows."""
        return self.base.points if isinstance(self.base, Prompts) else ()

    def on(self, base: Base) -> SliceEdits:
        """The same on another base."""
        return stacked(base, self.strokes)

    def then(self, stroke: Stroke) -> SliceEdits:
        """The same with a stroke on top; a border of the wall replaces its predecessor."""
        if isinstance(stroke, Outline):
            return stacked(self.base, (*(s for s in self.strokes if not _same(s, stroke)), stroke))
        return SliceEdits(self.base, self.borders, (*self.strokes, stroke), self)


def stacked(base: Base, strokes: Iterable[Stroke]) -> SliceEdits:
    """Strokes on a base, each on what lies under it."""
    ordered = tuple(strokes)
    borders = tuple(s for s in ordered if isinstance(s, Outline))
    edits = SliceEdits(base, borders)
    for count in range(1, len(ordered) + 1):
        edits = SliceEdits(base, borders, ordered[:count], edits)
    return edits


def _same(stroke: Stroke, outline: Outline) -> bool:
    return isinstance(stroke, Outline) and stroke.border == outline.border


UNTOUCHED = SliceEdits()


@dataclass(frozen=True, slots=True)
class Edited:
    """What undo and redo move between: every slice's edits, and what was accepted."""

    slices: Mapping[int, SliceEdits] = field(default_factory=lambda: MappingProxyType({}))
    accepted: frozenset[int] = frozenset()
    study_accepted: bool = False
    edits: int = 0

    def at(self, index: int) -> SliceEdits:
        """The edits of a slice."""
        return self.slices.get(index, UNTOUCHED)


@dataclass(frozen=True, slots=True)
class History:
    """A chain of earlier or undone states; sharing its links keeps undo without limit cheap."""

    state: Edited
    rest: History | None


@dataclass(frozen=True, slots=True)
class State:
    """The state after a session's events so far; ``events`` counts them."""

    now: Edited = field(default_factory=Edited)
    past: History | None = None
    undone: History | None = None
    grade: int | None = None
    remark: str = ""
    active_s: float = 0.0
    events: int = 0

    @property
    def status(self) -> Literal["new", "begun", "accepted"]:
        """How far the reading is."""
        if self.now.study_accepted:
            return "accepted"
        return "begun" if self.events else "new"


def replay(events: Iterable[Event]) -> State:
    """The state after all ``events``, from an untouched study."""
    state = State()
    for event in events:
        state = after(state, event)
    return state


def after(state: State, event: Event) -> State:
    """The state that an event leads to. Undo and redo with nothing to take change nothing."""
    state = replace(state, events=state.events + 1)
    match event:
        case Undo():
            if state.past is None:
                return state
            undone = History(state.now, state.undone)
            return replace(state, now=state.past.state, past=state.past.rest, undone=undone)
        case Redo():
            if state.undone is None:
                return state
            past = History(state.now, state.past)
            return replace(state, now=state.undone.state, past=past, undone=state.undone.rest)
        case Grade():
            return replace(state, grade=event.grade)
        case Remark():
            return replace(state, remark=event.text)
        case Tick():
            return replace(state, active_s=state.active_s + event.seconds)
    return replace(state, now=_edited(state.now, event), past=History(state.now, state.past),
                   undone=None)  # fmt: skip


def _edited(now: Edited, event: Event) -> Edited:
    match event:
        case AcceptStudy():
            return replace(now, study_accepted=True)
        case Accept():
            return replace(now, accepted=now.accepted | {event.slice})
        case Unaccept():
            return replace(now, accepted=now.accepted - {event.slice}, study_accepted=False)
        case Copy():
            pasted = Pasted(event.slice, now.at(event.slice))
            return _changed(now, event.to, now.at(event.to).then(pasted))
        case SliceEvent():
            return _changed(now, event.slice, _on_slice(now.at(event.slice), event))
    raise AssertionError(event)  # every kind is named above


def _changed(now: Edited, index: int, edits: SliceEdits) -> Edited:
    """A slice that is edited is no longer accepted, nor is the study."""
    return Edited(
        slices=MappingProxyType({**now.slices, index: edits}),
        accepted=now.accepted - {index},
        edits=now.edits + 1,
    )


def _on_slice(edits: SliceEdits, event: SliceEvent) -> SliceEdits:
    prompts = edits.base if isinstance(edits.base, Prompts) else _first_prompts(edits.base)
    match event:
        case Boxes():
            return edits.on(replace(prompts, boxes=event.boxes))
        case Points():
            return edits.on(replace(prompts, points=event.points))
        case Scribble():
            points = (*prompts.points, *along(event.path, event.inside))
            return edits.on(replace(prompts, points=points[-MOST_POINTS:]))
        case Rule():
            return stacked(event, edits.borders)
        case Clear():
            return stacked(Prompts((), ()), edits.borders)
        case Automatic():
            return UNTOUCHED
        case Brush() | Lasso() | Fill() | Smooth() | Outline():
            return edits.then(event)
    raise AssertionError(event)


def _first_prompts(base: Rule | None) -> Prompts:
    """Prompts correct the boxes on screen: those proposed, or none where a rule decided."""
    return Prompts(None if base is None else (), ())


def along(path: Places, inside: bool) -> tuple[Point, ...]:
    """Points on a stroke, ``SCRIBBLE_STEP_PX`` apart, its two ends among them."""
    points = [Point(*path[0], inside)]
    since = 0.0
    for (row, col), (to_row, to_col) in pairwise(path):
        length = math.hypot(to_row - row, to_col - col)
        at = SCRIBBLE_STEP_PX - since
        while at <= length and len(points) < MOST_POINTS:
            share = at / length
            points.append(Point(row + share * (to_row - row), col + share * (to_col - col), inside))
            at += SCRIBBLE_STEP_PX
        since = (since + length) % SCRIBBLE_STEP_PX
    if since > 0.0 and len(points) < MOST_POINTS:
        points.append(Point(*path[-1], inside))
    return tuple(points)
