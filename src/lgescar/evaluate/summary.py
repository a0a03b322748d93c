"""What the scores of many patients say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import get_args

import numpy as np

from lgescar.evaluate.agreement import MARGIN_PERCENT, QUANTITIES, Agreement, agreement_of
from lgescar.evaluate.columns import METRICS
from lgescar.evaluate.emidec import EmidecScore
from lgescar.evaluate.score import PatientScore
from lgescar.metrics.bootstrap import mean_interval
from lgescar.metrics.detection import Outcome, SizeRecall
from lgescar.metrics.lesions import found_by_size

EMIDEC_NAMES = ("cohort", "patient", "scarred")
INVENTED_PERCENT = 2.0
"""Predicted scar above this share of the wall in a scar-free heart would mislead a reader.
Ours: docs/explain/metrics.md."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over patients: ``undefined`` counts those without a value, who are in no mean.

    ``iqr`` are the quartiles, ``interval`` the 95 % bootstrap interval of the mean.
    """

    patients: int
    undefined: int
    mean: float | None
    sd: float | None
    median: float | None
    iqr: tuple[float, float] | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Lesions:
    """Connected scars of slices over a cohort: how many were found, and how many invented.

    ``by_size`` leaves out reference lesions of ``unknown_size``, whose slices have no spacing.
    """

    reference: int
    found: int
    predicted: int
    invented: int
    unknown_size: int
    by_size: tuple[SizeRecall, ...]


@dataclass(frozen=True, slots=True)
class CohortSummary:
    """A cohort: patients with scar and without apart, and who was found, missed or invented."""

    cohort: str
    patients: tuple[str, ...]
    outcomes: dict[str, int]
    invented_over_2_percent: int
    with_scar: dict[str, Spread]
    without_scar: dict[str, Spread]
    agreement: dict[str, Agreement]
    lesions: Lesions


@dataclass(frozen=True, slots=True)
class EmidecSummary:
    """A cohort as the EMIDEC challenge averages it, and patients with scar and without apart."""

    cohort: str
    everyone: dict[str, Spread]
    with_scar: dict[str, Spread]
    without_scar: dict[str, Spread]


def summaries(
    scores: Sequence[PatientScore], *, seed: int, margin_percent: float = MARGIN_PERCENT
) -> tuple[CohortSummary, ...]:
    """One summary for each cohort, in the order of their names."""
    by_cohort = {
        c: [s for s in scores if s.cohort == c] for c in sorted({s.cohort for s in scores})
    }
    return tuple(_summary(ours, seed, margin_percent) for ours in by_cohort.values())


def _summary(scores: Sequence[PatientScore], seed: int, margin_percent: float) -> CohortSummary:
    scarred = [s for s in scores if s.scarred]
    free = [s for s in scores if not s.scarred]
    outcomes = [score.outcome for score in scores]
    return CohortSummary(
        cohort=scores[0].cohort,
        patients=tuple(s.patient for s in scores),
        outcomes={word: outcomes.count(word) for word in get_args(Outcome)},
        invented_over_2_percent=sum(s.scar_percent_predicted > INVENTED_PERCENT for s in free),
        with_scar={m: spread_of((getattr(s, m) for s in scarred), seed) for m in METRICS},
        without_scar={m: spread_of((getattr(s, m) for s in free), seed) for m in METRICS},
        agreement={
            f"{quantity}{group}": agreement_of(rows, quantity, margin_percent, seed)
            for quantity in QUANTITIES
            for group, rows in (("", scores), ("_with_scar", scarred))
        },
        lesions=_lesions(scores),
    )


def emidec_summaries(scores: Sequence[EmidecScore], *, seed: int) -> tuple[EmidecSummary, ...]:
    """One summary for each cohort, in the order of their names."""
    metrics = [f.name for f in fields(EmidecScore) if f.name not in EMIDEC_NAMES]

    def spreads(rows: Sequence[EmidecScore]) -> dict[str, Spread]:
        return {m: spread_of((getattr(s, m) for s in rows), seed) for m in metrics}

    found = []
    for cohort in sorted({score.cohort for score in scores}):
        ours = [s for s in scores if s.cohort == cohort]
        scarred, free = [s for s in ours if s.scarred], [s for s in ours if not s.scarred]
        found.append(EmidecSummary(cohort, spreads(ours), spreads(scarred), spreads(free)))
    return tuple(found)


def _lesions(scores: Sequence[PatientScore]) -> Lesions:
    by_size = found_by_size(score.lesions for score in scores)
    every = sum(score.lesions_reference for score in scores)
    return Lesions(
        reference=every,
        found=sum(score.lesions_found for score in scores),
        predicted=sum(score.lesions_predicted for score in scores),
        invented=sum(score.lesions_invented for score in scores),
        unknown_size=every - sum(size.lesions for size in by_size),
        by_size=by_size,
    )


def spread_of(values: Iterable[float | None], seed: int) -> Spread:
    """Mean, quartiles and interval of the known values, and how many are not."""
    every = list(values)
    known = np.array([v for v in every if v is not None], dtype=float)
    if known.size == 0:
        return Spread(len(every), len(every), None, None, None, None, None)
    return Spread(
        patients=len(every),
        undefined=len(every) - known.size,
        mean=float(known.mean()),
        sd=float(known.std(ddof=1)) if known.size > 1 else None,
        median=float(np.median(known)),
        iqr=(float(np.percentile(known, 25)), float(np.percentile(known, 75))),
        interval=mean_interval(known, seed=seed),
    )
