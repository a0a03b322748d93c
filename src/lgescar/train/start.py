"""How every training run begins: its folder, its patients, nobody in two parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from lgescar.train.dataset import LabelledPatient, LabelledSlice, canvas_slices, read_patients
from lgescar.train.recipe import Data
from lgescar.train.recipe_kinds import read_any_recipe
from lgescar.train.run import (
    cohort_folders,
    describe_cohorts,
    open_run,
    refuse_leaks,
    simulated_patients,
)


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Those that teach (simulated ones included) and those that are asked while training."""

    train: list[LabelledPatient]
    tune: list[LabelledPatient]

    def slices(
        self, pixel_mm: float, canvas_px: int
    ) -> tuple[list[LabelledSlice], list[LabelledSlice]]:
        """Both as canvases around the heart."""
        train, tune = (
            [s for patient in part for s in canvas_slices(patient, pixel_mm, canvas_px)]
            for part in (self.train, self.tune)
        )
        return train, tune


def begin(
    recipe_file: Path, data: Data, cohorts: Iterable[Path], run: Path, *, resume: bool
) -> Patients:
    """Open the run, refuse leaks, store the cohort table and read the patients.

    Raises:
        UsageError: the run's folder holds another run, or there is no cohort.
        InputError: the data are not those of the split.
    """
    open_run(recipe_file, data, run, resume=resume)
    _, split, _ = read_any_recipe(run / "recipe.toml")
    folders = cohort_folders(cohorts)
    refuse_leaks(split, folders)
    describe_cohorts(split, folders, run)
    train = list(read_patients(folders, frozenset(split.parts["train"])))
    tune = list(read_patients(folders, frozenset(split.parts["tune"])))
    return Patients(train + simulated_patients(data), tune)


def use_threads(threads: int) -> None:
    """As many processor threads as the recipe says; torch's own choice for 0."""
    if threads:
        torch.set_num_threads(threads)
