"""Whether a scar is one compact patch or many ragged ones."""

from __future__ import annotations

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from lgescar.core.arrays import PixelMask

UNIT_SPACING = (1.0, 1.0)
"""Pixels as the unit of length, for shapes on images of unknown spacing."""


def components(mask: PixelMask) -> int:
    """Number of separate patches; pixels that touch at a corner belong together."""
    return int(ndimage.label(mask, structure=np.ones((3, 3)))[1])


def solidity(mask: PixelMask, spacing: tuple[float, float] = UNIT_SPACING) -> float | None:
    """Area over the area of its convex hull, in (0, 1]; None for an empty mask.

    The hull goes round the corners of the pixels, so a filled rectangle has solidity 1.
    Source: arXiv 2506.21151, acute against chronic; docs/explain/metrics.md.
    """
    rows, cols = np.nonzero(mask)
    if rows.size == 0:
        return None
    corners = np.concatenate(
        [np.column_stack([rows + r, cols + c]) for r in (0, 1) for c in (0, 1)]
    )
    hull = ConvexHull(np.unique(corners, axis=0) * np.asarray(spacing))
    return float(rows.size * spacing[0] * spacing[1] / hull.volume)


def circularity(mask: PixelMask, spacing: tuple[float, float] = UNIT_SPACING) -> float | None:
    """4πA/P², 1 for a perfect disc and less for ragged outlines; None for an empty mask.

    Area and perimeter are those of one polygon, the outline half-way between inner and outer
    pixels, so the value cannot exceed 1. A large digital disc reaches about 0.9: its outline has
    eight directions only. Patches and holes add to area and perimeter.
    Source: arXiv 2506.21151, acute against chronic; docs/explain/metrics.md.
    """
    measured = _area_and_perimeter(mask, spacing)
    return None if measured is None else 4.0 * np.pi * measured[0] / measured[1] ** 2


def perimeter_squared_over_area(
    mask: PixelMask, spacing: tuple[float, float] = UNIT_SPACING
) -> float | None:
    """P²/A: 4π = 12.6 for a perfect disc, more for ragged outlines; None for an empty mask.

    Area and perimeter are those of ``circularity``, of which this is 4π over the value; it has no
    unit. A mean over slices weighs the most ragged ones, where a mean circularity does not.
    Source: docs/explain/metrics.md, "Outlines".
    """
    measured = _area_and_perimeter(mask, spacing)
    return None if measured is None else measured[1] ** 2 / measured[0]


def _area_and_perimeter(
    mask: PixelMask, spacing: tuple[float, float]
) -> tuple[float, float] | None:
    polygons = _outlines(mask, spacing)
    if not polygons:
        return None
    area = abs(sum(_signed_area(p) for p in polygons))
    return area, sum(float(np.hypot(*np.diff(p, axis=0).T).sum()) for p in polygons)


def _outlines(mask: PixelMask, spacing: tuple[float, float]) -> list[NDArray[np.float64]]:
    """Closed outlines as (col, row) points, holes turning the other way."""
    padded = np.pad(mask, 1).astype(np.float64)
    lines = contour_generator(z=padded).lines(0.5)
    return [np.asarray(line) * np.array([spacing[1], spacing[0]]) for line in lines]


def _signed_area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
