"""The bricks of our networks: two convolutions, and a U of them."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class RoundConvolution(nn.Module):
    """3x3 convolution of maps whose first row follows their last: rays of a disc. No bias."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.inner = nn.Conv2d(channels_in, channels_out, 3, padding=(0, 1), bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """As many rows and columns as ``x`` has; beyond the columns is 0."""
        found: Tensor = self.inner(around(x))
        return found


def around(x: Tensor) -> Tensor:
    """``x`` (batch, channels, rows, cols) with its last row before and its first row behind it."""
    if torch.is_grad_enabled() and x.requires_grad:
        wrapped: Tensor = _Around.apply(x)
        return wrapped
    return _joined(x)


def _joined(x: Tensor) -> Tensor:
    return torch.cat([x[:, :, -1:], x, x[:, :, :1]], dim=2)


class _Around(torch.autograd.Function):
    """``_joined``, whose own gradient writes each map four times: a third of a step's time."""

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return _joined(x)

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        (grown,) = gradients
        gradient = grown[:, :, 1:-1].clone()
        gradient[:, :, -1] += grown[:, :, 0]
        gradient[:, :, 0] += grown[:, :, -1]
        return gradient


def double_convolution(
    channels_in: int, channels_out: int, dropout: float = 0.0, *, wraps: bool = False
) -> nn.Sequential:
    """Twice 3x3 convolution, batch norm and ReLU; channel dropout after the second."""
    layers: list[nn.Module] = []
    for source in (channels_in, channels_out):
        layers += [
            RoundConvolution(source, channels_out)
            if wraps
            else nn.Conv2d(source, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        ]
    if dropout:
        layers.append(nn.Dropout2d(dropout))
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A U-Net that returns features at full resolution.

    Input (batch, ``channels``, rows, cols), output (batch, ``widths[0]``, rows, cols); rows and
    cols are multiples of 2 ** (len(widths) - 1). Where it ``wraps``, the first row follows the
    last: an input shifted by such a multiple of rows gives the output shifted as far.

    Source: Ronneberger, Fischer, Brox, MICCAI 2015.
    """

    def __init__(
        self, channels: int, widths: tuple[int, ...], dropout: float = 0.0, *, wraps: bool = False
    ) -> None:
        super().__init__()
        deep = len(widths) - 2
        self.wraps = wraps
        self.down = nn.ModuleList(
            double_convolution(a, b, dropout if level >= deep else 0.0, wraps=wraps)
            for level, (a, b) in enumerate(pairwise((channels, *widths)))
        )
        self.up = nn.ModuleList(
            double_convolution(a + b, a, wraps=wraps) for a, b in pairwise(widths)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Features at the resolution of ``x``."""
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for skip, block in zip(reversed(skips[:-1]), reversed(self.up), strict=True):
            x = block(torch.cat([skip, self._enlarged(x)], dim=1))
        return x

    def _enlarged(self, x: Tensor) -> Tensor:
        if not self.wraps:
            return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        whole = functional.interpolate(
            around(x), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return whole[:, :, 2:-2]
