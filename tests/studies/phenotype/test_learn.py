"""Patients in folds, learners, and what their answers are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lgescar.core.errors import UsageError
from lgescar.measure.features import WORDS, ScarFeatures
from lgescar.studies.phenotype.finding import section
from lgescar.studies.phenotype.learn import (
    Learner,
    logistic,
    out_of_fold,
    refuse_too_few,
    splits,
    tree_shap,
    xgboost,
)
from lgescar.studies.phenotype.masks import GroupMasks, PatientFeatures
from lgescar.studies.phenotype.recipe import Boosting, PhenotypeRecipe
from lgescar.studies.phenotype.score import auc_difference, score_learner

RECIPE = PhenotypeRecipe(seeds=(1, 2), folds=4)
SECOND = np.arange(40) >= 20
EACH = np.arange(40)


@pytest.fixture(params=["trees", "plain"])
def learner(request: pytest.FixtureRequest) -> Learner:
    return xgboost(Boosting()) if request.param == "trees" else logistic()


def test_no_patient_is_trained_on_and_tested() -> None:
    patients = np.repeat(np.arange(20), 2)  # two masks of each
    second = np.tile([False, True], 20)  # one in each group
    tested = np.zeros(40, int)
    for train, test in splits(second, patients, 4, seed=1):
        assert not set(patients[train]) & set(patients[test])
        tested[test] += 1
    assert (tested == 1).all()


def test_groups_that_do_not_overlap_are_told_apart(learner: Learner) -> None:
    values = np.column_stack([EACH + 50.0 * SECOND, np.ones(40)])
    found = score_learner(out_of_fold(values, SECOND, EACH, learner, RECIPE), SECOND, EACH)
    assert found.auc.value == 1.0
    assert found.auc.interval == (1.0, 1.0)
    assert found.sensitivity.value == found.specificity.value == 1.0
    assert set(found.roc.y) == {1.0}
    assert found.brier.value < 0.1


def test_shuffled_groups_are_seldom_told_apart() -> None:
    rng, quick = np.random.default_rng(5), replace(RECIPE, seeds=(1,))
    found = []
    for _ in range(8):
        values, shuffled = rng.normal(size=(40, 3)), rng.permutation(SECOND)
        answers = out_of_fold(values, shuffled, EACH, logistic(), quick)
        found.append(score_learner(answers, shuffled, EACH).auc)
    # Eight areas with a standard error near 0.1 have a mean within 3 x 0.1 / √8 of one half.
    assert np.mean([one.value for one in found]) == pytest.approx(0.5, abs=0.11)
    # The interval holds no chance of learning anew, so it may miss one half more than 1 in 20.
    assert sum(one.interval[0] < 0.5 < one.interval[1] for one in found if one.interval) >= 6


def test_a_patient_in_both_groups_cannot_be_recognised(learner: Learner) -> None:
    # Each patient has the same values in both groups: who was remembered would be answered wrong.
    patients = np.repeat(np.arange(20), 2)
    second = np.tile([False, True], 20)
    values = np.random.default_rng(2).normal(size=(20, 2))[patients]
    found = score_learner(out_of_fold(values, second, patients, learner, RECIPE), second, patients)
    assert found.auc.value == pytest.approx(0.5)  # any order of patients wins as much as it loses


def test_an_unknown_value_does_not_stop_a_learner(learner: Learner) -> None:
    values = (EACH + 50.0 * SECOND)[:, None].astype(float)
    values[3] = np.nan
    found = out_of_fold(values, SECOND, EACH, learner, RECIPE)
    assert np.isfinite(found.chances).all()


def test_what_features_add_sums_to_the_answer() -> None:
    values = np.random.default_rng(1).normal(size=(40, 3))
    model = xgboost(Boosting())(1).fit(values, SECOND.astype(int))
    chance = model.predict_proba(values)[:, 1]
    added = tree_shap(model, values)
    assert added is not None
    assert added.sum(axis=1) == pytest.approx(np.log(chance / (1 - chance)), abs=1e-4)


def test_only_the_feature_that_matters_moves_the_answer() -> None:
    noise = np.ones(40)
    values = np.column_stack([noise, EACH + 50.0 * SECOND])
    found = out_of_fold(values, SECOND, EACH, xgboost(Boosting()), RECIPE)
    assert found.shap is not None
    assert not found.shap[:, 0].any()
    assert (found.shap[SECOND, 1] > 0).all()
    assert (found.shap[~SECOND, 1] < 0).all()


def test_the_same_answers_do_not_differ() -> None:
    values = np.random.default_rng(7).normal(size=(40, 2))
    found = out_of_fold(values, SECOND, EACH, logistic(), RECIPE)
    same = auc_difference(found, found, SECOND, EACH)
    assert (same.value, same.interval) == (0.0, (0.0, 0.0))


def test_the_brier_score_is_the_squared_error() -> None:
    found = out_of_fold(np.ones((40, 1)), SECOND, EACH, logistic(), RECIPE)
    # Nothing is known but the shares, one half in every training part: (1 − ½)².
    assert score_learner(found, SECOND, EACH).brier.value == pytest.approx(0.25)
    sure = replace(found, chances=np.stack([SECOND, SECOND]).astype(float))
    assert score_learner(sure, SECOND, EACH).brier.value == 0.0


def test_a_group_smaller_than_the_folds_is_refused() -> None:
    with pytest.raises(UsageError, match="group b has 5 patients with scar; 4 folds need 6"):
        refuse_too_few(np.arange(20) >= 15, np.arange(20), ("a", "b"), 4)
    refuse_too_few(np.arange(20) >= 14, np.arange(20), ("a", "b"), 4)


def test_sets_of_which_no_feature_is_known_are_refused() -> None:
    known: dict[str, Any] = {**dict.fromkeys(WORDS, 1.0), "area_mm2": None}
    pixels = ScarFeatures(**known)
    rows = tuple(PatientFeatures("ab"[i % 2], f"P{i}", pixels) for i in range(12))
    masks = GroupMasks("given masks", ("a", "b"), rows, {"a": 0, "b": 0}, {})
    with pytest.raises(UsageError, match="no feature of any set is known"):
        section(masks, replace(RECIPE, features={"size": ("area_mm2",)}))
