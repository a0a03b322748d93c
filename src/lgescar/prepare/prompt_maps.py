"""A prompt as pictures a network can read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.prompt import Point

POINT_RADIUS_PX = 2.0
"""Standard deviation of the blob that stands for a point, in frame pixels."""


def prompt_maps(
    shape: tuple[int, ...],
    boxes: Sequence[Box],
    points: Sequence[Point],
    previous: Pixels | None = None,
) -> NDArray[np.float32]:
    """Maps (4, rows, cols) in [0, 1]: boxes, points inside, points outside, previous mask.

    Coordinates are the frame's. A pixel that a box edge cuts holds the share that is covered.
    """
    rows, cols = shape
    maps = np.zeros((4, rows, cols), np.float32)
    for box in boxes:
        covered = np.outer(_covered(box.top, box.bottom, rows), _covered(box.left, box.right, cols))
        maps[0] = np.maximum(maps[0], covered)
    row, col = np.arange(rows)[:, None] + 0.5, np.arange(cols)[None, :] + 0.5
    for point in points:
        squared = (row - point.row) ** 2 + (col - point.col) ** 2
        blob = np.exp(-squared / (2.0 * POINT_RADIUS_PX**2))
        channel = 1 if point.inside else 2
        maps[channel] = np.maximum(maps[channel], blob)
    if previous is not None:
        maps[3] = previous
    return maps


def _covered(start: float, stop: float, count: int) -> NDArray[np.float64]:
    edges = np.arange(count)
    return np.asarray(np.clip(np.minimum(stop, edges + 1.0) - np.maximum(start, edges), 0.0, 1.0))
