"""What a training run is made of: the TOML recipe as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split, read_split
from lgescar.settings import load
from lgescar.train.augment import Augmentation


@dataclass(frozen=True, slots=True)
class Data:
    """Which patients teach and how often each cohort is drawn.

    ``simulated`` patients with known scar, cohort ``simulated``, are added to those that teach.
    ``split`` is a file, found from the recipe's folder, with parts ``train``, ``tune`` and
    ``validation`` of ``cohort/patient`` names. ``share`` gives each cohort's part of the drawn
    slices; slices with scar are drawn ``scar_odds`` times as often as others of their cohort.
    """

    split: str
    share: dict[str, float]
    scar_odds: float = 2.0
    simulated: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: one cycle of the learning rate, weights averaged on the way."""

    steps: int
    batch: int = 16
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    average: float = 0.995
    precision: str = "bf16"
    checkpoint_every: int = 250


@dataclass(frozen=True, slots=True)
class Localizer:
    """The network that finds the heart on a whole slice."""

    schedule: Schedule
    pixel_mm: float = 2.8
    canvas_px: int = 160
    view_px: int = 128
    widths: tuple[int, ...] = (8, 16, 32, 48, 48)
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(shift_px=45.0))


@dataclass(frozen=True, slots=True)
class Segmenter:
    """The promptable network that outlines tissues in a frame around the heart."""

    schedule: Schedule
    pixel_mm: float = 1.4
    canvas_px: int = 192
    view_px: int = 96
    widths: tuple[int, ...] = (16, 32, 64, 128, 128)
    decoder_widths: tuple[int, ...] = (16, 32, 48)
    dropout: float = 0.1
    prompt_weight: float = 1.0
    box_jitter_px: float = 3.0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole run: data, both networks, one seed."""

    name: str
    licence: str
    seed: int
    data: Data
    localizer: Localizer
    segmenter: Segmenter
    threads: int = 0
    kind: Literal["promptable"] = "promptable"


def read_recipe(path: Path) -> tuple[Recipe, Split, str]:
    """The recipe, its split, and the SHA-256 of both files together.

    Raises:
        UsageError: the recipe is malformed, or its split lacks one of the three parts.
        InputError: the split is no split file, or puts a patient in two parts.
    """
    recipe = load(path, Recipe)
    return recipe, *split_of(path, recipe.data)


def split_of(path: Path, data: Data) -> tuple[Split, str]:
    """The split of the recipe at ``path``, and the SHA-256 of both files together.

    A run keeps its split beside its recipe, wherever the recipe first found it.

    Raises:
        UsageError: the split lacks one of the three parts.
        InputError: it is no split file, or puts a patient in two parts.
    """
    beside = path.parent / Path(data.split).name
    split_file = beside if beside.is_file() else path.parent / data.split
    split = read_split(split_file)
    if not {"train", "tune", "validation"} <= set(split.parts):
        raise UsageError(f"{split_file.name} needs the parts train, tune and validation")
    digest = hashlib.sha256(path.read_bytes() + split_file.read_bytes()).hexdigest()
    return split, digest
