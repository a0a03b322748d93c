"""The tables of docs/explain/studies.md, from benchmarks/results; called by results_tables.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.layout import Section, as_markdown
from lgescar.evaluate.pages import cohort_sections, interval, number, p_value
from lgescar.evaluate.studies.scores import METRICS
from lgescar.evaluate.summary import CohortSummary, Lesions, Spread
from lgescar.metrics.detection import SizeRecall

Row = dict[str, Any]


def conclusions(stored: Row) -> str:
    """What a study says, a sentence a line, and its conditions."""
    said = [f"* {sentence}" for sentence in [*stored["conclusions"], *stored["remarks"]]]
    return "\n".join([*said, "", origin(stored)])


def origin(stored: Row) -> str:
    """Where a study's numbers come from."""
    about, seeds = stored["machine"], ", ".join(map(str, stored["seeds"]["runs"]))
    return (
        f"`{stored['command']}`, version {stored['version']}, seeds {seeds}, "
        f"{len(stored['asked'])} patients asked; {about['processor']}, {about['cores']} cores."
    )


def means(stored: Row, metric: str) -> str:
    """A row a variant: its mean, and what it differs from its baseline by."""
    places = METRICS[metric].decimals
    against = {
        (d["group"], d["variant"]): d for d in stored["differences"] if d["metric"] == metric
    }
    rows = [m for m in stored["means"] if m["metric"] == metric and m["mean"] is not None]
    grouped = any(m["group"] for m in rows)
    head = (
        *(("",) if grouped else ()),
        "variant",
        f"{METRICS[metric].words} (95 % interval)",
        "SD over seeds",
        "patients",
        "minus baseline (95 % interval)",
        "Holm p",
        "seeds on that side",
        "",
    )
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for mean in rows:
        cells = (
            *((mean["group"],) if grouped else ()),
            mean["variant"],
            f"{number(mean['mean'], places)} ({interval(mean['interval'], places)})",
            number(mean["seed_sd"], places + 1),
            str(mean["patients"]),
            *_against(against.get((mean["group"], mean["variant"])), places),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def cohort(stored: Row, mode: str, name: str) -> str:
    """Every table of one cohort, as ``lgescar evaluate`` writes them."""
    _, section = cohort_sections([summary(stored[mode]["cohorts"][name])])
    plain = Section(section.title, section.text, section.tables)
    return as_markdown([plain]).split("\n", 2)[2].rstrip()


def summary(stored: Row) -> CohortSummary:
    """A cohort's summary, back from its JSON."""
    lesions = stored["lesions"]
    by_size = tuple(SizeRecall(**_known(s, SizeRecall)) for s in lesions["by_size"])
    return CohortSummary(
        cohort=stored["cohort"],
        patients=tuple(stored["patients"]),
        outcomes=stored["outcomes"],
        invented_over_2_percent=stored["invented_over_2_percent"],
        with_scar=_spreads(stored["with_scar"]),
        without_scar=_spreads(stored["without_scar"]),
        agreement={k: Agreement(**_pairs(v)) for k, v in stored["agreement"].items()},
        lesions=Lesions(**{**lesions, "by_size": by_size}),
    )


def _spreads(stored: Row) -> dict[str, Spread]:
    return {name: Spread(**_pairs(spread)) for name, spread in stored.items()}


def _pairs(stored: Row) -> Row:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}


def _known(stored: Row, cls: type) -> Row:
    return {
        name: stored[name] if stored[name] is not None else float("inf")
        for name in cls.__dataclass_fields__
    }  # type: ignore[attr-defined]  # a dataclass


def _against(found: Row | None, places: int) -> Iterable[str]:
    if found is None:
        return ("baseline", "", "", "")
    mean = found["mean"]
    return (
        f"{mean:+.{places}f} ({interval(found['interval'], places)})",
        p_value(found["p_holm"]),
        f"{found['agreeing']} of {found['seeds']}",
        found["verdict"],
    )
