"""Boxes and points made from reference scars while training, in a view's samples."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.simulate.annotator import jittered


def jittered_box(part: PixelMask, jitter_px: float, rng: Generator) -> Box:
    """The box of a scar, each side moved by up to ``jitter_px``, never across its centre."""
    around = Box.around(part)
    assert around is not None  # a labelled part has pixels
    return jittered(around, jitter_px, rng)


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
