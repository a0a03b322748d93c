"""How sure a mean over few patients is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lgescar.core.errors import InputError

REPEATS = 2000
"""Resamples. Source: Efron, Tibshirani 1993, ch. 13: 1000 or more for percentile intervals."""

Floats = NDArray[np.float64]


def percentile_interval(
    patients: ArrayLike,
    statistic: Callable[[Floats], float | None],
    *,
    seed: int,
    repeats: int = REPEATS,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """Interval of a statistic when patients are drawn again and again with replacement.

    ``patients`` has one row (or one number) a patient: draw slices of one patient as one row.
    Resamples in which the statistic is undefined are left out. None with fewer than two patients
    or where it was undefined more often than not.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, percentile interval.
    """
    rows = np.asarray(patients, dtype=np.float64)
    if not np.isfinite(rows).all():
        raise InputError("a patient's value is NaN or infinite; leave it out and count it")
    if rows.shape[0] < 2:
        return None
    rng = np.random.default_rng(seed)
    drawn = (statistic(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(repeats))
    values: Sequence[float] = [value for value in drawn if value is not None]
    if 2 * len(values) <= repeats:
        return None
    low, high = np.quantile(values, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def mean_interval(values: ArrayLike, *, seed: int) -> tuple[float, float] | None:
    """95 % interval of the mean over patients."""
    return percentile_interval(values, lambda rows: float(rows.mean()), seed=seed)
