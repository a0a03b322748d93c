"""Labels as readers make them: drawn outlines, a ROI in the brightest wall, a threshold, slips.

The steps follow the way the papers' labels were made (docs/explain/simulation.md): outlines by
hand, ROI in the brightest wall, full width at half maximum between remote wall and that ROI, and
small islands cleaned away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import Codes, PixelMask, Pixels
from lgescar.core.box import Box
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue

HAND_MM = 0.9
"""Wobble of a drawn outline at degree 1, standard deviation along the normal."""
MISSED_CHANCE = 0.04
"""Chance, at degree 1, that scar on a slice is overlooked."""
SHIFTED_CHANCE = 0.08
"""Chance, at degree 1, that both outlines of a slice sit beside the heart."""
SHIFT_MM = 2.0
"""Size of such a shift, standard deviation by axis."""
SMALLEST_ISLAND_MM2 = 12.0
"""Patches of scar below this area are cleaned away."""


def jittered(
    box: Box, far: float, rng: np.random.Generator, scale: tuple[float, float] = (1.0, 1.0)
) -> Box:
    """The box as a hand might draw it: each edge moved by up to ``far``, centre kept in.

    ``scale`` has the pixels of a unit of ``far``, down the rows and across the columns.
    """
    top, left, bottom, right = map(float, rng.uniform(-far, far, 4))
    row, col = (box.top + box.bottom) / 2, (box.left + box.right) / 2
    return Box(
        min(box.top + top * scale[0], row - 1.0),
        min(box.left + left * scale[1], col - 1.0),
        max(box.bottom + bottom * scale[0], row + 1.0),
        max(box.right + right * scale[1], col + 1.0),
    )


@dataclass(frozen=True, slots=True)
class Habit:
    """What one reader does the same way every time, and another does not.

    ``wide_mm`` is how far outside the borders of the wall the outlines run (inside where
    negative); ``bright`` moves the level of the ROI, as a share of the step from remote wall to
    it: a ROI drawn into the brightest spot is above 0, and less becomes scar.
    """

    wide_mm: float = 0.0
    bright: float = 0.0


NO_HABIT = Habit()


def annotate(
    rng: np.random.Generator,
    pixels: Pixels,
    truth: LabelMap,
    pixel_mm: float,
    degree: float,
    habit: Habit = NO_HABIT,
) -> LabelMap:
    """The label map a reader would draw on one slice.

    ``degree`` scales hand and slips: 0 is a steady hand that still has to threshold the image,
    1 is usual, 2 hasty. A slice without heart stays empty.
    """
    codes = np.zeros(truth.codes.shape, np.uint8)
    if not (truth.codes > 0).any():
        return LabelMap(codes)
    where = truth.window(round(16.0 / pixel_mm))
    part = LabelMap(truth.codes[where])
    codes[where] = _draw(rng, pixels[where], part, pixel_mm, degree, habit)
    return LabelMap(codes)


def annotate_stack(
    rng: np.random.Generator,
    study: Study,
    truth: Sequence[LabelMap],
    pixel_mm: float,
    degree: float,
    habit: Habit = NO_HABIT,
) -> tuple[LabelMap, ...]:
    """What one reader would draw on every slice of a study; ``degree`` as in ``annotate``."""
    return tuple(
        annotate(rng, image.pixels, labels, pixel_mm, degree, habit)
        for image, labels in zip(study.slices, truth, strict=True)
    )


def _draw(
    rng: np.random.Generator,
    pixels: Pixels,
    truth: LabelMap,
    pixel_mm: float,
    degree: float,
    habit: Habit,
) -> Codes:
    """Codes of the part of a slice that holds the heart."""
    slip = np.zeros(2)
    if rng.random() < SHIFTED_CHANCE * degree:
        slip = rng.normal(0.0, SHIFT_MM * degree / pixel_mm, 2)
    hand_px = HAND_MM * degree / pixel_mm
    wide_px = habit.wide_mm / pixel_mm
    pool = _redrawn(rng, truth.blood_pool, hand_px, slip, -wide_px)
    heart = _redrawn(rng, truth.blood_pool | truth.wall, hand_px, slip, wide_px) | pool
    reach_mm = 2.5 + max(habit.wide_mm, 0.0)
    gap = ndimage.binary_dilation(truth.wall, iterations=max(round(reach_mm / pixel_mm), 1))
    wall = heart & ~pool & (gap | bool(slip.any()))
    codes = np.zeros(truth.codes.shape, np.uint8)
    codes[pool], codes[wall] = Tissue.BLOOD_POOL, Tissue.VIABLE
    suspect = truth.scar
    if not suspect.any() and rng.random() < 0.3 * MISSED_CHANCE * degree:
        suspect = _invented(rng, wall)
    if not suspect.any() or rng.random() < MISSED_CHANCE * degree:
        return codes
    scar = _threshold(rng, pixels, wall, suspect, (pixel_mm, degree, habit.bright))
    blocked = np.zeros_like(scar)
    if truth.mvo.sum() * pixel_mm**2 > SMALLEST_ISLAND_MM2:
        blocked = _redrawn(rng, truth.mvo, hand_px, slip, 0.0) & wall
    scar = _without_islands(scar | blocked, SMALLEST_ISLAND_MM2 / pixel_mm**2)
    codes[scar] = Tissue.SCAR
    codes[scar & blocked] = Tissue.MVO
    return codes


def _threshold(
    rng: np.random.Generator,
    pixels: Pixels,
    wall: PixelMask,
    suspect: PixelMask,
    hand: tuple[float, float, float],
) -> PixelMask:
    """Wall above half-way between remote wall and the ROI, near where the reader sees scar.

    Source: full width at half maximum with the remote mean as floor, the variant that
    holds for signed images; Hsu et al., J Magn Reson Imaging 2006;23:298-308.
    """
    pixel_mm, degree, bright = hand
    reach = max(round((2.5 + 1.5 * degree) / pixel_mm), 1)
    field = ndimage.binary_dilation(suspect, iterations=reach) & wall
    remote = wall & ~ndimage.binary_dilation(suspect, iterations=reach)
    if not field.any():
        return field
    if not remote.any():
        remote = wall
    smooth = ndimage.gaussian_filter(pixels, 1.2 / pixel_mm)
    seen = smooth[field]
    core = float(seen[seen >= np.quantile(seen, 0.85)].mean())
    floor = float(pixels[remote].mean())
    core += (bright + float(rng.normal(0.0, 0.08 * degree))) * (core - floor)
    lightly = ndimage.gaussian_filter(pixels, 0.5 / pixel_mm)
    return np.asarray(field & (lightly > 0.5 * (core + floor)))


def _redrawn(
    rng: np.random.Generator, mask: PixelMask, hand_px: float, slip: Any, wide_px: float
) -> PixelMask:
    """The region inside a smooth outline drawn along ``mask``'s border by an unsteady hand.

    It runs ``wide_px`` outside the border.
    """
    if not mask.any():
        return mask
    depth = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    depth = ndimage.gaussian_filter(depth, 0.8)
    rows, cols = np.indices(mask.shape)
    middle = [float(x.mean()) for x in np.nonzero(mask)]
    turn = np.arctan2(rows - middle[0], cols - middle[1])
    wobble = rng.normal() * np.ones(mask.shape)
    for order in range(1, 6):
        wobble += rng.normal() * np.cos(order * turn + rng.uniform(0.0, 2 * np.pi))
    depth = depth + hand_px * wobble / 1.8 + wide_px
    if np.any(slip):
        depth = ndimage.shift(depth, slip, order=1, mode="nearest")
    return np.asarray(depth > 0)


def _invented(rng: np.random.Generator, wall: PixelMask) -> PixelMask:
    """A patch of wall that a reader takes for scar."""
    found = np.zeros_like(wall)
    rows, cols = np.nonzero(wall)
    if rows.size:
        index = int(rng.integers(rows.size))
        found[rows[index], cols[index]] = True
    return found


def _without_islands(mask: PixelMask, smallest_px: float) -> PixelMask:
    """``mask`` less its pieces below a size."""
    pieces, count = ndimage.label(mask)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    keep = sizes >= smallest_px
    keep[0] = False
    return np.asarray(keep[pieces])
