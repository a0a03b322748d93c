"""How right the outlines are in parts of a cohort: by image quality, or by grades of readers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lgescar.core.errors import UsageError
from lgescar.core.quality import INDICES
from lgescar.evaluate.images import PatientQuality
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.summary import Spread, spread_of
from lgescar.read.names import natural_key

GRADE = "image_quality"
GRADES = ("good", "fair", "poor")
THIRDS = ("lowest", "middle", "highest")
NOT_KNOWN = "not known"
NAMES = ("cohort", "patient")

Strata = Mapping[str, Mapping[str, str]]
"""By what, the word of each patient, ``cohort/patient``."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Patients of a cohort that share a word, such as a grade.

    ``low`` and ``high`` are the least and greatest index within a third. The spreads are over
    patients with scar; a difference is predicted minus reference.
    """

    cohort: str
    by: str
    stratum: str
    low: float | None
    high: float | None
    patients: int
    with_scar: int
    missed: int
    invented: int
    dice_scar: Spread
    scar_percent_difference: Spread
    scar_percent_error: Spread
    scar_mass_g_difference: Spread
    scar_mass_g_error: Spread


def quality_strata(
    scores: Sequence[PatientScore], found: Sequence[PatientQuality], *, seed: int
) -> list[Stratum]:
    """Strata by the automatic grade and by thirds of each index, cohort by cohort.

    Thirds are those of the cohort's own patients; one with fewer than three has none.
    """
    quality = {f"{q.cohort}/{q.patient}": q.quality for q in found}
    rows: list[Stratum] = []
    for ours in _by_cohort(scores):
        names = [_name(s) for s in ours]
        words = {name: quality[name].grade or NOT_KNOWN for name in names}
        rows += _strata(ours, GRADE, (words, (*GRADES, NOT_KNOWN)), seed)
        for index in INDICES:
            known = {n: v for n in names if (v := getattr(quality[n], index)) is not None}
            if len(known) >= len(THIRDS):
                thirds = _thirds(known)
                parts = [s for s in ours if _name(s) in known]
                rows += _strata(parts, index, (thirds, THIRDS), seed, known)
    return rows


def given_strata(scores: Sequence[PatientScore], given: Strata, *, seed: int) -> list[Stratum]:
    """Strata by the columns of a user's table; a patient without a word is in one of its own."""
    rows: list[Stratum] = []
    for ours in _by_cohort(scores):
        for by, words in given.items():
            filled = {_name(s): words.get(_name(s)) or words.get(s.patient) for s in ours}
            of_patient = {name: word or NOT_KNOWN for name, word in filled.items()}
            order = (*sorted({*of_patient.values()} - {NOT_KNOWN}, key=natural_key), NOT_KNOWN)
            rows += _strata(ours, by, (of_patient, order), seed)
    return rows


def read_strata(path: Path, scores: Sequence[PatientScore]) -> Strata:
    """A CSV of words by patient: ``patient`` as NAME or COHORT/NAME, or beside ``cohort``.

    Every other column is a way to part the patients, such as ``grade``.

    Raises:
        UsageError: the file is no such table, names a patient twice, or none of the patients.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path.name} is no table that can be read; give a CSV in UTF-8"
        ) from error
    ways = [name for name in (rows[0] if rows else ()) if name and name not in NAMES]
    if not rows or "patient" not in rows[0] or not ways:
        raise UsageError(
            f"{path.name} needs the column patient and one more, such as grade, and a row a patient"
        )
    names = [
        f"{row['cohort']}/{row['patient']}" if row.get("cohort") else str(row["patient"])
        for row in rows
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{path.name} names {twice[0]} twice; one row a patient is expected")
    if not set(names) & {n for s in scores for n in (_name(s), s.patient)}:
        raise UsageError(f"{path.name} names none of the patients that are evaluated")
    return {
        way: {name: (row[way] or "").strip() for name, row in zip(names, rows, strict=True)}
        for way in ways
    }


def _strata(
    scores: Sequence[PatientScore],
    by: str,
    words: tuple[Mapping[str, str], Sequence[str]],
    seed: int,
    values: Mapping[str, float] | None = None,
) -> list[Stratum]:
    """A row for each word in its order that any patient has."""
    rows = []
    of_patient, order = words
    for word in order:
        ours = [s for s in scores if of_patient[_name(s)] == word]
        if not ours:
            continue
        known = sorted(values[_name(s)] for s in ours) if values else []
        scarred = [s for s in ours if s.scarred]
        percent = [s.scar_percent_difference for s in scarred]
        mass = [s.scar_mass_g_difference for s in scarred]
        rows.append(
            Stratum(
                cohort=ours[0].cohort,
                by=by,
                stratum=word,
                low=known[0] if known else None,
                high=known[-1] if known else None,
                patients=len(ours),
                with_scar=len(scarred),
                missed=sum(s.outcome == "missed" for s in ours),
                invented=sum(s.outcome == "invented" for s in ours),
                dice_scar=spread_of([s.dice_scar for s in scarred], seed),
                scar_percent_difference=spread_of(percent, seed),
                scar_percent_error=spread_of([abs(v) for v in percent], seed),
                scar_mass_g_difference=spread_of(mass, seed),
                scar_mass_g_error=spread_of([None if v is None else abs(v) for v in mass], seed),
            )
        )
    return rows


def _thirds(values: Mapping[str, float]) -> dict[str, str]:
    """The third of each patient; one on a border belongs to the lower."""
    borders = np.quantile(list(values.values()), (1.0 / 3.0, 2.0 / 3.0))
    return {name: THIRDS[int(np.searchsorted(borders, v))] for name, v in values.items()}


def _by_cohort(scores: Sequence[PatientScore]) -> list[list[PatientScore]]:
    cohorts = sorted({s.cohort for s in scores})
    return [[s for s in scores if s.cohort == cohort] for cohort in cohorts]


def _name(score: PatientScore) -> str:
    return f"{score.cohort}/{score.patient}"
