"""Cross-validation: every patient is outlined by a bundle that was trained without them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lgescar import pipeline
from lgescar.bundle import open_bundle
from lgescar.core.atomic import whole_file
from lgescar.core.errors import UsageError
from lgescar.read.cohort import cohort_folders
from lgescar.read.nifti import read_nifti
from lgescar.read.splits import Split, read_split, write_split
from lgescar.strict import load
from lgescar.train import kinds
from lgescar.train.calibrate import store_calibration, stored_calibration
from lgescar.train.cohorts import Cohorts, PatientRow, split_cohorts
from lgescar.train.held_out import (
    calibrate,
    predict_held_out,
    store_predictions,
    stored_predictions,
)
from lgescar.train.recipe import Recipe
from lgescar.write.folder import MARK, folder_name

FOLDS, BUNDLE, PREDICTIONS, HELD_OUT = "folds.json", "bundle", "predictions", "answers.npz"
FINAL = "final"
"""Folder of the bundle that was trained on all patients."""


@dataclass(frozen=True, slots=True)
class Folds:
    """How patients are dealt, and what is to be done now.

    ``count`` None makes each cohort a fold, in the order of their names. ``only`` takes some of the
    folds, from 1, so that several processes can share the work. ``final`` then trains a bundle on
    everyone.
    """

    count: int | None = 5
    seed: int = 1
    only: tuple[int, ...] = ()
    final: bool = False


FIVE = Folds()


def cross_validate(recipe_file: Path, data: Iterable[Path], out: Path, folds: Folds = FIVE) -> Path:
    """Train a bundle without each fold and outline that fold's patients with it.

    A fold's bundle takes its cutoffs from the patients of all other folds, as predicted by bundles
    that were trained without them: no patient influences their own prediction, and all others
    train. The final bundle takes its cutoffs from the predictions of all folds. Where each cohort
    is a fold, this is what a recipe reaches on a cohort that it was not trained on.

    ``out`` gets ``folds.json`` (patients of each fold, labels hashed), ``fold-N/`` with recipe,
    split, run, predictions and bundle, ``final/`` likewise, and, once every fold is predicted,
    ``predictions/COHORT/PATIENT/`` as ``lgescar segment`` writes them; the last is returned. What
    is finished there is not done again.

    Raises:
        UsageError: fewer than two folds, a fold that is none, ``out`` holds folds of other
            patients or recipes, a final bundle is wanted before every fold is predicted, or the
            recipe is of another kind than the default bundle's: its network would need a heart
            found by a bundle that was trained on the patients to evaluate.
    """
    _refuse_other_kinds(recipe_file)
    folders = cohort_folders(data)
    if folds.count is None:
        folders = sorted(folders, key=lambda folder: folder.name)
    numbers = range(1, (folds.count or len(folders)) + 1)
    if len(numbers) < 2 or not set(folds.only) <= set(numbers):
        raise UsageError(
            f"folds are numbered from 1 to {len(numbers)}, two or more; found {list(folds.only)}"
        )
    cohorts = Cohorts.of(folders)
    rows = cohorts.rows()
    dealt = (
        by_cohort(cohorts, rows)
        if folds.count is None
        else deal_folds(cohorts, rows, folds.count, folds.seed)
    )
    _same(dealt, out / FOLDS)
    work = _Work(recipe_file, folders, cohorts, dealt, out)
    for number in folds.only or numbers:
        work.train(without_fold(dealt, number), out / f"fold-{number}")
    missing = [n for n in numbers if not (out / f"fold-{n}" / HELD_OUT).is_file()]
    if missing and folds.final:
        raise UsageError(
            f"the final bundle needs the predictions of every fold; without: {missing}"
        )
    if not missing:
        work.outline(numbers)
        if folds.final:
            work.finish(numbers)
    return out / PREDICTIONS


@dataclass(frozen=True, slots=True)
class _Work:
    """The steps of a cross-validation in the folder ``out``; done ones are not done again."""

    recipe_file: Path
    folders: Sequence[Path]
    cohorts: Cohorts
    dealt: Split
    out: Path

    def train(self, split: Split, folder: Path) -> None:
        """Train on the training patients, predict the held-out ones and store the predictions."""
        plan = folder / "plan" / "recipe.toml"
        recipe = load(self.recipe_file, Recipe)
        _same(split, plan.parent / Path(recipe.data.split).name)
        _same_recipe(self.recipe_file, plan)
        held_out = frozenset(split.parts["validation"])
        if (folder / (HELD_OUT if held_out else "run/calibration.json")).is_file():
            return
        kinds.train(plan, self.folders, folder / "run", resume=True)
        kinds.export(folder / "run", folder / BUNDLE)
        bundle = open_bundle(folder / BUNDLE)
        patients = tqdm(
            self.cohorts.read(held_out), total=len(held_out), desc="predict", disable=None
        )
        predictions = {
            f"{one.cohort}/{one.name}": predict_held_out(bundle, one) for one in patients
        }
        if predictions:
            store_predictions(predictions, folder / HELD_OUT)

    def outline(self, folds: Iterable[int]) -> None:
        """Masks of every patient, by the bundle of their fold."""
        images = self.cohorts.files("images")
        for number in folds:
            folder = self.out / f"fold-{number}"
            self._calibrate(folder, [n for n in folds if n != number])
            held_out = {p: images[p] for p in self.dealt.parts[folder.name]}
            _outline(folder / BUNDLE, held_out, self.out / PREDICTIONS)

    def finish(self, folds: Iterable[int]) -> None:
        """A bundle trained on everyone."""
        everyone = sorted(p for names in self.dealt.parts.values() for p in names)
        folder = self.out / FINAL
        self.train(_trained_on(self.dealt, everyone), folder)
        self._calibrate(folder, folds)

    def _calibrate(self, folder: Path, folds: Iterable[int]) -> None:
        """Cutoffs by the predictions of some folds, into a folder's bundle."""
        files = [self.out / f"fold-{number}" / HELD_OUT for number in folds]
        found = calibrate([one for file in files for one in stored_predictions(file).values()])
        if found != stored_calibration(folder / "run") or not (folder / BUNDLE).is_dir():
            shutil.rmtree(folder / BUNDLE, ignore_errors=True)  # stored, but not in the bundle yet
            store_calibration(found, folder / "run")
            kinds.export(folder / "run", folder / BUNDLE)


def deal_folds(cohorts: Cohorts, rows: Mapping[str, PatientRow], folds: int, seed: int) -> Split:
    """Every patient in one of ``fold-1`` to ``fold-N``, each cohort and size of scar alike.

    Raises:
        UsageError: fewer patients than folds.
        InputError: two patients have the same image.
    """
    if len(rows) < folds:
        raise UsageError(f"{folds} folds need as many patients, found {len(rows)}")
    shares = {f"fold-{number}": 1.0 / folds for number in range(1, folds + 1)}
    return split_cohorts(cohorts, rows, seed, shares)


def by_cohort(cohorts: Cohorts, rows: Mapping[str, PatientRow]) -> Split:
    """``fold-1`` to ``fold-N`` are the cohorts as they come.

    Raises:
        InputError: two patients have the same image.
    """
    everyone = split_cohorts(cohorts, rows, 1, {"all": 1.0})
    names = dict.fromkeys(patient.split("/")[0] for patient in cohorts.cases)
    parts = {
        f"fold-{number}": tuple(p for p in everyone.parts["all"] if p.split("/")[0] == name)
        for number, name in enumerate(names, 1)
    }
    return Split(everyone.seed, parts, everyone.labels_sha256)


def without_fold(dealt: Split, number: int) -> Split:
    """The split that holds out fold ``number`` and trains on all others."""
    held_out = dealt.parts[f"fold-{number}"]
    training = sorted(p for names in dealt.parts.values() for p in names if p not in held_out)
    return _trained_on(dealt, training, held_out)


def _trained_on(dealt: Split, patients: Sequence[str], held_out: tuple[str, ...] = ()) -> Split:
    parts = {"train": tuple(patients), "tune": (), "validation": held_out}
    return Split(dealt.seed, parts, dealt.labels_sha256)


def _refuse_other_kinds(recipe_file: Path) -> None:
    kind = kinds.kind_of(recipe_file)
    if kind != "promptable":
        raise UsageError(
            f"{recipe_file} is of kind {kind}: it needs the heart found by a bundle, and the one "
            "shipped was trained on public patients; only the default kind is cross-validated"
        )


def _same(split: Split, file: Path) -> None:
    """Store a split, or check that it is the one stored."""
    if file.is_file():
        if read_split(file) != split:
            raise UsageError(
                f"{file.parent.name} holds folds of other patients, labels, "
                "seed or number of folds; choose another --out"
            )
        return
    with whole_file(file) as part:  # other processes deal them too
        write_split(split, part)


def _same_recipe(source: Path, copy: Path) -> None:
    """Copy a recipe, or check that it is the one copied."""
    if not copy.is_file():
        shutil.copyfile(source, copy)
    elif copy.read_bytes() != source.read_bytes():
        raise UsageError(f"{copy.parent.parent.name} was begun with another recipe; use its own")


def _outline(bundle: Path, images: Mapping[str, Path], out: Path) -> None:
    """Segment the patients that have no result by this bundle yet."""
    opened = open_bundle(bundle)
    for patient, image in tqdm(images.items(), desc="outline", unit="study", disable=None):
        cohort, name = patient.split("/", 1)
        stored = out / cohort / folder_name(name) / MARK
        if not (stored.is_file() and opened.sha256 in stored.read_text("utf-8")):
            pipeline.write(pipeline.run(read_nifti(image), opened), out / cohort)
