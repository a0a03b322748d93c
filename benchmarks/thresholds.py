"""What each threshold rule reaches with the reference wall: benchmarks/results/thresholds.json.

    python benchmarks/thresholds.py DATA

DATA holds cohort folders with images/ and labels/. Rules see the wall of the reference and
nothing of its scar: the numbers are an upper bound of what a rule reaches on an outlined wall.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from record import about, labels_of

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.metrics.bootstrap import mean_interval
from lgescar.metrics.overlap import dice
from lgescar.outline.threshold import THRESHOLDS, Threshold
from lgescar.read.cohort import cases, read_case

RESULT = Path(__file__).parent / "results" / "thresholds.json"
SEED = 1
Patient = tuple[Study, tuple[LabelMap, ...]]


def main(data: Path) -> int:
    """Score every rule on every cohort, print, store."""
    found: dict[str, Any] = {}
    for folder in sorted(p.parent for p in data.glob("*/images") if (p.parent / "labels").is_dir()):
        patients = [read_case(folder, name) for name in cases(folder)]
        found[folder.name] = {name: scores(rule, patients) for name, rule in THRESHOLDS.items()}
        for name, row in found[folder.name].items():
            print(f"{folder.name:8} {name:13} {row['dice_mean']:.3f} {row['percent_bias']:+.1f}")
    command = "python benchmarks/thresholds.py DATA"
    labels = labels_of(data, [f"{c}/{name}" for c in found for name in cases(data / c)])
    record = {
        **about(command, seeds={"bootstrap": SEED}, labels=labels),
        "conditions": "wall of the reference; each slice by itself; automatic remote region; 3-D "
        "Dice of scar|MVO over patients with scar, weights cut at 0.5; percent_bias and "
        "percent_sd are of the sum of weights minus the reference scar, in % of the wall; "
        "scar_free_percent is the mean share of wall called scar in patients without",
        "cohorts": found,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def scores(rule: Threshold, patients: list[Patient]) -> dict[str, Any]:
    """Overlap and size of one rule over one cohort."""
    overlaps, errors, invented = [], [], []
    for study, labels in patients:
        scar = np.stack([m.scar for m in labels])
        weights = weighed(rule, study, labels)
        wall = sum(int(m.wall.sum()) for m in labels)
        if scar.any():
            overlaps.append(dice(scar, weights >= 0.5) or 0.0)
            errors.append(100.0 * (float(weights.sum()) - int(scar.sum())) / wall)
        else:
            invented.append(100.0 * float(weights.sum()) / wall)
    return {
        "patients_with_scar": len(overlaps),
        "dice_mean": round(mean(overlaps), 4),
        "dice_interval": [round(v, 4) for v in mean_interval(overlaps, seed=SEED) or ()],
        "percent_bias": round(mean(errors), 2),
        "percent_sd": round(float(np.std(errors, ddof=1)), 2),
        "patients_without_scar": len(invented),
        "scar_free_percent": round(mean(invented), 2) if invented else None,
    }


def weighed(rule: Threshold, study: Study, labels: tuple[LabelMap, ...]) -> NDArray[np.float32]:
    """(slices, rows, cols) of weights."""
    pairs = zip(study.slices, labels, strict=True)
    return np.stack([rule(image.pixels, label_map.wall) for image, label_map in pairs])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
