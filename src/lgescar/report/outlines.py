"""Masks as thin smooth lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import Matrix, PixelMask
from lgescar.core.box import Box
from lgescar.core.report import SliceResult

Polygon = Matrix
"""A closed line: (points, 2) as (row, col) in pixel edges, the first point not repeated."""
SMOOTHINGS = 10
IN, OUT = 0.5, -0.53
"""A pixel staircase reads as a curve after a few steps in and out again.
Source: Taubin, ICCV 1995, 852."""
CORNER_PX = 0.5
"""Area that the straight cuts across pixel corners take from any closed line: 1/8 px for each
corner that sticks out, given back at each that goes in, and there are four more of the former."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A kind of line on the pictures; distinguished by lightness and dashes, not by hue alone."""

    name: str
    title: str
    colour: str
    width: float
    dashes: tuple[float, float] | None = None


ENDOCARDIUM = Trace("endocardium", "Endocardium (blood pool)", "#4cc3ff", 1.4)
EPICARDIUM = Trace("epicardium", "Epicardium (outer wall)", "#b6f2c4", 1.4)
SCAR = Trace("scar", "Scar", "#ff9d1e", 2.0)
MVO = Trace("mvo", "MVO (no-reflow)", "#ff5fc4", 1.8, (3.0, 2.0))
BOX = Trace("box", "Box that was searched", "#ffffff", 1.0, (4.0, 3.0))
TRACES = (ENDOCARDIUM, EPICARDIUM, SCAR, MVO, BOX)
"""Drawn in this order. Source of the hues: lightened from Okabe and Ito's set for all eyes."""


def outline(mask: PixelMask) -> tuple[Polygon, ...]:
    """The closed borders of a mask, holes included; none when it is empty."""
    rows, cols = np.nonzero(mask)
    if rows.size == 0:
        return ()
    from contourpy import LineType, contour_generator

    top, left = int(rows.min()), int(cols.min())
    cut = mask[top : rows.max() + 1, left : cols.max() + 1]
    field = np.pad(cut, 1).astype(np.float64)
    lines = contour_generator(z=field, line_type=LineType.Separate).lines(0.5)
    # Padding shifts by one pixel; pixel centres lie half a pixel inside their edges.
    corner = np.array([top - 0.5, left - 0.5])
    return tuple(_rounded(np.asarray(line)[:-1, ::-1] + corner) for line in lines)


def traced(result: SliceResult) -> dict[str, tuple[Polygon, ...]]:
    """The lines of one slice by trace name; a tissue that is absent has no lines."""
    labels = result.labels
    return {
        ENDOCARDIUM.name: outline(labels.blood_pool),
        EPICARDIUM.name: _outer(outline(labels.blood_pool | labels.wall)),
        SCAR.name: outline(labels.scar),
        MVO.name: outline(labels.mvo),
        BOX.name: tuple(map(_corners, result.boxes)),
    }


def _corners(box: Box) -> Polygon:
    """The corners of a box in the order a pen would take, (row, col) in pixel edges."""
    top, left, bottom, right = box.top, box.left, box.bottom, box.right
    return np.array([[top, left], [top, right], [bottom, right], [bottom, left]])


def _signed_px(polygon: Polygon) -> float:
    """Area in pixels, its sign by the way the line turns. Source: the shoelace formula."""
    following = np.roll(polygon, -1, axis=0)
    return 0.5 * float(np.sum(polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]))


def _outer(polygons: tuple[Polygon, ...]) -> tuple[Polygon, ...]:
    """Lines around something, without those around a hole: they turn the other way."""
    if not polygons:
        return ()
    largest = max(polygons, key=lambda polygon: abs(_signed_px(polygon)))
    turn = np.sign(_signed_px(largest))
    return tuple(p for p in polygons if np.sign(_signed_px(p)) == turn)


def _rounded(polygon: Polygon) -> Polygon:
    """The staircase as a curve that encloses exactly as many pixels as the staircase did."""
    area_px = abs(_signed_px(polygon)) + CORNER_PX
    for _ in range(SMOOTHINGS):
        for step in (IN, OUT):
            beside = (np.roll(polygon, 1, axis=0) + np.roll(polygon, -1, axis=0)) / 2.0
            polygon = polygon + step * (beside - polygon)
    following = np.roll(polygon, -1, axis=0)
    curve = np.stack([0.75 * polygon + 0.25 * following, 0.25 * polygon + 0.75 * following], axis=1)
    curve = curve.reshape(-1, 2)
    middle = curve.mean(axis=0)
    grown: Polygon = middle + (curve - middle) * np.sqrt(area_px / abs(_signed_px(curve)))
    return grown
