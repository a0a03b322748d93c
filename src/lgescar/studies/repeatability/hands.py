"""Simulated readers who prompt: boxes round the scars they see, points where the answer is wrong.

Both start from the true scar, as a person starts from what the image shows: the hand is unsteady,
its habits are the reader's own, and small scars are overlooked now and then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.core.prompt import Point
from lgescar.core.tissue import LabelMap
from lgescar.metrics.detection import lesions
from lgescar.read.reading import WORD
from lgescar.simulate.annotator import HAND_MM, Habit, jittered
from lgescar.studies.recipe import Simulated
from lgescar.studies.reference_boxes import PxPerMm, spurious


@dataclass(frozen=True, slots=True)
class Hand:
    """A reader: ``degree`` of unsteadiness, and habits that are the same in every session.

    0 is a steady hand, 1 usual, 2 hasty. ``wide_mm`` is how far outside the border outlines and
    boxes run; ``bright`` moves the level of the ROI, as a share of the step from remote wall.
    """

    degree: float = 1.0
    wide_mm: float = 0.0
    bright: float = 0.0

    @property
    def habit(self) -> Habit:
        """What the hand does the same way every time."""
        return Habit(self.wide_mm, self.bright)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatabilityRecipe:
    """Simulated readers, each of whom reads every patient twice by each method.

    ``readers`` are tables ``[readers.NAME]`` with ``degree`` of unsteadiness (0 steady, 1 usual, 2
    hasty), ``wide_mm`` (how far outside the borders outlines and boxes run) and ``bright`` (how
    far above its usual level the ROI lies, as a share of the step from remote wall to it); the
    last two are habits, the same in both sessions.

    For prompts, at degree 1: each edge of a box is up to ``jitter_mm`` off; a scar of a slice is
    overlooked with chance ``missed``, one below ``small_mm2`` with chance ``missed_small``;
    ``invented`` boxes a slice are drawn on wall without scar. Up to ``points`` a slice correct
    the answer, in the middle of its largest error of ``error_mm2`` or more.

    Raises:
        UsageError: fewer than two readers, a name that is none, or a number that means nothing.
    """

    name: str
    readers: dict[str, Hand]
    seed: int = 1
    jitter_mm: float = 4.0
    missed: float = 0.04
    missed_small: float = 0.15
    small_mm2: float = 50.0
    invented: float = 0.02
    points: int = 1
    error_mm2: float = 40.0
    simulated: Simulated = field(default_factory=Simulated)

    def __post_init__(self) -> None:
        if len(self.readers) < 2 or not all(WORD.fullmatch(name) for name in self.readers):
            raise UsageError("readers are two or more tables, [readers.A] and [readers.B]")
        degrees = [hand.degree for hand in self.readers.values()]
        amounts = (*degrees, self.jitter_mm, self.invented, self.points, self.error_mm2, self.seed)
        chances = (self.missed, self.missed_small)
        if min(amounts) < 0 or not all(0.0 <= chance <= 1.0 for chance in chances):
            raise UsageError("degrees, sizes and counts are 0 or more, chances 0 to 1")


def drawn_boxes(
    labels: LabelMap, hand: Hand, recipe: RepeatabilityRecipe, scale: PxPerMm, rng: Generator
) -> tuple[Box, ...]:
    """Boxes of one reader on one slice, in one session."""
    boxes = []
    pixel_mm2 = 1.0 / (scale[0] * scale[1])
    for mask in lesions(labels.scar):
        small = int(mask.sum()) * pixel_mm2 < recipe.small_mm2
        chance = recipe.missed_small if small else recipe.missed
        overlooked = rng.uniform() < chance * hand.degree
        around = Box.around(mask)
        if around is None:
            continue
        box = jittered(around, recipe.jitter_mm * hand.degree, rng, scale)
        if not overlooked:
            boxes.append(_wider(box, hand.wide_mm, scale))
    healthy = labels.wall & ~labels.scar
    return (*boxes, *spurious(healthy, recipe.invented * hand.degree, scale, rng))


def corrective_point(
    masks: tuple[PixelMask, PixelMask],
    hand: Hand,
    smallest_mm2: float,
    scale: PxPerMm,
    rng: Generator,
) -> Point | None:
    """Where a reader clicks: the middle of the largest error, missed or invented; None if small.

    ``masks`` are the scar that the reader means, and the answer.
    """
    truth, answer = masks
    errors = [(mask, True) for mask in lesions(truth & ~answer)]
    errors += [(mask, False) for mask in lesions(answer & ~truth)]
    far = rng.normal(0.0, HAND_MM * hand.degree, 2)
    if not errors:
        return None
    mask, inside = max(errors, key=lambda error: int(error[0].sum()))
    if int(mask.sum()) / (scale[0] * scale[1]) < smallest_mm2:
        return None
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    row, col = np.unravel_index(int(np.argmax(depth)), mask.shape)
    return Point(
        float(row) + 0.5 + float(far[0]) * scale[0],
        float(col) + 0.5 + float(far[1]) * scale[1],
        inside,
    )


def _wider(box: Box, by_mm: float, scale: PxPerMm) -> Box:
    """The box with every edge that far out; its centre stays in where it is drawn inwards."""
    row, col = (box.top + box.bottom) / 2, (box.left + box.right) / 2
    down, across = by_mm * scale[0], by_mm * scale[1]
    return Box(
        min(box.top - down, row - 0.5),
        min(box.left - across, col - 0.5),
        max(box.bottom + down, row + 0.5),
        max(box.right + across, col + 0.5),
    )
