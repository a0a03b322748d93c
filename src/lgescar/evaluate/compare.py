"""Systems against each other on the same patients, a pair a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from lgescar.core.errors import InputError
from lgescar.evaluate.columns import Shown
from lgescar.evaluate.score import PatientScore
from lgescar.metrics.agreement import holm, signed_rank_p
from lgescar.metrics.bootstrap import mean_interval

WITH_SCAR, WITHOUT_SCAR = "with scar", "without scar"
COMPARED = {
    WITH_SCAR: (
        Shown("dice_scar", "Dice of scar", 3, "more"),
        Shown("hausdorff_95_scar_mm", "HD95 of scar, 3-D, mm", 1, "less"),
        Shown("assd_scar_mm", "ASSD of scar, 3-D, mm", 2, "less"),
        Shown("hausdorff_95_slices_scar_mm", "HD95 of scar, slices, mm", 1, "less"),
        Shown("hausdorff_95_slices_scar_px", "HD95 of scar, slices, px", 1, "less"),
        Shown("area_similarity_scar", "area similarity of scar", 3, "more"),
        Shown("scar_percent_error", "scar, % of LV, absolute error", 1, "less"),
        Shown("scar_mass_g_error", "scar mass, g, absolute error", 1, "less"),
        Shown("dice_wall", "Dice of wall", 3, "more"),
        Shown("perimeter2_over_area_predicted", "raggedness P²/A of scar", 1),
    ),
    WITHOUT_SCAR: (
        Shown("scar_percent_predicted", "invented scar, % of LV", 1, "less"),
        Shown("dice_wall", "Dice of wall", 3, "more"),
    ),
}
"""What is compared in patients with scar and without."""
ERRORS = {
    "scar_percent_error": "scar_percent_difference",
    "scar_mass_g_error": "scar_mass_g_difference",
}
"""Absolute values of a difference: a bias is not better for being negative."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One metric of two systems on the patients of one cohort and group.

    ``difference`` is the mean of second minus first over the ``patients`` for whom both have a
    value, ``interval`` its 95 % bootstrap interval by patient; ``undefined`` counts the others.
    ``holm_p`` is the signed-rank ``p`` corrected for every contrast of the cohort.
    """

    cohort: str
    group: str
    metric: str
    first: str
    second: str
    patients: int
    undefined: int
    mean_first: float | None
    mean_second: float | None
    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    holm_p: float | None


def contrasts(systems: Mapping[str, Sequence[PatientScore]], *, seed: int) -> tuple[Contrast, ...]:
    """Every pair of systems, metric by metric; corrected after Holm within a cohort.

    Raises:
        InputError: the systems were not scored on the same patients in one order.
    """
    rows = list(systems.values())
    names = [[(s.cohort, s.patient) for s in scores] for scores in rows]
    if any(other != names[0] for other in names[1:]):
        raise InputError("systems can only be compared on the same patients")
    found: list[Contrast] = []
    for cohort in sorted({score.cohort for score in rows[0]}):
        ours = [
            _contrast(cohort, group, shown.metric, {a: systems[a], b: systems[b]}, seed)
            for a, b in combinations(systems, 2)
            for group, metrics in COMPARED.items()
            for shown in metrics
        ]
        found += _corrected([contrast for contrast in ours if contrast.patients])
    return tuple(found)


def _contrast(
    cohort: str,
    group: str,
    metric: str,
    pair: Mapping[str, Sequence[PatientScore]],
    seed: int,
) -> Contrast:
    (first, ours), (second, theirs) = pair.items()
    scarred = group == WITH_SCAR
    values = [
        (_value(a, metric), _value(b, metric))
        for a, b in zip(ours, theirs, strict=True)
        if a.cohort == cohort and a.scarred == scarred
    ]
    known = np.array([v for v in values if None not in v], dtype=float).reshape(-1, 2)
    n = len(known)
    apart = known[:, 1] - known[:, 0]
    return Contrast(
        cohort=cohort,
        group=group,
        metric=metric,
        first=first,
        second=second,
        patients=n,
        undefined=len(values) - n,
        mean_first=float(known[:, 0].mean()) if n else None,
        mean_second=float(known[:, 1].mean()) if n else None,
        difference=float(apart.mean()) if n else None,
        interval=mean_interval(apart, seed=seed),
        p=signed_rank_p(known[:, 0], known[:, 1]) if n else None,
        holm_p=None,
    )


def _value(score: PatientScore, metric: str) -> float | None:
    if metric in ERRORS:
        apart: float | None = getattr(score, ERRORS[metric])
        return None if apart is None else abs(apart)
    value: float | None = getattr(score, metric)
    return value


def _corrected(found: Sequence[Contrast]) -> list[Contrast]:
    tested = [c.p for c in found if c.p is not None]
    corrected = iter(holm(tested))
    return [c if c.p is None else replace(c, holm_p=next(corrected)) for c in found]
