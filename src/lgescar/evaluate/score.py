"""How right the outlines of one patient are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.cases import Case
from lgescar.measure.mass import TissuePixels, mass_g, scar_percent_of_lv, volume_basis
from lgescar.metrics.overlap import dice
from lgescar.metrics.size import area_similarity, perimeter_similarity
from lgescar.metrics.surface import BorderDistance, mean_distance, slice_distance, stack_distance_mm

Outcome = Literal["found", "missed", "invented", "clear"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PatientScore:
    """One row of the per-patient table. None where a quantity is undefined or has no basis.

    ``outcome`` is found where predicted scar touches the reference's, missed where it does not,
    invented where there is predicted scar only and clear where there is none in either.
    ``hausdorff_*`` without ``slices`` are 3-D; with it the mean over the slices where both show
    scar, in mm or in px, never both.
    """

    cohort: str
    patient: str
    slices: int
    outcome: Outcome
    dice_scar: float | None
    dice_wall: float | None
    dice_blood_pool: float | None
    dice_mvo: float | None
    hausdorff_scar_mm: float | None
    hausdorff_95_scar_mm: float | None
    hausdorff_wall_mm: float | None
    hausdorff_95_wall_mm: float | None
    hausdorff_slices_scar_mm: float | None
    hausdorff_slices_scar_px: float | None
    area_similarity_scar: float | None
    perimeter_similarity_scar: float | None
    scar_percent_reference: float
    scar_percent_predicted: float
    scar_mass_g_reference: float | None
    scar_mass_g_predicted: float | None
    lv_mass_g_reference: float | None
    lv_mass_g_predicted: float | None

    @property
    def scarred(self) -> bool:
        """Whether the reference holds scar."""
        return self.outcome in ("found", "missed")


def patient_score(case: Case) -> PatientScore:
    """Every metric of one patient, over the whole stack."""
    scar = _stack(case.reference, "scar"), _stack(case.predicted, "scar")
    wall = _stack(case.reference, "wall"), _stack(case.predicted, "wall")
    of_scar = _stack_distance(case.study, *scar)
    of_wall = _stack_distance(case.study, *wall)
    by_slice = _mean_slice_distance(case.study, *scar)
    counts = TissuePixels.of(case.reference), TissuePixels.of(case.predicted)
    per_pixel_ml, _ = volume_basis(case.study)
    return PatientScore(
        cohort=case.cohort,
        patient=case.name,
        slices=len(case.study.slices),
        outcome=_outcome(*scar),
        dice_scar=dice(*scar),
        dice_wall=dice(*wall),
        dice_blood_pool=dice(
            _stack(case.reference, "blood_pool"), _stack(case.predicted, "blood_pool")
        ),
        dice_mvo=dice(_stack(case.reference, "mvo"), _stack(case.predicted, "mvo")),
        hausdorff_scar_mm=of_scar.hausdorff if of_scar else None,
        hausdorff_95_scar_mm=of_scar.hausdorff_95 if of_scar else None,
        hausdorff_wall_mm=of_wall.hausdorff if of_wall else None,
        hausdorff_95_wall_mm=of_wall.hausdorff_95 if of_wall else None,
        hausdorff_slices_scar_mm=_in_unit(by_slice, "mm"),
        hausdorff_slices_scar_px=_in_unit(by_slice, "px"),
        area_similarity_scar=area_similarity(*scar),
        perimeter_similarity_scar=perimeter_similarity(*scar),
        scar_percent_reference=scar_percent_of_lv(counts[0]),
        scar_percent_predicted=scar_percent_of_lv(counts[1]),
        scar_mass_g_reference=_grams(counts[0].scar, per_pixel_ml),
        scar_mass_g_predicted=_grams(counts[1].scar, per_pixel_ml),
        lv_mass_g_reference=_grams(counts[0].wall, per_pixel_ml),
        lv_mass_g_predicted=_grams(counts[1].wall, per_pixel_ml),
    )


def _stack(labels: Sequence[LabelMap], tissue: str) -> Mask:
    """(slices, rows, cols) of one tissue."""
    return np.stack([getattr(label_map, tissue) for label_map in labels])


def _stack_distance(study: Study, reference: Mask, predicted: Mask) -> BorderDistance | None:
    if study.spacing_mm is None or study.slice_step_mm is None:
        return None
    return stack_distance_mm(reference, predicted, (study.slice_step_mm, *study.spacing_mm))


def _mean_slice_distance(study: Study, reference: Mask, predicted: Mask) -> BorderDistance | None:
    found = [
        slice_distance(ours, theirs, study.spacing_mm)
        for ours, theirs in zip(reference, predicted, strict=True)
    ]
    return mean_distance([distance for distance in found if distance is not None])


def _in_unit(distance: BorderDistance | None, unit: str) -> float | None:
    return distance.hausdorff if distance is not None and distance.unit == unit else None


def _outcome(reference: Mask, predicted: Mask) -> Outcome:
    if reference.any():
        return "found" if (reference & predicted).any() else "missed"
    return "invented" if predicted.any() else "clear"


def _grams(pixels: int, per_pixel_ml: float | None) -> float | None:
    return None if per_pixel_ml is None else mass_g(pixels * per_pixel_ml)
