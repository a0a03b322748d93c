"""How sharp the border between blood pool and wall is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtr

from lgescar.core.arrays import Pixels
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.measure.polar import SPOKES, cavity_centre

SECTORS = 36
"""Profiles of a slice, each the mean over ten degrees. Ours: at the endocardium 4 mm wide."""
STEP_MM = 0.5
"""Distance between samples on a spoke. Ours: a third to two thirds of a pixel."""
REACH_MM = 7.0
"""How far a profile reaches into the blood pool, and at most into the wall. Ours: room for a
blurred edge, and clear of what lies beyond most walls."""
LEAST_WALL_MM = 4.0
"""Viable wall that a profile must cross. Ours: a thinner wall never shows its own level."""
EPICARDIUM_MM = 1.0
"""A profile ends this far before the wall does, where fat or lung begin to shine in. Ours."""
SMOOTH_DEGREES = 5.0
"""SD of the smoothing round the heart of an outline that is made of whole pixels. Ours."""
SHIFTS_MM = np.arange(-2.0, 2.01, 0.25)
"""Places tried for the edge, about the outline, which is never exactly on it. Ours."""
WIDTHS_MM = np.geomspace(0.5, 12.0, 33)
"""10-90 % widths tried, 10 % apart. Ours: from half of the finest pixel to a whole wall; a width at
either end has none beyond it and is left out."""
WIDTH_PER_SD = 2.0 * 1.2815515655
"""10-90 % width over SD of an edge that a Gaussian blurs: twice its 90 % quantile."""
LEAST_STEP = 4.0
"""Least height of an edge over the residual of its fit. Ours: a lower one has no shape."""
LEAST_PROFILES = 6
"""Fewest profiles that a slice's width is the median of. Ours."""

Floats = NDArray[np.float64]


def edge_width_mm(
    pixels: Pixels, labels: LabelMap, spacing_mm: tuple[float, float] | None
) -> float | None:
    """10-90 % width of the border from blood pool to viable wall, median round the slice.

    Each profile is fitted with an edge that a Gaussian blurs: level + height x Phi(distance / SD).
    The width holds all that blurs: the point spread of the acquisition, motion, and a wall that
    is oblique within the slice. None without spacing or blood pool, or where too few profiles
    show an edge.
    Source: docs/explain/quality.md, "Sharpness".
    """
    if spacing_mm is None or not labels.blood_pool.any() or not labels.viable.any():
        return None
    away = np.arange(-REACH_MM, REACH_MM + 1e-9, STEP_MM)
    values, known = _profiles(pixels, labels, spacing_mm, away)
    widths = _fitted_widths(away, values, known)
    return float(np.median(widths)) if widths.size >= LEAST_PROFILES else None


def _profiles(
    pixels: Pixels, labels: LabelMap, spacing_mm: tuple[float, float], away: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """(sectors, distances) of mean intensity, and where it is that of pool and viable wall."""
    part = labels.window(int(np.ceil(2.0 * REACH_MM / min(spacing_mm))))
    local = LabelMap(labels.codes[part])
    middle = cavity_centre(local)
    centre = (0.0, 0.0) if middle is None else middle
    angles = np.deg2rad((np.arange(SPOKES) + 0.5) * 360.0 / SPOKES)
    per_mm = np.stack([np.sin(angles) / spacing_mm[0], np.cos(angles) / spacing_mm[1]])
    border, thick = _outline(local, centre, per_mm, spacing_mm)
    radii = border[:, None] + away[None, :]
    where = np.stack([c + radii * d[:, None] for c, d in zip(centre, per_mm, strict=True)])
    # Cubic, because linear interpolation blurs.
    values = ndimage.map_coordinates(
        pixels[part].astype(np.float64), where, order=3, mode="nearest"
    )
    known = (radii >= 0.0) & (away[None, :] <= thick[:, None] - EPICARDIUM_MM)
    known &= (thick >= LEAST_WALL_MM)[:, None]
    in_sectors = (SECTORS, SPOKES // SECTORS, away.size)
    return values.reshape(in_sectors).mean(axis=1), np.asarray(
        known.reshape(in_sectors).all(axis=1)
    )


def _outline(
    labels: LabelMap,
    centre: tuple[float, float],
    per_mm: Floats,
    spacing_mm: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Radius at which each spoke enters the wall, smoothed, and how much of it is viable, in mm.

    The second is 0 where a spoke meets no wall or meets scar first.
    """
    rows, cols = np.nonzero(labels.codes)
    away = (rows - centre[0]) * spacing_mm[0], (cols - centre[1]) * spacing_mm[1]
    radii = np.arange(0.0, float(np.hypot(*away).max()) + STEP_MM, STEP_MM / 2.0)
    # The pixel under each sample; what it holds of stairs is smoothed below.
    down, across = (
        np.clip(np.rint(c + np.outer(d, radii)).astype(np.intp), 0, n - 1)
        for c, d, n in zip(centre, per_mm, labels.codes.shape, strict=True)
    )
    codes = labels.codes[down, across]
    wall, viable = codes >= Tissue.VIABLE, codes == Tissue.VIABLE
    first = np.argmax(wall, axis=1)
    meets = wall[np.arange(SPOKES), first]
    past = np.arange(radii.size)[None, :] >= first[:, None]
    ends = past & ~viable
    last = np.where(ends.any(axis=1), np.argmax(ends, axis=1), radii.size)
    thick = np.where(meets, (last - first) * STEP_MM / 2.0, 0.0)
    border = np.where(meets, radii[first], np.median(radii[first][meets]) if meets.any() else 0.0)
    smooth = ndimage.gaussian_filter1d(border, SMOOTH_DEGREES * SPOKES / 360.0, mode="wrap")
    return smooth, thick


def _fitted_widths(away: Floats, values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Widths of the profiles that show an edge, by least squares over every place and width.

    For one place and width, level and height are a straight line's: sums over the samples do.
    """
    places, widths = (grid.ravel() for grid in np.meshgrid(SHIFTS_MM, WIDTHS_MM, indexing="ij"))
    edges = ndtr((away[None, :] - places[:, None]) * WIDTH_PER_SD / widths[:, None]).T
    use = known & (known.sum(axis=1) >= away.size // 2)[:, None]
    weight = use[use.any(axis=1)].astype(np.float64)
    shown = values[use.any(axis=1)] * weight
    count = weight.sum(axis=1, keepdims=True)
    mean = shown.sum(axis=1, keepdims=True) / count
    shown = (shown - mean) * weight
    edge_mean = weight @ edges / count
    spread = weight @ edges**2 - count * edge_mean**2
    shared = shown @ edges
    height = shared / np.maximum(spread, 1e-9)
    residual = np.maximum((shown**2).sum(axis=1, keepdims=True) - height * shared, 0.0)
    best = np.argmin(residual, axis=1)
    of_best = np.arange(best.size), best
    scatter = np.sqrt(residual[of_best] / count[:, 0])
    clear = np.abs(height[of_best]) > np.maximum(LEAST_STEP * scatter, 1e-9)
    at = best % WIDTHS_MM.size
    inner = clear & (at > 0) & (at < WIDTHS_MM.size - 1)
    rows, at = best[inner][:, None] + np.arange(-1, 2), at[inner]
    low, mid, high = residual[inner][np.arange(at.size)[:, None], rows].T
    # The foot of the parabola through the best width and its neighbours.
    bend = np.maximum(low - 2.0 * mid + high, 1e-12)
    ratio = WIDTHS_MM[1] / WIDTHS_MM[0]
    return np.asarray(WIDTHS_MM[at] * ratio ** np.clip(0.5 * (low - high) / bend, -0.5, 0.5))
