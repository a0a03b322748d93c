"""Segment Anything as a bundle: two ONNX graphs and the card that says what they are."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle.card import SAM_FORMAT, card_content
from lgescar.bundle.open import OnnxNetwork, checked_networks
from lgescar.core.errors import ModelError

SAM_NETWORKS = ("encoder.onnx", "decoder.onnx")


@dataclass(frozen=True, slots=True)
class SamCard:
    """Everything about a SAM bundle but its weights.

    It sees ``frame_px`` square frames at ``frame_pixel_mm``, clipped to ``clip_percentiles`` and
    standardised. ``checkpoint`` and its SHA-256 are the published weights it began with, empty
    where it began at random. ``files`` maps each network to its SHA-256. ``temperature`` divides
    scar logits so that probabilities match frequencies; a pixel is scar from ``scar_cutoff`` on.
    Both were chosen on the tune patients; older cards have neither.
    """

    name: str
    task: str
    licence: str
    data: dict[str, Any]
    scores: dict[str, Any]
    frame_pixel_mm: float
    frame_px: int
    clip_percentiles: tuple[float, float]
    checkpoint: str
    checkpoint_sha256: str
    recipe: str
    recipe_sha256: str
    files: dict[str, str]
    temperature: float = 1.0
    scar_cutoff: float = 0.5

    def to_json(self) -> str:
        """The text of ``card.json``."""
        return json.dumps({"format": SAM_FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"


def open_sam(folder: Path) -> SamBundle:
    """A checked SAM bundle, ready to run.

    Raises:
        ModelError: missing, damaged or foreign.
    """
    try:
        text = (folder / "card.json").read_bytes()
        content = card_content(text, SAM_FORMAT)
        content["clip_percentiles"] = tuple(content["clip_percentiles"])
        card = SamCard(**content)
        foreign = set(card.files) != set(SAM_NETWORKS)
        if not (card.temperature > 0.0 and 0.0 <= card.scar_cutoff <= 1.0):
            raise ValueError("temperature or cutoff out of range")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"bundle {folder.name}: card.json is missing or damaged") from error
    if foreign:
        raise ModelError(f"a SAM bundle holds {', '.join(SAM_NETWORKS)}; its card lists others")
    return SamBundle(card, hashlib.sha256(text).hexdigest(), checked_networks(folder, card.files))


class SamBundle:
    """Encoder and decoder; each is loaded when first used."""

    def __init__(self, card: SamCard, sha256: str, networks: Mapping[str, bytes]) -> None:
        self.card = card
        self.sha256 = sha256
        self._networks = networks

    def encode(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeddings of standardised frames (n, 1, frame_px, frame_px)."""
        return self._encoder.run({"image": images})[0]

    def decode(
        self, embedding: NDArray[np.float32], at: NDArray[np.float32], kinds: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Logits (k, frame_px, frame_px) of k prompts of one slice.

        ``embedding`` is that slice's (1, ...), ``at`` (k, t, 2) and ``kinds`` (k, t) the prompts
        as ``prepare.prompt_tokens`` writes them.
        """
        feed: dict[str, NDArray[Any]] = {
            "embedding": embedding,
            "at": at[None],
            "kinds": kinds[None],
        }
        return np.asarray(self._decoder.run(feed)[0][0], np.float32)

    @cached_property
    def _encoder(self) -> OnnxNetwork:
        return OnnxNetwork(self._networks["encoder.onnx"], ("image",), 1)

    @cached_property
    def _decoder(self) -> OnnxNetwork:
        return OnnxNetwork(self._networks["decoder.onnx"], ("embedding", "at", "kinds"), 1)
