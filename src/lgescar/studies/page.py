"""A study's page: conclusions written by rule from the numbers, then the tables behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lgescar.core.provenance import now
from lgescar.evaluate.pages import p_value
from lgescar.studies.compare import Difference, Mean
from lgescar.studies.picture import draw
from lgescar.studies.request import Finding
from lgescar.studies.scores import METRICS

PICTURE, PAGE, RECORD = "study.png", "study.md", "study.json"
RULE = (
    "Rule: a difference is called better or worse where the 95 % interval of its mean (bootstrap "
    "over patients) leaves out 0, the signed-rank p after Holm over all differences of the metric "
    "is below 0.05, and every seed lies on the same side; otherwise no difference was seen, which "
    "is not equality: the interval says what may still be there. Fewer than 6 patients are not "
    "evaluated."
)


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
    about = record["machine"]
    lines = [f"# {found.title}", "", found.question, "", "## What came out", ""]
    lines += [f"* {sentence}" for sentence in [*conclusions(found), *found.remarks]]
    lines += ["", RULE, "", f"![means, intervals and seeds]({PICTURE})", ""]
    for metric in METRICS:
        table = metric_table(metric, found)
        lines += [f"## {METRICS[metric].words}", "", *table, ""] if table else []
    seeds = ", ".join(map(str, record["seeds"]["runs"]))
    lines += [
        "## Where it comes from",
        "",
        f"`{record['command']}`",
        "",
        f"Version {record['version']}, {about['processor']}, {about['cores']} cores, Python "
        f"{about['python']}. Seeds {seeds}. {len(record['evaluated'])} patients evaluated, of whom "
        f"those with scar in the reference count; SHA-256 of their labels in {RECORD}.",
        "",
    ]
    return "\n".join(lines)


def write(found: Finding, out: Path, drawn: Callable[[Finding, Path], None] = draw) -> None:
    """``study.json``, ``study.md`` and, by ``drawn``, ``study.png`` in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(found), indent=1, allow_nan=False)
    (out / RECORD).write_text(text + "\n", encoding="utf-8")
    drawn(found, out / PICTURE)
    (out / PAGE).write_text(markdown(found), encoding="utf-8")


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
        f"({_signed(found.mean, metric.decimals)}, 95 % interval "
        f"{_range(found.interval, metric.decimals)}{p}; {found.patients} patients; {seeds})."
    )


def metric_table(metric: str, found: Finding) -> list[str]:
    """Lines of one metric's table, a row a variant; none where no variant has a mean."""
    about = METRICS[metric]
    by_name = {
        (d.group, d.variant): d
        for d in found.differences
        if d.metric == metric and d.baseline == found.baselines[d.group]
    }
    rows = [
        _row(m, by_name.get((m.group, m.variant)), about.decimals)
        for m in found.means
        if m.metric == metric and m.mean is not None
    ]
    if not rows:
        return []
    head = (
        "| | variant | mean (95 % interval) | SD over seeds | patients | without a value "
        "| minus baseline (95 % interval) | Holm p | seeds on that side | |"
    )
    return [head, "|" + "---|" * 10, *rows]


def _row(mean: Mean, against: Difference | None, decimals: int) -> str:
    cells = [
        mean.group,
        mean.variant,
        f"{_number(mean.mean, decimals)} ({_range(mean.interval, decimals)})",
        _number(mean.seed_sd, decimals + 1),
        str(mean.patients),
        str(mean.undefined),
        *_against(against, decimals),
    ]
    return f"| {' | '.join(cells)} |"


def _against(found: Difference | None, decimals: int) -> Iterable[str]:
    if found is None:
        return ("baseline", "", "", "")
    return (
        f"{_signed(found.mean, decimals)} ({_range(found.interval, decimals)})",
        p_value(found.p_holm),
        f"{found.agreeing} of {found.seeds}",
        found.verdict,
    )


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _signed(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:+.{decimals}f}"


def _range(interval: tuple[float, float] | None, decimals: int) -> str:
    if interval is None:
        return "unknown"
    return f"{interval[0]:.{decimals}f} to {interval[1]:.{decimals}f}"
