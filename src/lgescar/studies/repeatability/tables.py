"""What the rows say together: agreement of each pair of sessions, of methods, of all readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lgescar.evaluate.agreement import Agreement, agreement_between
from lgescar.evaluate.summary import Spread, spread_of
from lgescar.metrics.agreement import icc_2_1, icc_3_1, lin_ccc
from lgescar.metrics.bootstrap import percentile_interval
from lgescar.read.names import natural_key
from lgescar.studies.compare import FEWEST, Verdict
from lgescar.studies.repeatability.rows import DICES, QUANTITIES, PairRow, Readings
from lgescar.studies.repeatability.sessions import Comparison, ReadingSession, first_sessions
from lgescar.studies.request import BOOTSTRAP_SEED

ALL, SCARRED, GRADE = "all patients", "patients with scar", "image quality "
CCC_COMPARED = ("scar_mass_g", "scar_percent")
"""Quantities whose CCC is compared between methods."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sessions over one group of patients; ``enough`` is False with fewer than six.

    ``both_empty`` counts patients without scar in either reading: they have no Dice.
    """

    method: str
    pair: Comparison
    group: str
    patients: int
    both_empty: int
    enough: bool
    agreement: Mapping[str, Agreement]
    dice: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class CccDifference:
    """CCC by ``method`` minus CCC by ``baseline``, over the same patients with scar.

    ``interval`` is bootstrapped over patients, each drawn with its readings by both methods.
    """

    pair: Comparison
    quantity: str
    method: str
    baseline: str
    patients: int
    ccc: float | None
    ccc_baseline: float | None
    difference: float | None
    interval: tuple[float, float] | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class AllReaders:
    """ICC over the first session of three readers or more, over patients that all have read."""

    method: str
    quantity: str
    readers: tuple[str, ...]
    patients: int
    icc_2_1: float | None
    icc_3_1: float | None


@dataclass(frozen=True, slots=True)
class Repeated:
    """All that the study says, and where it comes from.

    ``seconds`` are reading times by session; ``unpaired`` are patients that a session lacks, with
    the sessions that have them; ``without_outlines`` those that only its ``reading.json`` names.
    """

    title: str
    rows: tuple[PairRow, ...]
    compared: tuple[Compared, ...]
    differences: tuple[CccDifference, ...]
    all_readers: tuple[AllReaders, ...]
    seconds: Mapping[str, Spread]
    record: Mapping[str, Any]
    unpaired: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without_outlines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def repeated(
    title: str,
    readings: Sequence[Readings],
    sessions: Sequence[ReadingSession],
    record: Mapping[str, Any],
) -> Repeated:
    """The tables; of several methods the first is the baseline of the others."""
    every = tuple(row for one in readings for row in one.rows)
    times = {s.name: [one.seconds for one in s.details.values()] for s in sessions}
    return Repeated(
        title=title,
        rows=every,
        compared=tuple(c for one in readings for c in _compared(one)),
        differences=tuple(
            d for one in readings[1:] for d in ccc_differences(readings[0].rows, one.rows)
        ),
        all_readers=tuple(a for one in readings for a in _all_readers(one, sessions)),
        seconds={
            name: spread_of(known, BOOTSTRAP_SEED)
            for name, known in times.items()
            if any(value is not None for value in known)
        },
        record=dict(record),
        without_outlines={s.name: s.without_outlines for s in sessions if s.without_outlines},
    )


def ccc_differences(baseline: Sequence[PairRow], other: Sequence[PairRow]) -> list[CccDifference]:
    """For each comparison that both methods have, and each of the ``CCC_COMPARED`` quantities."""
    found = []
    for pair in dict.fromkeys(row.comparison for row in baseline):
        ours = {r.patient: r for r in baseline if r.comparison == pair and r.scarred}
        theirs = {r.patient: r for r in other if r.comparison == pair and r.scarred}
        shared = [(ours[p], theirs[p]) for p in ours if p in theirs]
        if shared:
            found += [_difference(pair, quantity, shared) for quantity in CCC_COMPARED]
    return found


def _difference(
    pair: Comparison, quantity: str, shared: Sequence[tuple[PairRow, PairRow]]
) -> CccDifference:
    values = [(*a.pair(quantity), *b.pair(quantity)) for a, b in shared]
    known = np.array([v for v in values if None not in v], dtype=float).reshape(-1, 4)
    interval = percentile_interval(known, _ccc_gain, seed=BOOTSTRAP_SEED)
    verdict: Verdict = "no difference seen"
    if len(known) < FEWEST:
        verdict = "too few patients"
    elif interval is not None and (interval[0] > 0 or interval[1] < 0):
        verdict = "better" if interval[0] > 0 else "worse"
    return CccDifference(
        pair,
        quantity,
        shared[0][1].method,
        shared[0][0].method,
        len(known),
        lin_ccc(known[:, 2], known[:, 3]),
        lin_ccc(known[:, 0], known[:, 1]),
        _ccc_gain(known),
        interval,
        verdict,
    )


def _ccc_gain(drawn: Any) -> float | None:
    """CCC of the last two columns minus that of the first two."""
    before, after = lin_ccc(drawn[:, 0], drawn[:, 1]), lin_ccc(drawn[:, 2], drawn[:, 3])
    return None if before is None or after is None else after - before


def _compared(readings: Readings) -> list[Compared]:
    found = []
    for pair in dict.fromkeys(row.comparison for row in readings.rows):
        rows = [row for row in readings.rows if row.comparison == pair]
        groups = {ALL: rows, SCARRED: [row for row in rows if row.scarred]}
        grades = {row.quality for row in rows if row.quality is not None}
        for grade in sorted(grades, key=natural_key):
            groups[GRADE + grade] = [row for row in rows if row.quality == grade]
        found += [_group(readings.method, pair, group, ours) for group, ours in groups.items()]
    return found


def _group(method: str, pair: Comparison, group: str, rows: Sequence[PairRow]) -> Compared:
    return Compared(
        method=method,
        pair=pair,
        group=group,
        patients=len(rows),
        both_empty=sum(row.dice_scar is None for row in rows),
        enough=len(rows) >= FEWEST,
        agreement={
            q: agreement_between([row.pair(q) for row in rows], BOOTSTRAP_SEED) for q in QUANTITIES
        },
        dice={d: spread_of((getattr(row, d) for row in rows), BOOTSTRAP_SEED) for d in DICES},
    )


def _all_readers(readings: Readings, sessions: Sequence[ReadingSession]) -> list[AllReaders]:
    """Nothing with two readers, whose ICC stands in their own table."""
    firsts = [s.name for s in first_sessions(sessions)]
    if len(firsts) < 3:
        return []
    amounts = [readings.amounts[name] for name in firsts]
    shared = [p for p in amounts[0] if all(p in one for one in amounts[1:])]
    found = []
    for quantity in QUANTITIES:
        table = [[getattr(one[p], quantity) for one in amounts] for p in shared]
        known = np.array([row for row in table if None not in row], float).reshape(-1, len(firsts))
        found.append(
            AllReaders(
                readings.method,
                quantity,
                tuple(firsts),
                len(known),
                icc_2_1(*known.T),
                icc_3_1(*known.T),
            )
        )
    return found
