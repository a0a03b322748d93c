"""A trained detector behind the ``Detector`` role: one ONNX graph, whatever taught it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lgescar.bundle import SingleModel, View
from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.roles import Detector
from lgescar.core.study import Study
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import pictured, standardised

MOST_BOXES = 20
"""A slice with more scars than this is no slice of a heart."""
MOST_CANDIDATES = 200
"""Best boxes of a graph that are looked at; a network marks each scar many times."""


class LearnedDetector:
    """Boxes of a detector's graph, seen through ``frame``, on the slice's own pixels.

    ``cutoff`` is the lowest score that counts; the card's own where not given.
    """

    def __init__(self, model: SingleModel, frame: Frame, cutoff: float | None = None) -> None:
        self._model = model
        self._frame = frame
        self._cutoff = model.card.cutoff if cutoff is None else cutoff

    @property
    def name(self) -> str:
        """Word it is chosen by."""
        return self._model.card.name

    def settings(self) -> dict[str, Any]:
        """What a report's provenance says of it."""
        return {"name": self.name, "sha256": self._model.sha256, "cutoff": self._cutoff}

    def detect(self, image: Slice) -> tuple[Box, ...]:
        """Boxes with scores, best first; empty when no scar is seen."""
        view = detector_view(image, self._frame)[None, None]
        boxes, scores = self._model.answer({"image": view})
        size = float(self._frame.size)
        found = boxes_of(boxes[0], scores[0], self._cutoff, size)
        kept = without_doubles(found, self._model.card.overlap)
        return tuple(self._frame.box_to_slice(b) for b in kept[:MOST_BOXES])


def detector_frame(
    shape: tuple[int, int], heart: Frame, heart_pixel_mm: float, prepared: View
) -> Frame:
    """The frame a detector looks through, at the scale of the frame around the heart.

    That scale holds where the file gives no spacing, too.
    """
    zoom = prepared.pixel_mm / heart_pixel_mm
    placed = replace(heart, shape=shape)
    return placed.rescaled(zoom, prepared.view_px, on_slice=prepared.placed == "slice")


def detector_view(image: Slice, frame: Frame) -> Pixels:
    """What the detector sees of a slice, standardised."""
    over = frame.inside() > 0.5
    shown = frame.sample(pictured(image.pixels).astype(np.float32)) > 0.5
    return standardised(frame.sample(image.pixels), over & shown)


def boxes_of(boxes: Pixels, scores: Pixels, cutoff: float, size: float) -> list[Box]:
    """Boxes (k, 4) with scores from ``cutoff`` on, cut at the view's border, best first."""
    chosen = np.flatnonzero(scores >= cutoff)
    found = []
    for i in chosen[np.argsort(-scores[chosen], kind="stable")][:MOST_CANDIDATES]:
        top, left, bottom, right = np.clip(boxes[i], 0.0, size).tolist()
        if bottom - top >= 1.0 and right - left >= 1.0:
            found.append(Box(top, left, bottom, right, float(np.clip(scores[i], 0.0, 1.0))))
    return found


def without_doubles(ranked: list[Box], overlap: float) -> list[Box]:
    """Boxes, best first, none of which shares more than ``overlap`` with a better one.

    Source: non-maximum suppression, Felzenszwalb et al., TPAMI 2010;32:1627.
    """
    kept: list[Box] = []
    for box in ranked:
        if all(box.overlap(other) <= overlap for other in kept):
            kept.append(box)
    return kept


def detected(study: Study, detector: Detector) -> dict[int, tuple[Box, ...]]:
    """Boxes of every slice by its index on the input's grid, as prompts take them."""
    pairs = zip(study.indices, study.slices, strict=True)
    return {index: boxes for index, s in pairs if (boxes := detector.detect(s))}
