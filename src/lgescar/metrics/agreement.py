"""How well two readings of the same patients agree. Each pair is one patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from lgescar.core.errors import InputError

Floats = NDArray[np.float64]
LIMITS_Z = 1.96
"""Standard deviations that hold 95 % of a normal spread. Source: Bland, Altman 1986."""


def lin_ccc(x: ArrayLike, y: ArrayLike) -> float | None:
    """Concordance: 1 where every pair is equal, lower by scatter and by offset.

    None with fewer than two pairs or where neither reading varies nor differs.
    Source: Lin, Biometrics 1989;45:255, moments over n.
    """
    a, b = _pairs(x, y)
    if a.size < 2:
        return None
    covariance = float(np.mean((a - a.mean()) * (b - b.mean())))
    spread = float(a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    return None if spread == 0 else 2.0 * covariance / spread


def icc_2_1(*readers: ArrayLike) -> float | None:
    """Absolute agreement of single readings by two or more random readers; None where undefined.

    Source: Shrout, Fleiss, Psychol Bull 1979;86:420, ICC(2,1).
    """
    squares = _mean_squares(readers)
    if squares is None:
        return None
    patients, between, error, n = squares
    k = len(readers)
    return _ratio(patients - error, patients + (k - 1) * error + k * (between - error) / n)


def icc_3_1(*readers: ArrayLike) -> float | None:
    """Consistency of single readings by these readers, two or more: an offset costs nothing.

    Source: Shrout, Fleiss, Psychol Bull 1979;86:420, ICC(3,1).
    """
    squares = _mean_squares(readers)
    if squares is None:
        return None
    patients, _, error, _ = squares
    return _ratio(patients - error, patients + (len(readers) - 1) * error)


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Bias of y − x, its 95 % limits of agreement, and a 95 % interval (low, high) of each."""

    bias: float
    sd: float
    lower: float
    upper: float
    bias_interval: tuple[float, float]
    lower_interval: tuple[float, float]
    upper_interval: tuple[float, float]


def bland_altman(x: ArrayLike, y: ArrayLike) -> BlandAltman | None:
    """Bias and limits of agreement of y against x, None with fewer than two pairs.

    Source: Bland, Altman, Stat Methods Med Res 1999;8:135; the limits' standard error is
    sd·sqrt(1/n + z²/(2(n − 1))).
    """
    a, b = _pairs(x, y)
    n = a.size
    if n < 2:
        return None
    bias, sd = float(np.mean(b - a)), float(np.std(b - a, ddof=1))
    t = float(stats.t.ppf(0.975, n - 1))
    of_bias = t * sd / float(np.sqrt(n))
    of_limit = t * sd * float(np.sqrt(1.0 / n + LIMITS_Z**2 / (2.0 * (n - 1))))
    lower, upper = bias - LIMITS_Z * sd, bias + LIMITS_Z * sd
    return BlandAltman(
        bias,
        sd,
        lower,
        upper,
        (bias - of_bias, bias + of_bias),
        (lower - of_limit, lower + of_limit),
        (upper - of_limit, upper + of_limit),
    )


def coefficient_of_variation_percent(x: ArrayLike, y: ArrayLike) -> float | None:
    """Within-patient standard deviation over the mean of all readings, in percent.

    None with fewer than two pairs or a mean of 0. The within-patient standard deviation is
    that of the differences over √2.
    Source: Bland, Altman, BMJ 1996;312:1654.
    """
    a, b = _pairs(x, y)
    mean = float(np.mean([a, b])) if a.size else 0.0
    if a.size < 2 or mean == 0:
        return None
    return 100.0 * float(np.std(b - a, ddof=1) / np.sqrt(2.0)) / mean


def rank_sum_p(x: ArrayLike, y: ArrayLike) -> float:
    """P value of the Wilcoxon rank-sum test, which forgets the pairs; arXiv 2506.21151 has it."""
    a, b = _pairs(x, y)
    return float(stats.mannwhitneyu(a, b, alternative="two-sided").pvalue)


def signed_rank_p(x: ArrayLike, y: ArrayLike) -> float:
    """P value of the Wilcoxon signed-rank test, the right one for pairs; 1 where all are equal."""
    a, b = _pairs(x, y)
    if np.array_equal(a, b):
        return 1.0
    return float(stats.wilcoxon(a, b).pvalue)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p value corrected for being one of many, in the order given; never above 1.

    Source: Holm, Scand J Stat 1979;6:65: the i-th smallest of m times m − i + 1, made rising.
    """
    many, largest = len(p_values), 0.0
    corrected = [0.0] * many
    for rank, i in enumerate(sorted(range(many), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, p_values[i] * (many - rank)))
        corrected[i] = largest
    return tuple(corrected)


def equivalence_p(x: ArrayLike, y: ArrayLike, margin: float) -> float | None:
    """P value of two one-sided paired t-tests (TOST): small where the bias lies within ±margin.

    None with fewer than two pairs. A large p of a difference test is no equivalence; this is.
    Source: Schuirmann, J Pharmacokinet Biopharm 1987;15:657.

    Raises:
        InputError: the margin is not positive.
    """
    if not margin > 0:
        raise InputError(f"an equivalence margin is positive, found {margin}")
    a, b = _pairs(x, y)
    if a.size < 2:
        return None
    bias, error = float(np.mean(b - a)), float(np.std(b - a, ddof=1) / np.sqrt(a.size))
    if error == 0:
        return 0.0 if abs(bias) < margin else 1.0
    above = float(stats.t.sf((bias + margin) / error, a.size - 1))
    below = float(stats.t.cdf((bias - margin) / error, a.size - 1))
    return max(above, below)


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(f"readings come in pairs, found {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("a reading is NaN or infinite; leave its patient out and count it")
    return a, b


def _mean_squares(readers: Sequence[ArrayLike]) -> tuple[float, float, float, int] | None:
    """Two-way mean squares (patients, readers, error) and the number of patients."""
    if len(readers) < 2:
        raise InputError("readings are compared from two readers on")
    readings = np.stack([_pairs(readers[0], one)[1] for one in readers], axis=1)
    n, k = readings.shape
    if n < 2:
        return None
    grand = readings.mean()
    by_patient, by_reader = readings.mean(axis=1), readings.mean(axis=0)
    patients = k * float(np.sum((by_patient - grand) ** 2)) / (n - 1)
    between = n * float(np.sum((by_reader - grand) ** 2)) / (k - 1)
    rest = readings - by_patient[:, None] - by_reader[None, :] + grand
    return patients, between, float(np.sum(rest**2)) / ((n - 1) * (k - 1)), n


def _ratio(above: float, below: float) -> float | None:
    return None if below == 0 else above / below
