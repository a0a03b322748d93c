"""Opens a bundle: card checked, every file hashed, networks run by ONNX Runtime."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle.card import CARDS, Card, read_card, refuse_other_option
from lgescar.core.errors import ModelError

EMBEDDED = Path(__file__).parent / "data"
CARD = "card.json"
LARGEST_NETWORK_BYTES = 1 << 30
FloatArray = NDArray[np.float32]


def bundle_names() -> tuple[str, ...]:
    """Names of the bundles that came with the package or were fetched, sorted."""
    found = {p.parent.name for home in _homes() for name in CARDS for p in home.glob(f"*/{name}")}
    return tuple(sorted(found))


def own_bundles() -> Path:
    """Folder for bundles the user fetched."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "lgescar" / "bundles"


def bundle_folder(name_or_path: str | Path) -> Path:
    """The folder of a bundle, or of a model of any kind, given by name or path.

    Raises:
        ModelError: nothing there.
    """
    places = (*(home / str(name_or_path) for home in _homes()), Path(name_or_path))
    for folder in places:
        if any((folder / name).is_file() for name in CARDS):
            return folder
    raise ModelError(
        f"no bundle {str(name_or_path)!r}: expected a folder that lgescar export wrote, or one of "
        f"{', '.join(bundle_names()) or '(none installed)'}"
    )


def verify_bundle(folder: Path) -> tuple[Card, str, Mapping[str, bytes]]:
    """Card, SHA-256 of the whole bundle, and the bytes of its networks, all checked.

    The bundle's SHA-256 is that of its card, which holds those of its networks.

    Raises:
        ModelError: a file is missing, too large, or differs from the card's checksum.
    """
    bundle = _verified(folder)
    return bundle.card, bundle.sha256, bundle.networks


def bundle_of(sha256: str) -> Path | None:
    """The folder of the installed bundle with that SHA-256; None where there is none."""
    for name in bundle_names():
        folder = bundle_folder(name)
        if (folder / CARD).is_file() and hashlib.sha256(_card_bytes(folder)).hexdigest() == sha256:
            return folder
    return None


def _card_bytes(folder: Path) -> bytes:
    try:
        return (folder / CARD).read_bytes()
    except OSError as error:
        raise ModelError(f"bundle {folder.name}: {CARD} cannot be read") from error


def checked_networks(folder: Path, files: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes of a bundle's networks, by name; ``files`` holds the SHA-256 of each.

    Raises:
        ModelError: a file is missing, too large, or differs from its checksum.
    """
    networks: dict[str, bytes] = {}
    for name, sha256 in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size > LARGEST_NETWORK_BYTES:
            raise ModelError(f"bundle {folder.name}: {name} is missing or too large")
        networks[name] = path.read_bytes()
        if hashlib.sha256(networks[name]).hexdigest() != sha256:
            raise ModelError(
                f"bundle {folder.name}: {name} differs from its checksum; fetch the bundle again"
            )
    return networks


def open_bundle(name_or_path: str | Path = "default") -> Bundle:
    """A checked bundle, ready to run.

    Raises:
        ModelError: missing, damaged or foreign; a detector or segmenter, which finds no heart.
    """
    folder = bundle_folder(name_or_path)
    refuse_other_option(folder, "--bundle")
    return _verified(folder)


def _verified(folder: Path) -> Bundle:
    text = _card_bytes(folder)
    try:
        card = read_card(text.decode())
    except UnicodeDecodeError as error:
        raise ModelError(f"bundle {folder.name}: {CARD} is not text") from error
    networks = checked_networks(folder, card.files)
    return Bundle(card, hashlib.sha256(text).hexdigest(), networks, text)


class Bundle:
    """Networks that turn prepared pixels into numbers; each is loaded when first used.

    ``card_bytes`` are those of the card's file, whose SHA-256 is the bundle's.
    """

    def __init__(
        self, card: Card, sha256: str, networks: Mapping[str, bytes], card_bytes: bytes = b""
    ) -> None:
        self.card = card
        self.sha256 = sha256
        self.networks = networks
        self.card_bytes = card_bytes

    @property
    def files(self) -> dict[str, bytes]:
        """All of its files by name: the same bundle again, wherever they are written."""
        return {CARD: self.card_bytes, **self.networks}

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
        return self._decoder.run(feed)[0][:, 0]

    @cached_property
    def _localizer(self) -> OnnxNetwork:
        return OnnxNetwork(self.networks["localizer.onnx"], ("image",), 1)

    @cached_property
    def _encoder(self) -> OnnxNetwork:
        return OnnxNetwork(self.networks["encoder.onnx"], ("image",), 2)

    @cached_property
    def _decoder(self) -> OnnxNetwork:
        return OnnxNetwork(self.networks["decoder.onnx"], ("embedding", "tissues", "prompt"), 1)


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


def _homes() -> tuple[Path, Path]:
    return EMBEDDED, own_bundles()
