"""Does a recipe hold where it was not trained: a cohort held out, or another kind of scar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split
from lgescar.studies.compare import Answers
from lgescar.studies.material import Material, cohort_material, simulated_material
from lgescar.studies.page import write
from lgescar.studies.recipe import TrainingRecipe, base_split, base_table, load_recipe
from lgescar.studies.request import Finding, Request, finding, prepared
from lgescar.studies.trials import Trial, run_trials, trial

TRAINS = True
SEEN, UNSEEN = "trained on it too", "not trained on it"
SAME, OTHER = "trained on the same kind", "trained on the other kind"
KINDS = ("chronic", "acute")
QUESTION = {
    False: "Each cohort in turn is held out of training and then evaluated; the baseline was "
    "trained on every cohort, this one too, and is evaluated on the same patients. The difference "
    "is what it costs to be new to a cohort (and to have fewer training patients).",
    True: "Simulated patients with chronic scar train one network, patients with acute scar (with "
    "microvascular obstruction) another, as many of each; both are evaluated on both kinds. The "
    "difference is what it costs to know the other kind only.",
}
Trainings = dict[str, dict[str, frozenset[str]]]
"""Group (an evaluated cohort) → variant → its training cohorts; the first is the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseRecipe(TrainingRecipe):
    """Any training recipe that exports a bundle; cohorts are those of the split.

    Without cohorts, patients are simulated: ``simulated`` counts those of each kind of scar.
    """


RECIPE = GeneraliseRecipe


def study(request: Request) -> Finding:
    """Train with and without each cohort, evaluate on it; files in ``out``.

    Raises:
        UsageError: fewer than two cohorts, or a recipe that is malformed.
        InputError: the cohorts are not those of the split.
    """
    recipe = load_recipe(request.recipe_file, GeneraliseRecipe)
    base, base_file = base_table(request.recipe_file, recipe.base)
    simulated = not request.data
    if simulated:
        material = _both_kinds(recipe, request)
        trainings = {k: {SAME: frozenset({k}), OTHER: frozenset(KINDS) - {k}} for k in KINDS}
    else:
        split = request.split or base_split(base, base_file)
        if split is None:
            raise UsageError("give --split; lgescar train split makes one")
        material = cohort_material(request.data, split)
        trainings = _one_left_out(material, recipe.part)
    boxes = "reference, where the segmenter needs one"
    record, patients, _ = prepared(request, recipe, material, boxes)
    trials = _trials(recipe, base, material, trainings)
    scores = run_trials(trials, patients, request.out, request.trained_by, record)
    answers = [
        Answers(
            cohort,
            variant,
            seed,
            tuple(s for s in scores[_trained_name(cohorts), seed] if s.cohort == cohort),
        )
        for cohort, variants in trainings.items()
        for variant, cohorts in variants.items()
        for seed in recipe.seeds
    ]
    baselines = {cohort: next(iter(variants)) for cohort, variants in trainings.items()}
    title = f"{recipe.name}: {', '.join(trainings)}"
    found = finding((title, QUESTION[simulated]), answers, baselines, record)
    write(found, request.out)
    return found


def without(split: Split, cohorts: Iterable[str]) -> Split:
    """The split with only these cohorts for training and tuning, and nobody to evaluate.

    Raises:
        UsageError: nobody is left to train on or to tune on.
    """
    kept = set(cohorts)
    parts = {
        part: tuple(p for p in split.parts.get(part, ()) if p.split("/", 1)[0] in kept)
        for part in ("train", "tune")
    }
    lacking = [part for part, patients in parts.items() if not patients]
    if lacking:
        raise UsageError(f"nobody of {', '.join(sorted(kept))} is in part {lacking[0]}")
    return replace(split, parts={**parts, "validation": ()})


def _one_left_out(material: Material, part: str) -> Trainings:
    """Every cohort in both parts, once trained on and once held out."""
    training = {p.split("/", 1)[0] for p in material.split.parts["train"]}
    cohorts = sorted(training & {p.split("/", 1)[0] for p in material.evaluated(part)})
    if len(cohorts) < 2:
        raise UsageError("to hold a cohort out takes two with patients to train on and to evaluate")
    whole = frozenset(training)
    return {c: {SEEN: whole, UNSEEN: whole - {c}} for c in cohorts}


def _both_kinds(recipe: GeneraliseRecipe, request: Request) -> Material:
    """As many patients with chronic as with acute scar, a cohort each."""
    made = []
    for number, kind in enumerate(KINDS):
        plan = recipe.simulated
        count = plan.train + plan.tune + plan.evaluate
        plan = replace(plan, scar=kind, first_seed=plan.first_seed + number * count)
        made.append(simulated_material(plan, request.out / "cohorts" / kind))
    parts = {
        part: tuple(p for one in made for p in one.split.parts[part])
        for part in made[0].split.parts
    }
    sha256 = {p: digest for one in made for p, digest in one.split.labels_sha256.items()}
    return Material(tuple(f for one in made for f in one.folders), Split(0, parts, sha256))


def _trials(
    recipe: GeneraliseRecipe, base: Mapping[str, Any], material: Material, trainings: Trainings
) -> list[Trial]:
    """One for each set of training cohorts, and each seed."""
    sets = dict.fromkeys(
        cohorts for variants in trainings.values() for cohorts in variants.values()
    )
    return [
        trial(
            base,
            (recipe.common,),
            (_trained_name(cohorts), seed),
            tuple(f for f in material.folders if f.name in cohorts),
            without(material.split, cohorts),
        )
        for seed in recipe.seeds
        for cohorts in sets
    ]


def _trained_name(cohorts: Iterable[str]) -> str:
    return "trained-on-" + "-".join(sorted(cohorts))
