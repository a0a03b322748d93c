"""A study's page: conclusions written by rule from the numbers, then the tables behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from lgescar.core.provenance import now
from lgescar.evaluate import table
from lgescar.evaluate.table import Section, Table, p_value
from lgescar.studies.compare import Difference
from lgescar.studies.picture import draw
from lgescar.studies.request import Finding
from lgescar.studies.scores import METRICS
from lgescar.studies.show import PICTURE, RECORD, page, write_study

RULE = (
    "Rule: a difference is called better or worse where the 95 % interval of its mean (bootstrap "
    "over patients) leaves out 0, the signed-rank p after Holm over all differences of the metric "
    "is below 0.05, and every seed lies on the same side; otherwise no difference was seen, which "
    "is not equality: the interval says what may still be there. Fewer than 6 patients are not "
    "evaluated."
)
HEAD = (
    "",
    "variant",
    "mean (95 % interval)",
    "SD over seeds",
    "patients",
    "without a value",
    "minus baseline (95 % interval)",
    "Holm p",
    "seeds on that side",
    "verdict",
)
# The sentences are stored: their minus sign stays the plain one.
_number = partial(table.number, minus="-")
_interval = partial(table.interval, minus="-")
_with_interval = partial(table.with_interval, minus="-")


def as_json(found: Finding) -> dict[str, Any]:
    """The whole study for machines."""
    return {
        **found.record,
        "created": now(),
        "question": found.question,
        "baselines": found.baselines,
        "conclusions": conclusions(found),
        "remarks": list(found.remarks),
        "means": [asdict(m) for m in found.means],
        "differences": [asdict(d) for d in found.differences],
    }


def markdown(found: Finding) -> str:
    """The whole study for people."""
    record = found.record
    tables = {metric: metric_table(metric, found) for metric in METRICS}
    seeds = ", ".join(map(str, record["seeds"]["runs"]))
    more = (
        f"Seeds {seeds}. {len(record['evaluated'])} patients evaluated, of whom those with scar in "
        f"the reference count; SHA-256 of their labels in {RECORD}."
    )
    return page(
        (found.title, found.question, RULE),
        [*conclusions(found), *found.remarks],
        {"means, intervals and seeds": PICTURE},
        [Section(METRICS[m].words, "", (one,)) for m, one in tables.items() if one.rows],
        (record, more),
    )


def write(found: Finding, out: Path, drawn: Callable[[Finding, Path], None] = draw) -> None:
    """``study.json``, ``study.md`` and, by ``drawn``, ``study.png`` in ``out``."""
    write_study(out, as_json(found), markdown(found))
    drawn(found, out / PICTURE)


def conclusions(found: Finding) -> list[str]:
    """One sentence for each difference of the metrics that matter most."""
    return [
        sentence(d)
        for metric in found.concluded
        for d in found.differences
        if d.metric == metric and d.patients
    ]


def sentence(found: Difference) -> str:
    """What one difference says, in the words of the rule."""
    metric = METRICS[found.metric]
    where = f"{found.group}: " if found.group else ""
    seeds = f"{found.agreeing} of {found.seeds} seeds on that side"
    if found.seeds == 1:
        seeds = "one seed, so that chance in training is not in the interval"
    p = "" if found.p_holm is None else f", Holm p {p_value(found.p_holm)}"
    return (
        f"{where}{found.variant} against {found.baseline}, {metric.words}: {found.verdict} "
        f"({_number(found.mean, metric.decimals, signed=True)}, 95 % interval "
        f"{_interval(found.interval, metric.decimals) or 'unknown'}{p}; {found.patients} patients; "
        f"{seeds})."
    )


def metric_table(metric: str, found: Finding) -> Table:
    """One metric's table, a row a variant that has a mean."""
    places = METRICS[metric].decimals
    by_name = {
        (d.group, d.variant): d
        for d in found.differences
        if d.metric == metric and d.baseline == found.baselines[d.group]
    }
    rows = tuple(
        (
            m.group,
            m.variant,
            _with_interval(m.mean, m.interval, places),
            _number(m.seed_sd, places + 1),
            str(m.patients),
            str(m.undefined),
            *_against(by_name.get((m.group, m.variant)), places),
        )
        for m in found.means
        if m.metric == metric and m.mean is not None
    )
    return Table("group", HEAD, rows)


def _against(found: Difference | None, places: int) -> Iterable[str]:
    if found is None:
        return ("baseline", "", "", "")
    mean = _number(found.mean, places, signed=True)
    return (
        f"{mean} ({_interval(found.interval, places) or 'unknown'})",
        p_value(found.p_holm),
        f"{found.agreeing} of {found.seeds}",
        found.verdict,
    )
