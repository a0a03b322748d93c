"""Bundles of any kind as segmenters that answer boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lgescar.bundle import Bundle, open_model
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.core.roles import Segmenter
from lgescar.core.study import Study
from lgescar.detect.heart import Heart
from lgescar.prepare.polar import PolarGrid
from lgescar.segment.choose import choose_segmenter
from lgescar.segment.promptable import Embedding, PromptableSegmenter
from lgescar.segment.scar import PROMPTED_CUTOFF

Answer = Callable[[Prompt], Probability]
"""What a segmenter sees of one slice for a prompt."""


@dataclass(frozen=True, slots=True)
class BoxSegmenter:
    """A segmenter that is prompted; a pixel is scar from ``cutoff`` on.

    ``over(study, heart, pixel_mm)`` lays it over a study's ``heart``, whose frame has samples of
    ``pixel_mm``, and gives the segmenter of each of its slices.
    """

    cutoff: float
    over: Callable[[Study, Heart, float], Callable[[Slice], Segmenter]]


@runtime_checkable
class _Embeds(Protocol):
    """A segmenter that looks at a slice once for any number of prompts."""

    def embed(self, image: Slice) -> Any: ...

    def decode(self, embedding: Any, prompt: Prompt) -> Probability: ...


def box_segmenter(bundle: Path) -> BoxSegmenter:
    """The segmenter of a bundle of any kind that takes boxes.

    Raises:
        ModelError: the bundle is missing, damaged or no segmenter.
    """
    own = open_model(bundle)
    if isinstance(own, Bundle):
        return BoxSegmenter(PROMPTED_CUTOFF, partial(_own, own))
    chosen = choose_segmenter(bundle)

    def over(study: Study, heart: Heart, pixel_mm: float) -> Callable[[Slice], Segmenter]:
        _, ready = chosen.over(heart.frame, pixel_mm)
        return lambda image: ready(image, np.zeros(image.shape, bool))  # networks need no wall

    return BoxSegmenter(chosen.cutoff, over)


def answer_of(segmenter: Segmenter, image: Slice) -> Answer:
    """What the segmenter sees of a slice, encoded once where it can be."""
    if isinstance(segmenter, _Embeds):
        embedding, decode = segmenter.embed(image), segmenter.decode
        return lambda prompt: decode(embedding, prompt)
    return lambda prompt: segmenter.segment(image, prompt)


def scar_in(
    answer: Answer, cutoff: float, shape: tuple[int, int], boxes: Sequence[Box]
) -> PixelMask:
    """Scar of a slice inside its boxes; none where no box lies near the heart."""
    if not boxes:
        return np.zeros(shape, bool)
    try:
        return np.asarray(answer(Prompt(boxes=tuple(boxes))) >= cutoff)
    except PromptError:  # every box lies away from the heart
        return np.zeros(shape, bool)


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """The default network over one slice's ventricle."""

    network: PromptableSegmenter
    disc: PolarGrid
    name: str = "promptable"

    def embed(self, image: Slice) -> Embedding:
        """The slice, encoded."""
        return self.network.embed(image, self.disc)

    def decode(self, embedding: Embedding, prompt: Prompt) -> Probability:
        """Probability of the scar that the prompt means."""
        return self.network.decode(embedding, prompt)

    def segment(self, image: Slice, prompt: Prompt) -> Probability:
        """Both."""
        return self.decode(self.embed(image), prompt)


def _own(bundle: Bundle, study: Study, heart: Heart, _: float) -> Callable[[Slice], Segmenter]:
    network = PromptableSegmenter(bundle)
    discs = dict(zip(study.slices, heart.discs, strict=True))
    return lambda image: _Own(network, discs[image])
