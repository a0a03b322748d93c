"""A picture of what the network will see: slices beside random views of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.read.cohort import cohort_folders
from lgescar.simulate import simulate_patient
from lgescar.train.augment import Augmentation, plain_views, views
from lgescar.train.dataset import (
    LabelledPatient,
    LabelledSlice,
    canvas_slices,
    read_patients,
)
from lgescar.train.draw import batch_rng
from lgescar.train.kinds import read_any
from lgescar.train.overlays import Picture, grey_tile, inner_border, most_scarred
from lgescar.train.recipe import Recipe
from lgescar.train.recipe_kinds import NnunetRecipe

OUTLINES = {Tissue.VIABLE: (0, 200, 220), Tissue.SCAR: (255, 210, 0)}
"""Colour of the border of the wall and of the scar."""
ZOOM = 2
SLICES = 4
SHEET_SEED = 900
"""First seed of the simulated patients on a sheet."""


def simulated_slices(count: int, pixel_mm: float, canvas_px: int, seed: int) -> list[LabelledSlice]:
    """The slice with most scar of each of ``count`` simulated patients, PSIR and magnitude."""
    chosen = []
    for number in range(count):
        contrast = ("psir", "magnitude")[number % 2]
        kind = ("acute", "chronic")[number // 2 % 2]
        made = simulate_patient(seed + number, scar=kind, contrast=contrast)
        patient = LabelledPatient("simulated", made.study.name, made.study, made.truth)
        chosen.append(most_scarred(canvas_slices(patient, pixel_mm, canvas_px)))
    return chosen


def contact_sheet(
    slices: Sequence[LabelledSlice], size: int, how: Augmentation, seed: int, columns: int = 7
) -> Picture:
    """A row a slice, as it is and then ``columns`` random views, outlines drawn in colour.

    (rows, cols, 3). The views are those of training steps 0, 1, … of ``seed``.
    """
    sheets = [plain_views(slices, size)]
    sheets += [views(slices, size, how, batch_rng(seed, step)) for step in range(columns)]
    strips = []
    for images, codes in sheets:
        if images.shape[-1] != size:
            images = functional.interpolate(images, size=size)
            codes = functional.interpolate(codes[:, None].float(), size=size)[:, 0].long()
        strips.append([_tile(i[0], c) for i, c in zip(images.numpy(), codes.numpy(), strict=True)])
    rows = [np.concatenate(row, axis=1) for row in zip(*strips, strict=True)]
    return np.concatenate(rows, axis=0)


def write_contact_sheet(
    slices: Sequence[LabelledSlice], size: int, how: Augmentation, seed: int, out: Path
) -> Path:
    """The contact sheet as a PNG; its path."""
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(contact_sheet(slices, size, how, seed)).save(out)
    return out


def recipe_sheet(recipe_file: Path, data: Iterable[Path] | None, out: Path, seed: int) -> Path:
    """The contact sheet of a recipe on patients of ``data`` that teach, or on simulated ones.

    Raises:
        UsageError: the recipe has no augmentation of ours, or cannot be read.
    """
    recipe, split, _ = read_any(recipe_file)
    if isinstance(recipe, NnunetRecipe):
        raise UsageError("nnU-Net augments by itself; its recipe has no views of ours")
    plan = recipe.segmenter if isinstance(recipe, Recipe) else recipe
    if data is None:
        slices = simulated_slices(SLICES, plan.pixel_mm, plan.canvas_px, SHEET_SEED)
    else:
        names = sorted(split.parts["train"])[:: max(1, len(split.parts["train"]) // SLICES)]
        patients = read_patients(cohort_folders(data), frozenset(names[:SLICES]))
        slices = [most_scarred(canvas_slices(p, plan.pixel_mm, plan.canvas_px)) for p in patients]
    return write_contact_sheet(slices, plan.view_px, plan.augmentation, seed, out)


def _tile(image: NDArray[np.float32], codes: NDArray[np.int64]) -> Picture:
    tile = grey_tile(image, ZOOM)
    for lowest, colour in OUTLINES.items():
        tile[inner_border(np.asarray(codes >= lowest), ZOOM)] = colour
    tile[[0, -1]] = tile[:, [0, -1]] = 0
    return tile
