"""The numbers of the EMIDEC challenge, as its own script makes them.

For comparison with its ranking and for nothing else: an empty mask that stays empty counts as 1,
and the script hands the spacing to the distance in the wrong order of axes.
Source: Lalande et al., Med Image Anal 2022;79:102428; github.com/EMIDEC-Challenge/
Evaluation-metrics, main.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lgescar.core.study import Study
from lgescar.evaluate.cases import Case
from lgescar.metrics.overlap import Mask, dice_empty_is_one
from lgescar.metrics.surface import stack_distance_mm

MM3_PER_ML = 1000.0
TISSUES: dict[str, tuple[int, ...]] = {"wall": (2, 3, 4), "infarct": (3, 4), "no_reflow": (4,)}
"""Codes of each class of the challenge. Source: its main.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmidecScore:
    """One patient as the challenge scores it.

    Volume differences are absolute. ``..._of_wall`` divides by the volume of the reference wall.
    ``hausdorff_wall_mm`` has the spacing on its own axes, ``hausdorff_wall_script_mm`` the order
    of the challenge's script. None where the spacing is unknown or a wall is empty; there the
    script stops.
    """

    cohort: str
    patient: str
    scarred: bool
    dice_wall: float
    dice_infarct: float
    dice_no_reflow: float
    volume_difference_wall_mm3: float | None
    volume_difference_infarct_mm3: float | None
    volume_difference_no_reflow_mm3: float | None
    volume_difference_infarct_of_wall: float | None
    volume_difference_no_reflow_of_wall: float | None
    hausdorff_wall_mm: float | None
    hausdorff_wall_script_mm: float | None


def emidec_score(case: Case) -> EmidecScore:
    """One patient's row. Volumes are voxels times the header's spacing, as the script has them."""
    codes = [np.stack([m.codes for m in labels]) for labels in (case.reference, case.predicted)]
    pairs = {t: (np.isin(codes[0], of), np.isin(codes[1], of)) for t, of in TISSUES.items()}
    apart = {t: abs(int(theirs.sum()) - int(ours.sum())) for t, (ours, theirs) in pairs.items()}
    wall = int(pairs["wall"][0].sum())
    voxel_ml = case.study.voxel_volume_ml

    def mm3(voxels: int) -> float | None:
        return None if voxel_ml is None else voxels * voxel_ml * MM3_PER_ML

    return EmidecScore(
        cohort=case.cohort,
        patient=case.name,
        scarred=bool(pairs["infarct"][0].any()),
        dice_wall=dice_empty_is_one(*pairs["wall"]),
        dice_infarct=dice_empty_is_one(*pairs["infarct"]),
        dice_no_reflow=dice_empty_is_one(*pairs["no_reflow"]),
        volume_difference_wall_mm3=mm3(apart["wall"]),
        volume_difference_infarct_mm3=mm3(apart["infarct"]),
        volume_difference_no_reflow_mm3=mm3(apart["no_reflow"]),
        volume_difference_infarct_of_wall=apart["infarct"] / wall if wall else None,
        volume_difference_no_reflow_of_wall=apart["no_reflow"] / wall if wall else None,
        hausdorff_wall_mm=wall_hausdorff_mm(case.study, *pairs["wall"], as_script=False),
        hausdorff_wall_script_mm=wall_hausdorff_mm(case.study, *pairs["wall"], as_script=True),
    )


def wall_hausdorff_mm(
    study: Study, reference: Mask, predicted: Mask, *, as_script: bool
) -> float | None:
    """3-D Hausdorff distance of two walls (slices, rows, cols), rows running along the file's x.

    With ``as_script`` the file's spacing (x, y, z) is laid on an array (z, y, x), as the
    challenge's script does: a slice then counts as one x spacing and an x pixel as a slice step.
    """
    if study.spacing_mm is None or study.slice_step_mm is None:
        return None
    x_mm, y_mm, z_mm = (*study.spacing_mm, study.slice_step_mm)
    # Ours is (z, x, y): z takes x's spacing and x takes z's.
    spacing = (x_mm, z_mm, y_mm) if as_script else (z_mm, x_mm, y_mm)
    found = stack_distance_mm(reference, predicted, spacing)
    return None if found is None else found.hausdorff
