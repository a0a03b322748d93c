"""Labels that simulated readers draw of patients whose true scar is known."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lgescar.core.atomic import write_file
from lgescar.core.errors import GeometryError
from lgescar.evaluate.score import stacked
from lgescar.metrics.overlap import dice
from lgescar.read.cohort import read_case
from lgescar.simulate.annotator import NO_HABIT, Habit, annotate_stack
from lgescar.write.nifti import label_maps_nifti

AGREEMENT = "agreement.json"


@dataclass(frozen=True, slots=True)
class Reader:
    """``degree`` scales hand and slips; ``seed`` tells two readers of one degree apart."""

    degree: float
    seed: int
    habit: Habit = NO_HABIT


def drawn_cohort(cohort: Path, names: Sequence[str], reader: Reader, folder: Path) -> Path:
    """A cohort of the named patients' images with the reader's labels in place of the truth.

    It lies in ``folder`` under the cohort's own name; images are links. What is there stays.
    The hand's chances are those of the seed and the patient, so that readers of several degrees
    slip alike. ``agreement.json`` beside the labels holds each patient's Dice of scar between
    reader and truth, None without any.
    """
    out = folder / cohort.name
    (out / "labels").mkdir(parents=True, exist_ok=True)
    if not (out / "images").exists():
        target = os.path.relpath(cohort / "images", out)
        (out / "images").symlink_to(target, target_is_directory=True)
    table = out / AGREEMENT
    known = json.loads(table.read_text("utf-8")) if table.is_file() else {}
    what = f"reader {reader.degree:g}, seed {reader.seed}"
    missing = [name for name in names if name not in known]
    for name in tqdm(missing, desc=what, unit="patient", leave=False, disable=None):
        known[name] = _drawn(cohort, name, reader, out / "labels" / f"{name}.nii.gz")
    table.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return out


def agreement(cohort: Path) -> tuple[float, int]:
    """Mean Dice of scar between reader and truth, and over how many patients with scar."""
    table = json.loads((cohort / AGREEMENT).read_text("utf-8"))
    known = [value for value in table.values() if value is not None]
    return (float(np.mean(known)) if known else 0.0), len(known)


def _drawn(cohort: Path, name: str, reader: Reader, path: Path) -> float | None:
    study, truth = read_case(cohort, name)
    if study.spacing_mm is None:
        raise GeometryError(f"{name}: a reader's hand is in millimetres, and the image knows none")
    rng = np.random.default_rng([reader.seed, zlib.crc32(name.encode())])
    labels = annotate_stack(rng, study, truth, study.spacing_mm[0], reader.degree, reader.habit)
    write_file(path, label_maps_nifti(study, labels))
    return dice(stacked(truth, "scar"), stacked(labels, "scar"))
