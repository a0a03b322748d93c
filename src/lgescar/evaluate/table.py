"""Tables of words and numbers: columns, how their values are printed, Markdown, LaTeX and CSV.

A column is a heading and a cell: a function from a row to its text. ``number_cell("bias", 1)``
takes the value by name, from a dataclass as from the stored JSON of one, so that a page and the
tables of the documentation have the same columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cell = Callable[[Any], str]
Columns = Mapping[str, Cell]
"""Heading → what it prints of a row."""
Ends = Sequence[float] | None
MINUS = "−"

PREAMBLE = r"""% \input this file; the document needs \usepackage{booktabs} and UTF-8.
"""
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "[": "{[}",
    "]": "{]}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "±": r"$\pm$",
    "−": "$-$",
    "×": r"$\times$",
    "π": r"$\pi$",
    "²": r"$^{2}$",
    "³": r"$^{3}$",
    "–": "--",
}
"""What each sign that LaTeX reads as a command, or may lack a letter for, is written as."""


@dataclass(frozen=True, slots=True)
class Table:
    """``title`` heads the column of words where the first cell of ``head`` is empty."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a paragraph and its tables; those without rows are left out."""

    title: str
    text: str
    tables: tuple[Table, ...]


def table(title: str, columns: Columns, rows: Iterable[tuple[str, Any]], first: str = "") -> Table:
    """A row of words and a value of each column; ``first`` heads the words."""
    cells = columns.values()
    filled = tuple((words, *(cell(row) for cell in cells)) for words, row in rows)
    return Table(title, (first, *columns), filled)


def value_of(row: Any, path: str) -> Any:
    """The field ``a.b`` of a dataclass or of a mapping."""
    for name in path.split("."):
        row = row[name] if isinstance(row, Mapping) else getattr(row, name)
    return row


def text_cell(path: str) -> Cell:
    """The value as it is."""
    return lambda row: str(value_of(row, path))


def number_cell(path: str, places: int) -> Cell:
    """A number, empty where undefined."""
    return lambda row: number(value_of(row, path), places)


def range_cell(path: str, places: int, ends: str = "") -> Cell:
    """A number and its interval, which lies in ``ends`` or in ``PATH_interval``."""
    where = ends or f"{path}_interval"
    return lambda row: with_interval(value_of(row, path), value_of(row, where), places)


def mean_cell(path: str, places: int) -> Cell:
    """The mean of a spread and the interval of that."""
    return range_cell(f"{path}.mean", places, f"{path}.interval")


def p_cell(path: str) -> Cell:
    """A p value."""
    return lambda row: p_value(value_of(row, path))


def number(value: float | None, places: int, *, signed: bool = False, minus: str = MINUS) -> str:
    """A number with a true minus sign; nothing where undefined."""
    if value is None:
        return ""
    text = f"{value:{'+' if signed else ''}.{places}f}"
    return text[1:] if text.startswith("-") and not float(text) else text.replace("-", minus)


def interval(ends: Ends, places: int, *, signed: bool = False, minus: str = MINUS) -> str:
    """Two ends in words; nothing where undefined."""
    if ends is None:
        return ""
    return " to ".join(number(end, places, signed=signed, minus=minus) for end in ends)


def with_interval(
    value: float | None, ends: Ends, places: int, *, signed: bool = False, minus: str = MINUS
) -> str:
    """A number and, in brackets, its interval where there is one."""
    between = interval(ends, places, signed=signed, minus=minus)
    shown = number(value, places, signed=signed, minus=minus)
    return f"{shown} ({between})" if between else shown


def p_value(p: float | None) -> str:
    """Three decimals; nothing where undefined."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def share(part: int, whole: int) -> str:
    """Part of a whole, two decimals; nothing where there is no whole."""
    return f"{part / whole:.2f}" if whole else ""


def pipes(table: Table) -> list[str]:
    """The lines of one table in Markdown; its title heads the words where nothing else does."""
    head = (table.head[0] or table.title, *table.head[1:])
    return [_pipes(head), f"|{'|'.join('---' for _ in head)}|", *map(_pipes, table.rows)]


def rows_csv(rows: Sequence[Mapping[str, Any]], nothing: str = "cohort") -> str:
    """A row a mapping, its columns as they first occur; empty where the value is None.

    Without rows the heading is ``nothing``.
    """
    names = list(dict.fromkeys(name for row in rows for name in row)) or [nothing]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_markdown(sections: Sequence[Section]) -> str:
    """A page of pipe tables."""
    lines: list[str] = []
    for section in sections:
        lines += [f"## {_bar_free(section.title)}", ""]
        lines += [section.text, ""] if section.text else []
        for table in section.tables:
            if table.rows:
                lines += [*pipes(table), ""]
    return "\n".join(lines)


def as_latex(sections: Sequence[Section]) -> str:
    """Floating tables in the style of booktabs; a paragraph stands in the first caption."""
    parts = [PREAMBLE]
    for section in sections:
        text = section.text
        for table in section.tables:
            if table.rows:
                heading = f"{section.title}: {table.title}" if table.title else section.title
                parts.append(_float(f"{heading}. {text}".rstrip(), table))
                text = ""
    return "\n".join(parts)


def latex(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    return "".join(LATEX.get(sign, sign) for sign in text)


def _float(caption: str, table: Table) -> str:
    head = " & ".join(map(latex, table.head)).strip()
    rows = [" & ".join(map(latex, row)) + r" \\" for row in table.rows]
    return "\n".join(
        [
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{latex(caption)}}}",
            r"\footnotesize",
            r"\setlength{\tabcolsep}{4pt}",
            rf"\begin{{tabular}}{{l{'r' * (len(table.head) - 1)}}}",
            r"\toprule",
            head + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _pipes(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_bar_free(cell) for cell in cells) + " |"


def _bar_free(text: str) -> str:
    return text.replace("|", "\\|")
