"""Faults of a detector's boxes: moved, scaled, or drawn where no scar is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box

PxPerMm = tuple[float, float]
"""Pixels a millimetre, down the rows and across the columns."""
SMALLEST_PX = 1.0
"""The least side of a scaled box: it is never turned inside out."""
SPURIOUS_MM = (5.0, 30.0)
"""Sides of a box where no scar is. Ours: from a speck of noise to a whole territory."""


def shifted(box: Box, far_mm: float, scale: PxPerMm, direction: tuple[float, float]) -> Box:
    """The box moved whole by ``far_mm`` in a unit ``direction`` (down, across)."""
    down, across = (d * far_mm * s for d, s in zip(direction, scale, strict=True))
    return Box(box.top + down, box.left + across, box.bottom + down, box.right + across)


def scaled(box: Box, factor: float) -> Box:
    """The box with sides ``factor`` times as long round the same centre."""
    row, col = _centre(box)
    down = max((box.bottom - box.top) / 2 * factor, SMALLEST_PX / 2)
    across = max((box.right - box.left) / 2 * factor, SMALLEST_PX / 2)
    return Box(row - down, col - across, row + down, col + across)


def spurious(wall: PixelMask, count: float, scale: PxPerMm, rng: Generator) -> tuple[Box, ...]:
    """``count`` boxes on average, each round a random pixel of ``wall`` that holds no scar."""
    rows, cols = np.nonzero(wall)
    number = int(count) + int(rng.uniform() < count % 1.0)
    if rows.size == 0:
        return ()
    made = []
    for _ in range(number):
        pick = int(rng.integers(rows.size))
        down, across = (s * rng.uniform(*SPURIOUS_MM) / 2 for s in scale)
        row, col = float(rows[pick]) + 0.5, float(cols[pick]) + 0.5
        made.append(Box(row - down, col - across, row + down, col + across))
    return tuple(made)


def on_slice(boxes: Sequence[Box], shape: tuple[int, int]) -> tuple[Box, ...]:
    """Those boxes that touch the slice's pixels."""
    rows, cols = shape
    return tuple(
        b for b in boxes if b.bottom > 0 and b.right > 0 and b.top < rows and b.left < cols
    )


def _centre(box: Box) -> tuple[float, float]:
    return (box.top + box.bottom) / 2, (box.left + box.right) / 2
