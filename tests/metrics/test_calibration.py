"""Chances against what came, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.metrics.calibration import expected_error, of_patients, reliability

CHANCE = np.array([[0.0, 0.1, 0.5], [0.7, 0.9, 1.0]])
TRUTH = np.array([[False, True, False], [True, True, False]])


def test_pixels_fall_into_bins_of_equal_width_the_last_with_its_end() -> None:
    low, high = reliability(CHANCE, TRUTH, bins=2).bins
    # 0, 0.1 below a half; 0.5, 0.7, 0.9 and 1 from it on.
    assert (low.low, low.high, high.low, high.high) == (0.0, 0.5, 0.5, 1.0)
    assert (low.count, low.frequency, high.count, high.frequency) == (2, 0.5, 4, 0.5)
    assert low.mean_chance == pytest.approx(0.1 / 2)
    assert high.mean_chance == pytest.approx(3.1 / 4)


def test_the_expected_error_weighs_each_bin_by_its_pixels() -> None:
    found = reliability(CHANCE, TRUTH, bins=2)
    by_hand = 2 / 6 * abs(0.05 - 0.5) + 4 / 6 * abs(0.775 - 0.5)
    assert found.expected_error == pytest.approx(by_hand)


def test_the_brier_score_is_the_mean_squared_miss() -> None:
    squares = 0.0 + 0.9**2 + 0.5**2 + 0.3**2 + 0.1**2 + 1.0
    assert reliability(CHANCE, TRUTH).brier == pytest.approx(squares / 6)


def test_a_bin_without_pixels_has_no_mean_and_no_frequency() -> None:
    third = reliability([0.05, 0.95], [False, True]).bins[3]
    assert (third.count, third.mean_chance, third.frequency) == (0, None, None)


def test_patients_together_are_as_their_pixels_together() -> None:
    first, second = (reliability(c, t) for c, t in zip(CHANCE, TRUTH, strict=True))
    together, at_once = of_patients([first, second]), reliability(CHANCE, TRUTH)
    assert together.bins == at_once.bins
    assert together.pixels == 6
    assert together.brier == pytest.approx(at_once.brier)
    assert expected_error(first.sums + second.sums) == at_once.expected_error


def test_no_pixels_have_no_error() -> None:
    none = reliability([], [])
    assert (none.pixels, none.expected_error, none.brier) == (0, None, None)


def test_chances_that_come_true_as_often_as_they_say_have_no_error() -> None:
    chance = np.repeat([0.25, 0.75], 8)
    truth = np.arange(16) % 8 < np.repeat([2, 6], 8)
    assert reliability(chance, truth).expected_error == 0.0
