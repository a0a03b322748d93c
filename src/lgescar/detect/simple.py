"""Boxes around what a scar map shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.image import Slice

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


class MapDetector:
    """The boxes of a scar map, whoever draws it, behind the ``Detector`` role."""

    def __init__(
        self, name: str, scar_map: Callable[[Slice], tuple[PixelMask, Probability]]
    ) -> None:
        self._name = name
        self._scar_map = scar_map

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        return self._name

    def detect(self, image: Slice) -> tuple[Box, ...]:
        """One box for each connected scar of the map, best first."""
        boxes = scar_boxes(*self._scar_map(image))
        return tuple(sorted(boxes, key=lambda b: -(b.score or 0.0)))
