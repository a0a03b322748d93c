"""The EMIDEC cohort: phase-sensitive contrast, each slice stretched to its own 0 to 255."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.read import cohort
from lgescar.read.cohort import cases as cases


def read_case(folder: Path, name: str) -> tuple[Study, tuple[LabelMap, ...]]:
    """One patient and the reference of each slice."""
    study, labels = cohort.read_case(folder, name)
    return replace(study, sequence="psir"), labels
