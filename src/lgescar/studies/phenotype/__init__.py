"""What distinguishes acute from chronic scar, or any two groups, and how well."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from lgescar.evaluate.table import rows_csv
from lgescar.studies.phenotype.finding import (
    PhenotypeFinding,
    feature_rows,
    section,
)
from lgescar.studies.phenotype.masks import (
    GroupMasks,
    predicted_groups,
    read_masks,
    simulated_groups,
)
from lgescar.studies.phenotype.page import DEPENDENCE, FEATURES, SUMMARY, as_json, markdown
from lgescar.studies.phenotype.picture import draw_curves, draw_dependence, draw_summary
from lgescar.studies.phenotype.recipe import PhenotypeRecipe
from lgescar.studies.recipe import load_recipe
from lgescar.studies.request import Request, origin
from lgescar.studies.show import PICTURE, write_study

TRAINS = False
PAGE = "lgescar.studies.phenotype.page"
NEEDS = ("sklearn", "xgboost")
"""Modules of the extra ``study`` that are loaded when needed."""
RECIPE = PhenotypeRecipe


def study(request: Request) -> PhenotypeFinding:
    """Features, tests, models and pictures of two groups; files in ``out``.

    The groups' label maps where they are given; else simulated patients, once by their true
    masks and once by those that the bundle predicts.

    Raises:
        UsageError: neither groups nor recipe, or too few patients.
        ModelError: the bundle is missing or damaged.
    """
    if request.groups and request.recipe is None:
        recipe = PhenotypeRecipe()
    else:
        recipe = load_recipe(request.recipe_file, PhenotypeRecipe)
    predicted_by: dict[str, str] | None = None
    if request.groups:
        kinds = [read_masks("given masks", request.groups)]
    else:
        true = simulated_groups(recipe.simulated, request.out)
        predicted, predicted_by = predicted_groups(true, request.bundle, request.out)
        kinds = [read_masks("true masks", true), read_masks("predicted masks", predicted)]
    record = _record(request, recipe, kinds)
    record["predicted_by"] = predicted_by
    sections = tuple(section(masks, recipe) for masks in kinds)
    first, second = kinds[0].groups
    found = PhenotypeFinding(f"{recipe.name}: {first} or {second}", sections, record)
    _write(found, request.out)
    return found


def _record(request: Request, recipe: PhenotypeRecipe, kinds: list[GroupMasks]) -> dict[str, Any]:
    file = request.recipe
    return {
        **origin(recipe.name, request, recipe.seeds),
        "folds": recipe.folds,
        "recipe_sha256": file and hashlib.sha256(file.read_bytes()).hexdigest(),
        "groups": list(kinds[0].groups),
        "looked_for": kinds[0].groups[1],
        "evaluated": {masks.words: masks.sha256 for masks in kinds},
    }


def _write(found: PhenotypeFinding, out: Path) -> None:
    write_study(out, as_json(found), markdown(found), {FEATURES: rows_csv(feature_rows(found))})
    draw_curves(found, out / PICTURE)
    draw_summary(found, out / SUMMARY)
    draw_dependence(found, out / DEPENDENCE)
