"""Whose boxes find the scars: benchmarks/results/detectors.json.

    python benchmarks/detectors.py DATA RUNS [--split FILE] [--part PART]

DATA and RUNS as in systems.py, whose padded studies are used. A box has found a lesion from half
of their common area on; sizes are lesion areas where the pixel spacing is known.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from record import ROOT, about, labels_of
from systems import budget, data_and_runs, shift_all, unmet
from validation import LARGEST_SHIFT_PX, SEED, succeed

from lgescar.bundle import open_bundle
from lgescar.evaluate.detection import score_detector
from lgescar.outline.system import System
from lgescar.outline.systems import DetectorSystem, open_system
from lgescar.read.splits import read_split

RESULT = ROOT / "benchmarks" / "results" / "detectors.json"
LEARNED = ("yolo12_small", "detector_small")


def main() -> int:
    """Shift, export, detect, score, store."""
    args = data_and_runs().parse_args()
    patients = unmet(args, read_split(args.split))
    heart = open_bundle(args.finder)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        shift_all(patients, args.data, scratch)
        folders = sorted((scratch / "shifted").iterdir())
        found = {
            "default": scores(open_system(None, heart), folders, patients, heart.card.scar_cutoff)
        }
        for name in LEARNED:
            succeed(["export", str(args.runs / name), "--out", str(scratch / name)])
            system = open_system(scratch / name, heart)
            assert isinstance(system, DetectorSystem)
            cutoff = system.detector.card.cutoff
            found[name] = scores(system, folders, patients, cutoff)
    command, seeds = "python benchmarks/detectors.py DATA RUNS", {"shift": SEED, "training": 1}
    record = {
        **about(command, seeds=seeds, labels=labels_of(args.data, patients)),
        "part": args.part,
        "patients": len(patients),
        "conditions": f"each study padded so that the heart moves by up to {LARGEST_SHIFT_PX} px "
        "each way; cutoffs chosen on the tune patients",
        "budgets": {name: budget(args.runs / name) for name in LEARNED},
        "detectors": found,
    }
    RESULT.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(RESULT.relative_to(ROOT))
    return 0


def scores(
    system: System, folders: list[Path], patients: tuple[str, ...], cutoff: float
) -> dict[str, Any]:
    """AP50, and recall, sizes and patients at the detector's own cutoff."""
    found = score_detector(system, folders, patients, cutoff)
    return {
        "ap50": found.average_precision,
        "recall": found.recall,
        "boxes_a_slice": found.boxes_a_slice,
        "cutoff": cutoff,
        "by_size": [
            asdict(size) | {"high_mm2": size.high_mm2 if isfinite(size.high_mm2) else None}
            for size in found.by_size
        ],
        "outcomes": dict(Counter(found.outcomes.values())),
    }


if __name__ == "__main__":
    raise SystemExit(main())
