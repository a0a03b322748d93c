"""What the quality indices say of images whose noise and blur are known, and of real cohorts.

    python benchmarks/quality.py DATA

Writes benchmarks/results/quality.json. Its tenths over the cohorts in DATA, with their experts'
outlines, are the DECILES of src/lgescar/measure/grade.py.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from record import about, labels_of
from scipy import ndimage, stats
from tqdm import tqdm

from lgescar.core.quality import INDICES, Quality
from lgescar.core.study import Study
from lgescar.measure.grade import DECILES, better_than_percent, grade_of
from lgescar.measure.quality import quality
from lgescar.read.cohort import cases, cohort_folders, read_case
from lgescar.simulate import SimulatedPatient, simulate_patient

RESULT = Path(__file__).parent / "results" / "quality.json"
PATIENTS = 24
NOISE = (0.5, 1.0, 2.0, 4.0)
"""Times the receiver's noise."""
BLUR_MM = (0.0, 1.0, 2.0, 3.0)
"""SD of a Gaussian on top of the acquisition's own blur."""


def main(data: Path) -> int:
    """Simulated patients, then the cohorts; print and store."""
    simulated = validated()
    found = {folder.name: _cohort(folder) for folder in cohort_folders([data])}
    every = [q for studies in found.values() for q in studies]
    tenths = {name: _tenths(every, name) for name in INDICES}
    command, seeds = "python benchmarks/quality.py DATA", {"patients": [0, PATIENTS - 1]}
    patients = [f"{f.name}/{name}" for f in cohort_folders([data]) for name in cases(f)]
    record = {
        **about(command, seeds=seeds, labels=labels_of(data, patients)),
        "conditions": f"{PATIENTS} simulated patients, half PSIR and half magnitude, with their "
        "true outlines; true noise: SD of the difference from the same images without noise, in "
        "the blood pool; cohorts with their experts' outlines",
        "simulated": simulated,
        "cohorts": {name: _spread(studies) for name, studies in found.items()},
        "deciles": tenths,
        "grades": {name: _grades(studies, tenths) for name, studies in found.items()},
    }
    print(json.dumps({k: record[k] for k in ("simulated", "cohorts", "deciles", "grades")}))
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def validated() -> dict[str, Any]:
    """Rank correlations with what was put in, and how many patients keep its order."""
    true, measured, contrast, widths = [], [], [], []
    for seed in tqdm(range(PATIENTS), disable=None):
        kind = "psir" if seed % 2 else "magnitude"
        quiet = simulate_patient(seed, scar="chronic", contrast=kind, noise=0.0)
        by_noise = [
            simulate_patient(seed, scar="chronic", contrast=kind, noise=share) for share in NOISE
        ]
        found = [quality(patient.study, patient.truth) for patient in by_noise]
        true.append([_true_noise(patient, quiet) for patient in by_noise])
        measured.append([_noise(q) for q in found])
        contrast.append([[q.cnr_blood_pool_remote, q.cnr_scar_remote] for q in found])
        patient = by_noise[NOISE.index(1.0)]
        blurred = (_blurred(patient.study, sd, patient.protocol.spacing_mm) for sd in BLUR_MM)
        widths.append([quality(study, patient.truth).edge_width_mm for study in blurred])
    as_drawn = NOISE.index(1.0)
    ratio = np.array(measured) / np.array(true)
    cnr = np.array(contrast, dtype=float)
    return {
        "patients": PATIENTS,
        "noise_times": NOISE,
        "noise_rank_correlation": _rank(np.ravel(true), np.ravel(measured)),
        "noise_rank_correlation_as_drawn": _rank(
            [row[as_drawn] for row in true], [row[as_drawn] for row in measured]
        ),
        "noise_over_true_median": [round(float(v), 2) for v in np.median(ratio, axis=0)],
        "cnr_blood_pool_remote_falls": _ordered(-cnr[:, :, 0]),
        "cnr_scar_remote_falls": _ordered(-cnr[:, :, 1]),
        "blur_mm": BLUR_MM,
        "edge_width_rises": _ordered(np.array(widths, dtype=float)),
        "edge_width_mm_median": [round(float(v), 2) for v in np.nanmedian(widths, axis=0)],
        "edge_rank_correlation": _rank(
            np.tile(BLUR_MM, len(widths)), np.array(widths, dtype=float).ravel()
        ),
    }


def _true_noise(noisy: SimulatedPatient, quiet: SimulatedPatient) -> float:
    """SD of the noise in the blood pool, median over slices as the index is."""
    found = [
        float((ours.pixels - theirs.pixels)[labels.blood_pool].std())
        for ours, theirs, labels in zip(
            noisy.study.slices, quiet.study.slices, noisy.truth, strict=True
        )
        if labels.blood_pool.any()
    ]
    return float(np.median(found))


def _noise(found: Quality) -> float:
    return float(np.median([s.noise_sd for s in found.slices if s.noise_sd is not None]))


def _blurred(study: Study, sd_mm: float, spacing_mm: float) -> Study:
    def slices() -> Iterable[Any]:
        for image in study.slices:
            pixels = ndimage.gaussian_filter(image.pixels, sd_mm / spacing_mm)
            yield replace(image, pixels=pixels if sd_mm else image.pixels)

    return replace(study, slices=tuple(slices()))


def _ordered(rows: Any) -> str:
    """Patients whose index rises at every step."""
    rises = int((np.diff(rows, axis=1) > 0).all(axis=1).sum())
    return f"{rises} of {len(rows)}"


def _rank(ours: Any, theirs: Any) -> float:
    return round(float(stats.spearmanr(ours, theirs)[0]), 3)


def _cohort(folder: Path) -> list[Quality]:
    return [
        quality(*read_case(folder, name))
        for name in tqdm(cases(folder), desc=folder.name, disable=None)
    ]


def _grades(studies: Sequence[Quality], tenths: dict[str, list[float] | None]) -> dict[str, int]:
    """Studies by grade, beside the cohorts of this run."""
    graded = {name: known for name in DECILES if (known := tenths[name]) is not None}
    words = (str(grade_of(better_than_percent(asdict(q), graded))) for q in studies)
    return dict(sorted(Counter(words).items()))


def _values(studies: Sequence[Quality], name: str) -> list[float]:
    return [value for q in studies if (value := getattr(q, name)) is not None]


def _spread(studies: Sequence[Quality]) -> dict[str, Any]:
    """Least, quartiles and greatest of each index, and how many studies have it."""
    return {
        name: {
            "studies": len(values := _values(studies, name)),
            "quartiles": [round(float(v), 2) for v in np.percentile(values, (0, 25, 50, 75, 100))]
            if values
            else None,
        }
        for name in INDICES
    } | {"patients": len(studies)}


def _tenths(studies: Sequence[Quality], name: str) -> list[float] | None:
    values = _values(studies, name)
    if not values:
        return None
    return [round(float(v), 3) for v in np.percentile(values, np.arange(0, 101, 10))]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
