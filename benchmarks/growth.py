"""What a study of more slices costs: benchmarks/results/growth.json.

    python benchmarks/growth.py

`lgescar segment` as a whole process, imports and pages and all, on one NIfTI study of 1 to 1,000
slices: those of one simulated patient, every second pixel, base to apex, over and over. Time should
grow by as much for each slice; memory may grow by what a slice's pixels and outlines take.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median

import nibabel as nib
import numpy as np
from record import ROOT, about
from run import LGESCAR, answer, timed

RESULT = ROOT / "benchmarks" / "results" / "growth.json"
COUNTS = {1: 3, 10: 3, 100: 3, 1000: 1}
"""Slices, and runs of which the median counts."""
SEED = 3


def main() -> int:
    """Measure, print, store."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        patient = simulated(scratch)
        rows = [grown(patient, count, runs, scratch) for count, runs in COUNTS.items()]
    record = {
        **about("python benchmarks/growth.py", seeds={"patient": SEED}, labels="simulated"),
        "conditions": "whole process, NIfTI; medians of " + json.dumps(list(COUNTS.values())),
        "rows": rows,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def simulated(scratch: Path) -> Path:
    """The image of one simulated patient."""
    out = scratch / "patient"
    answer(["-m", "lgescar", "simulate", "--out", str(out), "--patients", "1", "--seed", str(SEED)])
    return next((out / "images").glob("*.nii.gz"))


def grown(patient: Path, count: int, runs: int, scratch: Path) -> dict[str, float]:
    """Cost of a study of ``count`` slices."""
    stored = nib.load(patient)
    pixels = np.asarray(stored.dataobj)[::2, ::2]
    order = np.arange(count) % pixels.shape[2]
    study = scratch / f"slices-{count}.nii.gz"
    affine = stored.affine @ np.diag([2.0, 2.0, 1.0, 1.0])
    nib.save(nib.Nifti1Image(pixels[:, :, order], affine), study)
    found = []
    for number in range(runs):
        out = scratch / f"out-{count}-{number}"
        found.append(timed([*LGESCAR, "segment", str(study), "--out", str(out)]))
        written = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    row = {key: round(median(one[key] for one in found), 2) for key in found[0]}
    print(count, row, f"{written / 1e6:.1f} MB written", flush=True)
    return {
        "slices": count,
        "rows": int(pixels.shape[0]),
        "cols": int(pixels.shape[1]),
        **row,
        "written_mb": round(written / 1e6, 1),
    }


if __name__ == "__main__":
    raise SystemExit(main())
