"""The default network: a slice's unrolled ventricle, encoded once, decoded once a prompt."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lgescar.networks.blocks import UNet

TISSUES = 5
"""Background, blood pool, viable, scar, MVO: the codes of ``Tissue`` in order."""
PROMPT_CHANNELS = 4
"""Boxes, points inside, points outside, previous probability."""


class Encoder(nn.Module):
    """Unrolled slice in, embedding and tissue logits out.

    Input (batch, 1, angles, radii) standardised; how far out a sample lies is added to it, for
    convolutions cannot tell. The embedding is (batch, widths[0], angles, radii), the logits
    (batch, 5, angles, radii).
    """

    def __init__(
        self, widths: tuple[int, ...] = (16, 32, 64, 128, 128), dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.body = UNet(2, widths, dropout, wraps=True)
        self.head = nn.Conv2d(widths[0], TISSUES, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(embedding, tissue logits)."""
        embedding = self.body(torch.cat([image, _outwards(image)], dim=1))
        return embedding, self.head(embedding)


class PromptDecoder(nn.Module):
    """Embedding, tissue logits and prompt maps in, logit of the meant scar out.

    Prompt maps are (batch, 4, angles, radii): boxes filled with 1, inside points, outside points,
    previous probability. Output (batch, 1, angles, radii).
    """

    def __init__(self, embedding: int = 16, widths: tuple[int, ...] = (16, 32, 48)) -> None:
        super().__init__()
        self.body = UNet(embedding + TISSUES + PROMPT_CHANNELS, widths, wraps=True)
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


def _outwards(image: Tensor) -> Tensor:
    """From -1 at the middle of the disc to 1 at its rim, in the shape of ``image``."""
    radii = image.shape[-1]
    away = (torch.arange(radii, dtype=image.dtype, device=image.device) + 0.5) * (2.0 / radii) - 1.0
    return away.expand_as(image)
