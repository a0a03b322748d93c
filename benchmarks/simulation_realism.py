"""How near simulated patients come to the development cohorts, in numbers.

run: python benchmarks/simulation_realism.py --data ../shared/data
Writes benchmarks/results/simulation_realism.json: medians and quartiles, no images.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from record import about, labels_of
from scipy import ndimage

from lgescar.read.cohort import cases
from lgescar.simulate.series import simulate_patient

MYOPS_TISSUE = {500: 1, 200: 2, 1220: 2, 2221: 3}
COMMAND = "python benchmarks/simulation_realism.py --data ../shared/data"
RESULT = Path(__file__).parent / "results" / "simulation_realism.json"
Volumes = tuple[np.ndarray, np.ndarray]

MEASURES = {
    "blood_over_scar": "(blood - remote) / (scar - remote)",
    "scar_contrast_to_noise": "(scar - remote) / SD within remote wall",
    "blood_contrast_to_noise": "(blood - remote) / SD within blood pool",
    "fine_noise_over_blood_contrast": "SD of neighbours' differences in the pool / contrast",
    "bright_over_blood": "(99th percentile of the image - remote) / (blood - remote)",
    "air_over_blood": "(5th percentile of the image - remote) / (blood - remote)",
    "mvo_over_scar": "(MVO - remote) / (scar - remote)",
    "scar_share_of_wall": "infarct over wall, slices with infarct",
    "pool_over_heart": "pool over pool and wall, area",
    "wall_roundness": "4 pi area / perimeter^2 of pool and wall",
}


def slice_numbers(pixels: np.ndarray, codes: np.ndarray) -> dict[str, float]:
    """The measures of one slice; a measure without basis is left out."""
    pool = ndimage.binary_erosion(codes == 1, iterations=2)
    inner = ndimage.binary_erosion(codes >= 2, iterations=1)
    away = ~ndimage.binary_dilation(codes >= 3, iterations=3)
    remote, scar, mvo = inner & (codes == 2) & away, inner & (codes == 3), codes == 4
    if pool.sum() < 30 or remote.sum() < 20:
        return {}
    floor, blood = float(np.median(pixels[remote])), float(np.median(pixels[pool]))
    lit = pixels[pixels != 0]
    span = blood - floor
    if span <= 0:
        return {}
    step = np.diff(pixels, axis=0)[pool[1:] & pool[:-1]]
    found = {
        "blood_contrast_to_noise": span / max(float(pixels[pool].std()), 1e-9),
        "fine_noise_over_blood_contrast": float(step.std()) / np.sqrt(2) / span,
        "bright_over_blood": (float(np.percentile(lit, 99)) - floor) / span,
        "air_over_blood": (float(np.percentile(lit, 5)) - floor) / span,
        "pool_over_heart": float((codes == 1).sum() / (codes >= 1).sum()),
        "wall_roundness": roundness(codes >= 1),
    }
    if scar.sum() >= 15:
        rise = float(np.median(pixels[scar])) - floor
        found["scar_contrast_to_noise"] = rise / max(float(pixels[remote].std()), 1e-9)
        if rise > 0:
            found["blood_over_scar"] = span / rise
            if mvo.sum() >= 10:
                found["mvo_over_scar"] = (float(np.median(pixels[mvo])) - floor) / rise
    if (codes >= 3).any():
        found["scar_share_of_wall"] = float((codes >= 3).sum() / (codes >= 2).sum())
    return found


def roundness(mask: np.ndarray) -> float:
    """Circularity from a Crofton-like perimeter: edges crossed in four directions."""
    padded = np.pad(mask, 1).astype(int)
    straight = sum(np.abs(np.diff(padded, axis=a)).sum() for a in (0, 1))
    slanted = np.abs(padded[1:, 1:] - padded[:-1, :-1]).sum()
    slanted += np.abs(padded[1:, :-1] - padded[:-1, 1:]).sum()
    perimeter = np.pi / 8 * (straight + slanted / np.sqrt(2))
    return float(4 * np.pi * mask.sum() / perimeter**2)


def cohort(folder: Path) -> Iterator[Volumes]:
    """Image and codes 0-4 of each patient of a development cohort."""
    for path in sorted((folder / "images").glob("*.nii.gz")):
        pixels = np.asarray(nib.load(path).dataobj, np.float64)
        codes = np.asarray(nib.load(folder / "labels" / path.name).dataobj).astype(int)
        for value, tissue in MYOPS_TISSUE.items():
            codes[codes == value] = tissue
        yield pixels, np.where(codes <= 4, codes, 0)


def simulated(count: int, contrast: str, vendor: Any) -> Iterator[Volumes]:
    """Image and reader's codes of simulated patients, seeds from 0."""
    for seed in range(count):
        patient = simulate_patient(seed, contrast=contrast, vendor=vendor)
        pixels = np.stack([s.pixels for s in patient.study.slices], -1).astype(np.float64)
        yield pixels, np.stack([label.codes for label in patient.noisy], -1).astype(int)


def summary(volumes: Iterator[Volumes]) -> dict[str, Any]:
    """Quartiles of each measure over slices."""
    rows: dict[str, list[float]] = {name: [] for name in MEASURES}
    patients = slices = 0
    for pixels, codes in volumes:
        patients += 1
        for k in range(pixels.shape[2]):
            slices += 1
            for name, value in slice_numbers(pixels[..., k], codes[..., k]).items():
                rows[name].append(value)
    table = {
        name: {
            "slices": len(values),
            "quartiles": [round(float(q), 3) for q in np.percentile(values, (25, 50, 75))],
        }
        for name, values in rows.items()
        if values
    }
    return {"patients": patients, "slices": slices, "measures": table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the cohorts")
    parser.add_argument("--patients", type=int, default=60, help="simulated patients a kind")
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()
    start = time.process_time()
    groups = {
        "emidec": summary(cohort(args.data / "emidec")),
        "simulated psir siemens": summary(simulated(args.patients, "psir", "siemens")),
        "myops": summary(cohort(args.data / "myops")),
        "simulated magnitude philips": summary(simulated(args.patients, "magnitude", "philips")),
    }
    names = [f"{c}/{n}" for c in ("emidec", "myops") for n in cases(args.data / c)]
    labels = labels_of(args.data, names)
    result = {
        **about(COMMAND, seeds={"patients": [0, args.patients - 1]}, labels=labels),
        "what": MEASURES,
        "conditions": {
            "labels": "readers' labels for cohorts, simulated readers' labels for simulated",
            "numpy": np.__version__,
            "cpu_s": round(time.process_time() - start, 1),
        },
        "groups": groups,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    for name in MEASURES:
        print(name, {g: v["measures"].get(name, {}).get("quartiles") for g, v in groups.items()})


if __name__ == "__main__":
    main()
