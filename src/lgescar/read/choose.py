"""Which images of a folder form the one short-axis LGE stack.

Images are split by series, frame of reference, orientation, size, pixel spacing and contrast
(ImageType). Where n of them lie at one position, they are split further by the first of EchoTime,
TemporalPosition, TriggerTime and AcquisitionNumber that tells them apart in n stacks, by all four
together, or by their order in time at each position; never by InstanceNumber. Single slices of
several series that agree in everything else are joined. Of the stacks, the first in this order is
taken: late enhancement in the header; short-axis, then unknown, then other views; PSIR, then
magnitude, then unknown, then phase; more slices; the earlier of repeats; the lower series number.
Every choice among stacks that fit equally well gives a note, or is refused if ``strict``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from lgescar.core.errors import ChoiceError, InputError
from lgescar.core.image import Vector
from lgescar.core.study import Note, View
from lgescar.read.dicom_header import FrameHeader
from lgescar.read.stack import view_of

SAME_DIRECTION = float(np.cos(np.radians(1.0)))
"""Cosine of directions that are one and the same."""
SAME_POSITION_MM = 0.1
MOST_UIDS = 5
"""Series that a message names."""

_CONTRASTS = ("psir", "magnitude", None, "phase")
_CONTRAST_WORDS = {
    "psir": "phase-sensitive (PSIR)",
    "magnitude": "magnitude",
    "phase": "phase",
    None: "unnamed contrast",
}
_TIMES: tuple[Callable[[FrameHeader], float | None], ...] = (
    lambda f: f.echo_ms,
    lambda f: f.temporal,
    lambda f: f.trigger_ms,
    lambda f: f.acquisition,
)


@dataclass(frozen=True, slots=True)
class Stack:
    """Images that belong together. ``repeat`` counts echoes, phases or repeats from 0."""

    frames: tuple[FrameHeader, ...]
    repeat: int = 0
    undecided: bool = False

    @property
    def view(self) -> View:
        """Whether the stack cuts the ventricle across."""
        first = self.frames[0]
        if first.across is None or first.down is None:
            return "unknown"
        return view_of(np.cross(first.across, first.down))

    @property
    def lge(self) -> bool:
        """Whether most headers speak of late enhancement."""
        return 2 * sum(f.lge for f in self.frames) > len(self.frames)


def choose(
    frames: list[FrameHeader], series: str | None = None, strict: bool = False
) -> tuple[Stack, tuple[Note, ...]]:
    """The stack to measure, and what the user must know about the choice.

    Raises:
        InputError: no image has the series UID that was named.
        ChoiceError: several stacks fit and ``strict`` is set, or nothing tells images at one
            position apart.
    """
    wanted = [f for f in frames if series is None or f.series == series]
    if not wanted:
        raise InputError("no readable MR image in the input has the SeriesInstanceUID of --series")
    stacks = sorted(_joined(_split(wanted)), key=_rank)
    best = stacks[0]
    if best.undecided:
        raise ChoiceError(
            "several different images lie at one position and nothing in their headers but the "
            "instance number tells them apart; export one image per slice",
            _series_of(stacks),
        )
    fitting = [s for s in stacks if (s.lge, s.view) == (best.lge, best.view)]
    if strict and len(fitting) > 1:
        raise ChoiceError(
            f"{len(fitting)} stacks fit ({_words(fitting)}); {_way_out(fitting)}, or leave out "
            "--strict",
            _series_of(fitting),
        )
    return best, tuple(_notes(best, fitting, len(wanted)))


def _notes(best: Stack, fitting: list[Stack], images: int) -> Iterable[Note]:
    if len(fitting) > 1:
        contrast = _CONTRAST_WORDS[best.frames[0].contrast]
        text = f"{len(fitting)} stacks fit ({_words(fitting)}); the {contrast} one of "
        text += f"{len(best.frames)} images was taken; {_way_out(fitting)}"
        yield Note("series-chosen", text)
    if (rest := images - sum(len(s.frames) for s in fitting)) > 0:
        yield Note("images-left-out", f"{rest} images of other views, contrasts or scans left out")
    if len({f.series for f in best.frames}) > 1:
        text = f"{len(best.frames)} series of one slice each were joined into one stack"
        yield Note("series-joined", text)
    if not best.lge:
        text = "the headers do not say that these are late-enhancement images"
        yield Note("lge-unconfirmed", text)


def _words(stacks: list[Stack]) -> str:
    counts = Counter((_CONTRAST_WORDS[s.frames[0].contrast], len(s.frames)) for s in stacks)
    return ", ".join(f"{n} x {contrast} of {size}" for (contrast, size), n in counts.items())


def _way_out(stacks: list[Stack]) -> str:
    """How another stack is had. UIDs name no patient, and nobody knows them by heart."""
    uids = _series_of(stacks)
    if len(uids) < 2:
        return "they share one series: export the wanted one on its own"
    more = ", ..." if len(uids) > MOST_UIDS else ""
    return f"choose with --series, one of {', '.join(uids[:MOST_UIDS])}{more}"


def _series_of(stacks: list[Stack]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.series for s in stacks for f in s.frames if f.series))


def _rank(stack: Stack) -> tuple[object, ...]:
    first = stack.frames[0]
    views: tuple[View, ...] = ("short-axis", "unknown", "other")
    return (
        not stack.lge,
        views.index(stack.view),
        _CONTRASTS.index(first.contrast),
        -len(stack.frames),
        stack.repeat,
        first.series_number,
        first.series,
    )


def _split(frames: list[FrameHeader]) -> list[Stack]:
    groups: dict[tuple[object, ...], list[FrameHeader]] = {}
    directions: list[tuple[Vector, Vector]] = []
    for frame in frames:
        key = (frame.series, *_shared_key(frame, directions))
        groups.setdefault(key, []).append(frame)
    return [stack for group in groups.values() for stack in _repeats(group)]


def _shared_key(frame: FrameHeader, directions: list[tuple[Vector, Vector]]) -> tuple[object, ...]:
    """What all images of a stack have in common, series apart; ``directions`` grows."""
    spacing = frame.spacing_mm and tuple(round(s, 3) for s in frame.spacing_mm)
    return (
        frame.frame_of_reference,
        frame.rows,
        frame.cols,
        spacing,
        frame.contrast,
        frame.position is None,
        _direction(frame, directions),
    )


def _direction(frame: FrameHeader, known: list[tuple[Vector, Vector]]) -> int:
    if frame.across is None or frame.down is None:
        return -1
    for number, (across, down) in enumerate(known):
        cosines = (np.dot(across, frame.across), np.dot(down, frame.down))
        if min(cosines) >= SAME_DIRECTION:
            return number
    known.append((frame.across, frame.down))
    return len(known) - 1


def _levels(frames: Iterable[FrameHeader]) -> list[int]:
    """Which of the stack's positions each image lies at."""
    listed = list(frames)
    across, down = listed[0].across, listed[0].down
    if across is None or down is None or any(f.position is None for f in listed):
        return list(range(len(listed)))
    normal = np.cross(across, down)
    along = np.array([float(normal @ np.asarray(f.position)) for f in listed])
    order = np.argsort(along, kind="stable")
    rises = np.diff(along[order], prepend=along[order[0]]) > SAME_POSITION_MM
    levels = np.empty(len(listed), int)
    levels[order] = np.cumsum(rises)
    return [int(level) for level in levels]


def _distinct(frames: list[FrameHeader]) -> bool:
    return len(set(_levels(frames))) == len(frames)


def _repeats(frames: list[FrameHeader]) -> list[Stack]:
    """One stack, or several where images repeat at one position."""
    most = max(Counter(_levels(frames)).values())
    if most == 1:
        return [Stack(tuple(frames))]
    for keys in (*((t,) for t in _TIMES), _TIMES):
        groups: dict[tuple[float, ...], list[FrameHeader]] = {}
        for frame in frames:
            groups.setdefault(tuple(k(frame) or 0.0 for k in keys), []).append(frame)
        if len(groups) == most and all(_distinct(group) for group in groups.values()):
            return [Stack(tuple(groups[key]), n) for n, key in enumerate(sorted(groups))]
    return _in_time_order(frames)


def _in_time_order(frames: list[FrameHeader]) -> list[Stack]:
    """Phases whose times differ from slice to slice: the n-th at each position go together."""
    by_level: dict[int, list[FrameHeader]] = {}
    for level, frame in zip(_levels(frames), frames, strict=True):
        by_level.setdefault(level, []).append(frame)
    for time in _TIMES:
        times = {level: [time(f) for f in group] for level, group in by_level.items()}
        if any(None in t or len(set(t)) < len(t) for t in times.values()):
            continue
        ordered = [sorted(group, key=lambda f: time(f) or 0.0) for group in by_level.values()]
        most = max(len(group) for group in ordered)
        return [Stack(tuple(g[n] for g in ordered if n < len(g)), n) for n in range(most)]
    return [Stack(tuple(frames), undecided=True)]


def _joined(stacks: list[Stack]) -> list[Stack]:
    """Stacks, with single slices of several series that agree in all but position made one."""
    kept: list[Stack] = []
    singles: dict[tuple[object, ...], list[Stack]] = {}
    directions: list[tuple[Vector, Vector]] = []
    for stack in stacks:
        first = stack.frames[0]
        if len(stack.frames) > 1 or first.position is None:
            kept.append(stack)
            continue
        key = (stack.repeat, stack.lge, *_shared_key(first, directions))
        singles.setdefault(key, []).append(stack)
    for group in singles.values():
        frames = [s.frames[0] for s in group]
        if len(group) > 1 and len({f.series for f in frames}) == len(frames) and _distinct(frames):
            kept.append(Stack(tuple(frames), group[0].repeat))
        else:
            kept.extend(group)
    return kept
