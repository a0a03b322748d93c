"""The bundle's network on a slice: encoded once, its tissues predicted, prompts decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from lgescar.bundle import Bundle
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.outline.heart import Place
from lgescar.outline.tissues import (
    calibrated,
    mvo_share,
    outlined,
    scar_chance,
    sigmoid,
    wall_share,
)
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.polar import PolarGrid
from lgescar.prepare.prompt_maps import disc_prompt_maps, near_disc_prompts
from lgescar.prepare.turns import both_ways, one_way


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What the network knows of one slice under ``disc``: features and tissue logits.

    Both (2, channels, angles, radii): of the picture as it lies, and of its mirror image. Rays
    that turn either way are averaged, and the network's rays have neither first nor last: quarter
    turns and mirror images of a scan get the same prediction.
    """

    disc: PolarGrid
    features: NDArray[np.float32]
    tissue_logits: NDArray[np.float32]


def embed(bundle: Bundle, image: Slice, disc: PolarGrid) -> Embedding:
    """Encode a slice; costs most of the time."""
    features, logits = bundle.encode(both_ways(seen_through(disc, image))[:, None])
    return Embedding(disc, features, logits)


def tissue_chances(embedding: Embedding) -> NDArray[np.float32]:
    """Chance of each tissue (5, rows, cols) on the window of the slice that holds the disc.

    Background beyond the disc.
    """
    chances = softmax(embedding.tissue_logits, axis=1)
    out = embedding.disc.restore_window(one_way(chances))
    out[Tissue.BACKGROUND] = 1.0 - out[Tissue.BLOOD_POOL :].sum(axis=0)
    return np.clip(out, 0.0, 1.0)


def decode(bundle: Bundle, embedding: Embedding, prompt: Prompt) -> Probability:
    """Probability of the scar that the prompt means, on the slice's pixels.

    With boxes, nothing is scar far from all of them and from points inside.

    Raises:
        PromptError: every box and point lies outside the disc over the ventricle.
    """
    disc = embedding.disc
    boxes = [disc.box_to_disc(b) for b in prompt.boxes]
    points = [Point(*disc.point_to_disc(p.row, p.col), p.inside) for p in prompt.points]
    previous = None if prompt.previous is None else disc.sample(prompt.previous)
    maps = disc_prompt_maps((disc.angles, disc.radii), boxes, points, previous)
    if not maps.any() and previous is None:
        raise PromptError("every box and point lies outside the disc over the ventricle")
    logits = bundle.decode(embedding.features, embedding.tissue_logits, both_ways(maps))
    chance = one_way(sigmoid(logits))
    if boxes:
        chance = chance * near_disc_prompts(disc.angles, disc.radii, boxes, points)
    return np.clip(disc.restore(chance), 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class SlicePrediction:
    """What the default network predicts of a slice without a prompt.

    ``chance`` of scar is calibrated, ``share`` is what scar holds of the wall's chance,
    ``mvo_share`` what MVO holds of scar's, and scar is MVO where ``blocked``; all are 0 beyond the
    disc of ``place``.
    """

    image: Slice
    place: Place
    embedding: Embedding
    labels: LabelMap
    chance: Probability
    share: Probability
    mvo_share: Probability
    blocked: PixelMask

    @property
    def nbytes(self) -> int:
        """Memory of its arrays; the image belongs to the study."""
        own = (self.labels.codes, self.chance, self.share, self.mvo_share, self.blocked)
        arrays = (self.embedding.features, self.embedding.tissue_logits, *own)
        return sum(np.asarray(array).nbytes for array in arrays)


def predict(bundle: Bundle, image: Slice, place: Place) -> SlicePrediction:
    """Tissues of a slice, outlined under the slice's disc with the card's cutoffs."""
    card, disc = bundle.card, place.disc
    embedding = embed(bundle, image, disc)
    chances = tissue_chances(embedding)
    labels = outlined(chances, card.scar_cutoff, card.mvo_cutoff)
    of_scar = mvo_share(chances)
    return SlicePrediction(
        image,
        place,
        embedding,
        LabelMap(disc.on_slice(labels.codes)),
        chance=disc.on_slice(calibrated(scar_chance(chances), card.temperature)),
        share=disc.on_slice(wall_share(chances)),
        mvo_share=disc.on_slice(of_scar),
        blocked=disc.on_slice(of_scar >= card.mvo_cutoff),
    )


class NetworkSegmenter:
    """The network over one slice, ready for prompts."""

    nbytes = 0  # the embedding is the prediction's

    def __init__(self, bundle: Bundle, embedding: Embedding) -> None:
        self._bundle = bundle
        self._embedding = embedding

    def scar(self, prompt: Prompt) -> Probability:
        """Probability of the scar that the prompt means, on the slice's pixels."""
        return decode(self._bundle, self._embedding, prompt)
