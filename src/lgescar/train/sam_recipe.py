"""What a training run of Segment Anything is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lgescar.networks.sam import Mode, SamShape
from lgescar.train.augment import Augmentation
from lgescar.train.losses import ScarLoss
from lgescar.train.recipe import Common, Schedule
from lgescar.train.sam_prompts import Prompting


@dataclass(frozen=True, slots=True)
class SamView:
    """The part of a slice that the network sees, round the left ventricle."""

    pixel_mm: float = 1.4
    canvas_px: int = 192
    view_px: int = 96


@dataclass(frozen=True, slots=True)
class SamNetwork:
    """Which SAM, and which of its weights are trained.

    With ``checkpoint``, a folder of weights or ``owner/name`` fetched before, the network is the
    checkpoint's at ``image_px`` samples; without, it has ``shape`` and starts at random.
    ``cached_views``: the embeddings that a frozen encoder makes of so many random augmentations of
    each slice are cached on disk; 0 caches nothing and augments anew each time.
    """

    checkpoint: str = ""
    image_px: int = 256
    shape: SamShape = field(default_factory=SamShape)
    mode: Mode = "full"
    last_blocks: int = 2
    rank: int = 4
    unit_range: bool = False
    cached_views: int = 0


@dataclass(frozen=True, slots=True)
class SamRecipe(Common):
    """A whole run: data, view, network, prompts, loss, schedule."""

    kind: Literal["sam"]
    schedule: Schedule
    view: SamView = field(default_factory=SamView)
    network: SamNetwork = field(default_factory=SamNetwork)
    prompts: Prompting = field(default_factory=Prompting)
    loss: ScarLoss = field(default_factory=ScarLoss)
    augmentation: Augmentation = field(default_factory=Augmentation)
    threads: int = 0
