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


SIDES = ("reference", "predicted")
APART = "predicted − reference"


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the pages: the metric, its words, decimals, and whether more or less is better."""

    metric: str
    words: str
    places: int
    better: Literal["more", "less"] | None = None


DISTANCE_WORDS = (
    ("hausdorff", "Hausdorff distance", 1),
    ("hausdorff_95", "HD95", 1),
    ("assd", "ASSD", 2),
)
"""Column's beginning, words, decimals."""
SHOWN = (
    Shown("dice_scar", "Dice of scar (scar or MVO)", 3, "more"),
    Shown("dice_mvo", "Dice of MVO", 3, "more"),
    Shown("dice_wall", "Dice of wall", 3, "more"),
    Shown("dice_blood_pool", "Dice of blood pool", 3, "more"),
    *(
        Shown(f"{distance}_{end}", f"{words}{where}", places, "less")
        for end, where in (
            ("scar_mm", " of scar, 3-D, mm"),
            ("slices_scar_mm", " of scar, slices, mm"),
            ("slices_scar_px", ", slices of unknown spacing, px"),
            ("wall_mm", " of wall, 3-D, mm"),
        )
        for distance, words, places in DISTANCE_WORDS
    ),
    Shown("area_similarity_scar", "area similarity of scar", 3, "more"),
    Shown("perimeter_similarity_scar", "perimeter similarity of scar", 3, "more"),
    *(
        Shown(f"{amount}_{side}", f"{words}, {side.replace('difference', APART)}", 1)
        for amount, words in (
            ("scar_percent", "scar, % of LV"),
            ("scar_volume_ml", "scar volume, ml"),
            ("scar_mass_g", "scar mass, g"),
        )
        for side in (*SIDES, "difference")
    ),
    Shown("lv_mass_g_difference", f"LV mass, g, {APART}", 1),
    *(
        Shown(f"{shape}_{side}", f"{words}, {side}", places)
        for shape, words, places in (
            ("components", "patches of scar a slice", 2),
            ("circularity", "circularity 4πA/P²", 3),
            ("perimeter2_over_area", "raggedness P²/A", 1),
        )
        for side in SIDES
    ),
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
