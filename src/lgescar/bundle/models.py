"""Models as they run: the networks of a bundle, by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle.card import GRAPH, AnyCard, Card, Role, SamCard, SingleCard
from lgescar.core.errors import ModelError

FloatArray = NDArray[np.float32]
C = TypeVar("C", bound=AnyCard)
INPUTS: dict[Role, tuple[str, ...]] = {
    "detector": ("image",),
    "box-segmenter": ("image", "boxes"),
}
OUTPUTS: dict[Role, tuple[str, ...]] = {
    "detector": ("boxes", "scores"),
    "box-segmenter": ("logits",),
}
"""What a model of one graph takes and gives.

    image   (n, 1, size, size) standardised view
    boxes   into a segmenter: (n, 1, size, size), 1 inside the boxes
    boxes   out of a detector: (n, k, 4) top, left, bottom, right in view samples
    scores  (n, k) in [0, 1]
    logits  (n, 1, size, size) of being scar
"""


class OnnxNetwork:
    """One ONNX graph with the inputs and outputs we expect."""

    def __init__(self, payload: bytes, inputs: tuple[str, ...], outputs: int) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait for work by turning take it from the browser on the same machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = ort.InferenceSession(
                payload, options, providers=ort.get_available_providers()
            )
        except Exception as error:  # ONNX Runtime raises its own classes, with no common base
            raise ModelError("a network of the bundle is not a graph we can run") from error
        found = tuple(i.name for i in self._session.get_inputs())
        if found != inputs or len(self._session.get_outputs()) != outputs:
            raise ModelError(f"a network of the bundle takes {found}, expected {inputs}")

    def run(self, feed: Mapping[str, NDArray[Any]]) -> list[FloatArray]:
        """The graph's outputs, in its own order."""
        return [np.asarray(out, np.float32) for out in self._session.run(None, dict(feed))]


class Model(Generic[C]):
    """A card and its networks, each loaded when first used.

    ``card_bytes`` are those of the card's file, whose SHA-256 is the model's.
    """

    def __init__(
        self, card: C, sha256: str, networks: Mapping[str, bytes], card_bytes: bytes = b""
    ) -> None:
        self.card = card
        self.sha256 = sha256
        self.networks = networks
        self.card_bytes = card_bytes
        self._loaded: dict[str, OnnxNetwork] = {}

    @property
    def files(self) -> dict[str, bytes]:
        """All of its files by name: the same model again, wherever they are written."""
        return {self.card.FILE: self.card_bytes, **self.networks}

    def _network(self, file: str, inputs: tuple[str, ...], outputs: int) -> OnnxNetwork:
        if file not in self._loaded:
            self._loaded[file] = OnnxNetwork(self.networks[file], inputs, outputs)
        return self._loaded[file]


class Bundle(Model[Card]):
    """Networks that find the heart and outline its tissues in prepared pixels."""

    def load(self) -> None:
        """Load the networks that every study needs, for a study that is still being read."""
        _ = self._localizer, self._encoder

    def localize(self, images: FloatArray) -> FloatArray:
        """Logits (n, rows, cols) of lying in the left ventricle; input (n, 1, rows, cols)."""
        return self._localizer.run({"image": images})[0][:, 0]

    def encode(self, images: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(embeddings, tissue logits (n, 5, size, size)); input (n, 1, size, size)."""
        embedding, tissues = self._encoder.run({"image": images})
        return embedding, tissues

    def decode(self, embedding: FloatArray, tissues: FloatArray, prompt: FloatArray) -> FloatArray:
        """Logits (n, size, size) of the scar meant by prompt maps (n, 4, size, size)."""
        feed = {"embedding": embedding, "tissues": tissues, "prompt": prompt}
        return self._network("decoder.onnx", tuple(feed), 1).run(feed)[0][:, 0]

    @property
    def _localizer(self) -> OnnxNetwork:
        return self._network("localizer.onnx", ("image",), 1)

    @property
    def _encoder(self) -> OnnxNetwork:
        return self._network("encoder.onnx", ("image",), 2)


class SamBundle(Model[SamCard]):
    """Segment Anything: encoder and decoder."""

    def encode(self, images: FloatArray) -> FloatArray:
        """Embeddings of standardised frames (n, 1, frame_px, frame_px)."""
        return self._network("encoder.onnx", ("image",), 1).run({"image": images})[0]

    def decode(self, embedding: FloatArray, at: FloatArray, kinds: NDArray[np.int64]) -> FloatArray:
        """Logits (k, frame_px, frame_px) of k prompts of one slice.

        ``embedding`` is that slice's (1, ...), ``at`` (k, t, 2) and ``kinds`` (k, t) the prompts
        as ``prepare.prompt_tokens`` writes them.
        """
        feed: dict[str, NDArray[Any]] = {
            "embedding": embedding,
            "at": at[None],
            "kinds": kinds[None],
        }
        logits = self._network("decoder.onnx", tuple(feed), 1).run(feed)[0]
        return np.asarray(logits[0], np.float32)


class SingleModel(Model[SingleCard]):
    """A model of one graph: a detector, or a segmenter that takes boxes."""

    def answer(self, feed: Mapping[str, FloatArray]) -> list[FloatArray]:
        """The graph's outputs, as ``OUTPUTS`` lists them."""
        role = self.card.role
        return self._network(GRAPH, INPUTS[role], len(OUTPUTS[role])).run(feed)
