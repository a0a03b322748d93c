"""The default network: encoded once a slice, decoded once a prompt."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lgescar.networks.blocks import UNet

TISSUES = 5
"""Background, blood pool, viable, scar, MVO: the codes of ``Tissue`` in order."""
PROMPT_CHANNELS = 4
"""Boxes, points inside, points outside, previous probability."""


class Encoder(nn.Module):
    """Slice in, embedding and tissue logits out.

    Input (batch, 1, size, size) standardised. The embedding is (batch, widths[0], size, size),
    the logits (batch, 5, size, size).
    """

    def __init__(
        self, widths: tuple[int, ...] = (16, 32, 64, 128, 128), dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.body = UNet(1, widths, dropout)
        self.head = nn.Conv2d(widths[0], TISSUES, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(embedding, tissue logits)."""
        embedding = self.body(image)
        return embedding, self.head(embedding)


class PromptDecoder(nn.Module):
    """Embedding, tissue logits and prompt maps in, logit of the meant scar out.

    Prompt maps are (batch, 4, size, size): boxes filled with 1, inside points, outside points,
    previous probability. Output (batch, 1, size, size).
    """

    def __init__(self, embedding: int = 16, widths: tuple[int, ...] = (16, 32, 48)) -> None:
        super().__init__()
        self.body = UNet(embedding + TISSUES + PROMPT_CHANNELS, widths)
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, embedding: Tensor, tissue_logits: Tensor, prompt: Tensor) -> Tensor:
        """Logits of the scar that the prompt means."""
        tissues = torch.softmax(tissue_logits, dim=1)
        logits: Tensor = self.head(self.body(torch.cat([embedding, tissues, prompt], dim=1)))
        return logits


class Promptable(nn.Module):
    """Encoder and prompt decoder, trained together."""

    def __init__(
        self,
        widths: tuple[int, ...] = (16, 32, 64, 128, 128),
        decoder_widths: tuple[int, ...] = (16, 32, 48),
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(widths, dropout)
        self.decoder = PromptDecoder(widths[0], decoder_widths)

    def forward(self, image: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        """(tissue logits, logits of the prompted scar)."""
        embedding, tissues = self.encoder(image)
        return tissues, self.decoder(embedding, tissues, prompt)
