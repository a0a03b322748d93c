"""Who outlines scar instead of the default network: a trained segmenter, or a rule in the wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lgescar.bundle import SamBundle, SingleModel, open_segmenter
from lgescar.bundle.open import bundle_folder
from lgescar.core.arrays import PixelMask
from lgescar.core.errors import ModelError
from lgescar.core.image import Slice
from lgescar.core.roles import Segmenter
from lgescar.prepare.frame import Frame
from lgescar.segment.threshold import THRESHOLDS, ThresholdSegmenter

RULE_CUTOFF = 0.5
"""Weight from which a pixel that a rule weighs counts as scar: at least half of it is."""

Ready = Callable[[Slice, PixelMask], Segmenter]
"""The segmenter for a slice, given the wall that the default network outlined there."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A segmenter of scar, and what its answers mean.

    ``sha256`` is that of its card, None for a rule. A pixel is scar from ``cutoff`` on;
    ``temperature`` calibrates its probabilities, None where they are a rule's weights.
    ``over(heart, pixel_mm)`` lays it over a study whose heart lies in the frame ``heart`` with
    samples of ``pixel_mm``: what it sees of the slices, and the segmenter of each.
    """

    name: str
    sha256: str | None
    cutoff: float
    temperature: float | None
    over: Callable[[Frame, float], tuple[Frame, Ready]]

    @property
    def is_rule(self) -> bool:
        """Whether it needs no boxes."""
        return self.sha256 is None

    def settings(self) -> dict[str, Any]:
        """What a report's provenance says of it."""
        known = {
            "name": self.name,
            "sha256": self.sha256,
            "cutoff": self.cutoff,
            "temperature": self.temperature,
        }
        return {key: value for key, value in known.items() if value is not None}


def choose_segmenter(word: str | Path) -> Chosen:
    """The rule of that name, else the segmenter of that name or in that folder.

    Raises:
        ModelError: there is none, it is damaged, or it is no segmenter.
    """
    if isinstance(word, str) and word in THRESHOLDS:
        return _rule(word)
    try:
        folder = bundle_folder(word)
    except ModelError as error:
        raise ModelError(f"{error}, or a threshold: {', '.join(THRESHOLDS)}") from error
    model = open_segmenter(folder)
    return _sam(model) if isinstance(model, SamBundle) else _boxed(model)


def _rule(name: str) -> Chosen:
    def over(heart: Frame, pixel_mm: float) -> tuple[Frame, Ready]:
        return heart, lambda image, wall: ThresholdSegmenter(name, {image.uid: wall})

    return Chosen(name, None, RULE_CUTOFF, None, over)


def _sam(bundle: SamBundle) -> Chosen:
    from lgescar.segment.sam import SamSegmenter

    card = bundle.card

    def over(heart: Frame, pixel_mm: float) -> tuple[Frame, Ready]:
        frame = heart.rescaled(card.frame_pixel_mm / pixel_mm, card.frame_px)
        segmenter = SamSegmenter(bundle, frame)
        return frame, lambda image, wall: segmenter

    return Chosen(card.name, bundle.sha256, card.scar_cutoff, card.temperature, over)


def _boxed(model: SingleModel) -> Chosen:
    from lgescar.segment.boxed import BoxedSegmenter

    card, seen = model.card, model.card.preparation

    def over(heart: Frame, pixel_mm: float) -> tuple[Frame, Ready]:
        zoom, on_slice = seen.pixel_mm / pixel_mm, seen.placed == "slice"
        frame = heart.rescaled(zoom, seen.view_px, on_slice=on_slice)
        segmenter = BoxedSegmenter(model, frame)
        return frame, lambda image, wall: segmenter

    return Chosen(card.name, model.sha256, card.cutoff, card.temperature, over)
