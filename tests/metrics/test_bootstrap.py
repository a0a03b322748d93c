"""Intervals whose width theory gives."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.core.errors import InputError
from lgescar.metrics.bootstrap import mean_interval, percentile_interval

VALUES = np.linspace(0.2, 0.9, 60)


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    found = mean_interval(VALUES, seed=1)
    half = 1.96 * VALUES.std() / np.sqrt(VALUES.size)
    assert found == pytest.approx((VALUES.mean() - half, VALUES.mean() + half), abs=half / 10)


def test_a_seed_gives_one_interval() -> None:
    assert mean_interval(VALUES, seed=3) == mean_interval(VALUES, seed=3)
    assert mean_interval(VALUES, seed=3) != mean_interval(VALUES, seed=4)


def test_the_interval_of_a_mean_is_that_of_any_other_statistic() -> None:
    assert mean_interval(VALUES, seed=3) == percentile_interval(
        VALUES, lambda rows: float(rows.mean()), seed=3
    )


def test_a_patients_values_stay_together() -> None:
    pairs = np.column_stack([VALUES, 2.0 * VALUES])

    def broken_pairs(rows: np.ndarray) -> float:
        return float(np.abs(rows[:, 1] - 2.0 * rows[:, 0]).max())

    assert percentile_interval(pairs, broken_pairs, seed=1, repeats=50) == (0.0, 0.0)


def test_a_lower_level_is_narrower() -> None:
    wide, narrow = (
        percentile_interval(VALUES, lambda rows: float(rows.mean()), seed=1, level=level)
        for level in (0.95, 0.5)
    )
    assert wide is not None
    assert narrow is not None
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_one_patient_or_a_statistic_that_is_mostly_undefined_has_no_interval() -> None:
    assert mean_interval([0.5], seed=1) is None
    assert percentile_interval(VALUES, lambda _: None, seed=1, repeats=10) is None


def test_nan_is_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        mean_interval([0.5, float("nan")], seed=1)


def test_two_patients_have_an_interval_and_one_has_none() -> None:
    # Both drawn twice is one resample in four: the ends are the two values.
    assert mean_interval([1.0, 3.0], seed=0) == (1.0, 3.0)
    assert mean_interval([1.0], seed=0) is None
