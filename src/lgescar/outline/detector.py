"""A trained detector on a slice: one ONNX graph, however it was trained."""

from __future__ import annotations

import numpy as np

from lgescar.bundle import SingleModel
from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.outline.heart import Place
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import pictured, standardised

MOST_BOXES = 20
"""A slice with more scars than this is no slice of a heart."""
MOST_CANDIDATES = 200
"""Best boxes of a graph that are considered; a network marks each scar many times."""


def detect(
    model: SingleModel, image: Slice, place: Place, lowest: float | None = None
) -> tuple[Box, ...]:
    """Boxes with scores, best first, on the slice's own pixels; empty where no scar is seen.

    ``lowest`` is the least score that counts; the card's cutoff where not given.
    """
    seen = model.card.preparation
    frame = place.view(seen.pixel_mm, seen.view_px, on_slice=seen.placed == "slice")
    view = detector_view(image, frame)[None, None]
    boxes, scores = model.answer({"image": view})
    cutoff = model.card.cutoff if lowest is None else lowest
    found = boxes_of(boxes[0], scores[0], cutoff, float(frame.size))
    best = without_doubles(found, model.card.overlap)[:MOST_BOXES]
    return tuple(frame.box_to_slice(b) for b in best)


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
    best: list[Box] = []
    for box in ranked:
        if all(box.overlap(other) <= overlap for other in best):
            best.append(box)
    return best
