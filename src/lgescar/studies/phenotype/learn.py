"""Learns to distinguish two groups, and predicts patients it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import UsageError
from lgescar.metrics.discrimination import youden_cutoff
from lgescar.studies.phenotype.recipe import Boosting, PhenotypeRecipe

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Learner = Callable[[int], Any]
"""Seed → an untrained model with scikit-learn's ``fit`` and ``predict_proba``."""
FEWEST = 6
"""Patients with scar that each group needs. Ours: below, a fold has nobody of one group."""
INNER_FOLDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Predictions for patients that the models were not trained on; one row of each array a seed.

    ``chances`` (seeds, rows) of the second group; ``called`` whether it reached the cutoff that
    the same model's training part gave. ``shap`` (rows, features) are mean log odds that each
    feature added; None for learners that are no trees.
    """

    chances: Floats
    called: Bools
    shap: Floats | None


def xgboost(settings: Boosting) -> Learner:
    """Boosted trees on one thread: one seed gives one model, byte for byte.

    Splits are searched exactly and lie half-way between two patients' values, not at a value.
    """
    from xgboost import XGBClassifier

    return lambda seed: XGBClassifier(
        n_estimators=settings.rounds,
        max_depth=settings.depth,
        learning_rate=settings.learning_rate,
        subsample=settings.rows,
        min_child_weight=settings.leaf_weight,
        reg_lambda=settings.shrink,
        tree_method="exact",
        random_state=seed,
        n_jobs=1,
    )


def logistic() -> Learner:
    """The plain alternative: logistic regression on standardised features.

    An unknown value becomes the median of the training part.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return lambda seed: make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000)
    )


def splits(
    second: Bools, patients: Numbers, folds: int, seed: int
) -> Iterator[tuple[Numbers, Numbers]]:
    """(training rows, test rows) of each fold: no patient is in both, groups spread evenly.

    Raises:
        UsageError: a training part that lacks one group.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    dealt = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in dealt.split(np.zeros((second.size, 1)), second, patients):
        if second[train].all() or not second[train].any():
            raise UsageError("a fold leaves nobody of one group to learn from; lower folds")
        yield train, test


def refuse_too_few(second: Bools, patients: Numbers, groups: tuple[str, str], folds: int) -> None:
    """Raise UsageError unless each group has enough patients with scar for the folds."""
    for group, rows in zip(groups, (~second, second), strict=True):
        count = np.unique(patients[rows]).size
        if count < max(folds, FEWEST):
            raise UsageError(
                f"group {group} has {count} patients with scar; {folds} folds need "
                f"{max(folds, FEWEST)} at least"
            )


def out_of_fold(
    values: Floats, second: Bools, patients: Numbers, learner: Learner, recipe: PhenotypeRecipe
) -> OutOfFold:
    """Every row predicted once for each seed; ``values`` is (rows, features), NaN where unknown."""
    shape = (len(recipe.seeds), second.size)
    chances, called = np.zeros(shape), np.zeros(shape, bool)
    shap: Floats | None = np.zeros(values.shape)
    for place, seed in enumerate(recipe.seeds):
        for train, test in splits(second, patients, recipe.folds, seed):
            cutoff = _inner_cutoff(values[train], second[train], patients[train], learner, seed)
            model = learner(seed).fit(values[train], second[train].astype(int))
            chances[place, test] = model.predict_proba(values[test])[:, 1]
            called[place, test] = chances[place, test] >= cutoff
            added = tree_shap(model, values[test])
            if added is None or shap is None:
                shap = None
            else:
                shap[test] += added[:, :-1] / len(recipe.seeds)
    return OutOfFold(chances, called, shap)


def tree_shap(model: Any, values: Floats) -> Floats | None:
    """(rows, features + 1): log odds that each feature adds, and last the same for all rows.

    Exact for trees; each row sums to the model's log odds. None for a model without trees.
    Source: Lundberg et al., Nat Mach Intell 2020;2:56, in XGBoost's ``pred_contribs``.
    """
    if not hasattr(model, "get_booster"):
        return None
    from xgboost import DMatrix

    found = model.get_booster().predict(DMatrix(values, nthread=1), pred_contribs=True)
    return np.asarray(found, np.float64)


def _inner_cutoff(
    values: Floats, second: Bools, patients: Numbers, learner: Learner, seed: int
) -> float:
    """The cutoff of a training part, by folds of its own: on training rows it would be too high."""
    from sklearn.model_selection import cross_val_predict

    fewest = min(np.unique(patients[rows]).size for rows in (second, ~second))
    dealt = list(splits(second, patients, max(2, min(INNER_FOLDS, fewest)), seed))
    both = cross_val_predict(
        learner(seed), values, second.astype(int), cv=dealt, method="predict_proba"
    )
    return youden_cutoff(both[:, 1], second)
