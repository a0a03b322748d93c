"""Bundles of any kind as segmenters that answer boxes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lgescar.bundle import open_bundle
from lgescar.bundle.open import bundle_folder
from lgescar.bundle.sam import SAM_FORMAT, open_sam
from lgescar.bundle.single import CARD, open_single
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.errors import ModelError, PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.core.roles import Segmenter
from lgescar.core.study import Study
from lgescar.detect.learned import detector_frame
from lgescar.prepare.frame import Frame
from lgescar.segment.boxed import BoxedSegmenter
from lgescar.segment.promptable import PromptableSegmenter
from lgescar.segment.sam import SamSegmenter, sam_frame

CERTAIN = 0.5
"""Chance from which a prompted pixel is scar, as in ``pipeline``."""
Answer = Callable[[Prompt], Probability]
"""What a segmenter sees of one slice for a prompt."""


class SegmenterOf(Protocol):
    """Makes a segmenter ready for a study."""

    def __call__(self, study: Study, heart: Frame, pixel_mm: float) -> Segmenter:
        """``heart`` is a frame round the heart whose samples lie ``pixel_mm`` apart."""
        ...


@runtime_checkable
class _Embeds(Protocol):
    """A segmenter that looks at a slice once for any number of prompts."""

    def embed(self, image: Slice) -> Any: ...

    def decode(self, embedding: Any, prompt: Prompt) -> Probability: ...


def answers_by_itself(bundle: Path) -> bool:
    """Whether a bundle holds the default network, which needs no box.

    Raises:
        ModelError: there is no bundle, or its card is damaged.
    """
    if (bundle / CARD).is_file():
        return False
    try:
        card = json.loads((bundle_folder(bundle) / "card.json").read_text("utf-8"))
        return bool(card["format"] != SAM_FORMAT)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"bundle {bundle.name}: card.json is missing or damaged") from error


def segmenter_of(bundle: Path) -> SegmenterOf:
    """The segmenter of a bundle of any kind that takes boxes.

    Raises:
        ModelError: the bundle is missing, damaged or no segmenter.
    """
    if (bundle / CARD).is_file():
        return _with_boxes(bundle)
    if not answers_by_itself(bundle):
        return _with_sam(bundle_folder(bundle))
    own = open_bundle(bundle)
    return lambda study, heart, pixel_mm: PromptableSegmenter(own, heart)


def answers_of(segmenter: Segmenter, image: Slice) -> Answer:
    """What the segmenter sees of a slice, encoded once where it can be."""
    if isinstance(segmenter, _Embeds):
        embedding, decode = segmenter.embed(image), segmenter.decode
        return lambda prompt: decode(embedding, prompt)
    return lambda prompt: segmenter.segment(image, prompt)


def scar_in(answer: Answer, shape: tuple[int, int], boxes: Sequence[Box]) -> PixelMask:
    """Scar of a slice inside its boxes; none where no box lies near the heart."""
    if not boxes:
        return np.zeros(shape, bool)
    try:
        return np.asarray(answer(Prompt(boxes=tuple(boxes))) >= CERTAIN)
    except PromptError:  # every box lies away from the heart
        return np.zeros(shape, bool)


def _with_boxes(bundle: Path) -> SegmenterOf:
    model = open_single(bundle, "box-segmenter")

    def made(study: Study, heart: Frame, pixel_mm: float) -> Segmenter:
        shape, view = study.slices[0].shape, model.card.preparation
        return BoxedSegmenter(model, detector_frame(shape, heart, pixel_mm, view))

    return made


def _with_sam(bundle: Path) -> SegmenterOf:
    sam = open_sam(bundle)

    def made(study: Study, heart: Frame, pixel_mm: float) -> Segmenter:
        spacing = pixel_mm / heart.step[0], pixel_mm / heart.step[1]
        shape = study.slices[0].shape
        return SamSegmenter(sam, sam_frame(sam.card, shape, spacing, heart.centre))

    return made
