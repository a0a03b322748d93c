"""A patient's scar in a dozen numbers: how much, how scattered, how ragged, how deep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.measure.mass import TissuePixels, scar_percent_of_lv, volume_basis
from lgescar.measure.polar import spokes
from lgescar.measure.shape import UNIT_SPACING, circularity, components, solidity
from lgescar.measure.transmurality import transmurality

WORDS = {
    "area_mm2": "scar area a slice, mm²",
    "largest_area_mm2": "largest scar area of a slice, mm²",
    "volume_ml": "scar volume, mL",
    "percent_of_lv": "scar, % of LV",
    "components": "patches a slice",
    "components_3d": "patches in 3-D",
    "solidity": "solidity",
    "circularity": "circularity 4πA/P²",
    "transmural_percent": "transmural extent, scarred spokes, %",
    "transmural_over_half_percent": "spokes at or above half, %",
    "mvo_ml": "MVO volume, mL",
    "mvo_percent_of_scar": "MVO, % of scar",
    "mvo_present": "MVO present",
}
"""Every feature, in the order of tables, and what it is called there."""


@dataclass(frozen=True, slots=True)
class ScarFeatures:
    """Features of one patient with scar; MVO is part of the scar. None where there is no basis.

    ``area_mm2`` and ``components`` are means over the slices with scar; patches that touch at a
    corner belong together, in ``components_3d`` across neighbouring slices too. ``solidity`` and
    ``circularity`` are those of all scar of a slice together, averaged with its area as weight,
    so that crumbs count for little. ``transmural_over_half_percent`` is a share of all spokes.
    ``mvo_present`` is 1 or 0.
    Source: arXiv 2506.21151 for size, number, solidity and circularity; docs/explain/mass.md.
    """

    area_mm2: float | None
    largest_area_mm2: float | None
    volume_ml: float | None
    percent_of_lv: float | None
    components: float
    components_3d: float
    solidity: float
    circularity: float
    transmural_percent: float | None
    transmural_over_half_percent: float | None
    mvo_ml: float | None
    mvo_percent_of_scar: float
    mvo_present: float


def scar_features(study: Study, labels: Sequence[LabelMap]) -> ScarFeatures | None:
    """Features of a stack's scar, None where it holds none.

    Area needs the pixel size, volume the step between slices too; shares of the wall need
    wall that is not scar, and transmurality a cavity. Where the pixel size is unknown, pixels are
    taken to be square for solidity and circularity, which have no unit.
    """
    pixels = TissuePixels.of(labels)
    if pixels.scar == 0:
        return None
    masks = [label_map.scar for label_map in labels if label_map.scar.any()]
    counts = [int(np.count_nonzero(mask)) for mask in masks]
    spacing, area = study.spacing_mm or UNIT_SPACING, study.pixel_area_mm2
    per_pixel_ml, _ = volume_basis(study)
    stack = np.stack([label_map.scar for label_map in labels])
    mean_percent, half_percent = _through_the_wall(study, labels)
    return ScarFeatures(
        area_mm2=None if area is None else float(np.mean(counts)) * area,
        largest_area_mm2=None if area is None else max(counts) * area,
        volume_ml=None if per_pixel_ml is None else pixels.scar * per_pixel_ml,
        percent_of_lv=scar_percent_of_lv(pixels) if pixels.wall > pixels.scar else None,
        components=float(np.mean([components(mask) for mask in masks])),
        components_3d=float(ndimage.label(stack, structure=np.ones((3, 3, 3)))[1]),
        solidity=_weighted([solidity(mask, spacing) for mask in masks], counts),
        circularity=_weighted([circularity(mask, spacing) for mask in masks], counts),
        transmural_percent=mean_percent,
        transmural_over_half_percent=half_percent,
        mvo_ml=None if per_pixel_ml is None else pixels.mvo * per_pixel_ml,
        mvo_percent_of_scar=100.0 * pixels.mvo / pixels.scar,
        mvo_present=float(pixels.mvo > 0),
    )


def _through_the_wall(
    study: Study, labels: Sequence[LabelMap]
) -> tuple[float | None, float | None]:
    """Mean extent over scarred spokes and share of spokes at or above half, in percent."""
    wheels = [spokes(label_map, study.spacing_mm) for label_map in labels]
    found = transmurality([wheel for wheel in wheels if wheel is not None])
    if found is None or found.scarred_percent == 0.0:
        return None, None  # the slices with scar show no cavity
    return found.scarred_percent, found.over_half_percent


def _weighted(values: Sequence[float | None], weights: Sequence[int]) -> float:
    known = [0.0 if value is None else value for value in values]  # no mask here is empty
    return float(np.average(known, weights=weights))
