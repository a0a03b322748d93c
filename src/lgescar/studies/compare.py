"""What the scores of a study say, by rule: means, spread over seeds, differences and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lgescar.metrics.agreement import holm, signed_rank_p
from lgescar.metrics.bootstrap import mean_interval
from lgescar.studies.scores import METRICS, ScarScore

LEVEL = 0.05
"""Adjusted p below which a difference counts. Source: the usual level, arXiv 2506.21151."""
FEWEST = 6
"""Patients from which a signed-rank test can reach p < 0.05 at all: 2 / 2^6 = 0.03."""
Verdict = Literal["better", "worse", "no difference seen", "too few patients", "not evaluated"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores of one variant with one seed; variants of one ``group`` are compared."""

    group: str
    variant: str
    seed: int
    scores: tuple[ScarScore, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """A variant's mean over patients (each first averaged over seeds), and what the seeds do to it.

    ``undefined`` patients had no value with some seed and are in no mean. ``seed_sd`` is the
    standard deviation of the seeds' own means; None with one seed.
    """

    group: str
    variant: str
    metric: str
    patients: int
    undefined: int
    mean: float | None
    interval: tuple[float, float] | None
    by_seed: tuple[float, ...]
    seed_sd: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A variant minus its baseline, patient by patient (each averaged over seeds).

    ``interval`` is bootstrapped over patients; ``p_holm`` is the signed-rank p after Holm over
    all differences of the metric in the study; ``agreeing`` counts the seeds whose own mean
    difference has the sign of ``mean``.
    """

    group: str
    variant: str
    baseline: str
    metric: str
    patients: int
    mean: float | None
    interval: tuple[float, float] | None
    p: float | None
    p_holm: float | None
    agreeing: int
    seeds: int
    verdict: Verdict


def means(answers: Sequence[Answers], *, seed: int) -> tuple[Mean, ...]:
    """One mean for each variant of each group and metric."""
    out = []
    for group, variant in _variants(answers):
        for metric in METRICS:
            table, missing = _table(answers, group, variant, metric)
            values = np.array(list(table.values()))
            seeds = tuple(float(v) for v in values.mean(axis=0)) if table else ()
            out.append(
                Mean(
                    group=group,
                    variant=variant,
                    metric=metric,
                    patients=len(table),
                    undefined=missing,
                    mean=float(values.mean()) if table else None,
                    interval=mean_interval(values.mean(axis=1), seed=seed) if table else None,
                    by_seed=seeds,
                    seed_sd=float(np.std(seeds, ddof=1)) if len(seeds) > 1 else None,
                )
            )
    return tuple(out)


def differences(
    answers: Sequence[Answers],
    baselines: Mapping[str, str],
    *,
    seed: int,
    against: Mapping[str, str] | None = None,
) -> tuple[Difference, ...]:
    """Every variant against its group's baseline, for every metric; ``baselines`` is by group.

    ``against`` names variants that are compared with another variant of their group too.
    """
    out: list[Difference] = []
    for metric in METRICS:
        compared = [
            (group, variant, other)
            for group, variant in _variants(answers)
            for other in (baselines[group], (against or {}).get(variant))
            if other not in (variant, None)
        ]
        pairs = [
            (group, variant, other, _paired(answers, group, (variant, other), metric))
            for group, variant, other in compared
        ]
        tested = [_p_value(found) for *_, found in pairs]
        known = iter(holm([p for p in tested if p is not None]))
        adjusted = [None if p is None else next(known) for p in tested]
        for (group, variant, other, found), p, p_holm in zip(pairs, tested, adjusted, strict=True):
            named = (group, variant, other, metric)
            out.append(_difference(named, found, (p, p_holm), seed))
    return tuple(out)


def verdict(
    better: int,
    interval: tuple[float, float] | None,
    p_holm: float | None,
    agreeing: int,
    seeds: int,
) -> Verdict:
    """What a difference may be called.

    Better or worse needs three things at once: an interval without 0, an adjusted p below
    ``LEVEL``, and every seed on one side. ``better`` is that of the metric.
    """
    if better == 0:
        return "not evaluated"
    if interval is None or p_holm is None:
        return "too few patients"
    low, high = interval
    if (low <= 0.0 <= high) or p_holm >= LEVEL or agreeing < seeds:
        return "no difference seen"
    return "better" if (low > 0.0) == (better > 0) else "worse"


def _variants(answers: Sequence[Answers]) -> list[tuple[str, str]]:
    """Groups and variants, in the order of their first answer."""
    return list(dict.fromkeys((a.group, a.variant) for a in answers))


def _table(
    answers: Sequence[Answers], group: str, variant: str, metric: str
) -> tuple[dict[str, list[float]], int]:
    """Values of each patient, one a seed, and how many patients lack some."""
    rows: dict[str, list[float | None]] = {}
    ours = (a for a in answers if (a.group, a.variant) == (group, variant))
    for one in sorted(ours, key=lambda a: a.seed):
        for score in one.scores:
            rows.setdefault(f"{score.cohort}/{score.patient}", []).append(getattr(score, metric))
    known = {name: [v for v in row if v is not None] for name, row in rows.items()}
    whole = {name: row for name, row in known.items() if len(row) == len(rows[name])}
    return whole, len(rows) - len(whole)


def _paired(
    answers: Sequence[Answers], group: str, variants: tuple[str, str], metric: str
) -> Floats:
    """Variant minus baseline (patients, seeds), of patients that have both with every seed."""
    ours, _ = _table(answers, group, variants[0], metric)
    theirs, _ = _table(answers, group, variants[1], metric)
    both = [name for name in ours if name in theirs]
    return np.array([np.subtract(ours[n], theirs[n]) for n in both], dtype=np.float64)


def _p_value(found: Floats) -> float | None:
    if len(found) < FEWEST:
        return None
    mean = found.mean(axis=1)
    return signed_rank_p(mean, np.zeros_like(mean))


def _difference(
    named: tuple[str, str, str, str],
    found: Floats,
    p_values: tuple[float | None, float | None],
    seed: int,
) -> Difference:
    group, variant, baseline, metric = named
    if found.size == 0:
        few: Verdict = "too few patients"
        return Difference(group, variant, baseline, metric, 0, None, None, None, None, 0, 0, few)
    mean, seeds = float(found.mean()), found.shape[1]
    agreeing = int(np.sum(np.sign(found.mean(axis=0)) == np.sign(mean)))
    interval = mean_interval(found.mean(axis=1), seed=seed)
    better = METRICS[metric].better
    return Difference(
        group=group,
        variant=variant,
        baseline=baseline,
        metric=metric,
        patients=len(found),
        mean=mean,
        interval=interval,
        p=p_values[0],
        p_holm=p_values[1],
        agreeing=agreeing,
        seeds=seeds,
        verdict=verdict(better, interval, p_values[1], agreeing, seeds),
    )
