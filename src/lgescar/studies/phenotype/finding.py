"""All that the study says, as values; page and pictures are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lgescar.core.errors import UsageError
from lgescar.measure.features import WORDS
from lgescar.studies.phenotype.contrast import FeatureContrast, contrasts
from lgescar.studies.phenotype.learn import (
    Floats,
    logistic,
    out_of_fold,
    refuse_too_few,
    xgboost,
)
from lgescar.studies.phenotype.masks import GroupMasks, table
from lgescar.studies.phenotype.recipe import PhenotypeRecipe
from lgescar.studies.phenotype.score import LearnerScore, Value, auc_difference, score_learner


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """One set of features: both learners, their difference, and what each feature did.

    ``values`` and ``shap`` are (rows, features); ``chances`` are XGBoost's of each row, out of
    fold, their mean over seeds.
    """

    name: str
    features: tuple[str, ...]
    xgboost: LearnerScore
    logistic: LearnerScore
    difference: Value
    values: Floats
    shap: Floats
    chances: Floats

    def by_weight(self) -> list[tuple[str, float]]:
        """Features with their mean |SHAP| in log odds, the weightiest first."""
        mean = np.abs(self.shap).mean(axis=0)
        return sorted(zip(self.features, map(float, mean), strict=True), key=lambda one: -one[1])


@dataclass(frozen=True, slots=True, eq=False)
class MasksFinding:
    """One kind of mask: what differs, what was learned, and what could not be used."""

    masks: GroupMasks
    contrasts: tuple[FeatureContrast, ...]
    learned: tuple[Learned, ...]
    unusable: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PhenotypeFinding:
    """Every kind of mask side by side, and where all comes from."""

    title: str
    sections: tuple[MasksFinding, ...]
    record: dict[str, Any]


def section(masks: GroupMasks, recipe: PhenotypeRecipe) -> MasksFinding:
    """Scores every set of features on one kind of mask.

    A feature that is unknown in more than a tenth of a group is left out of every set.

    Raises:
        UsageError: too few patients with scar in a group, or no feature that is known.
    """
    refuse_too_few(masks.second, masks.patients, masks.groups, recipe.folds)
    unusable = tuple(name for name in WORDS if not masks.usable(name))
    learned = []
    for name, wanted in recipe.features.items():
        features = tuple(one for one in wanted if one not in unusable)
        if features:
            learned.append(_learned(name, features, masks, recipe))
    if not learned:
        raise UsageError(
            f"{masks.words}: no feature of any set is known in nine of ten patients; mm² and mL "
            "need files that know the size of a pixel"
        )
    return MasksFinding(masks, contrasts(masks), tuple(learned), unusable)


def feature_rows(found: PhenotypeFinding) -> list[Mapping[str, Any]]:
    """A row a patient and kind of mask: features, and XGBoost's out-of-fold chances."""
    rows: list[Mapping[str, Any]] = []
    for one in found.sections:
        for place, row in enumerate(one.masks.rows):
            chances = {f"chance_{p.name}": round(float(p.chances[place]), 4) for p in one.learned}
            about = {"masks": one.masks.words, "group": row.group, "patient": row.name}
            rows.append({**about, **asdict(row.features), **chances})
    return rows


def _learned(
    name: str, features: tuple[str, ...], masks: GroupMasks, recipe: PhenotypeRecipe
) -> Learned:
    values, second, patients = table(masks, features), masks.second, masks.patients
    trees = out_of_fold(values, second, patients, xgboost(recipe.boosting), recipe)
    plain = out_of_fold(values, second, patients, logistic(), recipe)
    assert trees.shap is not None  # XGBoost has trees
    return Learned(
        name,
        features,
        score_learner(trees, second, patients),
        score_learner(plain, second, patients),
        auc_difference(trees, plain, second, patients),
        values,
        trees.shap,
        trees.chances.mean(axis=0),
    )
