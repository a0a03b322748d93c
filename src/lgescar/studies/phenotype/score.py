"""How well out-of-fold chances tell two groups apart, with intervals over patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.metrics.bootstrap import percentile_interval
from lgescar.metrics.discrimination import auc, pair_wins, roc, weighted_auc
from lgescar.studies.phenotype.learn import Bools, Floats, Numbers, OutOfFold
from lgescar.studies.request import BOOTSTRAP_SEED

BAND_REPEATS = 300
"""Resamples behind a drawn band; numbers have those of ``percentile_interval``."""
GRID = np.linspace(0.0, 1.0, 101)
BINS = 5
"""Points of the calibration plot: equal numbers of answers in each."""
Statistic = Callable[[Floats], float | None]
"""Of how often each row counts."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number and its 95 % interval, over resampled patients."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Points with a band: ``y`` with ``low`` and ``high`` at each ``x``."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LearnerScore:
    """One learner on one set of features.

    All are means over the seeds' repetitions; ``auc_by_seed`` are those of each. Sensitivity is
    the share of the second group that is called second, specificity that of the first that is
    not, at cutoffs chosen on training parts. ``brier`` is the mean squared error of the chances.
    """

    auc: Value
    auc_by_seed: tuple[float, ...]
    sensitivity: Value
    specificity: Value
    brier: Value
    roc: Curve
    calibration: Curve


def score_learner(found: OutOfFold, second: Bools, patients: Numbers) -> LearnerScore:
    """Intervals draw patients with replacement; a patient's rows stay together."""
    wins = _mean_wins(found, second)
    error = np.mean((found.chances - second) ** 2, axis=0)
    right = np.mean(found.called == second, axis=0)

    def of_auc(weights: Floats) -> float | None:
        return weighted_auc(wins, weights[second], weights[~second])

    return LearnerScore(
        auc=_value(of_auc, patients),
        auc_by_seed=tuple(a for c in found.chances if (a := auc(c, second)) is not None),
        sensitivity=_value(lambda w: _mean(right[second], w[second]), patients),
        specificity=_value(lambda w: _mean(right[~second], w[~second]), patients),
        brier=_value(lambda w: _mean(error, w), patients),
        roc=_band(GRID, lambda w: _mean_roc(found, second, w), patients),
        calibration=_calibration(found, second, patients),
    )


def auc_difference(ours: OutOfFold, other: OutOfFold, second: Bools, patients: Numbers) -> Value:
    """AUC of one learner minus another's on the same patients."""
    wins = _mean_wins(ours, second) - _mean_wins(other, second)
    return _value(lambda w: weighted_auc(wins, w[second], w[~second]), patients)


def _mean_wins(found: OutOfFold, second: Bools) -> Floats:
    each = [pair_wins(chances[second], chances[~second]) for chances in found.chances]
    return np.asarray(np.mean(each, axis=0), np.float64)


def _value(statistic: Statistic, patients: Numbers) -> Value:
    whole = statistic(np.ones(patients.size))
    assert whole is not None  # both groups are there
    count = int(patients.max()) + 1

    def drawn(numbers: Floats) -> float | None:
        return statistic(_weights(numbers, count)[patients])

    return Value(whole, percentile_interval(np.arange(count), drawn, seed=BOOTSTRAP_SEED))


def _weights(numbers: NDArray[np.float64], count: int) -> Floats:
    return np.bincount(numbers.astype(np.int64), minlength=count).astype(np.float64)


def _mean(values: NDArray[np.float64], weights: Floats) -> float | None:
    return float(values @ weights / weights.sum()) if weights.sum() else None


def _mean_roc(found: OutOfFold, second: Bools, weights: Floats) -> Floats:
    """Mean true-positive rate over seeds at each false-positive rate of ``GRID``."""
    curves = [np.interp(GRID, *roc(chances, second, weights)) for chances in found.chances]
    return np.asarray(np.mean(curves, axis=0), np.float64)


def _calibration(found: OutOfFold, second: Bools, patients: Numbers) -> Curve:
    """Share of the second group among answers of similar chance, over all seeds."""
    edges = np.quantile(found.chances, np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    place = np.searchsorted(np.unique(edges), found.chances, side="right")
    bins = np.unique(place)
    members = np.stack([(place == one).sum(axis=0) for one in bins]).astype(np.float64)
    x = np.array([found.chances[place == one].mean() for one in bins])

    def shares(weights: Floats) -> Floats:
        counts = members * weights
        total = counts.sum(axis=1)
        of_second = counts[:, second].sum(axis=1)
        share = np.divide(of_second, total, out=np.full(total.size, np.nan), where=total > 0)
        return np.asarray(share, np.float64)

    return _band(x, shares, patients)


def _band(x: Floats, of: Callable[[Floats], Floats], patients: Numbers) -> Curve:
    """A curve and where 95 % of the curves of resampled patients lie, point by point."""
    count = int(patients.max()) + 1
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    curves: list[Floats] = []
    for _ in range(BAND_REPEATS):
        weights = _weights(rng.integers(0, count, count).astype(np.float64), count)[patients]
        with np.errstate(invalid="ignore"):  # a resample of one group has no curve
            curves.append(of(weights))
    low, high = np.nanquantile(np.stack(curves), [0.025, 0.975], axis=0)
    return Curve(
        *(tuple(map(float, np.round(v, 4))) for v in (x, of(np.ones(patients.size)), low, high))
    )
