"""Boxes and points made from reference scars while training, in a view's samples."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.prompt import Point


def lesion_box(mask: PixelMask) -> Box:
    """The box around a lesion that is there."""
    box = Box.around(mask)
    assert box is not None  # a labelled part has pixels
    return box


def jittered(box: Box, jitter_px: float, rng: Generator) -> Box:
    """The box as a hand might draw it: each edge moved by up to ``jitter_px``, centre kept in."""
    top, left, bottom, right = rng.uniform(-jitter_px, jitter_px, 4)
    row, col = (box.top + box.bottom) / 2, (box.left + box.right) / 2
    return Box(
        min(box.top + float(top), row - 1.0),
        min(box.left + float(left), col - 1.0),
        max(box.bottom + float(bottom), row + 1.0),
        max(box.right + float(right), col + 1.0),
    )


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
