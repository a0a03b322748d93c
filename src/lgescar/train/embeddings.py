"""Embeddings of a frozen encoder, cached on disk by the content of its input."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lgescar.core.atomic import whole_file
from lgescar.networks.sam import Sam


class EmbeddingCache:
    """Embeddings in half precision under ``folder``, one file for each (weights, view).

    What comes back is the same whether it was just made or read, so a resumed run goes on to the
    bit. The folder may be deleted at any time.
    """

    def __init__(self, folder: Path, network: Sam) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._encoder = _digest(network)

    @torch.no_grad()
    def embed(self, network: Sam, images: Tensor) -> Tensor:
        """Embeddings of ``images`` (n, 1, size, size), on their device."""
        found = [self._one(network, image) for image in images]
        return torch.stack(found).to(images.device, torch.float32)

    def _one(self, network: Sam, image: Tensor) -> Tensor:
        seen = np.ascontiguousarray(image.float().cpu().numpy())
        key = hashlib.sha256(self._encoder + seen.tobytes()).hexdigest()
        path = self._folder / f"{key}.npy"
        if not path.exists():
            made = network.encode(image[None])[0].float().cpu().numpy().astype(np.float16)
            with whole_file(path) as part:
                np.save(part, made)
        return torch.from_numpy(np.load(path))


def _digest(network: Sam) -> bytes:
    """What decides an embedding: the encoder's weights and the sizes it works at."""
    hashed = hashlib.sha256(f"{network.view_px} {network.image_px} {network.unit_range}".encode())
    for name, value in sorted(network.vision_encoder.state_dict().items()):
        hashed.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return hashed.digest()
