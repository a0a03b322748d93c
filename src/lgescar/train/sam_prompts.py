"""Simulated readers for Segment Anything: one box, and points, for each lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import EIGHT, Codes, PixelMask
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.core.tissue import Tissue
from lgescar.prepare.prompt_tokens import prompt_tokens
from lgescar.train.boxes import box_on, jittered_box, point_in

TUNE_SEED = 77
"""Seed of the boxes on tune slices: the same at every check."""
MOSTLY = 0.5
"""Share of another lesion that must lie in the box for the box to mean it too."""


@dataclass(frozen=True, slots=True)
class Prompting:
    """How prompts are drawn while training.

    ``box``, ``both`` and ``points`` are the odds of a batch with boxes, with boxes and points,
    and with points alone; a batch has up to ``most_points`` points a prompt. Each slice has
    ``a_slice`` prompts. In slices with scar, ``healthy`` is the chance that a prompt lies on wall
    without scar; in slices without, every prompt does. ``jitter_px`` counts in the view.
    """

    box: float = 1.0
    both: float = 0.0
    points: float = 0.0
    most_points: int = 3
    a_slice: int = 2
    healthy: float = 0.1
    jitter_px: float = 3.0


@dataclass(frozen=True, slots=True)
class Layout:
    """What every prompt of a batch holds, so that a batch is one array."""

    boxed: bool
    points: int


@dataclass(frozen=True, slots=True, eq=False)
class SlicePrompts:
    """``k`` prompts of one slice: tokens (k, t, 2) and (k, t), and the scar each means."""

    at: NDArray[np.float32]
    kinds: NDArray[np.int64]
    meant: NDArray[np.bool_]


def draw_layout(how: Prompting, rng: Generator) -> Layout:
    """Boxes, points or both, and how many points."""
    odds = np.array([how.box, how.both, how.points])
    kind = rng.choice(3, p=odds / odds.sum())
    count = int(rng.integers(1, how.most_points + 1))
    return Layout(boxed=kind < 2, points=0 if kind == 0 else count)


def draw_prompts(codes: Codes, layout: Layout, how: Prompting, rng: Generator) -> SlicePrompts:
    """Prompts for the lesions of a slice, each in turn, and some for wall without scar."""
    parts, count = ndimage.label(codes >= Tissue.SCAR, EIGHT)
    turns = [int(i) for i in rng.permutation(count) + 1]
    rows = []
    for number in range(how.a_slice):
        if count == 0 or rng.uniform() < how.healthy:
            rows.append(_healthy(codes, layout, rng))
        else:
            rows.append(_lesion(codes, parts, turns[number % count], layout, how, rng))
    tokens = [prompt_tokens(box, points) for box, points, _ in rows]
    return SlicePrompts(
        np.stack([at for at, _ in tokens]),
        np.stack([kinds for _, kinds in tokens]),
        np.stack([meant for _, _, meant in rows]),
    )


def every_lesion(codes: Codes, how: Prompting, rng: Generator) -> SlicePrompts:
    """A prompt for each box of ``tune_boxes``: for checks, not for training."""
    tokens = [prompt_tokens(box, ()) for box in tune_boxes(codes, how.jitter_px, rng)]
    meant = np.broadcast_to(codes >= Tissue.SCAR, (len(tokens), *codes.shape))
    return SlicePrompts(
        np.stack([at for at, _ in tokens]), np.stack([kinds for _, kinds in tokens]), meant
    )


def tune_boxes(codes: Codes, jitter_px: float, rng: Generator) -> list[Box]:
    """A jittered box for each lesion, or one box on wall where there is none."""
    parts, count = ndimage.label(codes >= Tissue.SCAR, EIGHT)
    boxes = [jittered_box(parts == i, jitter_px, rng) for i in range(1, count + 1)]
    return boxes or [box_on(_ground(codes), rng)]


_Row = tuple[Box | None, list[Point], PixelMask]


def _lesion(
    codes: Codes,
    parts: NDArray[np.signedinteger],
    chosen: int,
    layout: Layout,
    how: Prompting,
    rng: Generator,
) -> _Row:
    lesion = parts == chosen
    box = jittered_box(lesion, how.jitter_px, rng) if layout.boxed else None
    meant = lesion if box is None else lesion | _mostly_inside(parts, box)
    points = [point_in(meant, True, rng) for _ in range(min(layout.points, 1))]
    other = (codes >= Tissue.VIABLE) & ~meant
    for _ in range(1, layout.points):
        outside = bool(other.any()) and rng.uniform() < 0.4
        points.append(point_in(other if outside else meant, not outside, rng))
    return box, points, meant


def _healthy(codes: Codes, layout: Layout, rng: Generator) -> _Row:
    """A prompt on wall without scar; what it means is nothing."""
    ground = _ground(codes)
    box = box_on(ground, rng) if layout.boxed else None
    points = [point_in(ground, False, rng) for _ in range(layout.points)]
    return box, points, np.zeros(codes.shape, bool) if box is None else _scar_in(codes, box)


def _ground(codes: Codes) -> PixelMask:
    """Where a prompt without scar may lie: viable wall, or anywhere in a slice without heart."""
    wall = np.asarray(codes == Tissue.VIABLE)
    return wall if wall.any() else np.ones(codes.shape, bool)


def _scar_in(codes: Codes, box: Box) -> PixelMask:
    """Lesions that lie mostly in a box that was drawn without looking at them."""
    parts, _ = ndimage.label(codes >= Tissue.SCAR, EIGHT)
    return _mostly_inside(parts, box)


def _mostly_inside(parts: NDArray[np.signedinteger], box: Box) -> PixelMask:
    """The lesions of which at least half lies in the box."""
    rows, cols = (np.arange(n) + 0.5 for n in parts.shape)
    within = np.outer(
        (rows > box.top) & (rows < box.bottom), (cols > box.left) & (cols < box.right)
    )
    size = np.bincount(parts.ravel())
    inside = np.bincount(parts[within], minlength=size.size)
    held = inside >= MOSTLY * np.maximum(size, 1)
    held[0] = False
    return np.asarray(held[parts])
