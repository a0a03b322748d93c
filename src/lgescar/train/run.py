"""A whole training run: recipe and cohorts in, a folder of checkpoints and logs out."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import torch
from tqdm import tqdm

from lgescar.core.errors import UsageError
from lgescar.networks.promptable import Promptable
from lgescar.read.splits import Split, check_split, refuse_duplicate_images
from lgescar.simulate import simulate_patient
from lgescar.train.calibrate import calibrate
from lgescar.train.cohorts import (
    case_files,
    cohort_table,
    markdown,
    patient_rows,
    write_cohort_table,
)
from lgescar.train.dataset import LabelledPatient, LabelledSlice, canvas_slices, read_patients
from lgescar.train.localizer import train_localizer
from lgescar.train.recipe import Data, read_recipe
from lgescar.train.segmenter import train_segmenter, tune_scores

SIMULATED_SEED = 10_000
"""First seed of the patients that teach; demos, tests and evaluations use seeds below it."""


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train localizer and segmenter, then calibrate on the tune patients; their scores.

    Raises:
        UsageError: the run's folder holds another run, or the data lack the split's patients.
    """
    recipe, split, _ = read_recipe(recipe_file)
    open_run(recipe_file, recipe.data, run, resume=resume)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    folders = cohort_folders(data)
    refuse_leaks(split, folders)
    describe_cohorts(split, folders, run)
    teaching = list(read_patients(folders, frozenset(split.parts["train"])))
    tuning = list(read_patients(folders, frozenset(split.parts["tune"])))
    teaching += simulated_patients(recipe.data)
    coarse = recipe.localizer
    train_localizer(
        recipe,
        _slices(teaching, coarse.pixel_mm, coarse.canvas_px),
        _slices(tuning, coarse.pixel_mm, coarse.canvas_px),
        run,
    )
    fine = recipe.segmenter
    tune = _slices(tuning, fine.pixel_mm, fine.canvas_px)
    network = train_segmenter(recipe, _slices(teaching, fine.pixel_mm, fine.canvas_px), tune, run)
    assert isinstance(network, Promptable)
    scores = tune_scores(network, tune, fine.view_px)
    found = calibrate(network, tune, fine.view_px)
    (run / "calibration.json").write_text(json.dumps(found, indent=1))
    return {**scores, **found}


def cohort_folders(data: Iterable[Path]) -> list[Path]:
    """Every folder in ``data``, or right below it, that holds ``images`` and ``labels``.

    Raises:
        UsageError: none.
    """
    data = list(data)
    candidates = [p for d in data for p in (d, *(sorted(d.iterdir()) if d.is_dir() else ()))]
    found = [p for p in candidates if (p / "images").is_dir() and (p / "labels").is_dir()]
    if not found:
        raise UsageError("no cohort found: expected folders with images/ and labels/ in --data")
    return found


def open_run(recipe_file: Path, data: Data, run: Path, *, resume: bool) -> None:
    """Make the run's folder with a copy of the recipe and its split, or go on in it.

    Raises:
        UsageError: the folder holds a run and ``resume`` was not asked, or another recipe's run.
    """
    own = run / "recipe.toml"
    if own.exists() and not resume:
        raise UsageError(f"{run} holds a run already; go on with --resume or choose another folder")
    if own.exists() and own.read_bytes() != recipe_file.read_bytes():
        raise UsageError(f"{run} was begun with another recipe; resume it with its own")
    run.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(recipe_file, own)
    split_file = recipe_file.parent / data.split
    shutil.copyfile(split_file, run / split_file.name)


def simulated_patients(data: Data) -> list[LabelledPatient]:
    """The recipe's patients of known scar, half of them PSIR; the same for the same seed."""
    made = []
    for number in tqdm(range(data.simulated), desc="simulate", disable=None):
        contrast = ("psir", "magnitude")[number % 2]
        patient = simulate_patient(SIMULATED_SEED + number, contrast=contrast)
        made.append(LabelledPatient("simulated", patient.study.name, patient.study, patient.truth))
    return made


def _slices(patients: list[LabelledPatient], pixel_mm: float, size: int) -> list[LabelledSlice]:
    return [s for p in patients for s in canvas_slices(p, pixel_mm, size)]


def refuse_leaks(split: Split, folders: list[Path]) -> None:
    """Refuse data that are not those the split was made of, and one image under two names.

    Raises:
        InputError: a patient is missing or its labels changed, or two have the same image.
    """
    check_split(split, case_files(folders, "labels"))
    refuse_duplicate_images(case_files(folders, "images"))


def describe_cohorts(split: Split, folders: list[Path], run: Path) -> None:
    """Print the table of who teaches and who is asked, and store it with the run."""
    table = cohort_table(split, patient_rows(folders))
    write_cohort_table(table, run)
    tqdm.write(markdown(table), file=sys.stderr)
