"""Segment Anything: a slice is encoded once, then each box or set of points is one mask."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from lgescar.core.errors import ModelError
from lgescar.networks.lora import add_low_rank

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the library reads both when it is imported
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from transformers import (
    SamConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

Mode = Literal["decoder", "last-blocks", "lora", "full"]
POSITION_SCALE = 1.0
"""Deviation of the random frequencies that code a place. Source: Kirillov et al., ICCV 2023, code.
The library's own start, half of the encoder's width, makes neighbours look unrelated."""
START_DEVIATION = 0.02
"""Deviation of fresh weights. Source: Dosovitskiy et al., ICLR 2021. The library's 1e-10 for the
encoder suits loaded weights only."""
NOTHING = -1
"""Kind of the token that stands where no box is given."""


@dataclass(frozen=True, slots=True)
class SamShape:
    """Size of a SAM that is trained from nothing.

    Layers in ``global_layers`` see the whole slice, others windows of ``window`` patches; window
    0 lets every layer see all. Masks have four samples per patch and side.
    """

    image_px: int = 256
    patch_px: int = 16
    width: int = 192
    layers: int = 6
    heads: int = 6
    window: int = 0
    global_layers: tuple[int, ...] = ()
    channels: int = 128
    decoder_width: int = 512


class Sam(nn.Module):
    """SAM over standardised slices of ``view_px`` samples, enlarged to the size it works at.

    Images are (n, 1, view_px, view_px). A prompt is a row of tokens: ``at`` (n, k, t, 2) holds
    (row, col) in the view's pixel edges, ``kinds`` (n, k, t) what each token is, as
    ``prepare.prompt_tokens`` counts. With ``unit_range`` each slice is scaled to 0 to 1, as
    MedSAM was trained.

    Source: Kirillov et al., ICCV 2023; Ma et al., Nature Communications 2024 (MedSAM).
    """

    def __init__(self, model: Any, view_px: int, *, unit_range: bool = False) -> None:
        super().__init__()
        self.vision_encoder = model.vision_encoder
        self.prompt_encoder = model.prompt_encoder
        self.mask_decoder = model.mask_decoder
        self.prompt_encoder.shared_embedding.requires_grad_(False)
        self.view_px = view_px
        self.unit_range = unit_range
        vision = model.config.vision_config
        self.image_px: int = vision.image_size
        self.channels: int = vision.num_channels
        self.grid: int = vision.image_size // vision.patch_size

    def encode(self, image: Tensor) -> Tensor:
        """The embedding (n, channels, grid, grid) of a slice."""
        if self.unit_range:
            low, high = image.amin((1, 2, 3), True), image.amax((1, 2, 3), True)
            image = (image - low) / (high - low).clamp(min=1e-6)
        if self.view_px != self.image_px:
            size = (self.image_px, self.image_px)
            image = functional.interpolate(image, size, mode="bilinear", align_corners=False)
        embedding: Tensor = self.vision_encoder(image.expand(-1, self.channels, -1, -1))[0]
        return embedding

    def decode(self, embedding: Tensor, at: Tensor, kinds: Tensor) -> Tensor:
        """Logits (n, k, view_px, view_px) of the scar that each of k prompts means."""
        dense = self.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
        masks, _ = self.mask_decoder(
            image_embeddings=embedding,
            image_positional_embeddings=self._places().expand(embedding.shape[0], -1, -1, -1),
            sparse_prompt_embeddings=self._tokens(at, kinds),
            dense_prompt_embeddings=dense.expand(-1, -1, self.grid, self.grid),
            multimask_output=False,
        )
        size = (self.view_px, self.view_px)
        return functional.interpolate(masks[:, :, 0], size, mode="bilinear", align_corners=False)

    def forward(self, image: Tensor, at: Tensor, kinds: Tensor) -> Tensor:
        """Encode and decode."""
        return self.decode(self.encode(image), at, kinds)

    def _tokens(self, at: Tensor, kinds: Tensor) -> Tensor:
        encoder = self.prompt_encoder
        place = encoder.shared_embedding(at.flip(-1) / self.view_px)  # SAM counts (x, y)
        words = torch.cat([word.weight for word in encoder.point_embed])
        meaning = functional.embedding(kinds.clamp(min=0), words)
        blank = encoder.not_a_point_embed.weight
        return torch.where(kinds[..., None] == NOTHING, blank, place + meaning)

    def _places(self) -> Tensor:
        frequencies = self.prompt_encoder.shared_embedding.positional_embedding
        axis = (torch.arange(self.grid, device=frequencies.device) + 0.5) / self.grid
        rows, cols = torch.meshgrid(axis, axis, indexing="ij")
        coded: Tensor = self.prompt_encoder.shared_embedding(torch.stack([cols, rows], dim=-1))
        return coded.permute(2, 0, 1)[None]


def small_config(shape: SamShape) -> Any:
    """The library's configuration of a SAM of this shape, for one grey channel."""
    everywhere = tuple(range(shape.layers)) if shape.window == 0 else shape.global_layers
    vision = SamVisionConfig(
        hidden_size=shape.width,
        output_channels=shape.channels,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_channels=1,
        image_size=shape.image_px,
        patch_size=shape.patch_px,
        initializer_range=START_DEVIATION,
        window_size=shape.window,
        global_attn_indexes=everywhere,
        num_pos_feats=shape.channels // 2,
    )
    prompt = SamPromptEncoderConfig(
        hidden_size=shape.channels, image_size=shape.image_px, patch_size=shape.patch_px
    )
    decoder = SamMaskDecoderConfig(
        hidden_size=shape.channels,
        mlp_dim=shape.decoder_width,
        iou_head_hidden_dim=shape.channels,
    )
    return SamConfig(
        vision_config=vision.to_dict(),
        prompt_encoder_config=prompt.to_dict(),
        mask_decoder_config=decoder.to_dict(),
        initializer_range=START_DEVIATION,
    )


def fresh_model(config: Any) -> Any:
    """The library's SAM with random weights, started as SAM's own code starts them.

    The library draws prompt encoder and decoder from deviations of 0.02, where a token says
    far less of what it is than of where it lies, and attention starts out even.
    """
    model = SamModel(config)
    for part in (model.prompt_encoder, model.mask_decoder):
        for module in part.modules():
            restart = getattr(module, "reset_parameters", None)
            if callable(restart):
                restart()
    nn.init.normal_(model.shared_image_embedding.positional_embedding, std=POSITION_SCALE)
    model.prompt_encoder.shared_embedding = model.shared_image_embedding
    return model


def stored_config(folder: Path, image_px: int) -> Any:
    """The configuration in a folder of weights, at another input size wherever it says one.

    Raises:
        ModelError: it is not that of a SAM, or its patches do not divide ``image_px``.
    """
    try:
        config: Any = SamConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder.name}: config.json is not that of a SAM") from error
    vision, prompt = config.vision_config, config.prompt_encoder_config
    if image_px % vision.patch_size:
        raise ModelError(f"image_px must be a multiple of {vision.patch_size}, found {image_px}")
    vision.image_size = prompt.image_size = image_px
    prompt.image_embedding_size = image_px // prompt.patch_size
    return config


def config_from(values: dict[str, Any]) -> Any:
    """The library's configuration from its own dictionary."""
    return SamConfig.from_dict(values)


def choose_trained(network: Sam, mode: Mode, *, last_blocks: int = 2, rank: int = 4) -> None:
    """Freeze what ``mode`` does not train; ``lora`` adds its layers, so call it once.

    ``decoder`` trains the mask decoder; ``last-blocks`` the encoder's last blocks and neck too;
    ``lora`` low-rank changes of its attention too; ``full`` all but the coding of places.
    """
    network.requires_grad_(mode == "full")
    network.prompt_encoder.shared_embedding.requires_grad_(False)
    network.mask_decoder.requires_grad_(True)
    if mode == "last-blocks":
        network.vision_encoder.layers[-last_blocks:].requires_grad_(True)
        network.vision_encoder.neck.requires_grad_(True)
    if mode == "lora":
        add_low_rank(network.vision_encoder, rank)


def encoder_is_frozen(network: Sam) -> bool:
    """True where no weight of the encoder is trained."""
    return not any(p.requires_grad for p in network.vision_encoder.parameters())
