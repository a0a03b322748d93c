"""Whether the chances and ranges that a prediction comes with can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lgescar.core.report import Likely
from lgescar.evaluate.cases import Case, beside, read_chances, read_report
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.summary import Spread, spread_of
from lgescar.measure.likely import LOOK_AT_IT
from lgescar.metrics.bootstrap import percentile_interval
from lgescar.metrics.calibration import (
    ChanceBin,
    Floats,
    Reliability,
    expected_error,
    of_patients,
    reliability,
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What one patient's prediction says of itself: chances of its pixels, range, note to look.

    ``chances`` stands beside the reference already; None where there is no such file or range.
    """

    cohort: str
    patient: str
    chances: Reliability | None
    likely: Likely | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class Chances:
    """Chance of scar against scar of the reference, over the wall of either, of a cohort.

    ``interval`` is the 95 % bootstrap interval of the expected calibration error, by patient.
    """

    patients: int
    pixels: int
    expected_error: float | None
    interval: tuple[float, float] | None
    brier: float | None
    bins: tuple[ChanceBin, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """Patients with a range, and how many have the reference's percent in it, ends included."""

    patients: int
    inside: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of scar in percent of the ventricle, of a cohort's patients that have one.

    ``level_percent`` is what the ranges claim, None where patients' differ. The errors are
    |predicted − reference| in percent of the ventricle, of patients with the note to look at them
    and of those without.
    """

    level_percent: int | None
    everyone: Inside
    with_scar: Inside
    without_scar: Inside
    median_width_percent: float
    flagged: int
    error_flagged: Spread
    error_unflagged: Spread


@dataclass(frozen=True, slots=True)
class Calibration:
    """A cohort's chances and ranges; None where no prediction comes with any."""

    chances: Chances | None
    ranges: Ranges | None


def patient_claims(case: Case, predicted: Path) -> Claims | None:
    """Those beside the predicted label file, as segment writes them; None where there are none.

    Raises:
        InputError: the probability or the report cannot be read.
        GeometryError: the probability does not lie on the reference's grid.
    """
    chances, likely, flagged = None, None, False
    probability = beside(predicted, "probability")
    if probability is not None:
        chances = _on_the_wall(case, probability)
    report = beside(predicted, "report")
    if report is not None:
        numbers = read_report(f"{case.cohort}/{case.name}", report)
        likely = numbers.likely
        flagged = any(note.code == LOOK_AT_IT for note in numbers.notes)
    if chances is None and likely is None:
        return None
    return Claims(case.cohort, case.name, chances, likely, flagged)


def calibrations(
    said: Sequence[Claims], scores: Sequence[PatientScore], *, seed: int
) -> dict[str, Calibration]:
    """By cohort, those of which a patient claims anything."""
    found = {}
    for cohort in sorted({one.cohort for one in said}):
        ours = [one for one in said if one.cohort == cohort]
        of = {score.patient: score for score in scores if score.cohort == cohort}
        pairs = [(one.likely, of[one.patient]) for one in ours if one.likely is not None]
        flagged = {one.patient for one in ours if one.flagged}
        found[cohort] = Calibration(
            chances=_chances([one.chances for one in ours if one.chances is not None], seed),
            ranges=_ranges(pairs, flagged, seed) if pairs else None,
        )
    return found


def _on_the_wall(case: Case, probability: Path) -> Reliability:
    """Of the pixels of all slices that are wall in the reference or in the prediction."""
    chances, truths = [], []
    slices = zip(case.reference, case.predicted, read_chances(case, probability), strict=True)
    for reference, predicted, chance in slices:
        wall = reference.wall | predicted.wall
        chances.append(chance[wall])
        truths.append(reference.scar[wall])
    return reliability(np.concatenate(chances), np.concatenate(truths))


def _chances(parts: Sequence[Reliability], seed: int) -> Chances | None:
    if not parts:
        return None
    together = of_patients(parts)

    def error(drawn: Floats) -> float | None:
        return expected_error(drawn.sum(axis=0))

    return Chances(
        patients=len(parts),
        pixels=together.pixels,
        expected_error=together.expected_error,
        interval=percentile_interval([part.sums for part in parts], error, seed=seed),
        brier=together.brier,
        bins=together.bins,
    )


def _ranges(pairs: Sequence[tuple[Likely, PatientScore]], flagged: set[str], seed: int) -> Ranges:
    ends = [likely.scar_percent_of_lv for likely, _ in pairs]
    levels = {likely.level_percent for likely, _ in pairs}
    errors = {score.patient: abs(score.scar_percent_difference) for _, score in pairs}
    return Ranges(
        level_percent=levels.pop() if len(levels) == 1 else None,
        everyone=_inside(pairs),
        with_scar=_inside([pair for pair in pairs if pair[1].scarred]),
        without_scar=_inside([pair for pair in pairs if not pair[1].scarred]),
        median_width_percent=float(np.median([high - low for low, high in ends])),
        flagged=sum(patient in flagged for patient in errors),
        error_flagged=spread_of((e for p, e in errors.items() if p in flagged), seed),
        error_unflagged=spread_of((e for p, e in errors.items() if p not in flagged), seed),
    )


def _inside(pairs: Sequence[tuple[Likely, PatientScore]]) -> Inside:
    hits = 0
    for likely, score in pairs:
        low, high = likely.scar_percent_of_lv
        hits += low <= score.scar_percent_reference <= high
    return Inside(len(pairs), hits)
