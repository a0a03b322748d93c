"""The bundle's network as a segmenter: a slice is encoded once, then decoded per prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle import Bundle
from lgescar.core.arrays import Probability
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import Tissue
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.polar import PolarGrid
from lgescar.prepare.prompt_maps import disc_prompt_maps, near_disc_prompts
from lgescar.prepare.turns import both_ways, one_way


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What the network knows of one slice under ``grid``: features and tissue logits.

    Both (2, channels, angles, radii): of the picture as it lies, and of its mirror image.
    """

    grid: PolarGrid
    features: NDArray[np.float32]
    tissue_logits: NDArray[np.float32]


class PromptableSegmenter:
    """Outlines tissues of a slice, or the scar that a prompt means, under the slice's own grid.

    Rays that turn either way are averaged, and the network's rays have neither first nor last:
    quarter turns and mirror images of a scan get the same answer.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def embed(self, image: Slice, grid: PolarGrid) -> Embedding:
        """Encode a slice; costs most of the time."""
        features, logits = self._bundle.encode(both_ways(seen_through(grid, image))[:, None])
        return Embedding(grid, features, logits)

    def tissues(self, embedding: Embedding) -> NDArray[np.float32]:
        """Chance of each tissue (5, rows, cols) on the window of the slice that holds the disc.

        Background beyond the disc.
        """
        out = embedding.grid.restore_window(one_way(_softmax(embedding.tissue_logits)))
        out[Tissue.BACKGROUND] = 1.0 - out[Tissue.BLOOD_POOL :].sum(axis=0)
        return np.clip(out, 0.0, 1.0)

    def decode(self, embedding: Embedding, prompt: Prompt) -> Probability:
        """Probability of the scar that the prompt means, on the slice's pixels.

        With boxes, nothing is scar far from all of them and from points inside.

        Raises:
            PromptError: every box and point lies outside the disc over the ventricle.
        """
        grid = embedding.grid
        boxes = [grid.box_to_disc(b) for b in prompt.boxes]
        points = [Point(*grid.point_to_disc(p.row, p.col), p.inside) for p in prompt.points]
        previous = None if prompt.previous is None else grid.sample(prompt.previous)
        maps = disc_prompt_maps((grid.angles, grid.radii), boxes, points, previous)
        if not maps.any() and previous is None:
            raise PromptError("every box and point lies away from the heart; draw them on the wall")
        logits = self._bundle.decode(embedding.features, embedding.tissue_logits, both_ways(maps))
        chance = one_way(sigmoid(logits))
        if boxes:
            chance = chance * near_disc_prompts(grid.angles, grid.radii, boxes, points)
        return np.clip(grid.restore(chance), 0.0, 1.0)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Over the second axis."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chance from logits."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0))), np.float32)
