"""What the tables show of the scores: words, decimals, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from lgescar.evaluate.score import PatientScore

NOT_MEASURED = ("cohort", "patient", "slices", "outcome", "lesions")
COLUMNS = tuple(f.name for f in fields(PatientScore) if f.name != "lesions")
"""Of the table a row a patient, in its order."""
METRICS = tuple(f.name for f in fields(PatientScore) if f.name not in NOT_MEASURED)
"""Columns that have a mean, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the pages: the metric, its words, decimals, and whether more or less is better."""

    metric: str
    words: str
    places: int
    better: Literal["more", "less"] | None = None


SHOWN = (
    Shown("dice_scar", "Dice of scar (scar or MVO)", 3, "more"),
    Shown("dice_mvo", "Dice of MVO", 3, "more"),
    Shown("dice_wall", "Dice of wall", 3, "more"),
    Shown("dice_blood_pool", "Dice of blood pool", 3, "more"),
    Shown("hausdorff_scar_mm", "Hausdorff distance of scar, 3-D, mm", 1, "less"),
    Shown("hausdorff_95_scar_mm", "HD95 of scar, 3-D, mm", 1, "less"),
    Shown("assd_scar_mm", "ASSD of scar, 3-D, mm", 2, "less"),
    Shown("hausdorff_slices_scar_mm", "Hausdorff distance of scar, slices, mm", 1, "less"),
    Shown("hausdorff_95_slices_scar_mm", "HD95 of scar, slices, mm", 1, "less"),
    Shown("assd_slices_scar_mm", "ASSD of scar, slices, mm", 2, "less"),
    Shown(
        "hausdorff_slices_scar_px", "Hausdorff distance, slices of unknown spacing, px", 1, "less"
    ),
    Shown("hausdorff_95_slices_scar_px", "HD95, slices of unknown spacing, px", 1, "less"),
    Shown("assd_slices_scar_px", "ASSD, slices of unknown spacing, px", 2, "less"),
    Shown("hausdorff_wall_mm", "Hausdorff distance of wall, 3-D, mm", 1, "less"),
    Shown("hausdorff_95_wall_mm", "HD95 of wall, 3-D, mm", 1, "less"),
    Shown("assd_wall_mm", "ASSD of wall, 3-D, mm", 2, "less"),
    Shown("area_similarity_scar", "area similarity of scar", 3, "more"),
    Shown("perimeter_similarity_scar", "perimeter similarity of scar", 3, "more"),
    Shown("scar_percent_reference", "scar, % of LV, reference", 1),
    Shown("scar_percent_predicted", "scar, % of LV, predicted", 1),
    Shown("scar_percent_difference", "scar, % of LV, predicted − reference", 1),
    Shown("scar_volume_ml_reference", "scar volume, ml, reference", 1),
    Shown("scar_volume_ml_predicted", "scar volume, ml, predicted", 1),
    Shown("scar_volume_ml_difference", "scar volume, ml, predicted − reference", 1),
    Shown("scar_mass_g_reference", "scar mass, g, reference", 1),
    Shown("scar_mass_g_predicted", "scar mass, g, predicted", 1),
    Shown("scar_mass_g_difference", "scar mass, g, predicted − reference", 1),
    Shown("lv_mass_g_difference", "LV mass, g, predicted − reference", 1),
    Shown("components_reference", "patches of scar a slice, reference", 2),
    Shown("components_predicted", "patches of scar a slice, predicted", 2),
    Shown("circularity_reference", "circularity 4πA/P², reference", 3),
    Shown("circularity_predicted", "circularity 4πA/P², predicted", 3),
    Shown("perimeter2_over_area_reference", "raggedness P²/A, reference", 1),
    Shown("perimeter2_over_area_predicted", "raggedness P²/A, predicted", 1),
)
"""Rows of the pages, in their order."""
EMIDEC_SHOWN = (
    Shown("dice_wall", "Dice of wall", 3, "more"),
    Shown("volume_difference_wall_mm3", "volume difference of wall, mm³", 0, "less"),
    Shown("hausdorff_wall_mm", "Hausdorff distance of wall, mm", 1, "less"),
    Shown("hausdorff_wall_script_mm", "the same, spacing in the script's order, mm", 1, "less"),
    Shown("dice_infarct", "Dice of infarct, both empty = 1", 3, "more"),
    Shown("volume_difference_infarct_mm3", "volume difference of infarct, mm³", 0, "less"),
    Shown("volume_difference_infarct_of_wall", "the same over wall volume", 4, "less"),
    Shown("dice_no_reflow", "Dice of no-reflow, both empty = 1", 3, "more"),
    Shown("volume_difference_no_reflow_mm3", "volume difference of no-reflow, mm³", 0, "less"),
    Shown("volume_difference_no_reflow_of_wall", "the same over wall volume", 4, "less"),
)
"""Rows of the EMIDEC challenge's table."""
