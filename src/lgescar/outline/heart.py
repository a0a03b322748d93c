"""Finds the left ventricle: a frame over the heart, and a disc over the ventricle of each slice."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.bundle import Bundle
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.prompt import Point
from lgescar.core.study import Note, Study
from lgescar.core.tissue import Tissue
from lgescar.outline.tissues import sigmoid
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import pictured, seen_through
from lgescar.prepare.polar import PolarGrid, discs_over
from lgescar.prepare.scale import (
    TYPICAL_LV_DIAMETER_MM,
    spacing_from_heart_mm,
    working_spacing_mm,
)
from lgescar.prepare.turns import TURNS, both_ways, one_way, turned, unturned

MULTIPLE_PX = 16
"""The localizer halves its input four times."""
CERTAIN = 0.5
ENOUGH_SLICES = 5
"""One frame serves all slices, so a few of them show where the heart lies, at a fixed cost."""
AT_ONCE = 8
"""Slices that the localizer sees at once: more take memory and no less time."""
NOT_FOUND = Note("heart-not-found", "No left ventricle was recognised; look at the slices.")
WIDER = 1.25
"""Times a disc's first reach: over too small a ventricle it shows the borders then. Ours."""
NEAR_HEART_MM = 180.0
"""Side of the square in which each slice's ventricle is looked for, about: the widest ventricles,
and a heart that moves between slices."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the ventricle lies on a slice: in the middle of a square, and under a disc.

    ``pixel_mm`` is the distance between the samples of ``frame``. ``by`` says what decided: the
    heart that was seen, a prompt, or nothing but where hearts mostly lie.
    """

    frame: Frame
    disc: PolarGrid
    pixel_mm: float
    by: Literal["heart", "prompt", "nothing"] = "heart"

    def view(self, pixel_mm: float, size: int, *, on_slice: bool = False) -> Frame:
        """A square of ``size`` samples of ``pixel_mm`` about the heart, or ``on_slice`` its middle.

        That scale holds where the file gives no spacing, too.
        """
        middle = on_slice and self.by != "prompt"
        return self.frame.rescaled(pixel_mm / self.pixel_mm, size, on_slice=middle)

    def around(self, prompt: Box | Point) -> Place:
        """The same square and disc moved so that their middle is that of a prompt."""
        if isinstance(prompt, Box):
            centre = (prompt.top + prompt.bottom) / 2, (prompt.left + prompt.right) / 2
        else:
            centre = prompt.row, prompt.col
        return replace(
            self,
            frame=replace(self.frame, centre=centre),
            disc=replace(self.disc, centre=centre),
            by="prompt",
        )


@dataclass(frozen=True, slots=True)
class Heart:
    """Where the left ventricle lies in a study.

    ``frame`` is one square for all slices, centred on it, with samples of ``pixel_mm``; ``discs``
    lie over the ventricle of each slice, in the study's order.
    """

    frame: Frame
    discs: tuple[PolarGrid, ...]
    pixel_mm: float
    notes: tuple[Note, ...]

    @property
    def px_per_mm(self) -> tuple[float, float]:
        """Pixels of a slice (rows, cols) in a millimetre, by the heart's size where unknown."""
        return self.frame.step[0] / self.pixel_mm, self.frame.step[1] / self.pixel_mm

    def at(self, number: int) -> Place:
        """Where the ventricle lies on a slice, which counts from 0 in the study's order."""
        by: Literal["heart", "nothing"] = "nothing" if NOT_FOUND in self.notes else "heart"
        return Place(self.frame, self.discs[number], self.pixel_mm, by)


def find_heart(study: Study, bundle: Bundle) -> Heart:
    """The left ventricle, wherever it lies.

    Where spacing is unknown the ventricle is looked for at a likely scale, and its size then
    sets the scale of the frame; no number in a report depends on that guess.
    """
    spacing = working_spacing_mm(study)
    few = evenly_spread(study)
    whole, chance = _chance(few, bundle, spacing)
    if study.spacing_mm is None:
        areas = _areas_px(whole, chance)
        if areas.size:
            spacing = spacing_from_heart_mm(float(np.percentile(areas, 75)), max(whole.shape))
            whole, chance = _chance(few, bundle, spacing)
    centre, found = _centre(chance)
    prepared = bundle.card.preparation
    frame = Frame(
        shape=whole.shape,
        centre=whole.point_to_slice(*centre),
        step=(prepared.frame_pixel_mm / spacing[0], prepared.frame_pixel_mm / spacing[1]),
        size=prepared.frame_px,
    )
    notes = () if found else (NOT_FOUND,)
    return Heart(frame, _discs(study, bundle, frame), prepared.frame_pixel_mm, notes)


def _discs(study: Study, bundle: Bundle, heart: Frame) -> tuple[PolarGrid, ...]:
    """A disc over the ventricle of every slice; a typical one where no slice shows any.

    The localizer's ventricle places them first. Under wider discs the network that outlines then
    sees where the ventricle ends, and that places them again.
    """
    prepared = bundle.card.preparation
    pixel_mm = prepared.near_mm
    size = MULTIPLE_PX * round(NEAR_HEART_MM / pixel_mm / MULTIPLE_PX)
    near = heart.rescaled(pixel_mm / prepared.frame_pixel_mm, size)
    grid = (prepared.angles, prepared.radii)
    first = discs_over(near, _ventricles(_localized(study, bundle, near)), *grid)
    if first is None:
        rows, cols = np.indices((size, size)) + 0.5 - size / 2
        typical = np.hypot(rows, cols) < TYPICAL_LV_DIAMETER_MM / 2 / pixel_mm
        placed = discs_over(near, np.broadcast_to(typical, (len(study.slices), size, size)), *grid)
        assert placed is not None
        return placed
    pairs = zip(study.slices, first, strict=True)
    seen = np.stack([near.sample(_seen(image, disc, bundle)) for image, disc in pairs])
    return discs_over(near, _ventricles(seen), *grid) or first


def _seen(image: Slice, disc: PolarGrid, bundle: Bundle) -> NDArray[np.float32]:
    """Chance of ventricle on the slice, as the network outlines it under a wider disc."""
    wide = replace(disc, reach=(WIDER * disc.reach[0], WIDER * disc.reach[1]))
    _, logits = bundle.encode(both_ways(seen_through(wide, image))[:, None])
    tissue = np.logaddexp.reduce(logits[:, Tissue.BLOOD_POOL :], axis=1)
    return wide.restore(one_way(sigmoid(tissue - logits[:, Tissue.BACKGROUND])))


def _ventricles(chance: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The ventricle of each slice (slices, size, size), in the region that all of them share."""
    region = _heart_region(chance.mean(axis=0))
    return np.stack([_ventricle(one, region) for one in chance])


def _ventricle(chance: NDArray[np.float32], region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected ventricle of a slice that has most of its chance in the heart's region."""
    return _heaviest(chance > CERTAIN, np.where(region, chance, 0.0))


def evenly_spread(study: Study) -> Study:
    """The study with about ENOUGH_SLICES, evenly spread, the same ones from either end."""
    count = len(study.slices)
    if count <= ENOUGH_SLICES:
        return study
    chosen = np.round(np.linspace(0, count - 1, ENOUGH_SLICES + 1 - count % 2)).astype(int)
    return replace(
        study,
        slices=tuple(study.slices[i] for i in chosen),
        indices=tuple(study.indices[i] for i in chosen),
    )


def _chance(
    study: Study, bundle: Bundle, spacing: tuple[float, float]
) -> tuple[Frame, NDArray[np.float32]]:
    """The frame over all that is pictured, and the chance of ventricle (slices, size, size)."""
    pixel_mm = bundle.card.preparation.far_mm
    (top, bottom), (left, right) = _pictured_extent(study)
    extent = max((bottom - top) * spacing[0], (right - left) * spacing[1]) / pixel_mm
    whole = Frame(
        shape=study.slices[0].shape,
        centre=((top + bottom) / 2, (left + right) / 2),
        step=(pixel_mm / spacing[0], pixel_mm / spacing[1]),
        size=MULTIPLE_PX * max(2, math.ceil(extent / MULTIPLE_PX)),
    )
    return whole, _localized(study, bundle, whole)


def _localized(study: Study, bundle: Bundle, frame: Frame) -> NDArray[np.float32]:
    """The chance of ventricle (slices, size, size) that every slice shows through a frame."""
    images = np.stack([seen_through(frame, s) for s in study.slices])[:, None]
    parts = np.split(images, range(AT_ONCE, len(images), AT_ONCE))
    logits = np.concatenate([_turned_logits(bundle, part) for part in parts])
    return np.asarray(sigmoid(logits) * (frame.inside() > 0.5), np.float32)


def _turned_logits(bundle: Bundle, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """The localizer's mean over turns and mirror images."""
    seen = [unturned(bundle.localize(turned(images, t)), t) for t in TURNS]
    return np.asarray(np.mean(seen, axis=0), np.float32)


def _pictured_extent(study: Study) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last + 1 row and column that show something on any slice: padding costs time."""
    shown = np.any([pictured(s.pixels) for s in study.slices], axis=0)
    if not shown.any():
        shown = ~shown
    rows, cols = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    return (int(rows[0]), int(rows[-1]) + 1), (int(cols[0]), int(cols[-1]) + 1)


def _areas_px(whole: Frame, chance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Area of the ventricle in the slice's own pixels, for each slice that shows one."""
    heart = _heart_region(chance.mean(axis=0))
    areas = ((chance > CERTAIN) & heart).sum(axis=(1, 2)) * whole.step[0] * whole.step[1]
    return np.asarray(areas[areas > 0], np.float64)


def _centre(chance: NDArray[np.float32]) -> tuple[tuple[float, float], bool]:
    """(row, col) of the ventricle's centre in frame pixel edges, and whether one was seen."""
    total = chance.mean(axis=0)
    region = _heart_region(total)
    weight = np.where(region, total, 0.0)
    seen = bool((chance[:, region] > CERTAIN).any())
    rows, cols = (np.arange(n) + 0.5 for n in weight.shape)
    mass = float(weight.sum()) or 1.0
    return (float(weight.sum(1) @ rows) / mass, float(weight.sum(0) @ cols) / mass), seen


def _heart_region(total: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The region that gathers most of the chance, of those above half of the highest."""
    return _heaviest(total >= 0.5 * total.max(), total)


def _heaviest(mask: NDArray[np.bool_], weight: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The connected part of a mask with most weight; empty where no part has any."""
    parts, count = ndimage.label(mask)
    if count == 0:
        return np.zeros(mask.shape, bool)
    weights = ndimage.sum_labels(weight, parts, range(1, count + 1))
    best = int(np.argmax(weights))
    return np.asarray((parts == best + 1) & (weights[best] > 0.0))
