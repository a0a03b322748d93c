"""The systems that outline scar, and how they are chosen by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lgescar.bundle import Bundle, SamBundle, SingleModel, open_bundle, open_model
from lgescar.bundle.open import bundle_folder
from lgescar.core.box import Box
from lgescar.core.errors import ModelError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.core.report import SliceResult
from lgescar.outline.detector import detect
from lgescar.outline.heart import Place
from lgescar.outline.lesions import scar_boxes
from lgescar.outline.network import NetworkSegmenter, SlicePrediction, embed
from lgescar.outline.system import Found, Segmenter, System, outlined_in, with_scar
from lgescar.outline.threshold import THRESHOLDS, ThresholdSegmenter
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid

PROMPTED_CUTOFF = 0.5
"""Chance from which a pixel is scar where the default network was prompted."""
RULE_CUTOFF = 0.5
"""Weight from which a pixel that a rule weighs counts as scar: at least half of it is."""


@dataclass(frozen=True, slots=True)
class NetworkSystem:
    """The network of the bundle itself: scar with the other tissues, or as prompts mean it."""

    bundle: Bundle
    cutoff: float = PROMPTED_CUTOFF

    @property
    def name(self) -> str:
        """The bundle's."""
        return self.bundle.card.name

    @property
    def temperature(self) -> float:
        """The card's."""
        return self.bundle.card.temperature

    def window(self, place: Place) -> PolarGrid:
        """The disc over the ventricle."""
        return place.disc

    def segmenter(self, prediction: SlicePrediction, place: Place) -> NetworkSegmenter:
        """The network under the slice's disc; away from the heart the slice is encoded anew."""
        known = prediction.embedding
        if place != prediction.place:
            known = embed(self.bundle, prediction.image, place.disc)
        return NetworkSegmenter(self.bundle, known)

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        """Boxes around the scar that the network predicts on this slice, largest first."""
        return scar_boxes(prediction.labels.scar, prediction.chance)

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        """The predicted scar, and what the card's strict and lenient cutoffs leave in the wall."""
        share = np.where(prediction.labels.wall, prediction.share, -1.0)
        lenient, strict = self.bundle.card.likely_cutoffs
        ends = np.asarray(share >= strict), np.asarray(share >= lenient)
        return Found(SliceResult(prediction.labels, prediction.chance), ends)

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """The cutoffs that decided."""
        card = self.bundle.card
        own: dict[str, Any] = {"boxes": "given" if prompted else "detected"}
        own["mvo_cutoff"] = card.mvo_cutoff
        if not prompted:
            own["least_lesion_percent"] = card.least_lesion_percent
        cutoff = self.cutoff if prompted else card.scar_cutoff
        return {**own, "scar_cutoff": cutoff, "temperature": card.temperature}


@dataclass(frozen=True, slots=True)
class BoxSystem:
    """A trained segmenter of scar in boxes: without others, those of the bundle's own scar map."""

    bundle: Bundle
    model: SamBundle | SingleModel
    cutoff: float
    view: Callable[[Place], Frame]
    build: Callable[[Slice, Frame], Segmenter]

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.card.name

    @property
    def temperature(self) -> float:
        """The card's."""
        return self.model.card.temperature

    def window(self, place: Place) -> Frame:
        """The model's view."""
        return self.view(place)

    def segmenter(self, prediction: SlicePrediction, place: Place) -> Segmenter:
        """The model, ready for the slice."""
        return self.build(prediction.image, self.view(place))

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        """Those of the bundle's network."""
        return scar_boxes(prediction.labels.scar, prediction.chance)

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        """The scar in the boxes of the bundle's network."""
        found = _in_boxes(self, prediction, segmenter, self.proposed(prediction))
        return Found(found.result)

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """Its card and cutoffs; the bundle's cutoff only where it had a say."""
        card = self.bundle.card
        own: dict[str, Any] = {"boxes": "given" if prompted else "detected"}
        own["mvo_cutoff"] = card.mvo_cutoff
        if not prompted:
            own["scar_cutoff"] = card.scar_cutoff
        about = {"name": self.name, "sha256": self.model.sha256}
        decided = {"cutoff": self.cutoff, "temperature": self.temperature}
        return {**own, "segmenter": {**about, **decided}}


@dataclass(frozen=True, slots=True)
class ThresholdSystem:
    """A threshold rule in the wall that the bundle outlines."""

    bundle: Bundle
    name: str
    cutoff: float = RULE_CUTOFF
    temperature: None = None

    def window(self, place: Place) -> Frame:
        """The square about the heart."""
        return place.frame

    def segmenter(self, prediction: SlicePrediction, place: Place) -> ThresholdSegmenter:
        """The rule in the slice's wall; away from the heart no wall is known."""
        wall = prediction.labels.wall
        if place != prediction.place:
            wall = np.zeros_like(wall)
        return ThresholdSegmenter(self.name, prediction.image, wall)

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        """None: a rule needs none."""
        return ()

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        """What the rule finds in the whole wall."""
        weights = THRESHOLDS[self.name](prediction.image.pixels, prediction.labels.wall)
        return Found(with_scar(self, prediction, (weights >= self.cutoff, weights)))

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """The rule and its cutoff."""
        own: dict[str, Any] = {"boxes": "given" if prompted else "none"}
        own["mvo_cutoff"] = self.bundle.card.mvo_cutoff
        return {**own, "segmenter": {"name": self.name, "cutoff": self.cutoff}}


@dataclass(frozen=True, slots=True)
class DetectorSystem:
    """Another system in the boxes of a trained detector."""

    detector: SingleModel
    inner: System

    @property
    def name(self) -> str:
        """Both, in the order in which they work."""
        return f"{self.detector.card.name}+{self.inner.name}"

    @property
    def bundle(self) -> Bundle:
        """The inner system's, as is all that concerns prompts."""
        return self.inner.bundle

    @property
    def cutoff(self) -> float:
        """The inner system's."""
        return self.inner.cutoff

    @property
    def temperature(self) -> float | None:
        """The inner system's."""
        return self.inner.temperature

    def window(self, place: Place) -> Frame | PolarGrid:
        """The inner system's."""
        return self.inner.window(place)

    def segmenter(self, prediction: SlicePrediction, place: Place) -> Segmenter:
        """The inner system's."""
        return self.inner.segmenter(prediction, place)

    def proposed(self, prediction: SlicePrediction, lowest: float | None = None) -> tuple[Box, ...]:
        """The detector's boxes, wherever they lie, from the least score or its cutoff on."""
        return detect(self.detector, prediction.image, prediction.place, lowest)

    def automatic(self, prediction: SlicePrediction, segmenter: Segmenter) -> Found:
        """The scar in the detector's boxes; those away from the heart are left out."""
        return _in_boxes(self.inner, prediction, segmenter, self.proposed(prediction))

    def settings(self, *, prompted: bool) -> dict[str, Any]:
        """The inner system's in boxes, and the detector where its boxes were used."""
        own = self.inner.settings(prompted=True)
        if prompted:
            return own
        card = self.detector.card
        about = {"name": card.name, "sha256": self.detector.sha256, "cutoff": card.cutoff}
        return {**own, "boxes": "detected", "detector": about}


def _in_boxes(
    system: System, prediction: SlicePrediction, segmenter: Segmenter, boxes: tuple[Box, ...]
) -> Found:
    """The scar in those of the boxes that the segmenter sees."""
    seen = tuple(filter(system.window(prediction.place).sees, boxes))
    prompt = Prompt(seen) if seen else None
    result = outlined_in(system, prediction, segmenter, prompt)
    return Found(result, left_out=len(boxes) - len(seen))


def open_system(name: str | Path | None = None, bundle: Bundle | str | Path = "default") -> System:
    """The system called ``name``: a threshold rule, a model by name or path, or two joined by +.

    Of ``DETECTOR+SEGMENTER`` the first finds the boxes in which the second outlines scar.
    ``bundle`` finds the heart and outlines the wall, and the scar, too, where no name is given;
    a system that is a bundle finds its own.

    Raises:
        ModelError: a model is missing, damaged or of a kind that does not fit there.
    """
    if name is None:
        return NetworkSystem(_opened(bundle))
    if isinstance(name, str) and name in THRESHOLDS:
        return SYSTEMS[name](name, bundle)
    detector, plus, segmenter = str(name).partition("+")
    try:
        folder = bundle_folder(name)
    except ModelError as error:
        if plus:
            return _before(open_model(detector), open_system(segmenter or None, bundle))
        raise ModelError(f"{error}, or a threshold: {', '.join(THRESHOLDS)}") from error
    model = open_model(folder)
    kind = model.card.role if isinstance(model, SingleModel) else type(model).__name__
    return SYSTEMS[kind](model, bundle)


def _opened(bundle: Bundle | str | Path) -> Bundle:
    return bundle if isinstance(bundle, Bundle) else open_bundle(bundle)


def _sam(model: SamBundle, bundle: Bundle | str | Path) -> System:
    from lgescar.outline.sam import SamSegmenter

    card = model.card

    def view(place: Place) -> Frame:
        return place.view(card.frame_pixel_mm, card.frame_px)

    build = partial(SamSegmenter, model)
    return BoxSystem(_opened(bundle), model, card.scar_cutoff, view, build)


def _boxed(model: SingleModel, bundle: Bundle | str | Path) -> System:
    from lgescar.outline.boxed import BoxedSegmenter

    seen = model.card.preparation

    def view(place: Place) -> Frame:
        return place.view(seen.pixel_mm, seen.view_px, on_slice=seen.placed == "slice")

    build = partial(BoxedSegmenter, model)
    return BoxSystem(_opened(bundle), model, model.card.cutoff, view, build)


def _before(detector: Bundle | SamBundle | SingleModel, system: System) -> System:
    """A detector before another system."""
    if isinstance(system, DetectorSystem) or not isinstance(detector, SingleModel):
        raise ModelError(PAIR)
    if detector.card.role != "detector":
        raise ModelError(PAIR)
    return DetectorSystem(detector, system)


PAIR = "one detector and then one segmenter make a system, as in yolo12+sam"
SYSTEMS: dict[str, Callable[[Any, Bundle | str | Path], System]] = {
    "Bundle": lambda model, bundle: NetworkSystem(model),
    "SamBundle": _sam,
    "box-segmenter": _boxed,
    "detector": lambda model, bundle: _before(model, NetworkSystem(_opened(bundle))),
    **dict.fromkeys(THRESHOLDS, lambda rule, bundle: ThresholdSystem(_opened(bundle), rule)),
}
"""What builds a system, by the rule's name or by the kind of model."""
