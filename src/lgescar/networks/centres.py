"""Marks the centre of each scar and how far its box reaches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lgescar.networks.blocks import UNet, double_convolution

STRIDE = 2
"""Input samples from one output to the next."""
RARE = -4.6
"""First bias of the centre map: a centre in one of a hundred cells. Source: Lin et al., ICCV
2017 (focal loss), prior 0.01."""


class Centres(nn.Module):
    """Logit of being a scar's centre, and the distances from there to its box's edges.

    Input (batch, 1, size, size) standardised; output (batch, 5, size / 2, size / 2): the logit,
    then distances up, left, down and right in input samples, never negative.

    Source: Zhou, Wang, Krähenbühl 2019 (Objects as Points); distances as Tian et al., ICCV 2019.
    """

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96), dropout: float = 0.1) -> None:
        super().__init__()
        self.stem = double_convolution(1, widths[0])
        self.body = UNet(widths[0], widths, dropout)
        self.head = nn.Conv2d(widths[0], 5, 1)
        nn.init.constant_(self.head.bias[:1], RARE)  # type: ignore[index]  # a bias is there
        nn.init.constant_(self.head.bias[1:], 2.0)  # type: ignore[index]

    def forward(self, image: Tensor) -> Tensor:
        """Logit and distances of each cell."""
        found = self.head(self.body(functional.max_pool2d(self.stem(image), STRIDE)))
        logit, reach = found[:, :1], found[:, 1:]
        return torch.cat([logit, functional.softplus(reach.float()) * STRIDE], dim=1)


class CentreBoxes(nn.Module):
    """The output of ``Centres`` as boxes (n, cells, 4) and scores (n, cells)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes as top, left, bottom, right in input samples, and their scores."""
        found = self.network(image).float()
        score = torch.sigmoid(found[:, 0])
        rows, cols = found.shape[2], found.shape[3]
        row = ((torch.arange(rows) + 0.5) * STRIDE)[:, None].expand(rows, cols)
        col = ((torch.arange(cols) + 0.5) * STRIDE)[None, :].expand(rows, cols)
        up, left, down, right = found[:, 1:].unbind(dim=1)
        boxes = torch.stack([row - up, col - left, row + down, col + right], dim=-1)
        return boxes.flatten(1, 2), score.flatten(1)
