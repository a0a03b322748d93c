"""Numbers that tell two kinds of patients apart, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.metrics.discrimination import auc, pair_wins, roc, weighted_auc, youden_cutoff

SECOND = np.array([False, False, True, True])


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    # Pairs (second, first): 0.5 > 0.2, 0.5 < 0.6, 0.9 > 0.2, 0.9 > 0.6.
    assert auc([0.2, 0.6, 0.5, 0.9], SECOND) == pytest.approx(3 / 4)


def test_equal_numbers_count_half() -> None:
    assert auc([0.5, 0.5, 0.5, 0.5], SECOND) == pytest.approx(0.5)


def test_one_kind_alone_has_no_area() -> None:
    assert weighted_auc(np.ones((2, 1)), np.ones(2), np.zeros(1)) is None


def test_a_patient_drawn_twice_counts_twice() -> None:
    wins = pair_wins([0.5, 0.9], [0.2, 0.6])
    # 0.5 drawn twice, 0.9 once: pairs won 2 x 1 + 1 x 2 of 6.
    assert weighted_auc(wins, np.array([2.0, 1.0]), np.ones(2)) == pytest.approx(4 / 6)


def test_the_curve_climbs_by_patients_from_the_most_suspect() -> None:
    false, true = roc([0.2, 0.6, 0.5, 0.9], SECOND)
    assert false.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]
    assert true.tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]


def test_equal_numbers_are_one_step_of_the_curve() -> None:
    false, true = roc([0.5, 0.5, 0.5, 0.5], SECOND)
    assert (false.tolist(), true.tolist()) == ([0.0, 1.0], [0.0, 1.0])


def test_the_area_under_the_drawn_curve_is_the_area() -> None:
    rng = np.random.default_rng(3)
    second = rng.random(40) < 0.4
    chances = np.round(rng.random(40) + 0.3 * second, 1)  # with ties
    assert np.trapezoid(*roc(chances, second)[::-1]) == pytest.approx(auc(chances, second))


def test_the_cutoff_lies_between_the_kinds() -> None:
    assert youden_cutoff([0.1, 0.3, 0.7, 0.8], SECOND) == pytest.approx(0.5)
    assert youden_cutoff([0.4, 0.4, 0.4, 0.4], SECOND) == pytest.approx(0.4)
