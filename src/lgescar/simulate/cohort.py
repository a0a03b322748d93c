"""A cohort of simulated patients as a folder of files, with its truth beside it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from lgescar.core.atomic import whole_folder
from lgescar.core.errors import UsageError
from lgescar.core.version import VERSION
from lgescar.simulate.series import SimulatedPatient, simulate_patient
from lgescar.simulate.write_dicom import write_patient_dicom
from lgescar.simulate.write_nifti import write_labels, write_patient_nifti

Format = Literal["nifti", "dicom", "dicom-enhanced"]
TRUTH_FORMAT = "lgescar-simulated/1"
SEEDS_A_COHORT = 100_000
"""Patients of cohort seed S have seeds from S x this on, so cohorts share no patient."""


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """What to simulate and how to write it.

    Raises:
        UsageError: no patients, too many, a negative seed or an unknown format.
    """

    patients: int
    seed: int
    format: Format = "nifti"
    contrast: str = "psir"
    scar: str = "mixed"

    def __post_init__(self) -> None:
        if not 0 < self.patients < SEEDS_A_COHORT:
            raise UsageError(f"patients run from 1 to {SEEDS_A_COHORT - 1}, found {self.patients}")
        if self.seed < 0:
            raise UsageError(f"a seed is 0 or more, found {self.seed}")
        if self.format not in get_args(Format):
            raise UsageError(f"format is one of {get_args(Format)}, found {self.format!r}")


def write_cohort(
    plan: CohortPlan,
    out: Path,
    shown: Callable[[Iterable[int]], Iterable[int]] = lambda numbers: numbers,
) -> list[dict[str, Any]]:
    """Simulate and write a cohort; its rows of truth. ``out`` appears whole or not at all.

    An earlier simulated cohort in ``out`` is replaced; any other content is left alone.
    ``shown`` wraps the patients' numbers, for a progress bar.

    Raises:
        UsageError: ``out`` holds something else.
    """
    _refuse_foreign(out)
    with whole_folder(out) as part:
        rows = [_write_one(plan, part, number) for number in shown(range(1, plan.patients + 1))]
        _write_truth(plan, part, rows)
    return rows


def truth_row(patient: SimulatedPatient, name: str) -> dict[str, Any]:
    """What is known of one patient, as in ``truth.csv``."""
    scan = patient.protocol
    return {
        "name": name,
        "scar_mass_g": round(patient.mass.scar_g, 4),
        "lv_mass_g": round(patient.mass.lv_g, 4),
        "mvo_mass_g": round(patient.mass.mvo_g, 4),
        "scar_percent_of_lv": round(patient.mass.scar_percent, 4),
        "kind": patient.kind,
        "territory": patient.territory or "",
        "seed": patient.seed,
        "vendor": scan.vendor,
        "sequence": patient.study.sequence,
        "slices": len(patient.study.slices),
        "pixel_mm": scan.spacing_mm,
        "slice_step_mm": scan.step_mm,
        "slice_thickness_mm": scan.thickness_mm,
        "inversion_time_ms": round(patient.inversion_time_ms, 1),
    }


def _write_one(plan: CohortPlan, out: Path, number: int) -> dict[str, Any]:
    """Simulate and write one patient."""
    name = f"SIM{number:04d}"
    seed = plan.seed * SEEDS_A_COHORT + number
    patient = simulate_patient(seed, scar=plan.scar, contrast=plan.contrast)
    if plan.format == "nifti":
        write_patient_nifti(patient, out, name)
    else:
        write_patient_dicom(patient, out / name, enhanced=plan.format == "dicom-enhanced")
        write_labels(patient, patient.truth, out / "truth" / f"{name}.nii.gz")
        write_labels(patient, patient.noisy, out / "noisy" / f"{name}.nii.gz")
    return truth_row(patient, name)


def _write_truth(plan: CohortPlan, out: Path, rows: list[dict[str, Any]]) -> None:
    """``truth.csv`` for people and ``truth.json`` for machines."""
    with (out / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    whole = {
        "format": TRUTH_FORMAT,
        "version": VERSION,
        "seed": plan.seed,
        "contrast": plan.contrast,
        "scar": plan.scar,
        "patients": rows,
    }
    (out / "truth.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _refuse_foreign(out: Path) -> None:
    """Raise unless ``out`` is absent, empty or an earlier simulated cohort."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    try:
        ours = json.loads((out / "truth.json").read_text("utf-8"))["format"] == TRUTH_FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise UsageError(f"{out} holds something else already; choose a new folder")
