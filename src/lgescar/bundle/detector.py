"""A detector as files: one ONNX graph that gives boxes, and its card."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from lgescar.bundle.open import FloatArray, Network
from lgescar.core.errors import ModelError

FORMAT = "lgescar-detector/1"
CARD, GRAPH = "detector.json", "detector.onnx"


@dataclass(frozen=True, slots=True)
class DetectorPreparation:
    """What the detector looks at: ``view_px`` square samples of ``pixel_mm``.

    ``placed`` is whether they lie over the middle of the slice or over the heart. Brightness is
    clipped to ``clip_percentiles`` and standardised.
    """

    pixel_mm: float
    view_px: int
    placed: Literal["slice", "heart"]
    clip_percentiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class DetectorCard:
    """Everything about a detector but its weights.

    A box counts from ``score_cutoff`` on, chosen on patients that did not teach; of two boxes
    that share more than ``overlap`` the weaker is dropped. ``network`` is the kind of network.
    """

    name: str
    network: str
    task: str
    licence: str
    data: dict[str, Any]
    scores: dict[str, Any]
    preparation: DetectorPreparation
    score_cutoff: float
    overlap: float
    recipe: str
    recipe_sha256: str
    files: dict[str, str]

    def to_json(self) -> str:
        """The text of ``detector.json``."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"


class DetectorModel:
    """A graph from views (n, 1, size, size) to boxes, loaded when first used."""

    def __init__(self, card: DetectorCard, sha256: str, graph: bytes) -> None:
        self.card = card
        self.sha256 = sha256
        self._graph = graph

    def boxes(self, views: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Boxes (n, k, 4: top, left, bottom, right in view pixels) and scores (n, k) in [0, 1]."""
        boxes, scores = self._network.run({"image": views})
        return boxes, scores

    @cached_property
    def _network(self) -> Network:
        return Network(self._graph, ("image",), 2)


def open_detector(folder: Path) -> DetectorModel:
    """A checked detector, ready to run.

    Raises:
        ModelError: missing, damaged or foreign.
    """
    try:
        text = (folder / CARD).read_text("utf-8")
        graph = (folder / GRAPH).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"no detector in {folder.name}: expected {CARD} and {GRAPH}") from error
    card = read_detector_card(text)
    if hashlib.sha256(graph).hexdigest() != card.files[GRAPH]:
        raise ModelError(f"detector {folder.name}: {GRAPH} differs from its checksum")
    return DetectorModel(card, hashlib.sha256(text.encode()).hexdigest(), graph)


def read_detector_card(text: str) -> DetectorCard:
    """A card from the text of ``detector.json``.

    Raises:
        ModelError: the text is not a card of this format, or a field is missing or foreign.
    """
    try:
        content = json.loads(text)
        if content.pop("format") != FORMAT:
            raise ModelError(f"the detector's format is unknown, expected {FORMAT!r}")
        preparation = dict(content.pop("preparation"))
        preparation["clip_percentiles"] = tuple(preparation["clip_percentiles"])
        card = DetectorCard(preparation=DetectorPreparation(**preparation), **content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{CARD} is damaged or not of this project") from error
    if set(card.files) != {GRAPH} or card.preparation.placed not in ("slice", "heart"):
        raise ModelError(f"a detector holds {GRAPH}; its card says otherwise")
    return card
