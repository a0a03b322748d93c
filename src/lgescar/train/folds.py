"""Cross-validation: every patient is outlined by a bundle that was taught without them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from lgescar import pipeline
from lgescar.bundle import open_bundle
from lgescar.core.errors import UsageError
from lgescar.read.cohort import cohort_folders
from lgescar.read.nifti import read_nifti
from lgescar.read.splits import Split, read_split, stratified_split, write_split
from lgescar.settings import load
from lgescar.train import kinds
from lgescar.train.cohorts import PatientRow, case_files, patient_rows, scar_burden, split_cohorts
from lgescar.train.recipe import Recipe
from lgescar.write.folder import MARK, folder_name

FOLDS, BUNDLE, PREDICTIONS = "folds.json", "bundle", "predictions"
LEAST_TUNE = 0.12
"""Of the patients outside a fold, those that calibrate and teach nothing."""


def cross_validate(
    recipe_file: Path,
    data: Iterable[Path],
    out: Path,
    *,
    folds: int = 5,
    only: Sequence[int] = (),
    seed: int = 1,
) -> Path:
    """Teach a bundle without each fold and outline that fold's patients with it.

    ``out`` gets ``folds.json`` (who is in which fold, labels hashed), ``fold-N/`` with recipe,
    split, run and bundle, and ``predictions/COHORT/PATIENT/`` as ``lgescar segment`` writes them;
    the last is returned. What is finished there is not done again. ``only`` takes some of the
    folds, from 1, so that several processes can share the work.

    Raises:
        UsageError: fewer than two folds, a fold that is none, ``out`` holds folds of other
            patients or recipes, or the recipe is of another kind than the default bundle's:
            its network would need a heart found by a bundle that knows the patients asked.
    """
    if folds < 2 or not set(only) <= set(range(1, folds + 1)):
        raise UsageError(f"folds are numbered from 1 to {folds}, two or more; found {list(only)}")
    kind = kinds.kind_of(recipe_file)
    if kind != "promptable":
        raise UsageError(
            f"{recipe_file} is of kind {kind}: it needs the heart found by a bundle, and the one "
            "shipped knows patients that would be asked; only the default kind is cross-validated"
        )
    recipe = load(recipe_file, Recipe)
    folders = cohort_folders(data)
    rows = patient_rows(folders)
    dealt = deal_folds(folders, rows, folds, seed)
    _same(dealt, out / FOLDS)
    images = case_files(folders, "images")
    for number in only or range(1, folds + 1):
        split, folder = without_fold(dealt, number, rows), out / f"fold-{number}"
        plan = folder / "plan" / "recipe.toml"
        _same(split, plan.parent / Path(recipe.data.split).name)
        _same_recipe(recipe_file, plan)
        if not (folder / BUNDLE / "card.json").is_file():
            kinds.train(plan, folders, folder / "run", resume=True)
            kinds.export(folder / "run", folder / BUNDLE)
        asked = {patient: images[patient] for patient in split.parts["validation"]}
        _outline(folder / BUNDLE, asked, out / PREDICTIONS)
    return out / PREDICTIONS


def deal_folds(
    folders: Sequence[Path], rows: Mapping[str, PatientRow], folds: int, seed: int
) -> Split:
    """Every patient in one of ``fold-1`` to ``fold-N``, each cohort and size of scar alike.

    Raises:
        UsageError: fewer patients than folds.
        InputError: two patients have the same image.
    """
    if len(rows) < folds:
        raise UsageError(f"{folds} folds need as many patients, found {len(rows)}")
    shares = {f"fold-{number}": 1.0 / folds for number in range(1, folds + 1)}
    return split_cohorts(folders, rows, seed, shares)


def without_fold(dealt: Split, number: int, rows: Mapping[str, PatientRow]) -> Split:
    """The split that asks fold ``number``: all others teach, but for a few that calibrate."""
    asked = dealt.parts[f"fold-{number}"]
    others = {patient: row for patient, row in rows.items() if patient not in asked}
    burden = scar_burden(others)
    # One patient of each cohort calibrates, and a small cohort takes none from the others' lessons.
    tunes = {c: min(0.5, max(LEAST_TUNE, 1.0 / len(names))) for c, names in burden.items()}
    parts: dict[str, list[str]] = {"train": [], "tune": []}
    for tune in sorted(set(tunes.values())):
        alike = {cohort: names for cohort, names in burden.items() if tunes[cohort] == tune}
        dealt_out = stratified_split(alike, {"train": 1.0 - tune, "tune": tune}, dealt.seed)
        for part, names in dealt_out.items():
            parts[part] += names
    taught = {part: tuple(sorted(names)) for part, names in parts.items()}
    return Split(dealt.seed, {**taught, "validation": asked}, dealt.labels_sha256)


def _same(split: Split, file: Path) -> None:
    """Store a split, or check that it is the one stored."""
    if file.is_file():
        if read_split(file) != split:
            raise UsageError(
                f"{file.parent.name} holds folds of other patients, labels, "
                "seed or number of folds; choose another --out"
            )
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".part-{os.getpid()}-{file.name}")  # other processes deal them too
    write_split(split, part)
    part.replace(file)


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
        told = out / cohort / folder_name(name) / MARK
        if not (told.is_file() and opened.sha256 in told.read_text("utf-8")):
            pipeline.write(pipeline.run(read_nifti(image), opened), out / cohort)
