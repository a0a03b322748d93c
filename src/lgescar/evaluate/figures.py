"""What all pictures share: a figure of panels, plain axes, colours, a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555")
"""Distinct to every eye. Source: Okabe, Ito, Color Universal Design, 2008."""
DOTS_PER_INCH = 160


def figure(
    size: tuple[float, float], rows: int = 1, columns: int = 1, **shared: Any
) -> tuple[Any, Any]:
    """A figure of ``size`` in inches, and its plain panels (rows, columns); loads matplotlib."""
    from matplotlib.figure import Figure

    made = Figure(figsize=size, layout="constrained")
    panels = made.subplots(rows, columns, squeeze=False, **shared)
    for axes in panels.flat:
        plain(axes)
    return made, panels


def plain(axes: Any, tick_size: int | None = None) -> None:
    """No frame above and on the right; ticks of that size in points."""
    axes.spines[["top", "right"]].set_visible(False)
    if tick_size is not None:
        axes.tick_params(labelsize=tick_size)


def save(made: Any, path: Path) -> None:
    """The figure as a PNG, in a folder that is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.savefig(path, dpi=DOTS_PER_INCH)
