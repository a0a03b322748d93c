"""What LaTeX and Markdown would misread."""

from __future__ import annotations

import re

from lgescar.evaluate.table import Section, Table, as_latex, as_markdown, latex

TABLE = Table("with 100 % scar", ("", "mean ± SD"), (("a_b & c", "−0.5"), ("[x]", "< 0.001")))
SECTIONS = [Section("centre_1", "told of once", (TABLE, TABLE, Table("none", ("",), ())))]


def test_signs_of_latex_are_printed_as_they_stand() -> None:
    assert latex("50 % of a_b & #1 {x} $ ~ ^") == (
        r"50 \% of a\_b \& \#1 \{x\} \$ \textasciitilde{} \textasciicircum{}"
    )
    assert latex("\\") == r"\textbackslash{}"
    assert latex("mm² ± −1") == r"mm$^{2}$ $\pm$ $-$1"


def test_a_table_without_rows_is_left_out() -> None:
    assert as_latex(SECTIONS).count(r"\begin{tabular}{lr}") == 2
    assert "none" not in as_latex(SECTIONS) + as_markdown(SECTIONS)


def test_every_environment_closes_and_every_row_has_its_cells() -> None:
    text = as_latex(SECTIONS)
    for name in ("table", "tabular"):
        assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}") == 2
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [1] * 6
    # A bracket after \\ would be read as a length.
    assert r"{[}x{]} & $<$ 0.001 \\" in rows


def test_the_paragraph_stands_in_the_first_caption_only() -> None:
    captions = [line for line in as_latex(SECTIONS).splitlines() if "caption" in line]
    assert captions == [
        r"\caption{centre\_1: with 100 \% scar. told of once}",
        r"\caption{centre\_1: with 100 \% scar.}",
    ]


def test_a_bar_in_a_name_does_not_cut_a_markdown_cell() -> None:
    page = as_markdown([Section("x", "", (Table("t", ("", "a|b"), (("c", "d"),)),))])
    assert "| t | a\\|b |" in page
