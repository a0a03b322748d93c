"""Readings against each other, and their differences after Bland and Altman, a row a method."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lgescar.evaluate.figures import COLOURS, figure, plain, save
from lgescar.evaluate.plots import limit_lines
from lgescar.metrics.agreement import bland_altman, lin_ccc
from lgescar.studies.compare import FEWEST
from lgescar.studies.repeatability.rows import QUANTITIES, PairRow
from lgescar.studies.repeatability.sessions import Comparison
from lgescar.studies.repeatability.tables import Repeated

MOST_PAIRS = 5
"""Comparisons that fit side by side; the others are in the tables."""
PANEL = (3.7, 3.3)


def headline(found: Repeated) -> str:
    """Grams where every reading knows them, else percent of the wall."""
    known = all(None not in row.pair("scar_mass_g") for row in found.rows)
    return "scar_mass_g" if known else "scar_percent"


def draw(found: Repeated, path: Path) -> None:
    """Columns: the first two readers against each other, then a Bland-Altman plot a comparison.

    Lines are drawn from six patients with scar on.
    """
    quantity = headline(found)
    methods = list(dict.fromkeys(row.method for row in found.rows))
    pairs = list(dict.fromkeys(row.comparison for row in found.rows))[:MOST_PAIRS]
    shape = max(len(methods), 1), 1 + max(len(pairs), 1)
    size = (PANEL[0] * shape[1], PANEL[1] * shape[0] + 0.4)
    made, axes = figure(size, *shape)
    for line, method in zip(axes, methods, strict=False):
        ours = [row for row in found.rows if row.method == method]
        for place, pair in enumerate(pairs):
            rows = [row for row in ours if row.comparison == pair]
            if place == 0:
                _scatter(line[0], rows, quantity)
                line[0].set_title(f"{method}: {line[0].get_title()}", fontsize=9)
            _differences(line[place + 1], rows, quantity, pair)
    _same_height([panel for line in axes for panel in line[1:]])
    for line in axes:
        line[1].set_ylabel("difference", fontsize=9)
    made.suptitle(f"{found.title}; {QUANTITIES[quantity]}; hollow: no scar", fontsize=11)
    save(made, path)


def _scatter(axes: Any, rows: Sequence[PairRow], quantity: str) -> None:
    known, values, scarred = _known(rows, quantity)
    top = 1.06 * float(values.max(initial=0.0)) or 1.0
    axes.plot([0, top], [0, top], color="0.6", linewidth=1, zorder=1)
    _dots(axes, known, values[:, 0], values[:, 1])
    axes.set(xlim=(-0.03 * top, top), ylim=(-0.03 * top, top), aspect="equal")
    if known:
        axes.set_xlabel(known[0].comparison.first, fontsize=9)
        axes.set_ylabel(known[0].comparison.second, fontsize=9)
    ccc = lin_ccc(values[scarred, 0], values[scarred, 1])
    title = "" if ccc is None else f"CCC {ccc:.3f}, "
    axes.set_title(f"{title}{int(scarred.sum())} patients with scar", fontsize=9)
    plain(axes, tick_size=8)


def _differences(axes: Any, rows: Sequence[PairRow], quantity: str, pair: Comparison) -> None:
    known, values, scarred = _known(rows, quantity)
    axes.axhline(0, color="0.8", linewidth=1, zorder=0)
    limits = bland_altman(values[scarred, 0], values[scarred, 1])
    numbers = ""
    if limits is not None and scarred.sum() >= FEWEST:
        limit_lines(axes, limits, named=False)
        numbers = f"\nbias {limits.bias:+.1f}, limits {limits.lower:+.1f} to {limits.upper:+.1f}"
    _dots(axes, known, values.mean(axis=1), values[:, 1] - values[:, 0])
    numbers = numbers.replace("-", "−")
    axes.set_title(f"{pair.kind}: {pair.second} − {pair.first}{numbers}", fontsize=9)
    axes.set_xlabel("mean of both", fontsize=9)
    plain(axes, tick_size=8)


def _known(rows: Sequence[PairRow], quantity: str) -> tuple[list[PairRow], Any, Any]:
    """Rows that both readings know, the values (rows, 2), and which of the rows have scar."""
    known = [row for row in rows if None not in row.pair(quantity)]
    values = np.array([row.pair(quantity) for row in known], float).reshape(-1, 2)
    return known, values, np.array([row.scarred for row in known], bool)


def _dots(axes: Any, rows: Sequence[PairRow], x: Any, y: Any) -> None:
    for scarred in (True, False):
        shown = np.array([row.scarred == scarred for row in rows], bool)
        face = COLOURS[0] if scarred else "none"
        axes.scatter(x[shown], y[shown], s=22, edgecolor=COLOURS[0], facecolor=face, alpha=0.85)


def _same_height(panels: Sequence[Any]) -> None:
    """One scale for every panel, so that narrower limits look narrower."""
    ends = [axes.get_ylim() for axes in panels]
    for axes in panels:
        axes.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
