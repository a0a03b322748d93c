"""The wall seen from the middle of the blood pool: spokes that cross it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.tissue import LabelMap

SPOKES = 360
"""Spokes of a slice, one a degree. A multiple of four, so that flips and quarter turns of the
image send spokes onto spokes."""
SAMPLE_STEP_PX = 0.25
"""Distance between samples on a spoke. Ours: a quarter pixel."""
CLOSED_SHARE = 0.95
"""Share of spokes that must meet wall for it to count as closed. Ours: allows a gap of 18 degrees
of noise, less than the gap that the outflow tract leaves at the base."""
CROSSED_PX = 0.5
"""Least length on a spoke that counts as tissue. Ours: half a pixel, the blur of sampling."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spokes:
    """How much wall and scar each spoke crosses, in pixels.

    ``centre`` is the (row, col) index they start from; ``rows`` and ``cols`` are their
    directions, unit length in millimetres (in pixels where the spacing is unknown).
    """

    centre: tuple[float, float]
    rows: Floats
    cols: Floats
    wall_px: Floats
    scar_px: Floats

    @property
    def crossed(self) -> NDArray[np.bool_]:
        """True for spokes that meet wall."""
        return np.asarray(self.wall_px >= CROSSED_PX)

    @property
    def closed(self) -> bool:
        """Whether the wall goes all the way round."""
        return bool(self.crossed.mean() >= CLOSED_SHARE)

    @property
    def extent(self) -> Floats:
        """Share of the wall's thickness that is scar, in [0, 1]; 0 where there is no wall."""
        scar = np.where(self.scar_px >= CROSSED_PX, self.scar_px, 0.0)
        extent = np.divide(scar, self.wall_px, out=np.zeros_like(scar), where=self.crossed)
        return np.asarray(np.clip(extent, 0.0, 1.0))


def cavity_centre(labels: LabelMap) -> tuple[float, float] | None:
    """Middle of the blood pool as (row, col) index, None where the slice shows no cavity.

    Where no blood pool is labelled, the hole that a closed wall leaves stands in for it.
    """
    cavity = labels.blood_pool
    if not cavity.any():
        cavity = ndimage.binary_fill_holes(labels.wall) & ~labels.wall
    if not cavity.any():
        return None
    rows, cols = np.nonzero(cavity)
    return float(rows.mean()), float(cols.mean())


def spokes(labels: LabelMap, spacing_mm: tuple[float, float] | None) -> Spokes | None:
    """Spokes from the middle of the blood pool, None where there is no cavity.

    They are spread evenly by true angle: where pixels are not square their shape counts; where
    the spacing is unknown the pixels are taken to be square.
    """
    centre = cavity_centre(labels)
    if centre is None:
        return None
    row_mm, col_mm = spacing_mm or (1.0, 1.0)
    # Sizes relative to a square pixel of the same area, so that radii count pixels.
    unit = float(np.sqrt(row_mm * col_mm))
    height, width = row_mm / unit, col_mm / unit
    angles = np.deg2rad((np.arange(SPOKES) + 0.5) * 360.0 / SPOKES)
    down, across = np.sin(angles), np.cos(angles)
    rows, cols = np.nonzero(labels.wall)
    reach = np.hypot((rows - centre[0]) * height, (cols - centre[1]) * width)
    radii = np.arange(0.0, float(reach.max(initial=0.0)) + 2.0, SAMPLE_STEP_PX)
    where = np.stack(
        [
            centre[0] + np.outer(down, radii) / height,
            centre[1] + np.outer(across, radii) / width,
        ]
    )
    wall_px, scar_px = _crossed_px(labels.wall, where), _crossed_px(labels.scar, where)
    return Spokes(centre, down, across, wall_px, scar_px)


def _crossed_px(mask: NDArray[np.bool_], where: Floats) -> Floats:
    """Length of each spoke inside the mask, whose edge is softened over one pixel."""
    inside = ndimage.map_coordinates(mask.astype(np.float64), where, order=1, mode="constant")
    return np.asarray(inside.sum(axis=1) * SAMPLE_STEP_PX)
