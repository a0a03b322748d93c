"""A model of one ONNX graph as files: a detector, or a segmenter that takes boxes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from lgescar.bundle.card import MODEL_FORMAT, card_content
from lgescar.bundle.open import FloatArray, OnnxNetwork
from lgescar.core.errors import ModelError

CARD, GRAPH = "model.json", "model.onnx"
Role = Literal["detector", "box-segmenter"]
INPUTS: dict[Role, tuple[str, ...]] = {
    "detector": ("image",),
    "box-segmenter": ("image", "boxes"),
}
OUTPUTS: dict[Role, tuple[str, ...]] = {
    "detector": ("boxes", "scores"),
    "box-segmenter": ("logits",),
}
"""What a graph takes and gives.

    image   (n, 1, size, size) standardised view
    boxes   into a segmenter: (n, 1, size, size), 1 inside the boxes
    boxes   out of a detector: (n, k, 4) top, left, bottom, right in view samples
    scores  (n, k) in [0, 1]
    logits  (n, 1, size, size) of being scar
"""


@dataclass(frozen=True, slots=True)
class View:
    """What the graph looks at: ``view_px`` square samples of ``pixel_mm``.

    ``placed`` is whether they lie over the middle of the slice or over the heart. Brightness is
    clipped to ``clip_percentiles`` and standardised.
    """

    pixel_mm: float
    view_px: int
    placed: Literal["slice", "heart"]
    clip_percentiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class SingleCard:
    """Everything about a model but its weights.

    ``network`` is the kind of network. A box or a pixel counts from ``cutoff`` on; of two boxes
    that share more than ``overlap`` the weaker is dropped. ``temperature`` divides a segmenter's
    logits so that probabilities match frequencies; older cards have none.
    """

    name: str
    role: Role
    network: str
    task: str
    licence: str
    data: dict[str, Any]
    scores: dict[str, Any]
    preparation: View
    cutoff: float
    overlap: float
    recipe: str
    recipe_sha256: str
    files: dict[str, str]
    temperature: float = 1.0

    def to_json(self) -> str:
        """The text of ``model.json``."""
        return json.dumps({"format": MODEL_FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"


class SingleModel:
    """A graph and its card; the graph is loaded when first used."""

    def __init__(self, card: SingleCard, sha256: str, graph: bytes) -> None:
        self.card = card
        self.sha256 = sha256
        self._graph = graph

    def answer(self, feed: Mapping[str, FloatArray]) -> list[FloatArray]:
        """The graph's outputs, as ``OUTPUTS`` lists them."""
        return self._network.run(feed)

    @cached_property
    def _network(self) -> OnnxNetwork:
        role = self.card.role
        return OnnxNetwork(self._graph, INPUTS[role], len(OUTPUTS[role]))


def open_single(folder: Path, role: Role | None = None) -> SingleModel:
    """A checked model, ready to run, of any role where none is named.

    Raises:
        ModelError: missing, damaged, foreign, or of another role.
    """
    try:
        text = (folder / CARD).read_text("utf-8")
        graph = (folder / GRAPH).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        what = role or "model"
        raise ModelError(f"no {what} in {folder.name}: expected {CARD} and {GRAPH}") from error
    card = read_single_card(text)
    if role is not None and card.role != role:
        raise ModelError(f"{folder.name} holds a {card.role}, expected a {role}")
    if hashlib.sha256(graph).hexdigest() != card.files[GRAPH]:
        raise ModelError(f"{folder.name}: {GRAPH} differs from its checksum")
    return SingleModel(card, hashlib.sha256(text.encode()).hexdigest(), graph)


def write_single(card: SingleCard, graph: bytes, out: Path) -> None:
    """``model.json`` and ``model.onnx`` in the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    (out / GRAPH).write_bytes(graph)
    (out / CARD).write_text(card.to_json(), encoding="utf-8")


def read_single_card(text: str) -> SingleCard:
    """A card from the text of ``model.json``.

    Raises:
        ModelError: the text is not a card of this format, or a field is missing or foreign.
    """
    content = card_content(text, MODEL_FORMAT)
    try:
        preparation = dict(content.pop("preparation"))
        preparation["clip_percentiles"] = tuple(preparation["clip_percentiles"])
        card = SingleCard(preparation=View(**preparation), **content)
        if not (card.temperature > 0.0 and 0.0 <= card.cutoff <= 1.0):
            raise ValueError("temperature or cutoff out of range")
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{CARD} is damaged or not of this project") from error
    known = card.role in INPUTS and card.preparation.placed in ("slice", "heart")
    if not known or set(card.files) != {GRAPH}:
        raise ModelError(f"{CARD} is damaged or not of this project")
    return card
