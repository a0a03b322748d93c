"""Which loss, and does its KL part help: variants of one training recipe, side by side."""

from __future__ import annotations

from lgescar.studies.compare import Answers
from lgescar.studies.material import chosen_material
from lgescar.studies.page import write
from lgescar.studies.recipe import VariedRecipe, base_split, base_table, load_recipe
from lgescar.studies.request import Finding, Request, finding, prepared
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
    boxes = "reference, where the segmenter needs one"
    record, patients, _ = prepared(request, recipe, material, boxes)
    trials = [
        trial(base, (recipe.common, changes), (variant, seed), material.folders, material.split)
        for seed in recipe.seeds
        for variant, changes in recipe.variants.items()
    ]
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
