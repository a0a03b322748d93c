"""How every training run begins: its folder, its patients, nobody in two parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from lgescar.train.dataset import LabelledPatient, LabelledSlice
from lgescar.train.kinds import read_any
from lgescar.train.recipe import Data
from lgescar.train.run import on_canvas, open_run, patients


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Those that teach (simulated ones included) and those that are asked while training."""

    train: list[LabelledPatient]
    tune: list[LabelledPatient]

    def slices(
        self, pixel_mm: float, canvas_px: int
    ) -> tuple[list[LabelledSlice], list[LabelledSlice]]:
        """Both as canvases around the heart."""
        return (
            on_canvas(self.train, pixel_mm, canvas_px),
            on_canvas(self.tune, pixel_mm, canvas_px),
        )


def begin(
    recipe_file: Path, data: Data, cohorts: Iterable[Path], run: Path, *, resume: bool
) -> Patients:
    """Open the run, refuse leaks, store the cohort table and read the patients.

    Raises:
        UsageError: the run's folder holds another run, or there is no cohort.
        InputError: the data are not those of the split.
    """
    open_run(recipe_file, data, run, resume=resume)
    _, split, _ = read_any(run / "recipe.toml")
    return Patients(*patients(data, split, cohorts, run))


def use_threads(threads: int) -> None:
    """As many processor threads as the recipe says; torch's own choice for 0."""
    if threads:
        torch.set_num_threads(threads)
