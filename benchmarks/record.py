"""What every stored result says of itself: command, commit, version, machine, seeds, data."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lgescar.core.provenance import now
from lgescar.core.version import VERSION
from lgescar.evaluate.tables import machine
from lgescar.read.splits import sha256_of_file

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def about(
    command: str, *, seeds: Mapping[str, Any], labels: Mapping[str, str] | str
) -> dict[str, Any]:
    """The head of a record.

    ``labels`` are SHA-256 by patient, or words where the data are made from the seeds alone.
    """
    return {
        "command": command,
        "commit": commit(),
        "version": VERSION,
        "created": now(),
        "machine": machine(),
        "seeds": dict(seeds),
        "data": labels if isinstance(labels, str) else {"labels_sha256": dict(labels)},
    }


def labels_of(data: Path, patients: Iterable[str]) -> dict[str, str]:
    """SHA-256 of the label file of each patient (``cohort/name``) in cohort folders."""
    found = {}
    for patient in patients:
        cohort, name = patient.split("/", 1)
        found[patient] = sha256_of_file(data / cohort / "labels" / f"{name}.nii.gz")
    return found


def commit() -> str:
    """The commit measured, marked where the tree differed from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
