"""A picture of what the network will see: slices beside random views of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.read.cohort import cohort_folders
from lgescar.simulate import simulate_patient
from lgescar.train.augment import (
    Augmentation,
    disc_views,
    plain_disc_views,
    plain_views,
    views,
)
from lgescar.train.cohorts import Cohorts
from lgescar.train.dataset import (
    LabelledPatient,
    LabelledSlice,
    canvas_slices,
    disc_slices,
)
from lgescar.train.kinds import read_any
from lgescar.train.overlays import Picture, grey_tile, inner_border, most_scarred
from lgescar.train.recipe import NnunetRecipe, Recipe
from lgescar.train.task import batch_rng

OUTLINES = {Tissue.VIABLE: (0, 200, 220), Tissue.SCAR: (255, 210, 0)}
"""Colour of the border of the wall and of the scar."""
Labelled = tuple[Tensor, Tensor]
"""Images and codes of views."""
ZOOM = 2
SLICES = 4
SHEET_SEED = 900
"""First seed of the simulated patients on a sheet."""


Cut = Callable[[LabelledPatient], list[LabelledSlice]]
"""A patient's slices on the canvases that a recipe's views are drawn from."""


@dataclass(frozen=True, slots=True)
class Views:
    """A recipe's views of slices: as they are, and at random; tiles are (rows, cols)."""

    plain: Callable[[Sequence[LabelledSlice]], Labelled]
    random: Callable[[Sequence[LabelledSlice], Augmentation, Generator], Labelled]
    tile: tuple[int, int]


def square_views(size: int) -> Views:
    """Squares of ``size`` samples."""
    return Views(
        lambda slices: plain_views(slices, size),
        lambda slices, how, rng: views(slices, size, how, rng),
        (size, size),
    )


def unrolled_views(shape: tuple[int, int]) -> Views:
    """Discs unrolled to ``shape``, (angles, radii)."""
    return Views(
        lambda slices: plain_disc_views(slices, shape),
        lambda slices, how, rng: disc_views(slices, shape, how, rng),
        shape,
    )


def simulated_slices(count: int, cut: Cut, seed: int) -> list[LabelledSlice]:
    """The slice with most scar of each of ``count`` simulated patients, PSIR and magnitude."""
    chosen = []
    for number in range(count):
        contrast = ("psir", "magnitude")[number % 2]
        kind = ("acute", "chronic")[number // 2 % 2]
        made = simulate_patient(seed + number, scar=kind, contrast=contrast)
        patient = LabelledPatient("simulated", made.study.name, made.study, made.truth)
        chosen.append(most_scarred(cut(patient)))
    return chosen


def contact_sheet(
    slices: Sequence[LabelledSlice], seen: Views, how: Augmentation, seed: int, columns: int = 7
) -> Picture:
    """A row a slice, as it is and then ``columns`` random views, outlines drawn in colour.

    (rows, cols, 3). The views are those of training steps 0, 1, … of ``seed``.
    """
    sheets = [seen.plain(slices)]
    sheets += [seen.random(slices, how, batch_rng(seed, step)) for step in range(columns)]
    strips = []
    for images, codes in sheets:
        if images.shape[-2:] != seen.tile:
            images = functional.interpolate(images, size=seen.tile)
            codes = functional.interpolate(codes[:, None].float(), size=seen.tile)[:, 0].long()
        strips.append([_tile(i[0], c) for i, c in zip(images.numpy(), codes.numpy(), strict=True)])
    rows = [np.concatenate(row, axis=1) for row in zip(*strips, strict=True)]
    return np.concatenate(rows, axis=0)


def write_contact_sheet(
    slices: Sequence[LabelledSlice], seen: Views, how: Augmentation, seed: int, out: Path
) -> Path:
    """The contact sheet as a PNG; its path."""
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(contact_sheet(slices, seen, how, seed)).save(out)
    return out


def recipe_sheet(recipe_file: Path, data: Iterable[Path] | None, out: Path, seed: int) -> Path:
    """The contact sheet of a recipe on training patients of ``data``, or on simulated ones.

    Raises:
        UsageError: the recipe has no augmentation of ours, or cannot be read.
    """
    recipe, split, _ = read_any(recipe_file)
    if isinstance(recipe, NnunetRecipe):
        raise UsageError("nnU-Net augments by itself; its recipe has no views of ours")
    if isinstance(recipe, Recipe):
        plan, cut = recipe.segmenter, disc_slices
        seen = unrolled_views((plan.angles, plan.radii))
    else:
        plan, seen = recipe, square_views(recipe.view_px)
        cut = partial(canvas_slices, pixel_mm=recipe.pixel_mm, size=recipe.canvas_px)
    if data is None:
        slices = simulated_slices(SLICES, cut, SHEET_SEED)
    else:
        names = sorted(split.parts["train"])[:: max(1, len(split.parts["train"]) // SLICES)]
        patients = Cohorts.of(cohort_folders(data)).read(names[:SLICES])
        slices = [most_scarred(cut(p)) for p in patients]
    return write_contact_sheet(slices, seen, plan.augmentation, seed, out)


def _tile(image: NDArray[np.float32], codes: NDArray[np.int64]) -> Picture:
    tile = grey_tile(image, ZOOM)
    for lowest, colour in OUTLINES.items():
        tile[inner_border(np.asarray(codes >= lowest), ZOOM)] = colour
    tile[[0, -1]] = tile[:, [0, -1]] = 0
    return tile
