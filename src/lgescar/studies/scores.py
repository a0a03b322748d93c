"""How right the scar of one patient is: the numbers that studies compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import PixelMask
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.score import stacked, study_distance
from lgescar.measure.mass import mass_g, volume_basis
from lgescar.metrics.overlap import dice
from lgescar.metrics.size import area_similarity


@dataclass(frozen=True, slots=True)
class Metric:
    """What a column means; ``better`` is 1 where more is better, -1 where less is, 0 neither."""

    words: str
    decimals: int
    better: int


METRICS = {
    "dice": Metric("Dice of scar, 3-D", 3, 1),
    "mass_error_g": Metric("absolute error of scar mass, g", 2, -1),
    "mass_bias_g": Metric("scar mass predicted minus reference, g", 2, 0),
    "hausdorff_95_mm": Metric("Hausdorff distance of scar, 95th percentile, 3-D, mm", 1, -1),
    "area_similarity": Metric("area similarity of scar", 3, 1),
}
"""Columns of every study, in the order of the page."""


@dataclass(frozen=True, slots=True)
class ScarScore:
    """One patient with scar in the reference; None where a number has no basis.

    ``hausdorff_95_mm`` is None where nothing was predicted, the grams where the file knows no
    millimetres.
    """

    cohort: str
    patient: str
    dice: float
    hausdorff_95_mm: float | None
    area_similarity: float | None
    scar_g_reference: float | None
    scar_g_predicted: float | None

    @property
    def mass_bias_g(self) -> float | None:
        """Predicted minus reference grams."""
        if self.scar_g_reference is None or self.scar_g_predicted is None:
            return None
        return self.scar_g_predicted - self.scar_g_reference

    @property
    def mass_error_g(self) -> float | None:
        """Grams off, either way."""
        return None if self.mass_bias_g is None else abs(self.mass_bias_g)


def scar_score(
    cohort: str,
    name: str,
    study: Study,
    reference: Sequence[LabelMap],
    predicted: Sequence[PixelMask],
) -> ScarScore | None:
    """The score of predicted scar (one mask a slice); None where the reference holds no scar."""
    truth = stacked(reference, "scar")
    found = np.stack([np.asarray(mask, bool) for mask in predicted])
    overlap = dice(truth, found)
    if not truth.any() or overlap is None:
        return None
    distance = study_distance(study, truth, found)
    pixel_ml, _ = volume_basis(study)
    grams = [None if pixel_ml is None else mass_g(int(m.sum()) * pixel_ml) for m in (truth, found)]
    return ScarScore(
        cohort=cohort,
        patient=name,
        dice=overlap,
        hausdorff_95_mm=None if distance is None else distance.hausdorff_95,
        area_similarity=area_similarity(truth, found),
        scar_g_reference=grams[0],
        scar_g_predicted=grams[1],
    )
