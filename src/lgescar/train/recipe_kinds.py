"""Recipes of every kind: of the default bundle, of detectors and of baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lgescar.core.errors import UsageError
from lgescar.train.augment import Augmentation
from lgescar.train.recipe import Common, Schedule


@dataclass(frozen=True, slots=True)
class Yolo:
    """Ultralytics' own training in its default configuration (extra yolo, AGPL-3.0).

    ``weights`` is ``yolo12n.yaml`` (from scratch) or a file of weights of yours. A training slice
    is written as ``views`` random augmentations; Ultralytics' own augmentation comes on top.
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
class DetectorRecipe(Common):
    """A detector: exactly one of ``yolo`` and ``centres``.

    ``placed`` is the detector's input: the whole slice, or a frame around the heart as the
    localizer finds it. ``box_jitter_px`` moves each edge of the training boxes.

    Raises:
        UsageError: both networks, or none.
    """

    kind: Literal["detector"] = "detector"
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
class BoxDeepLabRecipe(Common):
    """DeepLabV3+ with the box as a fourth input channel (arXiv 2506.21151; extra baselines)."""

    schedule: Schedule
    kind: Literal["box-deeplab"] = "box-deeplab"
    encoder: str = "resnet50"
    pixel_mm: float = 1.4
    canvas_px: int = 192
    view_px: int = 128
    box_jitter_px: float = 3.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    threads: int = 0


@dataclass(frozen=True, slots=True)
class NnunetRecipe(Common):
    """nnU-Net v2 in 2-D as it plans itself; only ``epochs`` bounds its budget (extra baselines).

    An epoch is ``iterations`` batches (nnU-Net's own default: 250, for 1000 epochs).
    ``memory_gb`` is the GPU memory it plans batch and patch for; its own default is 8. With
    ``placed`` heart it is given a square of ``view_mm`` round the heart that the default bundle
    finds, as our own networks are, else whole slices.
    """

    kind: Literal["nnunet"] = "nnunet"
    epochs: int = 1000
    iterations: int = 250
    validation_iterations: int = 50
    memory_gb: float = 8.0
    placed: Literal["slice", "heart"] = "slice"
    view_mm: float = 160.0
