"""The patients a system outlined worst, each on the slice where it went most wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.cases import Case
from lgescar.evaluate.cohort import paired
from lgescar.evaluate.figures import figure, save
from lgescar.evaluate.images import image_file, image_study
from lgescar.evaluate.score import PatientScore

WITH_SCAR, INVENTED = 8, 4
"""How many patients are shown at most."""
ACROSS = 4
MARGIN_PX = 12
WINDOW_PERCENT = (1.0, 99.5)
REFERENCE_COLOUR, PREDICTED_COLOUR = "#00D0D0", "#FFB000"


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One slice: image, reference and predicted scar (rows, cols), and what is said of it.

    ``black`` and ``white`` are the intensities shown so; ``pixel_shape`` is height over width.
    """

    title: str
    pixels: NDArray[np.float32]
    reference: NDArray[np.bool_]
    predicted: NDArray[np.bool_]
    black: float
    white: float
    pixel_shape: float


def worst(scores: Sequence[PatientScore]) -> list[PatientScore]:
    """Patients with scar by rising Dice, then those without by falling share of invented scar.

    Equal Dice, such as 0 for each that was missed, is ranked by the difference in share.
    """
    scarred = [
        (s.dice_scar or 0.0, -abs(s.scar_percent_difference), s) for s in scores if s.scarred
    ]
    invented = [(-s.scar_percent_predicted, s) for s in scores if s.outcome == "invented"]
    scarred.sort(key=lambda ranked: ranked[:2])
    invented.sort(key=lambda ranked: ranked[0])
    return [*(r[-1] for r in scarred[:WITH_SCAR]), *(r[-1] for r in invented[:INVENTED])]


def worst_tiles(
    predictions: Path, references: Path, images: Path, scores: Sequence[PatientScore]
) -> list[Tile]:
    """A tile for each of the worst patients of one system.

    Raises:
        UsageError: a patient has no image.
        InputError: a file cannot be read, or image and reference do not lie on one grid.
    """
    chosen = {f"{s.cohort}/{s.patient}": s for s in worst(scores)}
    files = {name: image_file(images, s.cohort, s.patient) for name, s in chosen.items()}
    cases = paired(predictions, references, list(chosen)) if chosen else ()
    named = ((f"{case.cohort}/{case.name}", case) for case, _ in cases)
    return [tile(case, files[name], chosen[name]) for name, case in named]


def tile(case: Case, image: Path, score: PatientScore) -> Tile:
    """The slice with the most pixels that only one of the two calls scar, cut around the heart.

    Raises:
        InputError: the image cannot be read.
        GeometryError: image and reference do not lie on one grid.
    """
    dice = "" if score.dice_scar is None else f", Dice {score.dice_scar:.2f}"
    name = f"{case.cohort}/{case.name}"
    return worst_slice(
        image_study(case, image),
        dict(zip(case.study.indices, case.reference, strict=True)),
        dict(zip(case.study.indices, case.predicted, strict=True)),
        lambda index: f"{name}, slice {index}\n{score.outcome}{dice}",
    )


def worst_slice(
    study: Study,
    reference: Mapping[int, LabelMap],
    predicted: Mapping[int, LabelMap],
    title: Callable[[int], str],
) -> Tile:
    """The slice with the most pixels that only one of the two calls scar, cut around the heart.

    Labels are by slice index, and ``title`` names a slice by its own.
    """
    index = max(reference, key=lambda i: np.count_nonzero(reference[i].scar ^ predicted[i].scar))
    ours, theirs = reference[index], predicted[index]
    pixels = study.slices[study.indices.index(index)].pixels
    heart = np.asarray((ours.codes > 0) | (theirs.codes > 0))
    part = _around(heart)
    # Fat outside the heart is brighter than scar and must not dim it.
    seen = pixels[ndimage.binary_dilation(heart, iterations=3)] if heart.any() else pixels
    black, white = np.percentile(seen, WINDOW_PERCENT)
    height, width = study.spacing_mm or (1.0, 1.0)
    return Tile(
        title(index),
        pixels[part],
        ours.scar[part],
        theirs.scar[part],
        float(black),
        float(white),
        height / width,
    )


def write_gallery(path: Path, tiles: Sequence[Tile]) -> None:
    """One PNG of the tiles, worst first."""
    from matplotlib.lines import Line2D

    across = min(ACROSS, len(tiles))
    down = -(-len(tiles) // across)
    made, panels = figure((2.6 * across, 2.95 * down + 0.35), down, across)
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, shown in zip(panels.flat, tiles, strict=False):
        _draw(axes, shown)
    lines = [
        Line2D([], [], color=colour, label=words)
        for words, colour in (("reference", REFERENCE_COLOUR), ("predicted", PREDICTED_COLOUR))
    ]
    made.legend(handles=lines, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    save(made, path)


def _draw(axes: Any, shown: Tile) -> None:
    window = {"vmin": shown.black, "vmax": max(shown.white, shown.black + 1e-6)}
    axes.imshow(shown.pixels, cmap="gray", aspect=shown.pixel_shape, **window)
    for mask, colour, width in (
        (shown.reference, REFERENCE_COLOUR, 1.6),
        (shown.predicted, PREDICTED_COLOUR, 1.1),
    ):
        if mask.any():
            padded = np.pad(mask, 1).astype(float)
            rows, cols = (np.arange(-1, n + 1) for n in mask.shape)
            axes.contour(cols, rows, padded, levels=[0.5], colors=colour, linewidths=width)
    rows, cols = shown.pixels.shape
    axes.set(xlim=(-0.5, cols - 0.5), ylim=(rows - 0.5, -0.5))
    axes.set_title(shown.title, fontsize=8)


def _around(heart: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The part that holds the heart and a margin; all of the slice where nothing is outlined."""
    rows, cols = np.nonzero(heart)
    if rows.size == 0:
        return slice(None), slice(None)
    return (
        slice(max(0, int(rows.min()) - MARGIN_PX), int(rows.max()) + 1 + MARGIN_PX),
        slice(max(0, int(cols.min()) - MARGIN_PX), int(cols.max()) + 1 + MARGIN_PX),
    )
