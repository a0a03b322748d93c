"""Recipes of every kind: of the default bundle, of detectors and of baselines."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split
from lgescar.settings import load
from lgescar.train.augment import Augmentation
from lgescar.train.recipe import Data, Recipe, Schedule, read_recipe, split_of


@dataclass(frozen=True, slots=True)
class Yolo:
    """Ultralytics' own training in its default configuration (extra yolo, AGPL-3.0).

    ``weights`` is ``yolo12n.yaml`` (from scratch) or a file of weights of yours. A slice that
    teaches is written as ``views`` random views; Ultralytics' augmentation comes on top.
    """

    weights: str = "yolo12n.yaml"
    epochs: int = 100
    batch: int = 16
    views: int = 4


@dataclass(frozen=True, slots=True)
class Centres:
    """A small network of our own that marks the centre and size of each scar."""

    schedule: Schedule
    widths: tuple[int, ...] = (16, 32, 64, 96)
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """A detector: exactly one of ``yolo`` and ``centres``.

    ``placed`` says what the detector looks at: the whole slice, or a frame around the heart as
    the localizer finds it. ``box_jitter_px`` moves each edge of the boxes that teach.

    Raises:
        UsageError: both networks, or none.
    """

    kind: Literal["detector"]
    name: str
    licence: str
    seed: int
    data: Data
    pixel_mm: float = 1.4
    canvas_px: int = 320
    view_px: int = 256
    placed: Literal["slice", "heart"] = "slice"
    box_jitter_px: float = 1.0
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(shift_px=40.0))
    yolo: Yolo | None = None
    centres: Centres | None = None
    threads: int = 0

    def __post_init__(self) -> None:
        if (self.yolo is None) == (self.centres is None):
            raise UsageError("a detector's recipe has either [yolo] or [centres]")


@dataclass(frozen=True, slots=True)
class BoxDeepLabRecipe:
    """DeepLabV3+ with the box as a fourth input channel, as in paper 002 (extra baselines)."""

    kind: Literal["box-deeplab"]
    name: str
    licence: str
    seed: int
    data: Data
    schedule: Schedule
    encoder: str = "resnet50"
    pixel_mm: float = 1.4
    canvas_px: int = 192
    view_px: int = 128
    box_jitter_px: float = 3.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    threads: int = 0


@dataclass(frozen=True, slots=True)
class NnunetRecipe:
    """nnU-Net v2 in 2-D as it plans itself; only ``epochs`` bounds its budget (extra baselines).

    An epoch is ``iterations`` batches (nnU-Net's own default: 250, for 1000 epochs).
    """

    kind: Literal["nnunet"]
    name: str
    licence: str
    seed: int
    data: Data
    epochs: int = 1000
    iterations: int = 250
    validation_iterations: int = 50


AnyRecipe = Recipe | DetectorRecipe | BoxDeepLabRecipe | NnunetRecipe
KINDS: dict[str, type[Any]] = {
    "promptable": Recipe,
    "detector": DetectorRecipe,
    "box-deeplab": BoxDeepLabRecipe,
    "nnunet": NnunetRecipe,
}
"""The first word of a recipe, ``kind``; promptable where it is not given."""


def recipe_kind(path: Path) -> str:
    """What a recipe trains.

    Raises:
        UsageError: not TOML, or an unknown kind.
    """
    try:
        kind = str(tomllib.loads(path.read_text("utf-8")).get("kind", "promptable"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a recipe") from error
    if kind not in KINDS:
        raise UsageError(f"{path}: kind is one of {', '.join(KINDS)}, found {kind!r}")
    return kind


def read_any_recipe(path: Path) -> tuple[AnyRecipe, Split, str]:
    """The recipe, its split, and the SHA-256 of both files together.

    Raises:
        UsageError: the recipe is malformed, or its split lacks one of the three parts.
        InputError: the split is no split file, or puts a patient in two parts.
    """
    kind = recipe_kind(path)
    if kind == "promptable":
        return read_recipe(path)
    recipe: AnyRecipe = load(path, KINDS[kind])
    return recipe, *split_of(path, recipe.data)
