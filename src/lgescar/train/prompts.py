"""Simulated readers: prompts made from reference scars while training."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import PixelMask, Pixels
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.metrics.detection import EIGHT
from lgescar.prepare.prompt_maps import prompt_maps
from lgescar.train.boxes import jittered, lesion_box


def reader_prompt(
    scar: PixelMask, wall: PixelMask, proposal: Pixels, jitter_px: float, rng: Generator
) -> tuple[NDArray[np.float32], PixelMask]:
    """Prompt maps (4, size, size) a reader might draw, and the scar they mean.

    Most prompts box some of the scars, some place points, some correct ``proposal``, and a few
    box wall that holds no scar, so that the network may answer: nothing here.
    """
    parts, count = ndimage.label(scar, EIGHT)
    kind = rng.choice(["boxes", "points", "both", "correct"], p=[0.6, 0.1, 0.15, 0.15])
    boxes: list[Box] = []
    points: list[Point] = []
    if count == 0 or rng.uniform() < 0.04:
        if kind in ("boxes", "both") and wall.any():
            boxes.append(box_on(wall, rng))
        return prompt_maps(scar.shape, boxes, points, _previous(kind, proposal)), scar & False
    chosen = np.flatnonzero(rng.uniform(size=count) < rng.choice([0.5, 1.0], p=[0.2, 0.8])) + 1
    if chosen.size == 0:
        chosen = np.array([rng.integers(1, count + 1)])
    meant = np.asarray(np.isin(parts, chosen))
    for part in chosen:
        if kind in ("boxes", "both"):
            boxes.append(jittered_box(parts == part, jitter_px, rng))
        if kind in ("points", "both"):
            points.append(point_in(parts == part, True, rng))
    if kind == "correct":
        meant = scar
        points += _corrections(scar, proposal > 0.5, rng)
    elif kind == "both" and (wall & ~meant).any() and rng.uniform() < 0.5:
        points.append(point_in(wall & ~meant, False, rng))
    return prompt_maps(scar.shape, boxes, points, _previous(kind, proposal)), meant


def _previous(kind: str, proposal: Pixels) -> Pixels | None:
    return proposal if kind == "correct" else None


def jittered_box(part: PixelMask, jitter_px: float, rng: Generator) -> Box:
    """The box of a scar, each side moved by up to ``jitter_px``, never across its centre."""
    return jittered(lesion_box(part), jitter_px, rng)


def box_on(mask: PixelMask, rng: Generator) -> Box:
    """A box of 4 to 20 samples around a random True pixel."""
    point = point_in(mask, True, rng)
    height, width = rng.uniform(2.0, 10.0, 2)
    return Box(point.row - height, point.col - width, point.row + height, point.col + width)


def point_in(mask: PixelMask, inside: bool, rng: Generator) -> Point:
    """The centre of a random True pixel."""
    rows, cols = np.nonzero(mask)
    pick = rng.integers(rows.size)
    return Point(float(rows[pick]) + 0.5, float(cols[pick]) + 0.5, inside)


def _corrections(scar: PixelMask, proposed: PixelMask, rng: Generator) -> list[Point]:
    """A point on the largest missed area and one on the largest invented area."""
    points = []
    for wrong, inside in ((scar & ~proposed, True), (proposed & ~scar, False)):
        parts, count = ndimage.label(wrong, EIGHT)
        if count and rng.uniform() < 0.8:
            sizes = ndimage.sum_labels(wrong, parts, range(1, count + 1))
            points.append(point_in(parts == int(np.argmax(sizes)) + 1, inside, rng))
    return points
