"""ROC and calibration, and what each feature did to the answer (SHAP)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.evaluate.figures import COLOURS, figure, plain, save
from lgescar.measure.features import WORDS
from lgescar.studies.phenotype.finding import Learned, MasksFinding, PhenotypeFinding
from lgescar.studies.phenotype.score import LearnerScore

Floats = NDArray[np.float64]
TREES, PLAIN = COLOURS[:2]
"""Colours of the learners, and of first and second group turned round."""
BEE_BINS = 40
"""Columns in which a row of the summary stacks its dots."""


def draw_curves(found: PhenotypeFinding, path: Path) -> None:
    """For each kind of mask a row of ROC curves and one of calibration; a column a set."""
    sections = found.sections
    columns = max(len(one.learned) for one in sections)
    made, panels = _panels(2 * len(sections), columns, (3.3, 3.3))
    for place, one in enumerate(sections):
        for column, part in enumerate(one.learned):
            _roc(panels[2 * place][column], part)
            _calibration(panels[2 * place + 1][column], part, one.masks.groups[1])
            panels[2 * place][column].set_title(
                f"{one.masks.words}\nfeatures: {part.name}", fontsize=9
            )
    _save(made, path)


def draw_summary(found: PhenotypeFinding, path: Path) -> None:
    """Every patient a dot at what the feature added; the weightiest feature on top."""
    sections = found.sections
    columns = max(len(one.learned) for one in sections)
    rows = max(len(part.features) for one in sections for part in one.learned)
    made, panels = _panels(len(sections), columns, (5.0, 0.34 * rows + 1.1))
    dots = None
    for place, one in enumerate(sections):
        for column, part in enumerate(one.learned):
            axes = panels[place][column]
            dots = _bees(axes, part)
            axes.set_title(f"{one.masks.words}, features: {part.name}", fontsize=9)
            axes.set_xlabel(f"SHAP, log odds for {one.masks.groups[1]}", fontsize=8)
    if dots is not None:
        bar = made.colorbar(dots, ax=panels, shrink=0.5, aspect=30, pad=0.01)
        bar.set_ticks([0.0, 1.0], labels=["lowest\nvalue", "highest\nvalue"], fontsize=8)
        bar.outline.set_visible(False)
    _save(made, path)


def draw_dependence(found: PhenotypeFinding, path: Path) -> None:
    """What each feature of the first set added, against its value; a row a kind of mask."""
    sections = [one for one in found.sections if one.learned]
    columns = max(len(one.learned[0].features) for one in sections)
    made, panels = _panels(len(sections), columns, (2.9, 2.7), sharey="row")
    for place, one in enumerate(sections):
        part = one.learned[0]
        for column, feature in enumerate(part.features):
            axes = panels[place][column]
            _dependence(axes, one, column)
            axes.set_xlabel(WORDS[feature], fontsize=8)
        panels[place][0].set_ylabel(
            f"{one.masks.words}\nSHAP, log odds for {one.masks.groups[1]}", fontsize=8
        )
        panels[place][0].legend(fontsize=7, frameon=False)
    _save(made, path)


def _roc(axes: Any, part: Learned) -> None:
    axes.plot([0, 1], [0, 1], color="0.75", linewidth=0.8)
    curve = part.xgboost.roc
    axes.fill_between(curve.x, curve.low, curve.high, color=TREES, alpha=0.15, linewidth=0)
    for words, score, colour, style in _learners(part):
        low, high = score.auc.interval or (score.auc.value,) * 2
        label = f"{words} {score.auc.value:.2f} ({low:.2f}–{high:.2f})"
        axes.plot(score.roc.x, score.roc.y, style, color=colour, linewidth=1.4, label=label)
    axes.plot(
        1.0 - part.xgboost.specificity.value,
        part.xgboost.sensitivity.value,
        "o",
        color=TREES,
        markersize=5,
        markeredgecolor="white",
        label="at the trained cutoff",
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set_xlabel("1 − specificity", fontsize=8)
    axes.set_ylabel("sensitivity", fontsize=8)
    axes.legend(fontsize=7, frameon=False, loc="lower right", title="AUC", title_fontsize=7)


def _calibration(axes: Any, part: Learned, second: str) -> None:
    axes.plot([0, 1], [0, 1], color="0.75", linewidth=0.8)
    for words, score, colour, style in _learners(part):
        curve = score.calibration
        middle = np.asarray(curve.y)
        ends = np.abs(np.stack([middle - curve.low, np.asarray(curve.high) - middle]))
        axes.errorbar(
            curve.x,
            curve.y,
            yerr=ends,
            fmt="o" + style,
            color=colour,
            markersize=4,
            linewidth=1.2,
            elinewidth=0.8,
            label=f"{words} {score.brier.value:.3f}",
        )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set_xlabel(f"predicted chance of {second}", fontsize=8)
    axes.set_ylabel(f"share of {second}", fontsize=8)
    axes.legend(fontsize=7, frameon=False, loc="upper left", title="Brier score", title_fontsize=7)


def _learners(part: Learned) -> tuple[tuple[str, LearnerScore, str, str], ...]:
    return (("XGBoost", part.xgboost, TREES, "-"), ("logistic", part.logistic, PLAIN, "--"))


def _bees(axes: Any, part: Learned) -> Any:
    dots = None
    order = [part.features.index(name) for name, _ in part.by_weight()]
    axes.axvline(0.0, color="0.7", linewidth=0.8, zorder=0)
    for row, column in enumerate(order):
        shap = part.shap[:, column]
        dots = axes.scatter(
            shap,
            row + _stacked(shap, part.shap),
            c=_rank(part.values[:, column]),
            cmap="coolwarm",
            vmin=0.0,
            vmax=1.0,
            s=9,
            linewidth=0,
        )
    names = [WORDS[part.features[column]] for column in order]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    return dots


def _dependence(axes: Any, one: MasksFinding, column: int) -> None:
    part = one.learned[0]
    axes.axhline(0.0, color="0.75", linewidth=0.8, zorder=0)
    for group, colour, mark in zip(one.masks.groups, (PLAIN, TREES), ("o", "^"), strict=True):
        rows = one.masks.second == (group == one.masks.groups[1])
        axes.scatter(
            part.values[rows, column],
            part.shap[rows, column],
            s=14,
            alpha=0.75,
            linewidth=0,
            color=colour,
            marker=mark,
            label=group,
        )


def _stacked(shap: Floats, whole: Floats) -> Floats:
    """Heights that keep dots of nearly the same place apart, within a row."""
    low, high = float(whole.min()), float(whole.max())
    bins = np.floor((shap - low) / max(high - low, 1e-9) * BEE_BINS).astype(int)
    heights = np.zeros(shap.size)
    for one in np.unique(bins):
        members = np.flatnonzero(bins == one)
        steps = (np.arange(members.size) + 1) // 2 * np.where(np.arange(members.size) % 2, 1, -1)
        heights[members] = steps * min(0.08, 0.7 / max(members.size, 1))
    return heights


def _rank(values: Floats) -> Floats:
    """Values as ranks in [0, 1], so that one giant scar does not take all the colours."""
    known = ~np.isnan(values)
    seen, place = np.unique(values[known], return_inverse=True)
    ranks = np.full(values.size, np.nan)
    ranks[known] = place / max(seen.size - 1, 1)
    return ranks


def _panels(rows: int, columns: int, size: tuple[float, float], **shared: Any) -> tuple[Any, Any]:
    made, panels = figure((size[0] * columns, size[1] * rows), rows, columns, **shared)
    for axes in panels.flat:
        plain(axes, tick_size=7)
    return made, panels


def _save(made: Any, path: Path) -> None:
    for axes in made.axes:
        if not axes.has_data():
            axes.set_visible(False)  # a set that another kind of mask has and this one lacks
    save(made, path)
