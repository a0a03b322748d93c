"""Pictures of the scores. matplotlib is loaded when one is drawn (extra ``study``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.evaluate.calibration import Calibration, Chances
from lgescar.evaluate.figures import COLOURS, figure, save
from lgescar.evaluate.score import PatientScore
from lgescar.metrics.agreement import BlandAltman, bland_altman, lin_ccc

Floats = NDArray[np.float64]
QUANTITIES = {"scar_percent": "scar, % of LV", "scar_mass_g": "scar mass, g"}
BOXED = {
    "dice_scar": "Dice of scar",
    "hausdorff_95_scar_mm": "HD95 of scar, 3-D, mm",
    "dice_wall": "Dice of wall",
}
WHISKERS = "boxes: quartiles and median; whiskers: 1.5 times their distance; dots: patients"


def write_plots(
    folder: Path, scores: Sequence[PatientScore], found: Mapping[str, Calibration]
) -> None:
    """Every picture the scores and each cohort's calibration give ground for, as PNG."""
    figures = {
        "boxes": box_plots(scores),
        "dice_by_size": dice_by_size(scores),
        "reliability": reliability_diagrams(found),
    }
    for quantity, words in QUANTITIES.items():
        figures[f"scatter_{quantity}"] = scatter(scores, quantity, words)
        figures[f"bland_altman_{quantity}"] = differences(scores, quantity, words)
    for name, made in figures.items():
        if made is not None:
            save(made, folder / f"{name}.png")


def scatter(scores: Sequence[PatientScore], quantity: str, words: str) -> Any:
    """Predicted against reference with the line of identity; None without patients."""
    known = _with(scores, f"{quantity}_reference", f"{quantity}_predicted")
    if not known:
        return None
    made, ((axes,),) = figure((5.2, 5.2))
    top = 1.06 * max(_values(known, f"{quantity}_{s}").max() for s in ("reference", "predicted"))
    limits = (-0.03 * (top or 1.0), top or 1.0)
    axes.plot(limits, limits, color="0.6", linewidth=1, zorder=1, label="identity")
    _dots(axes, known, f"{quantity}_reference", f"{quantity}_predicted")
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set(xlabel=f"{words}, reference", ylabel=f"{words}, predicted")
    scarred = [s for s in known if s.scarred]
    ccc = lin_ccc(*(_values(scarred, f"{quantity}_{s}") for s in ("reference", "predicted")))
    title = "" if ccc is None else f"CCC {ccc:.2f} over {_patients(len(scarred))} with scar"
    axes.set_title(title, fontsize=10)
    _legend(axes, known)
    return made


def differences(scores: Sequence[PatientScore], quantity: str, words: str) -> Any:
    """Bland and Altman's plot; lines from patients with scar, bands their 95 % intervals.

    None without patients.
    """
    known = _with(scores, f"{quantity}_reference", f"{quantity}_predicted")
    if not known:
        return None
    made, ((axes,),) = figure((6.8, 4.4))
    scarred = [s for s in known if s.scarred]
    pairs = [_values(scarred, f"{quantity}_{side}") for side in ("reference", "predicted")]
    found = bland_altman(*pairs)
    axes.axhline(0, color="0.8", linewidth=1, zorder=0)
    if found is not None:
        limit_lines(axes, found)
        axes.set_title(
            f"lines: {_patients(len(scarred))} with scar; bands: their 95 % intervals", fontsize=10
        )
    _dots(axes, known, lambda s: _middle(s, quantity), f"{quantity}_difference")
    axes.set(xlabel=f"{words}: mean of both", ylabel="predicted − reference")
    _legend(axes, known)
    return made


def limit_lines(axes: Any, found: BlandAltman, *, named: bool = True) -> None:
    """Bias and limits of agreement across a plot of differences, their intervals as bands."""
    lines = (
        ("bias", found.bias, found.bias_interval, "-"),
        ("+1.96 SD", found.upper, found.upper_interval, "--"),
        ("−1.96 SD", found.lower, found.lower_interval, "--"),
    )
    for name, at, band, style in lines:
        axes.axhspan(*band, color="0.5", alpha=0.13, linewidth=0, zorder=0)
        axes.axhline(at, color="0.35", linewidth=1.2, linestyle=style, zorder=1)
        if named:
            axes.annotate(
                f"{name}\n{_signed(at)}",
                (1.01, at),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
                annotation_clip=False,
            )


def box_plots(scores: Sequence[PatientScore]) -> Any:
    """Patients with scar, a box a cohort; None without any."""
    scarred = [s for s in scores if s.scarred]
    shown = [m for m in BOXED if _with(scarred, m)]
    cohorts = sorted({s.cohort for s in scarred})
    if not shown:
        return None
    width = max(4.0, len(shown) * (1.2 + 0.75 * len(cohorts)))
    made, panels = figure((width, 4.2), 1, len(shown))
    for axes, metric in zip(panels[0], shown, strict=True):
        columns = [_values(_with(_of(scarred, c), metric), metric) for c in cohorts]
        axes.boxplot(columns, widths=0.55, showfliers=False, medianprops={"color": "black"})
        for place, (cohort, values) in enumerate(zip(cohorts, columns, strict=True), start=1):
            across = place + _spread_out(values.size)
            axes.scatter(
                across, values, s=14, alpha=0.7, linewidth=0, color=_colour(cohorts, cohort)
            )
        names = [f"{c}\nn = {v.size}" for c, v in zip(cohorts, columns, strict=True)]
        axes.set_xticks(range(1, len(cohorts) + 1), names, fontsize=8)
        axes.set_ylabel(BOXED[metric])
        if metric.startswith("dice"):
            axes.set_ylim(-0.03, 1.03)
        else:
            axes.set_ylim(bottom=0)
    made.suptitle(f"patients with scar; {WHISKERS}", fontsize=8, color="0.35")
    return made


def dice_by_size(scores: Sequence[PatientScore]) -> Any:
    """Dice of scar against the size of the reference scar, grams or % of the wall."""
    scarred = _with([s for s in scores if s.scarred], "dice_scar")
    if not scarred:
        return None
    weighed = all(s.scar_mass_g_reference is not None for s in scarred)
    quantity = "scar_mass_g" if weighed else "scar_percent"
    made, ((axes,),) = figure((6.2, 4.2))
    _dots(axes, scarred, f"{quantity}_reference", "dice_scar")
    sizes, dices = _values(scarred, f"{quantity}_reference"), _values(scarred, "dice_scar")
    if sizes.size >= 6:
        thirds = np.quantile(sizes, [0, 1 / 3, 2 / 3, 1])
        for low, high in pairwise(thirds):
            inside = dices[(sizes >= low) & (sizes <= high)]
            axes.hlines(np.median(inside), low, high, color="0.35", linewidth=1.5, zorder=1)
        axes.set_title("lines: median Dice of each third of the patients", fontsize=9)
    axes.set(xlabel=f"{QUANTITIES[quantity]}, reference", ylabel="Dice of scar")
    axes.set_xlim(left=0)
    axes.set_ylim(-0.03, 1.03)
    _legend(axes, scarred)
    return made


def reliability_diagrams(found: Mapping[str, Calibration]) -> Any:
    """Observed frequency against chance of scar, and pixels beneath; a column a cohort.

    None where no cohort has chances.
    """
    known = {cohort: c.chances for cohort, c in found.items() if c.chances and c.chances.pixels}
    if not known:
        return None
    size = (0.6 + 3.6 * len(known), 4.8)
    made, panels = figure(size, 2, len(known), sharex=True, height_ratios=(3, 1))
    for place, (cohort, chances) in enumerate(known.items()):
        _reliability(panels[0][place], panels[1][place], chances, _colour(list(known), cohort))
        panels[0][place].set_title(
            f"{cohort}, {_patients(chances.patients)}; calibration error "
            f"{chances.expected_error:.3f}",
            fontsize=9,
        )
    panels[0][0].set_ylabel("share that is scar in the reference")
    panels[1][0].set_ylabel("pixels of wall")
    return made


def _reliability(above: Any, beneath: Any, chances: Chances, colour: str) -> None:
    held = [one for one in chances.bins if one.count]
    above.plot([0, 1], [0, 1], color="0.6", linewidth=1, zorder=1)
    means, shares = [one.mean_chance for one in held], [one.frequency for one in held]
    above.plot(means, shares, "o-", color=colour, markersize=5, linewidth=1.2, zorder=2)
    above.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    lows, widths = [b.low for b in chances.bins], [b.high - b.low for b in chances.bins]
    counts = [one.count for one in chances.bins]
    beneath.bar(lows, counts, widths, align="edge", color=colour, edgecolor="white", alpha=0.7)
    beneath.set(xlabel="chance of scar", yscale="log", ylim=(0.5, None))


def _dots(axes: Any, scores: Sequence[PatientScore], x: Any, y: Any) -> None:
    """A dot a patient in the colour of the cohort, hollow without scar."""
    cohorts = sorted({s.cohort for s in scores})
    for cohort in cohorts:
        for scarred in (True, False):
            rows = [s for s in _of(scores, cohort) if s.scarred == scarred]
            if rows:
                colour = _colour(cohorts, cohort)
                axes.scatter(
                    _values(rows, x),
                    _values(rows, y),
                    s=30,
                    alpha=0.85,
                    linewidth=1.2,
                    edgecolor=colour,
                    facecolor=colour if scarred else "none",
                    label=cohort if scarred else f"{cohort}, no scar",
                    zorder=2,
                )


def _legend(axes: Any, scores: Sequence[PatientScore]) -> None:
    if len({s.cohort for s in scores}) > 1 or not all(s.scarred for s in scores):
        axes.legend(fontsize=8, frameon=False, loc="best")


def _of(scores: Sequence[PatientScore], cohort: str) -> list[PatientScore]:
    return [s for s in scores if s.cohort == cohort]


def _with(scores: Sequence[PatientScore], *names: str) -> list[PatientScore]:
    return [s for s in scores if all(getattr(s, name) is not None for name in names)]


def _values(scores: Sequence[PatientScore], of: Any) -> Floats:
    return np.array([of(s) if callable(of) else getattr(s, of) for s in scores], dtype=np.float64)


def _middle(score: PatientScore, quantity: str) -> float:
    both = (getattr(score, f"{quantity}_{side}") for side in ("reference", "predicted"))
    return float(sum(both)) / 2.0


def _colour(cohorts: Sequence[str], cohort: str) -> str:
    return COLOURS[list(cohorts).index(cohort) % len(COLOURS)]


def _spread_out(count: int) -> Floats:
    """Places side by side, so that equal dots do not hide each other."""
    return np.asarray(0.09 * (np.arange(count) % 5 - 2.0), dtype=np.float64)


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
