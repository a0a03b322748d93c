"""Strokes on a label map: a pixel belongs to what its centre lies in."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import PixelMask
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.reader.events import Brush, Fill, Lasso, Outline, Smooth
from lgescar.reader.values import PAINTS, Places

MAJORITY = 5
"""Of a pixel and its eight neighbours, so many make it scar when a border is smoothed."""


def inside_polygon(polygon: Places, shape: tuple[int, int]) -> PixelMask:
    """Pixels whose centre lies inside a closed polygon, even-odd where it crosses itself."""
    corners = np.asarray(polygon, np.float64)
    row = np.arange(shape[0])[:, None] + 0.5
    col = np.arange(shape[1])[None, :] + 0.5
    inside = np.zeros(shape, bool)
    for (r0, c0), (r1, c1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crossed = np.flatnonzero(((r0 <= row) != (r1 <= row))[:, 0])
        if crossed.size:
            at = c0 + (row[crossed] - r0) * (c1 - c0) / (r1 - r0)
            inside[crossed] ^= col < at
    return inside


def near_path(path: Places, radius_px: float, shape: tuple[int, int]) -> PixelMask:
    """Pixels whose centre lies within ``radius_px`` of a stroke."""
    near = np.zeros(shape, bool)
    for start, end in zip(path, path[1:] or path[:1], strict=False):
        _add_segment(near, start, end, radius_px)
    return near


def _add_segment(
    near: PixelMask, start: tuple[float, float], end: tuple[float, float], radius_px: float
) -> None:
    """Marks the pixels round one straight piece, looking only at those that can be near it."""
    window = tuple(
        slice(max(0, int(min(a, b) - radius_px) - 1), max(0, int(max(a, b) + radius_px) + 2))
        for a, b in zip(start, end, strict=True)
    )
    part = near[window]
    if not part.size:
        return
    row = np.arange(part.shape[0])[:, None] + window[0].start + 0.5 - start[0]
    col = np.arange(part.shape[1])[None, :] + window[1].start + 0.5 - start[1]
    down, across = end[0] - start[0], end[1] - start[1]
    length = down * down + across * across
    share = np.clip((row * down + col * across) / length, 0.0, 1.0) if length else np.float64(0.0)
    part |= (row - share * down) ** 2 + (col - share * across) ** 2 <= radius_px**2


def drawn(labels: LabelMap, stroke: Brush | Lasso | Fill | Smooth | Outline) -> LabelMap:
    """``labels`` after a stroke. Scar that is painted outside the wall becomes wall."""
    match stroke:
        case Brush():
            return _brushed(labels, stroke)
        case Lasso():
            return labels.with_scar_only(~inside_polygon(stroke.polygon, labels.codes.shape))
        case Outline():
            return bordered(labels, stroke)
        case Fill():
            # The cavity is a hole of an infarct all the way round: only wall is filled.
            return scarred(labels, ndimage.binary_fill_holes(labels.scar))
        case Smooth():
            count = ndimage.convolve(
                labels.scar.astype(np.uint8), np.ones((3, 3), np.uint8), mode="constant"
            )
            return scarred(labels, np.asarray(count >= MAJORITY))


def scarred(labels: LabelMap, scar: PixelMask) -> LabelMap:
    """``labels`` with its scar where ``scar`` is wall; MVO stays MVO where it stays scar."""
    codes = labels.codes.copy()
    codes[labels.wall & ~scar] = Tissue.VIABLE
    codes[labels.viable & scar] = Tissue.SCAR
    return LabelMap(codes)


def bordered(labels: LabelMap, outline: Outline) -> LabelMap:
    """``labels`` with the wall's outer or inner border where it was drawn.

    Beyond the outer border nothing is heart, within the inner one all is blood pool; what is
    gained between them is viable wall.
    """
    codes = labels.codes.copy()
    inside = inside_polygon(outline.polygon, labels.codes.shape)
    if outline.border == "epi":
        codes[~inside] = Tissue.BACKGROUND
        codes[inside & (codes == Tissue.BACKGROUND)] = Tissue.VIABLE
    else:
        codes[~inside & (codes == Tissue.BLOOD_POOL)] = Tissue.VIABLE
        codes[inside] = Tissue.BLOOD_POOL
    return LabelMap(codes)


def _brushed(labels: LabelMap, stroke: Brush) -> LabelMap:
    where = near_path(stroke.path, stroke.radius_px, labels.codes.shape)
    tissue = PAINTS[stroke.paint]
    if tissue is None:
        return labels.with_scar_only(~where)
    return LabelMap(np.where(where, np.uint8(tissue), labels.codes))
