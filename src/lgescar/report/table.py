"""A report for the terminal."""

from __future__ import annotations

from lgescar.core.report import Report
from lgescar.report.facts import RESEARCH_ONLY, headlines, lead, slice_facts

COLUMNS = ("slice", "blood pool", "wall", "scar", "of wall", "MVO")


def summary(report: Report) -> str:
    """The finding, its numbers, a row a slice and the notes, as plain text."""
    facts = headlines(report)
    wide = max(len(fact.title) for fact in facts)
    lines = [report.study.name, lead(report), ""]
    for fact in facts:
        text = f"not available — {fact.reason}"
        if fact.value is not None:
            text = f"{fact.value} {fact.unit}" + (f"  ({fact.detail})" if fact.detail else "")
        lines.append(f"{fact.title:<{wide}}  {text}")
    lines += ["", *_aligned([COLUMNS, *_rows(report)])]
    if report.notes:
        lines += ["", *(f"note: {note.message} [{note.code}]" for note in report.notes)]
    lines += ["", RESEARCH_ONLY]
    return "\n".join(_printable(line) for line in lines)


def _rows(report: Report) -> list[tuple[str, ...]]:
    return [
        (
            f"{row.index} {row.place}".strip(),
            row.blood_pool,
            row.wall,
            row.scar,
            "–" if row.share is None else f"{row.share} %",
            row.mvo,
        )
        for row in slice_facts(report)
    ]


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns side by side: the first starts, the others end, on one line."""
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join([row[0].ljust(wide[0]), *map(str.rjust, row[1:], wide[1:])]).rstrip()
        for row in rows
    ]


def _printable(line: str) -> str:
    """Text that cannot steer a terminal: control characters and lone surrogates become ?."""
    return "".join(sign if sign.isprintable() else "?" for sign in line)
