"""The bundle's network as a segmenter: a slice is encoded once, then decoded per prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle import Bundle
from lgescar.core.arrays import Probability
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import Tissue
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import pictured, standardised
from lgescar.prepare.prompt_maps import prompt_maps
from lgescar.prepare.turns import TURNS, turned, unturned

BOX_MARGIN = 2.0
"""Frame pixels (about 3 mm) by which a prompted scar may pass its box: boxes are drawn by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What the network knows of one slice: features and tissue logits, for each turn."""

    shape: tuple[int, int]
    features: NDArray[np.float32]
    tissue_logits: NDArray[np.float32]


class PromptableSegmenter:
    """Outlines tissues of a slice, or the scar that a prompt means, inside ``frame``.

    ``turns`` is how many of the eight ways to lay the picture are averaged: 8 for the answer
    that does not depend on orientation, 1 for the quickest.
    """

    name = "promptable"

    def __init__(self, bundle: Bundle, frame: Frame, turns: int = len(TURNS)) -> None:
        self._bundle = bundle
        self._frame = frame
        self._turns = TURNS[:turns]

    def embed(self, image: Slice) -> Embedding:
        """Encode a slice; costs most of the time."""
        samples = seen_through(self._frame, image)
        stack = np.stack([turned(samples, t) for t in self._turns])[:, None]
        features, logits = self._bundle.encode(stack)
        return Embedding(image.shape, features, logits)

    def tissues(self, embedding: Embedding) -> NDArray[np.float32]:
        """Chance of each tissue (5, rows, cols) on the slice; background beyond the frame."""
        chances = [
            _softmax(unturned(logits, turn))
            for logits, turn in zip(embedding.tissue_logits, self._turns, strict=True)
        ]
        out = self._frame.restore(np.mean(chances, axis=0))
        out[Tissue.BACKGROUND] = 1.0 - out[Tissue.BLOOD_POOL :].sum(axis=0)
        return np.clip(out, 0.0, 1.0)

    def decode(self, embedding: Embedding, prompt: Prompt) -> Probability:
        """Probability of the scar that the prompt means, on the slice's pixels.

        With boxes, nothing is scar far outside all of them.

        Raises:
            PromptError: every box and point lies outside the frame around the heart.
        """
        maps = self._maps(prompt)
        turned_maps = np.stack([turned(maps, t) for t in self._turns])
        logits = self._bundle.decode(embedding.features, embedding.tissue_logits, turned_maps)
        chance = np.mean(
            [unturned(sigmoid(x), t) for x, t in zip(logits, self._turns, strict=True)], axis=0
        )
        if prompt.boxes:
            boxes = [self._frame.box_to_frame(b) for b in prompt.boxes]
            chance = chance * near_boxes(self._frame.size, boxes)
        return np.clip(self._frame.restore(chance), 0.0, 1.0)

    def segment(self, image: Slice, prompt: Prompt) -> Probability:
        """Probability of scar on the pixel grid of ``image``.

        Raises:
            PromptError: every box and point lies outside the frame around the heart.
        """
        return self.decode(self.embed(image), prompt)

    def _maps(self, prompt: Prompt) -> NDArray[np.float32]:
        frame, size = self._frame, (self._frame.size, self._frame.size)
        boxes = [frame.box_to_frame(b) for b in prompt.boxes]
        points = [Point(*frame.point_to_frame(p.row, p.col), p.inside) for p in prompt.points]
        previous = None if prompt.previous is None else frame.sample(prompt.previous)
        maps = prompt_maps(size, boxes, points, previous)
        if not maps.any() and previous is None:
            raise PromptError("every box and point lies away from the heart; draw them on the wall")
        return maps


def seen_through(frame: Frame, image: Slice) -> NDArray[np.float32]:
    """The slice's samples on the frame, standardised over what is picture and not padding."""
    over = frame.inside() > 0.5
    shown = frame.sample(pictured(image.pixels).astype(np.float32)) > 0.5
    return standardised(frame.sample(image.pixels), over & shown)


def near_boxes(size: int, boxes: Sequence[Box]) -> NDArray[np.float32]:
    """1 on the frame's samples in or near a box, 0 elsewhere; boxes in the frame's pixels."""
    axis = np.arange(size) + 0.5
    near = np.zeros((size, size), np.float32)
    for box in boxes:
        rows = (axis > box.top - BOX_MARGIN) & (axis < box.bottom + BOX_MARGIN)
        cols = (axis > box.left - BOX_MARGIN) & (axis < box.right + BOX_MARGIN)
        near[np.outer(rows, cols)] = 1.0
    return near


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Over the first axis."""
    powers = np.exp(logits - logits.max(axis=0, keepdims=True))
    return np.asarray(powers / powers.sum(axis=0, keepdims=True), np.float32)


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chance from logits."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0))), np.float32)
