"""A prompt as pictures a network can read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.prepare.polar import disc_places

BOX_MARGIN = 2.0
"""Frame pixels (about 3 mm) by which a prompted scar may pass its box: boxes are drawn by hand."""
BOX_MARGIN_REACH = 0.06
"""The same on a disc, as a share of its reach of some 46 mm."""
POINT_NEAR_REACH = 0.25
"""How far from a point inside scar may lie that no box holds, as a share of the reach: a
centimetre. Ours."""
POINT_RADIUS_REACH = 0.06
"""Standard deviation of the blob that stands for a point on a disc, as a share of its reach."""
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
    return _completed(maps, (row, col), points, POINT_RADIUS_PX, previous)


def disc_prompt_maps(
    shape: tuple[int, ...],
    boxes: Sequence[Box],
    points: Sequence[Point],
    previous: Pixels | None = None,
) -> NDArray[np.float32]:
    """The same maps on a disc of ``shape`` (angles, radii); coordinates in units of its reach.

    The edge of a box is as soft as samples lie apart along a ray.
    """
    angles, radii = shape
    row, col = disc_places(angles, radii)
    maps = np.zeros((4, angles, radii), np.float32)
    for box in boxes:
        within = _depth(row, col, box) * radii + 0.5
        maps[0] = np.maximum(maps[0], np.clip(within, 0.0, 1.0))
    return _completed(maps, (row, col), points, POINT_RADIUS_REACH, previous)


def _completed(
    maps: NDArray[np.float32],
    places: tuple[NDArray[np.floating], NDArray[np.floating]],
    points: Sequence[Point],
    radius: float,
    previous: Pixels | None,
) -> NDArray[np.float32]:
    """Maps of boxes with those of points and of the previous mask; ``places`` are the samples'."""
    row, col = places
    for point in points:
        squared = (row - point.row) ** 2 + (col - point.col) ** 2
        blob = np.exp(-squared / (2.0 * radius**2))
        channel = 1 if point.inside else 2
        maps[channel] = np.maximum(maps[channel], blob)
    if previous is not None:
        maps[3] = previous
    return maps


def near_boxes(size: int, boxes: Sequence[Box]) -> NDArray[np.float32]:
    """1 on the frame's samples in or near a box, 0 elsewhere; boxes in the frame's pixels."""
    axis = np.arange(size) + 0.5
    near = np.zeros((size, size), np.float32)
    for box in boxes:
        rows = (axis > box.top - BOX_MARGIN) & (axis < box.bottom + BOX_MARGIN)
        cols = (axis > box.left - BOX_MARGIN) & (axis < box.right + BOX_MARGIN)
        near[np.outer(rows, cols)] = 1.0
    return near


def near_disc_prompts(
    angles: int, radii: int, boxes: Sequence[Box], points: Sequence[Point]
) -> NDArray[np.float32]:
    """The same on a disc (angles, radii), and near points inside; all in units of its reach."""
    row, col = disc_places(angles, radii)
    near = np.zeros((angles, radii), np.float32)
    for box in boxes:
        near[_depth(row, col, box) > -BOX_MARGIN_REACH] = 1.0
    for point in points:
        if point.inside:
            near[np.hypot(row - point.row, col - point.col) < POINT_NEAR_REACH] = 1.0
    return near


def _depth(row: NDArray[np.float64], col: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """How far within a box places lie, from its nearest edge; below 0 outside."""
    across = np.minimum(col - box.left, box.right - col)
    return np.asarray(np.minimum(np.minimum(row - box.top, box.bottom - row), across))


def _covered(start: float, stop: float, count: int) -> NDArray[np.float64]:
    edges = np.arange(count)
    return np.asarray(np.clip(np.minimum(stop, edges + 1.0) - np.maximum(start, edges), 0.0, 1.0))
