"""Boxes around what a scar map shows."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box

EIGHT = np.ones((3, 3), bool)


def scar_boxes(scar: PixelMask, chance: Probability) -> tuple[Box, ...]:
    """One box for each connected scar, largest first, scored by its highest chance."""
    parts, count = ndimage.label(scar, EIGHT)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    boxes = []
    for part in sorted(range(1, count + 1), key=lambda n: -int(sizes[n])):
        mask = parts == part
        box = Box.around(mask, score=float(np.clip(chance[mask].max(), 0.0, 1.0)))
        if box is not None:
            boxes.append(box)
    return tuple(boxes)
