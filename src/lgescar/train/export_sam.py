"""From a training run of SAM to a bundle: ONNX graphs checked against torch, and a card."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lgescar.bundle import SamBundle, SamCard
from lgescar.bundle.open import write_model
from lgescar.networks.lora import merge_low_rank
from lgescar.networks.sam import Sam
from lgescar.prepare.intensity import CLIP_PERCENTILES
from lgescar.prepare.prompt_tokens import BOTTOM_RIGHT, INSIDE, OUTSIDE, TOP_LEFT
from lgescar.train.calibrate import stored_calibration
from lgescar.train.graph import onnx_graph, refuse_distance
from lgescar.train.recipe import read_recipe
from lgescar.train.sam_network import stored_network
from lgescar.train.sam_recipe import SamRecipe


class _Encoder(nn.Module):
    def __init__(self, network: Sam) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return self.network.encode(image)


class _Decoder(nn.Module):
    def __init__(self, network: Sam) -> None:
        super().__init__()
        self.network = network

    def forward(self, embedding: Tensor, at: Tensor, kinds: Tensor) -> Tensor:
        return self.network.decode(embedding, at, kinds)


def export(run: Path, out: Path, scores: dict[str, Any] | None = None) -> SamCard:
    """Write the bundle of a finished run to the folder ``out``.

    Raises:
        ModelError: the run has no checkpoint, or a graph differs from torch.
    """
    recipe, split, digest = read_recipe(run / "recipe.toml", SamRecipe)
    network, about = stored_network(run, recipe)
    merge_low_rank(network.vision_encoder)
    image, prompts = _example(network)
    with torch.no_grad():
        embedding = network.encode(image)[:1]
    graphs = {
        "encoder.onnx": onnx_graph(
            _Encoder(network), {"image": image}, {"image": (0,), "embedding_out": (0,)}
        ),
        "decoder.onnx": onnx_graph(
            _Decoder(network),
            {"embedding": embedding, **prompts},
            {"at": (1, 2), "kinds": (1, 2), "logits": (1,)},
        ),
    }
    card = SamCard(
        name=recipe.name,
        task="scar on short-axis LGE-CMR from boxes and points",
        licence=recipe.licence,
        data={
            "cohorts": dict(recipe.data.share),
            "patients": {part: len(names) for part, names in split.parts.items()},
        },
        scores=scores or {},
        frame_pixel_mm=recipe.view.pixel_mm,
        frame_px=recipe.view.view_px,
        clip_percentiles=CLIP_PERCENTILES,
        checkpoint=about["checkpoint"],
        checkpoint_sha256=about["checkpoint_sha256"],
        recipe=recipe.name,
        recipe_sha256=digest,
        files={name: hashlib.sha256(payload).hexdigest() for name, payload in graphs.items()},
        **stored_calibration(run),
    )
    _check_parity(network, SamBundle(card, "", graphs))
    write_model(card, graphs, out)
    return card


def _example(network: Sam) -> tuple[Tensor, dict[str, Tensor]]:
    """Two images, and three prompts of two points and a box for the first."""
    size = network.view_px
    kinds = torch.tensor([INSIDE, OUTSIDE, TOP_LEFT, BOTTOM_RIGHT]).expand(1, 3, 4).contiguous()
    prompts = {"at": torch.rand(1, 3, 4, 2) * size, "kinds": kinds}
    return torch.randn(2, 1, size, size), prompts


@torch.no_grad()
def _check_parity(network: Sam, bundle: SamBundle) -> None:
    """Compare with other numbers of images, prompts and tokens than the graphs were made with."""
    image, prompts = _example(network)
    at, kinds = prompts["at"][:, :2, 1:], prompts["kinds"][:, :2, 1:]
    embedding = network.encode(image[:1])
    pairs = {
        "encoder.onnx": (bundle.encode(image[:1].numpy()), embedding),
        "decoder.onnx": (
            bundle.decode(embedding.numpy(), at[0].numpy(), kinds[0].numpy()),
            network.decode(embedding, at, kinds)[0],
        ),
    }
    for name, (ours, theirs) in pairs.items():
        refuse_distance(name, ours, theirs.numpy())
