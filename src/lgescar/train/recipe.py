"""What a training run is made of: the TOML recipe of each kind as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split, read_split
from lgescar.strict import load
from lgescar.train.augment import Augmentation


@dataclass(frozen=True, slots=True)
class Data:
    """The patients of a training run, and how often each cohort is drawn.

    ``simulated`` patients with known scar, cohort ``simulated``, are added to those that train, and
    ``simulated_tune`` others to those that calibrate; with a split of no patients they are all.
    ``split`` is a file, from the recipe's folder, with parts ``train``, ``tune`` and
    ``validation`` of ``cohort/patient`` names. ``share`` gives each cohort's part of the drawn
    slices; slices with scar are drawn ``scar_odds`` times as often as others of their cohort.
    """

    split: str
    share: dict[str, float]
    scar_odds: float = 2.0
    simulated: int = 0
    simulated_tune: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: one cycle of the learning rate, weights averaged on the way.

    A step adds up ``accumulate`` batches. The rate rises over the first ``warm_up`` share of the
    steps and falls as a cosine after. ``patience`` checks without a better score end the run (0:
    never). ``curves``, with pictures of a few tune slices, are written for TensorBoard. Of several
    processes each takes ``accumulate`` batches a step.
    """

    steps: int
    batch: int = 16
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    average: float = 0.995
    precision: str = "bf16"
    checkpoint_every: int = 250
    accumulate: int = 1
    warm_up: float = 0.15
    patience: int = 0
    device: Literal["cpu", "cuda"] = "cpu"
    curves: bool = False


@dataclass(frozen=True, slots=True)
class LocalizerPlan:
    """The network that finds the heart on a whole slice.

    It is trained at ``pixel_mm`` and whatever scales the augmentation makes of it, then applied to
    whole slices at ``far_mm`` and round the heart at ``near_mm``. ``frame_px`` samples of
    ``frame_pixel_mm`` are the square that is then placed on the heart, from which other models
    take theirs.
    """

    schedule: Schedule
    pixel_mm: float = 2.8
    far_mm: float = 2.8
    near_mm: float = 2.8
    canvas_px: int = 160
    view_px: int = 128
    widths: tuple[int, ...] = (8, 16, 32, 48, 48)
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(shift_px=45.0))
    frame_pixel_mm: float = 1.4
    frame_px: int = 96


@dataclass(frozen=True, slots=True)
class SegmenterPlan:
    """The promptable network that outlines tissues along rays from the ventricle's middle.

    ``angles`` rays of ``radii`` samples: multiples of 2 to the number of times the network halves
    them, ``angles`` of four times as much, so that quarter turns of a slice change nothing.
    Cross-entropy counts scar ``scar_weight`` times and stands beside ``dice_weight`` times Dice.
    Every ``prompt_every``-th step trains the prompt decoder too, which takes as long as all else;
    edges of its boxes are off by up to ``box_jitter`` of the disc's reach.
    ``soft_px`` is the blur of the labels that cross-entropy sees, in samples of a ray; 0: none.

    Raises:
        UsageError: ``prompt_every`` is below 1, a weight or ``soft_px`` below 0, or angles or
            radii that do not halve so often.
    """

    schedule: Schedule
    angles: int = 128
    radii: int = 48
    widths: tuple[int, ...] = (16, 32, 64, 128, 128)
    decoder_widths: tuple[int, ...] = (16, 32, 48)
    dropout: float = 0.1
    prompt_weight: float = 1.0
    prompt_every: int = 1
    soft_px: float = 0.0
    scar_weight: float = 2.0
    dice_weight: float = 2.0
    box_jitter: float = 0.09
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        if self.prompt_every < 1:
            raise UsageError(f"prompt_every is 1 or more, found {self.prompt_every}")
        low = min(self.soft_px, self.scar_weight, self.dice_weight, self.box_jitter)
        if low < 0.0:
            raise UsageError(f"blur, weights and jitter are 0 or more, found {low}")
        halved = 2 ** (max(len(self.widths), len(self.decoder_widths)) - 1)
        if self.angles % (4 * halved) or self.radii % halved:
            raise UsageError(
                f"angles are a multiple of {4 * halved} and radii of {halved} for a network of "
                f"{len(self.widths)} widths, found {self.angles} and {self.radii}"
            )


@dataclass(frozen=True, slots=True)
class Prompter:
    """The prompt decoder alone, fine-tuned with corrections once all else is trained.

    The prediction for each prompt is corrected by points where it is most wrong, up to ``rounds``
    times; the loss is that of the last prediction. With ``widths`` a decoder of these widths is
    trained from nothing, else that of the segmenter is fine-tuned.

    Raises:
        UsageError: ``rounds`` is below 0.
    """

    schedule: Schedule
    rounds: int = 3
    widths: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.rounds < 0:
            raise UsageError(f"rounds are 0 or more, found {self.rounds}")


@dataclass(frozen=True, slots=True)
class Common:
    """What every recipe holds: its name, the licence of what it makes, one seed, the data."""

    name: str
    licence: str
    seed: int
    data: Data


R = TypeVar("R", bound=Common)


@dataclass(frozen=True, slots=True)
class Recipe(Common):
    """A whole run of the default bundle: data, both networks, one seed."""

    localizer: LocalizerPlan
    segmenter: SegmenterPlan
    prompter: Prompter | None = None
    threads: int = 0
    kind: Literal["promptable"] = "promptable"


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
class CentresPlan:
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
    centres: CentresPlan | None = None
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


def split_file(recipe_file: Path, data: Data) -> Path:
    """The split a recipe names, from the recipe's folder; a copy beside the recipe goes first."""
    beside = recipe_file.parent / Path(data.split).name
    return beside if beside.exists() else recipe_file.parent / data.split


def read_recipe(path: Path, cls: type[R]) -> tuple[R, Split, str]:
    """The recipe, its split, and the SHA-256 of both files together.

    Raises:
        UsageError: the recipe is malformed, or its split lacks one of the three parts.
        InputError: the split is no split file, or puts a patient in two parts.
    """
    recipe = load(path, cls)
    split_path = split_file(path, recipe.data)
    split = read_split(split_path)
    if not {"train", "tune", "validation"} <= set(split.parts):
        raise UsageError(f"{split_path.name} needs the parts train, tune and validation")
    digest = hashlib.sha256(path.read_bytes() + split_path.read_bytes()).hexdigest()
    return recipe, split, digest
