"""The scores that a bundle's card states, from a stored cross-validation.

python benchmarks/card_scores.py default_crossval > scores.json
lgescar export cv/final/run --out BUNDLE --scores scores.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from record import RESULTS

DICE = {"scar": "dice_scar", "wall": "dice_wall", "blood_pool": "dice_blood_pool"}


def main(name: str) -> int:
    """Print them."""
    stored = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    cohorts = {
        cohort: of_cohort(found, stored["boxes"]["cohorts"][cohort])
        for cohort, found in stored["automatic"]["cohorts"].items()
    }
    card = {"part": stored["part"], "conditions": stored["conditions"], "cohorts": cohorts}
    print(json.dumps(card, indent=1))
    return 0


def of_cohort(automatic: dict[str, Any], boxes: dict[str, Any]) -> dict[str, Any]:
    """3-D Dice over patients with scar, agreement, and scar found in sound hearts."""
    scarred, sound = automatic["with_scar"], automatic["without_scar"]["dice_scar"]["patients"]
    return {
        "patients_with_scar": scarred["dice_scar"]["patients"],
        "patients_without_scar": sound,
        **{f"dice_{part}": shown(scarred[key]) for part, key in DICE.items()},
        "dice_scar_one_box_a_lesion": shown(boxes["with_scar"]["dice_scar"]),
        "ccc_scar_percent_of_lv": round(automatic["agreement"]["scar_percent"]["ccc"], 3),
        "without_scar_but_over_2_percent": automatic["invented_over_2_percent"],
    }


def shown(spread: dict[str, Any]) -> dict[str, Any]:
    """Mean and 95 % interval by patient."""
    return {
        "mean": round(spread["mean"], 3),
        "interval": [round(end, 3) for end in spread["interval"]],
    }


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
