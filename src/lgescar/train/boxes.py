"""Boxes made from reference scars while training."""

from __future__ import annotations

from numpy.random import Generator

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box


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
