"""A study as a picture: means with their intervals, and the seeds as dots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lgescar.evaluate.figures import figure, save
from lgescar.studies.compare import Mean
from lgescar.studies.request import Finding
from lgescar.studies.scores import METRICS

SHOWN = ("dice", "mass_error_g")
INK, BASE = "#1f4e79", "#b03a2e"
"""Colours of variants and of the baseline; both stay apart for the colour-blind."""


def draw(found: Finding, path: Path) -> None:
    """A column for each metric, a row for each group; one line of the row is a variant."""
    groups = list(dict.fromkeys(m.group for m in found.means))
    widest = max(sum(m.group == g for m in found.means) // len(METRICS) for g in groups)
    size = (4.6 * len(SHOWN) + 1.0, len(groups) * (0.30 * widest + 0.55) + 0.9)
    made, axes = figure(size, len(groups), len(SHOWN), sharex="col")
    for row, group in enumerate(groups):
        for col, metric in enumerate(SHOWN):
            shown = [m for m in found.means if (m.group, m.metric) == (group, metric)]
            _panel(axes[row][col], shown, found.baselines[group], names=col == 0)
            if col == 0 and group:
                axes[row][col].set_title(group, loc="left", fontsize=9)
            if row == len(groups) - 1:
                axes[row][col].set_xlabel(METRICS[metric].words, fontsize=9)
    made.suptitle(found.title, fontsize=11)
    save(made, path)


def draw_curves(found: Finding, path: Path) -> None:
    """A panel for each group whose variants are degrees of one thing: Dice falls from left on."""
    groups = list(dict.fromkeys(m.group for m in found.means))
    made, (axes,) = figure((3.2 * len(groups), 3.2), 1, len(groups), sharey=True)
    for axis, group in zip(axes, groups, strict=True):
        shown = [m for m in found.means if (m.group, m.metric) == (group, "dice")]
        shown = sorted((m for m in shown if m.mean is not None), key=_degree)
        at = [_degree(m) for m in shown]
        _band(axis, at, shown)
        axis.axvline(float(found.baselines[group]), color=BASE, linewidth=0.8, linestyle=":")
        axis.set_xlabel(group, fontsize=9)
        axis.tick_params(labelsize=8)
        axis.set_ylim(0.0, 1.0)
    axes[0].set_ylabel(METRICS["dice"].words, fontsize=9)
    made.suptitle(found.title, fontsize=11)
    save(made, path)


def _panel(axis: Any, shown: Sequence[Mean], baseline: str, *, names: bool) -> None:
    for place, one in enumerate(shown):
        if one.mean is None:
            continue
        ink = BASE if one.variant == baseline else INK
        low, high = one.interval or (one.mean, one.mean)
        axis.plot([low, high], [place, place], color=ink, linewidth=1.6)
        axis.plot(one.mean, place, "o", color=ink, markersize=5)
        seeds = [place + 0.24] * len(one.by_seed)
        axis.plot(one.by_seed, seeds, "|", color=ink, markersize=5, alpha=0.7)
        if one.variant == baseline:
            axis.axvline(one.mean, color=BASE, linewidth=0.8, linestyle=":")
    axis.set_yticks(range(len(shown)), [m.variant for m in shown] if names else [])
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.tick_params(labelsize=8)


def _band(axis: Any, at: Sequence[float], shown: Sequence[Mean]) -> None:
    middle = [m.mean for m in shown]
    low = [(m.interval or (m.mean, m.mean))[0] for m in shown]
    high = [(m.interval or (m.mean, m.mean))[1] for m in shown]
    axis.fill_between(at, low, high, color=INK, alpha=0.18, linewidth=0)
    axis.plot(at, middle, "o-", color=INK, markersize=4)


def _degree(mean: Mean) -> float:
    return float(mean.variant)
