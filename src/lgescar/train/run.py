"""How every training run begins: its folder, its patients, nobody in two parts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm import tqdm

from lgescar.core.errors import UsageError
from lgescar.read.cohort import cohort_folders
from lgescar.read.splits import Split, check_split, refuse_duplicate_images
from lgescar.simulate import simulate_patient
from lgescar.train.cohorts import Cohorts, cohort_table, markdown, write_cohort_table
from lgescar.train.dataset import LabelledPatient, LabelledSlice, canvas_slices
from lgescar.train.processes import from_main, processes
from lgescar.train.recipe import Common, Data, split_file

SIMULATED_SEED, CALIBRATING_SEED = 10_000, 50_000
"""First seeds of the patients that train and that calibrate; demos, tests and evaluations use none
of the ten thousand from either."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run's folder, its split with the SHA-256 of recipe and split, and its patients.

    ``train`` and ``tune`` hold simulated patients too.
    """

    folder: Path
    split: Split
    sha256: str
    train: list[LabelledPatient]
    tune: list[LabelledPatient]

    def canvases(
        self, pixel_mm: float, size: int
    ) -> tuple[list[LabelledSlice], list[LabelledSlice]]:
        """Slices that train and slices that tune, on canvases around the heart."""
        train, tune = (
            [s for p in part for s in canvas_slices(p, pixel_mm, size)]
            for part in (self.train, self.tune)
        )
        return train, tune


def begin(
    recipe_file: Path,
    recipe: tuple[Common, Split, str],
    data: Iterable[Path],
    folder: Path,
    *,
    resume: bool,
) -> Run:
    """Open a run's folder, refuse leaks, store the cohort table and read the patients.

    Raises:
        UsageError: the folder holds another run, there is no cohort although the split names
            patients, or nobody trains.
        InputError: the data are not those of the split, or one image has two names.
    """
    settings, split, sha256 = recipe
    from_main(lambda: _open(recipe_file, settings.data, folder, resume=resume))
    threads = getattr(settings, "threads", 0)
    if threads:
        torch.set_num_threads(threads)
    return Run(folder, split, sha256, *_patients(settings.data, split, data, folder))


def _open(recipe_file: Path, data: Data, folder: Path, *, resume: bool) -> None:
    """Copy recipe and split into the run's folder, or check that it was begun with them."""
    own = folder / "recipe.toml"
    if own.exists() and not resume:
        raise UsageError(
            f"{folder} holds a run already; go on with --resume or choose another folder"
        )
    if own.exists() and own.read_bytes() != recipe_file.read_bytes():
        raise UsageError(f"{folder} was begun with another recipe; resume it with its own")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(recipe_file, own)
    source = split_file(recipe_file, data)
    shutil.copyfile(source, folder / source.name)


def _patients(
    plan: Data, split: Split, data: Iterable[Path], folder: Path
) -> tuple[list[LabelledPatient], list[LabelledPatient]]:
    """Those that train and those that tune, read once; ``folder`` gets the table of all."""
    made = _simulated(SIMULATED_SEED, plan.simulated)
    calibrating = _simulated(CALIBRATING_SEED, plan.simulated_tune)
    if not any(split.parts.values()):
        if not made:
            raise UsageError("the split names nobody and the recipe simulates nobody")
        return made, calibrating
    cohorts = Cohorts.of(cohort_folders(data))
    check_split(split, cohorts.files("labels"))
    refuse_duplicate_images(cohorts.files("images"))
    train, tune = (list(cohorts.read(split.parts[part])) for part in ("train", "tune"))
    from_main(lambda: _describe(split, cohorts, [*train, *tune], folder))
    return train + made, tune + calibrating


def _describe(
    split: Split, cohorts: Cohorts, read: Iterable[LabelledPatient], folder: Path
) -> None:
    """Print the table of the parts and store it with the run; ``read`` need not be read again."""
    rows = cohorts.rows(read)
    known = {name for names in split.parts.values() for name in names}
    rows |= cohorts.rows(cohorts.read(known - rows.keys()))
    table = cohort_table(split, rows)
    write_cohort_table(table, folder)
    tqdm.write(markdown(table), file=sys.stderr)


def _simulated(seed: int, count: int) -> list[LabelledPatient]:
    """Patients of known scar from ``seed`` on, half of them PSIR."""
    made = []
    for number in tqdm(range(count), desc="simulate", disable=processes().no_bar):
        contrast = ("psir", "magnitude")[number % 2]
        patient = simulate_patient(seed + number, contrast=contrast)
        made.append(LabelledPatient("simulated", patient.study.name, patient.study, patient.truth))
    return made
