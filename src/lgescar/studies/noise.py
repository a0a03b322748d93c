"""Which loss stands noisy labels: trained on simulated readers', scored against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lgescar.core.errors import UsageError
from lgescar.studies.compare import Answers
from lgescar.studies.material import SIMULATED, labelled, simulated_material
from lgescar.studies.page import write
from lgescar.studies.readers import Reader, agreement, drawn_cohort
from lgescar.studies.recipe import VariedRecipe, base_table, load_recipe
from lgescar.studies.request import Finding, Request, finding, prepared
from lgescar.studies.trials import Trial, run_trials, trial

TRAINS = True
TRUTH = "truth"
QUESTION = (
    "Simulated patients have a scar that is known exactly. Readers of several degrees of "
    "unsteadiness draw it as the papers' readers did (outlines by hand, a region in the brightest "
    "wall, full width at half maximum, slips); every loss is trained on each reader's labels, and "
    "on the truth, and all are scored against the true scar of other patients. Every seed is "
    "another network and another reader. Does KL on soft labels come closer to the truth than "
    "the baseline, and at which noise?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseRecipe(VariedRecipe):
    """Variants, and ``readers``: degrees of unsteadiness of those who draw the labels.

    0 is a steady hand that still has to threshold the image, 1 usual, 2 hasty. The truth itself
    is trained on too.

    Raises:
        UsageError: no reader, or a degree that is negative or given twice.
    """

    readers: tuple[float, ...] = (0.0, 1.0, 2.0)

    def __post_init__(self) -> None:
        VariedRecipe.__post_init__(self)
        fits = self.readers and min(self.readers) >= 0.0
        if not fits or len(set(self.readers)) != len(self.readers):
            raise UsageError(f"readers are different degrees from 0, found {list(self.readers)}")


RECIPE = NoiseRecipe


def study(request: Request) -> Finding:
    """Draw, train every loss on every reader's labels, evaluate; files in ``out``.

    Raises:
        UsageError: cohorts were given, a recipe is malformed, or ``out`` holds another study.
    """
    recipe = load_recipe(request.recipe_file, NoiseRecipe)
    base, _ = base_table(request.recipe_file, recipe.base)
    material = simulated_material(recipe.simulated, request.out / "cohorts" / SIMULATED)
    boxes = "truth, where the segmenter needs one"
    record, patients, _ = prepared(request, recipe, material, boxes)
    cohorts = _cohorts(recipe, material.folders[0], material.split.parts, request.out)
    trials = [
        _trial(base, recipe, (level, loss, seed), cohorts[level, seed], material.split.parts)
        for seed in recipe.seeds
        for level in _levels(recipe)
        for loss in recipe.variants
    ]
    scores = run_trials(trials, patients, request.out, request.trained_by, record)
    answers = [
        Answers(level, loss, seed, scores[f"{level}-{loss}", seed])
        for level in _levels(recipe)
        for loss in recipe.variants
        for seed in recipe.seeds
    ]
    title = f"{recipe.name}: trained on labels of {', '.join(_levels(recipe))}"
    baselines = dict.fromkeys(_levels(recipe), recipe.baseline)
    remarks = _remarks(recipe, cohorts)
    found = finding((title, QUESTION), answers, baselines, record, remarks, recipe.against)
    write(found, request.out)
    return found


def _levels(recipe: NoiseRecipe) -> list[str]:
    """Whose labels are trained on, the truth first."""
    return [TRUTH, *(f"reader-{degree:g}" for degree in recipe.readers)]


def _cohorts(
    recipe: NoiseRecipe, truth: Path, parts: dict[str, tuple[str, ...]], out: Path
) -> dict[tuple[str, int], Path]:
    """The training cohort, by level and seed; readers draw its patients to train and tune on."""
    names = [p.split("/", 1)[1] for part in ("train", "tune") for p in parts[part]]
    found = {(TRUTH, seed): truth for seed in recipe.seeds}
    for degree in recipe.readers:
        for seed in recipe.seeds:
            folder = out / "readers" / f"reader-{degree:g}-seed-{seed}"
            drawn = drawn_cohort(truth, names, Reader(degree, seed), folder)
            found[f"reader-{degree:g}", seed] = drawn
    return found


def _trial(
    base: dict[str, object],
    recipe: NoiseRecipe,
    named: tuple[str, str, int],
    cohort: Path,
    parts: dict[str, tuple[str, ...]],
) -> Trial:
    """One loss on one reader's labels: no evaluated patient is in its split."""
    level, loss, seed = named
    trained = {"train": list(parts["train"]), "tune": list(parts["tune"]), "validation": []}
    split = labelled(trained, [cohort])
    changes = (recipe.common, recipe.variants[loss])
    return trial(base, changes, (f"{level}-{loss}", seed), (cohort,), split)


def _remarks(recipe: NoiseRecipe, cohorts: dict[tuple[str, int], Path]) -> list[str]:
    """How far each reader's labels are from the truth."""
    out = []
    for degree in recipe.readers:
        level = f"reader-{degree:g}"
        found = [agreement(cohorts[level, seed]) for seed in recipe.seeds]
        mean = float(np.mean([value for value, _ in found]))
        out.append(
            f"Training labels of {level}: Dice of scar {mean:.3f} against the truth "
            f"({found[0][1]} patients with scar in either, {len(found)} drawn sets)."
        )
    return out
