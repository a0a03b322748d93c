"""The bricks of our networks: two convolutions, and a U of them."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def double_convolution(channels_in: int, channels_out: int, dropout: float = 0.0) -> nn.Sequential:
    """Twice 3x3 convolution, batch norm and ReLU; channel dropout after the second."""
    layers: list[nn.Module] = []
    for source in (channels_in, channels_out):
        layers += [
            nn.Conv2d(source, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        ]
    if dropout:
        layers.append(nn.Dropout2d(dropout))
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A U-Net that returns features at full resolution.

    Input (batch, ``channels``, rows, cols), output (batch, ``widths[0]``, rows, cols); rows and
    cols are multiples of 2 ** (len(widths) - 1).

    Source: Ronneberger, Fischer, Brox, MICCAI 2015.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], dropout: float = 0.0) -> None:
        super().__init__()
        deep = len(widths) - 2
        self.down = nn.ModuleList(
            double_convolution(a, b, dropout if level >= deep else 0.0)
            for level, (a, b) in enumerate(pairwise((channels, *widths)))
        )
        self.up = nn.ModuleList(double_convolution(a + b, a) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        """Features at the resolution of ``x``."""
        kept: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            kept.append(x)
        for skip, block in zip(reversed(kept[:-1]), reversed(self.up), strict=True):
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = block(torch.cat([skip, x], dim=1))
        return x
