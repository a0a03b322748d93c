"""Lesions of a scar map: their boxes, and which are plausible over the slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import EIGHT, PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.tissue import LabelMap

ENOUGH_SLICES = 3
"""Of fewer slices none says anything about its neighbours: every lesion stays."""


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


def lasting(scar: PixelMask, wall_px: int, least_percent: float) -> PixelMask:
    """``scar`` (slices, rows, cols) without lesions too small to be plausible.

    A lesion is what touches from slice to slice, corners included. On one slice it needs
    ``least_percent`` of the ``wall_px`` pixels of the whole wall, on n slices n² times less: an
    infarct follows a coronary artery, noise and partial volume do not. Ours.
    """
    if least_percent <= 0.0 or len(scar) < ENOUGH_SLICES or not scar.any():
        return scar
    shown = tuple(
        slice(int(at[0]), int(at[-1]) + 1)
        for at in (np.flatnonzero(scar.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    )
    lesions, count = ndimage.label(scar[shown], np.ones((3, 3, 3)))
    sizes = np.bincount(lesions.ravel(), minlength=count + 1)
    depths = np.zeros(count + 1)
    for one in lesions:
        depths[np.unique(one)] += 1
    stays = 100.0 * sizes * depths**2 >= least_percent * wall_px
    stays[0] = False
    left = np.zeros_like(scar)
    left[shown] = stays[lesions]
    return left


def plausible(
    found: Sequence[LabelMap], ends: Sequence[tuple[PixelMask, PixelMask]], least_percent: float
) -> tuple[tuple[LabelMap, ...], tuple[int, int]]:
    """Label maps without implausibly small lesions, and the span of what is left.

    ``ends`` are each slice's scar at the strict and at the lenient cutoff; the span counts their
    pixels, over all slices, with the same lesions left out.
    """
    wall = sum(int(labels.wall.sum()) for labels in found)
    scar = lasting(np.stack([labels.scar for labels in found]), wall, least_percent)
    strict, lenient = (
        int(lasting(np.stack(end), wall, least_percent).sum()) for end in zip(*ends, strict=True)
    )
    left = (labels.with_scar_only(mask) for labels, mask in zip(found, scar, strict=True))
    return tuple(left), (strict, lenient)
