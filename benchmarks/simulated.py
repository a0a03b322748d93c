"""How near a bundle comes to scar that is known: benchmarks/results/NAME_simulated.json.

    python benchmarks/simulated.py [BUNDLE]

The patients outlined worst are drawn in docs/pictures/NAME-failures.png.

Simulated patients that no network was trained on (seeds below 10000), half PSIR, half magnitude.
Errors are against the true mass of the shape, not against labels.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from record import ROOT, about
from tqdm import tqdm

from lgescar import pipeline
from lgescar.bundle import Bundle, open_bundle
from lgescar.evaluate.gallery import Tile, worst_slice, write_gallery
from lgescar.metrics.agreement import lin_ccc
from lgescar.metrics.bootstrap import mean_interval
from lgescar.metrics.overlap import dice
from lgescar.simulate import simulate_patient

PATIENTS = 40
FIRST_SEED = 500
WORST = 4
"""How many are drawn of those with too little scar, and of those with too much."""


def main(name: str) -> int:
    """Simulate, segment, compare, store."""
    bundle = open_bundle(name)
    rows, tiles = [], []
    for i in tqdm(range(PATIENTS)):
        scored = row(FIRST_SEED + i, ("psir", "magnitude")[i % 2], bundle)
        rows.append(scored[0])
        tiles.append(scored[1])
    seeds = {"patients": [FIRST_SEED, FIRST_SEED + PATIENTS - 1]}
    command = f"python benchmarks/simulated.py {name}"
    record = {
        **about(command, seeds=seeds, labels="simulated from the seeds"),
        "bundle": bundle.card.name,
        "bundle_files_sha256": bundle.card.files,
        "conditions": f"{PATIENTS} patients, seeds {FIRST_SEED} to {FIRST_SEED + PATIENTS - 1}, "
        "scar mixed; true grams of the shape within the imaged stack",
        "all": summary(rows),
        **{c: summary([r for r in rows if r["contrast"] == c]) for c in ("psir", "magnitude")},
        "patients": rows,
    }
    target = ROOT / "benchmarks" / "results" / f"{bundle.card.name}_simulated.json"
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    write_gallery(
        ROOT / "docs" / "pictures" / f"{bundle.card.name}-failures.png",
        [tiles[i] for i in failures(rows)],
    )
    print(json.dumps(record["all"], indent=1))
    return 0


def row(seed: int, contrast: str, bundle: Bundle) -> tuple[dict[str, Any], Tile]:
    """One patient: true and predicted grams, 3-D Dice against the true labels, its worst slice."""
    patient = simulate_patient(seed, contrast=contrast)
    report = pipeline.run(patient.study, bundle)
    truth, found = (np.stack([m.scar for m in maps]) for maps in (patient.truth, report.labels))
    wall_truth, wall_found = (
        np.stack([m.wall for m in maps]) for maps in (patient.truth, report.labels)
    )
    grams = f"{report.quantities.scar_mass_g:.1f} g found, {patient.mass.scar_g:.1f} g true"
    drawn = worst_slice(
        patient.study,
        dict(zip(patient.study.indices, patient.truth, strict=True)),
        dict(zip(patient.study.indices, report.labels, strict=True)),
        lambda index: f"{contrast}, {patient.kind}, slice {index}\n{grams}",
    )
    return {
        "seed": seed,
        "contrast": contrast,
        "kind": patient.kind,
        "scar_g_true": round(patient.mass.scar_g, 3),
        "scar_g": report.quantities.scar_mass_g,
        "lv_g_true": round(patient.mass.lv_g, 3),
        "lv_g": report.quantities.lv_mass_g,
        "dice_scar": dice(found, truth),
        "dice_wall": dice(wall_found, wall_truth),
    }, drawn


def failures(rows: list[dict[str, Any]]) -> list[int]:
    """The places of the patients whose scar mass is furthest off: too little, then too much."""
    error = np.array([r["scar_g"] - r["scar_g_true"] for r in rows])
    order = np.argsort(error)
    return [*order[:WORST].tolist(), *order[::-1][:WORST].tolist()]


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Errors and agreement of scar and wall mass over patients."""
    scarred = [r for r in rows if r["scar_g_true"] > 0]
    free = [r for r in rows if r["scar_g_true"] == 0]
    out: dict[str, Any] = {"patients": len(rows), "with_scar": len(scarred)}
    for what in ("scar_g", "lv_g"):
        true = np.array([r[f"{what}_true"] for r in rows])
        ours = np.array([r[what] for r in rows], float)
        error = np.abs(ours - true)
        out[what] = {
            "median_absolute_error": round(float(np.median(error)), 3),
            "bias": round(float((ours - true).mean()), 3),
            "limits_of_agreement": [
                round(float(v), 3)
                for v in np.array([-1.96, 1.96]) * (ours - true).std(ddof=1) + (ours - true).mean()
            ],
            "ccc": round(lin_ccc(ours, true) or 0.0, 4),
        }
    scores = [r["dice_scar"] for r in scarred]
    out["dice_scar_mean"] = round(float(np.mean(scores)), 4)
    out["dice_scar_interval_95"] = mean_interval(scores, seed=1)
    out["dice_wall_mean"] = round(float(np.mean([r["dice_wall"] for r in rows])), 4)
    out["scar_free_over_2_percent"] = sum(r["scar_g"] > 0.02 * r["lv_g"] for r in free)
    out["scar_free"] = len(free)
    return out


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "default"))
