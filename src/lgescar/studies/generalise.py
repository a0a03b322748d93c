"""Does a recipe hold where it never learned: a cohort left out, or another kind of scar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split
from lgescar.strict import load
from lgescar.studies.ask import patients_once
from lgescar.studies.compare import Answers
from lgescar.studies.material import Material, cohort_material, simulated_material
from lgescar.studies.page import write
from lgescar.studies.recipe import TaughtRecipe, base_split, base_table
from lgescar.studies.request import Finding, Request, finding, provenance
from lgescar.studies.trials import Trial, run_trials, trial

TRAINS = True
SEEN, UNSEEN = "taught on it too", "never taught on it"
SAME, OTHER = "taught on the same kind", "taught on the other kind"
KINDS = ("chronic", "acute")
QUESTION = {
    False: "Each cohort in turn is left out of teaching and then asked about; the baseline was "
    "taught on every cohort, this one too, and is asked about the same patients. The difference "
    "is what it costs to be new to a cohort (and to have fewer patients to learn from).",
    True: "Simulated patients with chronic scar teach one network, patients with acute scar (with "
    "microvascular obstruction) another, as many of each; both are asked about both kinds. The "
    "difference is what it costs to know the other kind only.",
}
Asked = dict[str, dict[str, frozenset[str]]]
"""Group (a cohort that is asked) → variant → cohorts that taught it; the first is the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneraliseRecipe(TaughtRecipe):
    """Any training recipe that exports a bundle; cohorts are those of the split.

    Without cohorts, patients are simulated: ``simulated`` counts those of each kind of scar.
    """


RECIPE = GeneraliseRecipe


def study(request: Request) -> Finding:
    """Train with and without each cohort, ask about it; files in ``out``.

    Raises:
        UsageError: fewer than two cohorts, or a recipe that is malformed.
        InputError: the cohorts are not those of the split.
    """
    recipe = load(request.recipe_file, GeneraliseRecipe)
    base, base_file = base_table(request.recipe_file, recipe.base)
    simulated = not request.data
    if simulated:
        material = _both_kinds(recipe, request)
        asked = {k: {SAME: frozenset({k}), OTHER: frozenset(KINDS) - {k}} for k in KINDS}
    else:
        split = request.split or base_split(base, base_file)
        if split is None:
            raise UsageError("give --split; lgescar train split makes one")
        material = cohort_material(request.data, split)
        asked = _one_left_out(material, recipe.part)
    finder = request.open_finder(material, recipe.part)
    prompts = {"boxes": "reference, where the segmenter needs one", "jitter_mm": recipe.jitter_mm}
    who = (material, recipe.part)
    record = provenance(recipe.name, request, recipe.seeds, who, prompts, finder)
    patients = patients_once(material, recipe.part, finder, recipe.jitter_mm)
    trials = _trials(recipe, base, material, asked)
    scores = run_trials(trials, patients, request.out, request.trained_by, record)
    answers = [
        Answers(
            cohort,
            variant,
            seed,
            tuple(s for s in scores[_taught_name(taught), seed] if s.cohort == cohort),
        )
        for cohort, variants in asked.items()
        for variant, taught in variants.items()
        for seed in recipe.seeds
    ]
    baselines = {cohort: next(iter(variants)) for cohort, variants in asked.items()}
    title = f"{recipe.name}: {', '.join(asked)}"
    found = finding((title, QUESTION[simulated]), answers, baselines, record)
    write(found, request.out)
    return found


def without(split: Split, taught: Iterable[str]) -> Split:
    """The split with only these cohorts among those that teach and tune, and nobody to ask.

    Raises:
        UsageError: nobody is left to teach or to tune.
    """
    kept = set(taught)
    parts = {
        part: tuple(p for p in split.parts.get(part, ()) if p.split("/", 1)[0] in kept)
        for part in ("train", "tune")
    }
    lacking = [part for part, patients in parts.items() if not patients]
    if lacking:
        raise UsageError(f"nobody of {', '.join(sorted(kept))} is in part {lacking[0]}")
    return replace(split, parts={**parts, "validation": ()})


def _one_left_out(material: Material, part: str) -> Asked:
    """Every cohort that teaches and is asked, once taught and once not."""
    teaching = {p.split("/", 1)[0] for p in material.split.parts["train"]}
    cohorts = sorted(teaching & {p.split("/", 1)[0] for p in material.asked(part)})
    if len(cohorts) < 2:
        raise UsageError("to leave a cohort out takes two that teach and are asked about")
    whole = frozenset(teaching)
    return {c: {SEEN: whole, UNSEEN: whole - {c}} for c in cohorts}


def _both_kinds(recipe: GeneraliseRecipe, request: Request) -> Material:
    """As many patients with chronic as with acute scar, a cohort each."""
    made = []
    for number, kind in enumerate(KINDS):
        plan = recipe.simulated
        count = plan.teach + plan.tune + plan.ask
        plan = replace(plan, scar=kind, first_seed=plan.first_seed + number * count)
        made.append(simulated_material(plan, request.out / "cohorts" / kind))
    parts = {
        part: tuple(p for one in made for p in one.split.parts[part])
        for part in made[0].split.parts
    }
    sha256 = {p: digest for one in made for p, digest in one.split.labels_sha256.items()}
    return Material(tuple(f for one in made for f in one.folders), Split(0, parts, sha256))


def _trials(
    recipe: GeneraliseRecipe, base: Mapping[str, Any], material: Material, asked: Asked
) -> list[Trial]:
    """One for each set of cohorts that teaches, and each seed."""
    sets = dict.fromkeys(taught for variants in asked.values() for taught in variants.values())
    return [
        trial(
            base,
            (recipe.common,),
            (_taught_name(taught), seed),
            tuple(f for f in material.folders if f.name in taught),
            without(material.split, taught),
        )
        for seed in recipe.seeds
        for taught in sets
    ]


def _taught_name(taught: Iterable[str]) -> str:
    return "taught-on-" + "-".join(sorted(taught))
