"""What a system is: it finds the scar of a slice by itself, and outlines what prompts mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lgescar.bundle import Bundle
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.prompt import Point, Prompt
from lgescar.core.report import SliceResult
from lgescar.outline.heart import Place
from lgescar.outline.network import SlicePrediction
from lgescar.outline.tissues import calibrated, redrawn
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid

Ends = tuple[PixelMask, PixelMask]
"""Scar of a slice at the strict and at the lenient cutoff."""
HALF = 0.5
"""Of the highest chance, from which a pixel is scar away from the heart where none reaches the
cutoff. Ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The scar of a slice that a system found without a person's prompt.

    ``ends`` is None where the system gives no range. ``left_out`` counts boxes of its detector
    that lie away from the heart.
    """

    result: SliceResult
    ends: Ends | None = None
    left_out: int = 0


class Segmenter(Protocol):
    """What outlines scar on one slice, ready for any number of prompts."""

    @property
    def nbytes(self) -> int:
        """Memory of what it computed of the slice."""
        ...

    def scar(self, prompt: Prompt) -> Probability:
        """Probability of scar on the slice's pixels, for prompts in the system's window.

        Raises:
            PromptError: it cannot use a prompt of this kind.
        """
        ...


class System(Protocol):
    """What outlines scar in a heart whose wall a bundle outlines.

    ``temperature`` is None where its numbers are a rule's weights and no probabilities.
    """

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        ...

    @property
    def bundle(self) -> Bundle:
        """What finds the heart, and outlines blood pool and wall."""
        ...

    @property
    def cutoff(self) -> float:
        """Chance or weight from which a pixel is scar."""
        ...

    @property
    def temperature(self) -> float | None:
        """What divides its logits, if anything."""
        ...

    def window(self, place: Place) -> Frame | PolarGrid:
        """What it sees of a slice: a prompt beyond it is away from the heart."""
        ...

    def segmenter(self, prediction: SlicePrediction, place: Place) -> Segmenter:
        """What outlines scar on a slice whose heart lies in ``place``."""
        ...

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        """Boxes around the scar that it finds by itself, best first; none for a threshold rule.

        ``lowest`` is the least score of a box that counts, where it scores boxes by themselves.
        """
        ...

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        """The scar of a slice without a person's prompt."""
        ...

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """What decided, for provenance; ``prompted`` by a person's boxes."""
        ...


def outlined_in(
    system: System, prediction: SlicePrediction, segmenter: Segmenter, prompt: Prompt | None
) -> SliceResult:
    """The slice with the scar that a prompt means as its only scar.

    A prompt away from the heart is answered where it lies, as if the heart lay there; a person
    says that there is scar, so where all of it is unlikely its likeliest part is. Without a box or
    a point inside there is no scar.

    Raises:
        PromptError: the system cannot use a prompt of this kind.
    """
    chance = np.zeros(prediction.image.shape, np.float32)
    scar = np.zeros(prediction.image.shape, bool)
    for ready, part, is_moved in _parts(system, prediction, segmenter, prompt):
        found = ready.scar(part)
        cutoff = system.cutoff
        if is_moved and found.max() < cutoff:
            cutoff = HALF * float(found.max())
        scar |= (found >= cutoff) & (found > 0.0)
        chance = np.maximum(chance, found)
    boxes = () if prompt is None else prompt.boxes
    return with_scar(system, prediction, (scar, chance), boxes)


def with_scar(
    system: System,
    prediction: SlicePrediction,
    found: tuple[PixelMask, Probability],
    boxes: tuple[Box, ...] = (),
) -> SliceResult:
    """The slice with this scar, of an uncalibrated chance, as its only scar."""
    scar, chance = found
    labels = redrawn(prediction.labels, prediction.blocked, scar)
    if system.temperature is not None:
        chance = calibrated(chance, system.temperature)
    return SliceResult(labels, chance, boxes)


def _parts(
    system: System, prediction: SlicePrediction, segmenter: Segmenter, prompt: Prompt | None
) -> Iterator[tuple[Segmenter, Prompt, bool]]:
    """Prompts near the heart, then those away from it, each in its place; whether it was moved."""
    if prompt is None:
        return
    heart = prediction.place
    boxes = tuple(b for b in prompt.boxes if is_near(b, system, heart))
    points = tuple(p for p in prompt.points if is_near(p, system, heart))
    if boxes or any(p.inside for p in points) or prompt.previous is not None:
        yield segmenter, Prompt(boxes, points, prompt.previous), False
    meant: list[Box | Point] = [*prompt.boxes, *(p for p in prompt.points if p.inside)]
    away = [one for one in meant if is_away(one, system, heart)]
    while away:
        place = heart.around(away[0])
        there = system.window(place)
        near = tuple(b for b in away if isinstance(b, Box) and there.sees(b))
        around = tuple(p for p in prompt.points if there.sees(p))
        yield system.segmenter(prediction, place), Prompt(near, around), True
        away = [one for one in away[1:] if not there.sees(one)]


def is_near(prompt: Box | Point, system: System, place: Place) -> bool:
    """Whether a heart was found on the slice, and the system sees the prompt there."""
    return place.by == "heart" and system.window(place).sees(prompt)


def is_away(prompt: Box | Point, system: System, place: Place) -> bool:
    """Whether a prompt lies on the slice, and away from any heart that was found."""
    return on_slice(prompt, place.frame.shape) and not is_near(prompt, system, place)


def on_slice(prompt: Box | Point, shape: tuple[int, int]) -> bool:
    """Whether any of a prompt lies on the slice's pixels."""
    rows, cols = shape
    if isinstance(prompt, Point):
        return 0.0 <= prompt.row <= rows and 0.0 <= prompt.col <= cols
    return min(prompt.bottom, prompt.right) > 0.0 and prompt.top < rows and prompt.left < cols
