"""How right the outlines of one patient are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.cases import Case
from lgescar.measure.mass import TissuePixels, mass_g, scar_percent_of_lv, volume_basis
from lgescar.measure.shape import (
    UNIT_SPACING,
    circularity,
    components,
    perimeter_squared_over_area,
)
from lgescar.metrics.detection import Outcome
from lgescar.metrics.lesions import LesionHits, lesion_hits
from lgescar.metrics.overlap import dice
from lgescar.metrics.size import area_similarity, perimeter_similarity, volume_difference
from lgescar.metrics.surface import BorderDistance, mean_distance, slice_distance, stack_distance_mm

Mask = NDArray[np.bool_]
Columns = dict[str, Any]
DISTANCES = {"hausdorff": "hausdorff", "hausdorff_95": "hausdorff_95", "assd": "mean"}
"""Beginning of a column → what it is of a ``BorderDistance``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientScore:
    """One row of the per-patient table. None where a quantity is undefined or has no basis.

    ``outcome`` is found where predicted scar touches the reference's, missed where it does not,
    invented where there is predicted scar only and clear where there is none in either.
    Distances without ``slices`` are 3-D; with it the mean over the slices where both show scar,
    in mm or in px, never both. A difference is predicted minus reference. Components,
    circularity and P²/A are means over the slices where both show scar, so that reference and
    predicted outlines are compared on the same slices. ``lesions`` are kept for the cohort.
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
    assd_scar_mm: float | None
    hausdorff_wall_mm: float | None
    hausdorff_95_wall_mm: float | None
    assd_wall_mm: float | None
    hausdorff_slices_scar_mm: float | None
    hausdorff_slices_scar_px: float | None
    hausdorff_95_slices_scar_mm: float | None
    hausdorff_95_slices_scar_px: float | None
    assd_slices_scar_mm: float | None
    assd_slices_scar_px: float | None
    area_similarity_scar: float | None
    perimeter_similarity_scar: float | None
    scar_percent_reference: float
    scar_percent_predicted: float
    scar_percent_difference: float
    scar_volume_ml_reference: float | None
    scar_volume_ml_predicted: float | None
    scar_volume_ml_difference: float | None
    scar_mass_g_reference: float | None
    scar_mass_g_predicted: float | None
    scar_mass_g_difference: float | None
    lv_mass_g_reference: float | None
    lv_mass_g_predicted: float | None
    lv_mass_g_difference: float | None
    components_reference: float | None
    components_predicted: float | None
    circularity_reference: float | None
    circularity_predicted: float | None
    perimeter2_over_area_reference: float | None
    perimeter2_over_area_predicted: float | None
    lesions_reference: int
    lesions_found: int
    lesions_predicted: int
    lesions_invented: int
    lesions: LesionHits

    @property
    def scarred(self) -> bool:
        """Whether the reference holds scar."""
        return self.outcome in ("found", "missed")


def patient_score(case: Case) -> PatientScore:
    """Every metric of one patient, over the whole stack."""
    scar = stacked(case.reference, "scar"), stacked(case.predicted, "scar")
    return PatientScore(
        cohort=case.cohort,
        patient=case.name,
        slices=len(case.study.slices),
        outcome=_outcome(*scar),
        **_overlaps(case),
        **_distances(case, *scar),
        area_similarity_scar=area_similarity(*scar),
        perimeter_similarity_scar=perimeter_similarity(*scar),
        **_amounts(case),
        **_outlines(case.study, *scar),
        **_lesions(case.study, *scar),
    )


def _overlaps(case: Case) -> Columns:
    tissues = ("scar", "wall", "blood_pool", "mvo")
    return {
        f"dice_{tissue}": dice(stacked(case.reference, tissue), stacked(case.predicted, tissue))
        for tissue in tissues
    }


def _distances(case: Case, reference: Mask, predicted: Mask) -> Columns:
    wall = stacked(case.reference, "wall"), stacked(case.predicted, "wall")
    found = {
        "scar_mm": study_distance(case.study, reference, predicted),
        "wall_mm": study_distance(case.study, *wall),
    }
    by_slice = _mean_slice_distance(case.study, reference, predicted)
    for unit in ("mm", "px"):
        known = by_slice if by_slice is not None and by_slice.unit == unit else None
        found[f"slices_scar_{unit}"] = known
    return {
        f"{distance}_{end}": getattr(one, field) if one else None
        for end, one in found.items()
        for distance, field in DISTANCES.items()
    }


def _amounts(case: Case) -> Columns:
    """Share, volume and mass of both masks, and how far they are apart."""
    per_pixel_ml, _ = volume_basis(case.study)
    columns: Columns = {}
    for side, labels in (("reference", case.reference), ("predicted", case.predicted)):
        count = TissuePixels.of(labels)
        volume = _volume_ml(count.scar, per_pixel_ml)
        wall = _volume_ml(count.wall, per_pixel_ml)
        columns[f"scar_percent_{side}"] = scar_percent_of_lv(count)
        columns[f"scar_volume_ml_{side}"] = volume
        columns[f"scar_mass_g_{side}"] = None if volume is None else mass_g(volume)
        columns[f"lv_mass_g_{side}"] = None if wall is None else mass_g(wall)
    for quantity in ("scar_percent", "scar_volume_ml", "scar_mass_g", "lv_mass_g"):
        columns[f"{quantity}_difference"] = volume_difference(
            columns[f"{quantity}_reference"], columns[f"{quantity}_predicted"]
        )
    return columns


def _outlines(study: Study, reference: Mask, predicted: Mask) -> Columns:
    """How ragged both outlines are, on the slices where both show scar."""
    shared = reference.any(axis=(1, 2)) & predicted.any(axis=(1, 2))
    spacing = study.spacing_mm or UNIT_SPACING
    shapes: dict[str, Callable[[Mask], float | None]] = {
        "components": components,
        "circularity": lambda mask: circularity(mask, spacing),
        "perimeter2_over_area": lambda mask: perimeter_squared_over_area(mask, spacing),
    }
    return {
        f"{shape}_{side}": _mean([of(mask) for mask in masks[shared]])
        for shape, of in shapes.items()
        for side, masks in (("reference", reference), ("predicted", predicted))
    }


def _lesions(study: Study, reference: Mask, predicted: Mask) -> Columns:
    hits = lesion_hits(reference, predicted, study.pixel_area_mm2)
    return {
        "lesions_reference": len(hits.found),
        "lesions_found": sum(hits.found),
        "lesions_predicted": hits.predicted,
        "lesions_invented": hits.invented,
        "lesions": hits,
    }


def stacked(labels: Sequence[LabelMap], tissue: str) -> Mask:
    """(slices, rows, cols) of one tissue."""
    return np.stack([getattr(label_map, tissue) for label_map in labels])


def study_distance(study: Study, reference: Mask, predicted: Mask) -> BorderDistance | None:
    """3-D distance of two masks (slices, rows, cols); None where one is empty, or without mm."""
    if study.spacing_mm is None or study.slice_step_mm is None:
        return None
    return stack_distance_mm(reference, predicted, (study.slice_step_mm, *study.spacing_mm))


def _mean_slice_distance(study: Study, reference: Mask, predicted: Mask) -> BorderDistance | None:
    found = [
        slice_distance(ours, theirs, study.spacing_mm)
        for ours, theirs in zip(reference, predicted, strict=True)
    ]
    return mean_distance([distance for distance in found if distance is not None])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _outcome(reference: Mask, predicted: Mask) -> Outcome:
    if reference.any():
        return "found" if (reference & predicted).any() else "missed"
    return "invented" if predicted.any() else "clear"


def _volume_ml(pixels: int, per_pixel_ml: float | None) -> float | None:
    return None if per_pixel_ml is None else pixels * per_pixel_ml
