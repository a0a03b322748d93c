"""Predicted against reference amounts of scar over a cohort, a pair a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.evaluate.score import PatientScore
from lgescar.metrics import agreement
from lgescar.metrics.bootstrap import percentile_interval

Interval = tuple[float, float]
QUANTITIES = ("scar_percent", "scar_mass_g", "lv_mass_g")
MARGIN_PERCENT = 2.5
"""Largest mean error, in % of LV, that still counts as equivalent.
Source: docs/explain/metrics.md, "How large an error matters"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Predicted against reference values of one quantity, in its own unit.

    ``undefined`` counts patients without a pair. Bias is predicted minus reference;
    ``equivalence_p`` is that of two one-sided tests against ``margin``. None where undefined.
    """

    patients: int
    undefined: int
    mean_reference: float | None = None
    sd_reference: float | None = None
    mean_predicted: float | None = None
    sd_predicted: float | None = None
    ccc: float | None = None
    ccc_interval: Interval | None = None
    icc_2_1: float | None = None
    icc_3_1: float | None = None
    bias: float | None = None
    bias_interval: Interval | None = None
    lower_limit: float | None = None
    lower_limit_interval: Interval | None = None
    upper_limit: float | None = None
    upper_limit_interval: Interval | None = None
    coefficient_of_variation_percent: float | None = None
    rank_sum_p: float | None = None
    signed_rank_p: float | None = None
    margin: float | None = None
    equivalence_p: float | None = None
    median_absolute_error: float | None = None


def agreement_of(
    scores: Sequence[PatientScore], quantity: str, margin_percent: float, seed: int
) -> Agreement:
    """How far predicted and reference values of a quantity agree over the patients."""
    pairs = [
        (getattr(s, f"{quantity}_reference"), getattr(s, f"{quantity}_predicted")) for s in scores
    ]
    rows = [s for s, pair in zip(scores, pairs, strict=True) if None not in pair]
    return agreement_between(pairs, seed, _margin(rows, quantity, margin_percent))


def agreement_between(
    pairs: Sequence[tuple[float | None, float | None]], seed: int, margin: float | None = None
) -> Agreement:
    """As ``agreement_of``, from pairs; those that lack a value are counted as undefined."""
    known = np.array([p for p in pairs if None not in p], dtype=float).reshape(-1, 2)
    x, y = known.T
    if x.size == 0:
        return Agreement(patients=0, undefined=len(pairs))
    limits = agreement.bland_altman(x, y)
    return Agreement(
        patients=x.size,
        undefined=len(pairs) - x.size,
        mean_reference=float(x.mean()),
        sd_reference=_sd(x),
        mean_predicted=float(y.mean()),
        sd_predicted=_sd(y),
        ccc=agreement.lin_ccc(x, y),
        ccc_interval=percentile_interval(
            known, lambda drawn: agreement.lin_ccc(drawn[:, 0], drawn[:, 1]), seed=seed
        ),
        icc_2_1=agreement.icc_2_1(x, y),
        icc_3_1=agreement.icc_3_1(x, y),
        bias=limits.bias if limits else None,
        bias_interval=limits.bias_interval if limits else None,
        lower_limit=limits.lower if limits else None,
        lower_limit_interval=limits.lower_interval if limits else None,
        upper_limit=limits.upper if limits else None,
        upper_limit_interval=limits.upper_interval if limits else None,
        coefficient_of_variation_percent=agreement.coefficient_of_variation_percent(x, y),
        rank_sum_p=agreement.rank_sum_p(x, y),
        signed_rank_p=agreement.signed_rank_p(x, y),
        margin=margin,
        equivalence_p=agreement.equivalence_p(x, y, margin) if margin else None,
        median_absolute_error=float(np.median(np.abs(y - x))),
    )


def _margin(scores: Sequence[PatientScore], quantity: str, margin_percent: float) -> float | None:
    """The margin in the quantity's unit: grams are a share of the mean reference LV mass."""
    if quantity == "scar_percent":
        return margin_percent
    masses = [s.lv_mass_g_reference for s in scores if s.lv_mass_g_reference is not None]
    if quantity != "scar_mass_g" or not masses:
        return None
    return margin_percent / 100.0 * float(np.mean(masses))


def _sd(values: NDArray[np.float64]) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None
