"""DeepLabV3+ that sees the box as one more channel: the paper's baseline."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn


class BoxDeepLab(nn.Module):
    """Slice and box in, logit of being scar inside the box out; never pretrained.

    Inputs (batch, 1, size, size) standardised, and (batch, 1, size, size) with 1 inside boxes;
    output (batch, 1, size, size). ``size`` is a multiple of 16. The slice fills the three colour
    channels of ``encoder``, the box is the fourth.

    Source: arXiv 2506.21151, Box-DeepLabV3+; Chen et al., ECCV 2018; network by
    segmentation-models-pytorch.
    """

    def __init__(self, encoder: str = "resnet50") -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # timm still uses torch.jit, which torch announces
            from segmentation_models_pytorch import DeepLabV3Plus
        self.body = DeepLabV3Plus(encoder, encoder_weights=None, in_channels=4, classes=1)

    def forward(self, image: Tensor, boxes: Tensor) -> Tensor:
        """Logits at the resolution of ``image``."""
        logits: Tensor = self.body(torch.cat([image, image, image, boxes], dim=1))
        return logits
