"""Scar of a slice: by the default network alone, or by whoever was chosen, in boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lgescar.bundle import Bundle
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import LabelMap
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid
from lgescar.segment.choose import Chosen
from lgescar.segment.outline import (
    calibrated,
    mvo_share,
    outlined,
    redrawn,
    scar_chance,
    wall_share,
)
from lgescar.segment.promptable import Embedding, PromptableSegmenter

PROMPTED_CUTOFF = 0.5
"""Chance from which a pixel is scar where the default network was asked with boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the default network says of a slice unasked.

    ``chance`` of scar is calibrated, ``share`` is what scar holds of the wall's chance,
    ``mvo_share`` what MVO holds of scar's, and scar is MVO where ``blocked``; all are 0 beyond the
    disc.
    """

    image: Slice
    embedding: Embedding
    labels: LabelMap
    chance: Probability
    share: Probability
    mvo_share: Probability
    blocked: PixelMask


class ScarOutliner:
    """The bundle outlines the heart; ``chosen``, or the bundle where None, the scar in boxes.

    ``seen`` is the frame beyond which a box says nothing to ``chosen``.
    """

    def __init__(self, bundle: Bundle, heart: Frame, chosen: Chosen | None) -> None:
        self._card = bundle.card
        self._network = PromptableSegmenter(bundle)
        self._chosen = chosen
        self.seen = heart
        if chosen is not None:
            pixel_mm = bundle.card.preparation.frame_pixel_mm
            self.seen, self._ready = chosen.over(heart, pixel_mm)

    @property
    def alone(self) -> bool:
        """Whether the bundle outlines scar, too."""
        return self._chosen is None

    @property
    def is_rule(self) -> bool:
        """Whether a threshold decides, which needs no boxes."""
        return self._chosen is not None and self._chosen.is_rule

    @property
    def least_lesion_percent(self) -> float:
        """Of the wall, that a lesion on one slice alone needs where the bundle finds it unasked."""
        return self._card.least_lesion_percent

    def sees(self, box: Box, disc: PolarGrid) -> bool:
        """Whether a box on the slice under ``disc`` says anything to who outlines scar."""
        return disc.sees(box) if self.alone else self.seen.sees(box)

    def look(self, image: Slice, disc: PolarGrid) -> Look:
        """Tissues of a slice as the default network outlines them under the slice's disc."""
        embedding = self._network.embed(image, disc)
        tissues = self._network.tissues(embedding)
        chance = calibrated(scar_chance(tissues), self._card.temperature)
        labels = outlined(tissues, self._card.scar_cutoff, self._card.mvo_cutoff)
        blocked = mvo_share(tissues)
        return Look(
            image,
            embedding,
            LabelMap(disc.on_slice(labels.codes)),
            chance=disc.on_slice(chance),
            share=disc.on_slice(wall_share(tissues)),
            mvo_share=disc.on_slice(blocked),
            blocked=disc.on_slice(blocked >= self._card.mvo_cutoff),
        )

    def ends(self, look: Look) -> tuple[PixelMask, PixelMask]:
        """The scar that the card's strict and its lenient cutoff leave in the wall."""
        share = np.where(look.labels.wall, look.share, -1.0)
        lenient, strict = self._card.likely_cutoffs
        return np.asarray(share >= strict), np.asarray(share >= lenient)

    def in_boxes(
        self, look: Look, boxes: tuple[Box, ...], points: tuple[Point, ...] = ()
    ) -> tuple[LabelMap, Probability]:
        """Labels with the scar in ``boxes`` as their only scar, and its calibrated probability.

        ``points`` correct it: inside the scar, or outside. The bundle's own network also answers
        points alone.

        Raises:
            PromptError: every box lies off the frame ``seen``, or a segmenter takes no points.
        """
        chance = np.zeros(look.image.shape, np.float32)
        chosen, card = self._chosen, self._card
        if chosen is None and (boxes or points):
            chance = self._network.decode(look.embedding, Prompt(boxes, points))
        elif chosen is not None and boxes:
            asked = self._ready(look.image, look.labels.wall)
            chance = asked.segment(look.image, Prompt(boxes, points))
        cutoff = PROMPTED_CUTOFF if chosen is None else chosen.cutoff
        temperature = card.temperature if chosen is None else chosen.temperature
        labels = redrawn(look.labels, look.blocked, (chance >= cutoff) & (chance > 0.0))
        return labels, chance if temperature is None else calibrated(chance, temperature)

    def in_wall(self, look: Look) -> tuple[LabelMap, Probability]:
        """Labels with what a rule finds in the whole wall as their only scar, and its weights."""
        rows, cols = look.image.shape
        return self.in_boxes(look, (Box(0.0, 0.0, float(rows), float(cols)),))

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """What decided, for provenance; the bundle's cutoff only where it had a say."""
        card, chosen = self._card, self._chosen
        own = {"mvo_cutoff": card.mvo_cutoff}
        if chosen is None and prompted:
            return {**own, "scar_cutoff": PROMPTED_CUTOFF, "temperature": card.temperature}
        if chosen is None:
            own["least_lesion_percent"] = card.least_lesion_percent
            return {**own, "scar_cutoff": card.scar_cutoff, "temperature": card.temperature}
        if not prompted and not chosen.is_rule:
            own["scar_cutoff"] = card.scar_cutoff
        return {**own, "segmenter": chosen.settings()}
