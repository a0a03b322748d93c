"""Which loss, and does its KL part help: variants of one training recipe, side by side."""

from __future__ import annotations

from lgescar.studies.compare import Answers
from lgescar.studies.material import chosen_material
from lgescar.studies.page import write
from lgescar.studies.predict import patients_once
from lgescar.studies.recipe import VariedRecipe, base_split, base_table, load_recipe
from lgescar.studies.request import Finding, Request, finding, provenance
from lgescar.studies.trials import run_trials, trial

RECIPE = VariedRecipe
TRAINS = True
QUESTION = (
    "Every variant is trained with every seed on the same patients and evaluated on the same ones "
    "it never saw. Segmenters that need a box get one a lesion of the reference, its edges moved "
    "at random, the same for all: what differs is the variant alone."
)


def study(request: Request) -> Finding:
    """Train every variant with every seed, evaluate, compare with the baseline; files in ``out``.

    Raises:
        UsageError: a recipe is malformed, or ``out`` holds another study.
        InputError: the cohorts are not those of the split.
    """
    recipe = load_recipe(request.recipe_file, VariedRecipe)
    base, base_file = base_table(request.recipe_file, recipe.base)
    splits = (request.split, base_split(base, base_file))
    material = chosen_material(request.data, splits, recipe.simulated, request.out)
    finder = request.open_finder(material, recipe.part)
    prompts = {"boxes": "reference, where the segmenter needs one", "jitter_mm": recipe.jitter_mm}
    evaluated = (material, recipe.part)
    record = provenance(recipe.name, request, recipe.seeds, evaluated, prompts, finder)
    trials = [
        trial(base, (recipe.common, changes), (variant, seed), material.folders, material.split)
        for seed in recipe.seeds
        for variant, changes in recipe.variants.items()
    ]
    patients = patients_once(material, recipe.part, finder, recipe.jitter_mm)
    scores = run_trials(trials, patients, request.out, request.trained_by, record)
    answers = [
        Answers("", variant, seed, scores[variant, seed])
        for variant in recipe.variants
        for seed in recipe.seeds
    ]
    title = f"{recipe.name}: against {recipe.baseline}"
    found = finding((title, QUESTION), answers, {"": recipe.baseline}, record, (), recipe.against)
    write(found, request.out)
    return found
