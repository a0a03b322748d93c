"""A whole training run: recipe and cohorts in, a folder of checkpoints and logs out."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import torch
from tqdm import tqdm

from lgescar.bundle import open_bundle
from lgescar.core.errors import UsageError
from lgescar.networks.promptable import Promptable
from lgescar.read.cohort import cohort_folders
from lgescar.read.splits import Split, check_split, refuse_duplicate_images
from lgescar.simulate import simulate_patient
from lgescar.train.calibrate import store_calibration
from lgescar.train.cohorts import (
    case_files,
    cohort_table,
    markdown,
    patient_rows,
    write_cohort_table,
)
from lgescar.train.dataset import (
    LabelledPatient,
    LabelledSlice,
    canvas_slices,
    disc_slices,
    read_patients,
)
from lgescar.train.export import export
from lgescar.train.held_out import calibrate, predict_held_out
from lgescar.train.localizer import train_localizer
from lgescar.train.processes import from_main, processes
from lgescar.train.prompter import train_prompter
from lgescar.train.recipe import Data, Recipe, read_recipe, split_file
from lgescar.train.segmenter import train_segmenter, tune_scores

SIMULATED_SEED, CALIBRATING_SEED = 10_000, 50_000
"""First seeds of the patients that teach and that calibrate; demos, tests and evaluations use none
of the ten thousand from either."""


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train localizer and segmenter, then calibrate on the tune patients; their scores.

    Raises:
        UsageError: the run's folder holds another run, or the data lack the split's patients.
    """
    recipe, split, _ = read_recipe(recipe_file, Recipe)
    open_run(recipe_file, recipe.data, run, resume=resume)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    teaching, tuning = patients(recipe.data, split, data, run)
    coarse = recipe.localizer
    train_localizer(
        recipe,
        on_canvas(teaching, coarse.pixel_mm, coarse.canvas_px),
        on_canvas(tuning, coarse.pixel_mm, coarse.canvas_px),
        run,
    )
    tune = on_discs(tuning)
    teach = on_discs(teaching)
    network = train_segmenter(recipe, teach, tune, run)
    assert isinstance(network, Promptable)
    if recipe.prompter is not None:
        train_prompter(recipe, recipe.prompter, network, teach, run)
    shape = recipe.segmenter.angles, recipe.segmenter.radii
    scores = tune_scores(network, tune, shape)
    return {**scores, **from_main(lambda: _calibrated(tuning, run))}


def _calibrated(tuning: list[LabelledPatient], run: Path) -> dict[str, float]:
    predictions = []
    if tuning:
        with tempfile.TemporaryDirectory() as scratch:
            export(run, Path(scratch))
            bundle = open_bundle(Path(scratch))
            predictions = [predict_held_out(bundle, patient) for patient in tuning]
    found = calibrate(predictions)
    store_calibration(found, run)
    return found


def patients(
    plan: Data, split: Split, data: Iterable[Path], run: Path
) -> tuple[list[LabelledPatient], list[LabelledPatient]]:
    """Those that teach, simulated ones among them, and those that tune; ``run`` gets their table.

    Raises:
        UsageError: no cohort in ``data`` although the split names patients, or nobody teaches.
        InputError: the data are not those of the split, or one image has two names.
    """
    made = simulated_patients(SIMULATED_SEED, plan.simulated)
    calibrating = simulated_patients(CALIBRATING_SEED, plan.simulated_tune)
    if not any(split.parts.values()):
        if not made:
            raise UsageError("the split names nobody and the recipe simulates nobody")
        return made, calibrating
    folders = cohort_folders(data)
    refuse_leaks(split, folders)
    from_main(lambda: describe_cohorts(split, folders, run))
    teaching = list(read_patients(folders, frozenset(split.parts["train"])))
    tuning = list(read_patients(folders, frozenset(split.parts["tune"])))
    return teaching + made, tuning + calibrating


def open_run(recipe_file: Path, data: Data, run: Path, *, resume: bool) -> None:
    """Copy recipe and split into the run's folder, or check that it was begun with them.

    Raises:
        UsageError: the folder holds another run.
    """
    from_main(lambda: _open_run(recipe_file, data, run, resume=resume))


def _open_run(recipe_file: Path, data: Data, run: Path, *, resume: bool) -> None:
    own = run / "recipe.toml"
    if own.exists() and not resume:
        raise UsageError(f"{run} holds a run already; go on with --resume or choose another folder")
    if own.exists() and own.read_bytes() != recipe_file.read_bytes():
        raise UsageError(f"{run} was begun with another recipe; resume it with its own")
    run.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(recipe_file, own)
    source = split_file(recipe_file, data)
    shutil.copyfile(source, run / source.name)


def simulated_patients(seed: int, count: int) -> list[LabelledPatient]:
    """Patients of known scar from ``seed`` on, half of them PSIR."""
    made = []
    for number in tqdm(range(count), desc="simulate", disable=processes().no_bar):
        contrast = ("psir", "magnitude")[number % 2]
        patient = simulate_patient(seed + number, contrast=contrast)
        made.append(LabelledPatient("simulated", patient.study.name, patient.study, patient.truth))
    return made


def on_canvas(patients: list[LabelledPatient], pixel_mm: float, size: int) -> list[LabelledSlice]:
    """Every slice of the patients on canvases of one scale."""
    return [s for p in patients for s in canvas_slices(p, pixel_mm, size)]


def on_discs(patients: list[LabelledPatient]) -> list[LabelledSlice]:
    """Every slice of the patients about its own ventricle."""
    return [s for p in patients for s in disc_slices(p)]


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
