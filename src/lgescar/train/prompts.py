"""Simulated readers: prompts made from reference scars while training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import EIGHT, PixelMask, Pixels
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.prepare.polar import disc_area, disc_places
from lgescar.prepare.prompt_maps import disc_prompt_maps

LEAST_HALF = 0.03
"""Half of the least side of a drawn box, as a share of the disc's reach: some 1.5 mm."""
EMPTY_HALF = (0.06, 0.3)
"""The same, from and to, of a box drawn where there is no scar: 3 to 14 mm."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPrompt:
    """Boxes, points and perhaps a previous prediction on a disc, and the scar meant."""

    meant: PixelMask
    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    previous: Pixels | None = None

    @property
    def maps(self) -> NDArray[np.float32]:
        """What the network sees of it (4, angles, radii)."""
        return disc_prompt_maps(self.meant.shape, self.boxes, self.points, self.previous)

    def corrected(self, predicted: Pixels, rng: Generator) -> DrawnPrompt:
        """The same with points where ``predicted`` (angles, radii) is most wrong."""
        more = _corrections(self.meant, predicted > 0.5, rng)
        return replace(self, points=(*self.points, *more))


def reader_prompt(
    scar: PixelMask, wall: PixelMask, proposal: Pixels, jitter: float, rng: Generator
) -> DrawnPrompt:
    """A prompt that a reader might draw, and the scar it means.

    Masks are those of a disc (angles, radii); boxes are upright on the slice, each edge off by up
    to ``jitter`` of the disc's reach. Most prompts box some of the scars, some place points, some
    correct ``proposal``, and a few box wall that holds no scar, so that the network may predict:
    nothing here.
    """
    parts, count = labelled_round(scar)
    kind = rng.choice(["boxes", "points", "both", "correct"], p=[0.6, 0.1, 0.15, 0.15])
    boxes: list[Box] = []
    points: list[Point] = []
    previous = proposal if kind == "correct" else None
    if count == 0 or rng.uniform() < 0.04:
        if kind in ("boxes", "both") and wall.any():
            boxes.append(_empty_box(wall, rng))
        return DrawnPrompt(scar & False, tuple(boxes), (), previous)
    chosen = np.flatnonzero(rng.uniform(size=count) < rng.choice([0.5, 1.0], p=[0.2, 0.8])) + 1
    if chosen.size == 0:
        chosen = np.array([rng.integers(1, count + 1)])
    meant = np.asarray(np.isin(parts, chosen))
    for part in chosen:
        if kind in ("boxes", "both"):
            boxes.append(_drawn_box(parts == part, jitter, rng))
        if kind in ("points", "both"):
            points.append(_point_in(parts == part, True, rng))
    if kind == "correct":
        meant = scar
        points += _corrections(scar, proposal > 0.5, rng)
    elif kind == "both" and (wall & ~meant).any() and rng.uniform() < 0.5:
        points.append(_point_in(wall & ~meant, False, rng))
    return DrawnPrompt(meant, tuple(boxes), tuple(points), previous)


def labelled_round(mask: PixelMask) -> tuple[NDArray[np.int32], int]:
    """Connected parts of a mask (angles, radii) whose first ray follows its last, and how many."""
    parts, count = ndimage.label(mask, EIGHT)
    first, last = parts[0], parts[-1]
    names = np.arange(count + 1)
    for shift in (-1, 0, 1):
        beside = np.roll(last, shift)
        if shift:
            beside[0 if shift > 0 else -1] = 0
        meet = (first > 0) & (beside > 0)
        for a, b in zip(first[meet], beside[meet], strict=True):
            names[names == names[b]] = names[a]
    joined = names[parts]
    joint = np.unique(joined[joined > 0])
    numbered = np.where(joined > 0, np.searchsorted(joint, joined) + 1, 0)
    return np.asarray(numbered, np.int32), int(joint.size)


def _drawn_box(part: PixelMask, jitter: float, rng: Generator) -> Box:
    """The upright box of a scar as a hand might draw it, never across its centre."""
    row, col = (place[part] for place in disc_places(*part.shape))
    top, left, bottom, right = rng.uniform(-jitter, jitter, 4)
    middle = (row.min() + row.max()) / 2, (col.min() + col.max()) / 2
    return Box(
        min(float(row.min() + top), middle[0] - LEAST_HALF),
        min(float(col.min() + left), middle[1] - LEAST_HALF),
        max(float(row.max() + bottom), middle[0] + LEAST_HALF),
        max(float(col.max() + right), middle[1] + LEAST_HALF),
    )


def _empty_box(wall: PixelMask, rng: Generator) -> Box:
    point = _point_in(wall, True, rng)
    height, width = rng.uniform(*EMPTY_HALF, 2)
    return Box(point.row - height, point.col - width, point.row + height, point.col + width)


def _point_in(mask: PixelMask, inside: bool, rng: Generator) -> Point:
    """A random place in a mask, each as likely by area."""
    angle, radius = np.nonzero(mask)
    area = disc_area(mask.shape[1])[radius].astype(np.float64)
    pick = rng.choice(angle.size, p=area / area.sum())
    row, col = disc_places(*mask.shape)[:, angle[pick], radius[pick]]
    return Point(float(row), float(col), inside)


def _corrections(scar: PixelMask, proposed: PixelMask, rng: Generator) -> list[Point]:
    """A point on the largest missed area and one on the largest invented area."""
    area = disc_area(scar.shape[1])
    points = []
    for wrong, inside in ((scar & ~proposed, True), (proposed & ~scar, False)):
        parts, count = labelled_round(wrong)
        if count and rng.uniform() < 0.8:
            sizes = [float((area * (parts == n)).sum()) for n in range(1, count + 1)]
            points.append(_point_in(parts == int(np.argmax(sizes)) + 1, inside, rng))
    return points
