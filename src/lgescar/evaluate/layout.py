"""Tables of words and numbers, laid out for Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def as_markdown(sections: Sequence[Section]) -> str:
    """A page of pipe tables."""
    lines: list[str] = []
    for section in sections:
        lines += [f"## {_bar_free(section.title)}", "", section.text, ""]
        for table in section.tables:
            if table.rows:
                marks = "|".join("---" for _ in table.head)
                head = (table.head[0] or table.title, *table.head[1:])
                lines += [_pipes(head), f"|{marks}|", *map(_pipes, table.rows), ""]
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
