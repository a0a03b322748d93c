"""What the networks are asked to make small. All take logits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from lgescar.core.tissue import Tissue

SCAR_WEIGHT = 2.0
"""Cross-entropy weight of scar and MVO pixels. Source: METHODS baseline, scar is 2 % of a crop."""


def soft_dice_loss(probability: Tensor, target: Tensor) -> Tensor:
    """1 - Dice with probabilities, over the whole batch, so that empty slices still teach.

    Source: Milletari et al., 3DV 2016 (V-Net), with sums in place of squares.
    """
    overlap = (probability * target).sum()
    total = probability.sum() + target.sum()
    return 1.0 - (2.0 * overlap + 1.0) / (total + 1.0)


def tissue_loss(logits: Tensor, codes: Tensor) -> Tensor:
    """Cross-entropy over the five tissues plus twice the mean Dice loss of pool, wall and scar."""
    weight = torch.ones(logits.shape[1])
    weight[Tissue.SCAR :] = SCAR_WEIGHT
    entropy = functional.cross_entropy(logits, codes, weight=weight)
    share = torch.softmax(logits, dim=1)
    parts = (
        (share[:, Tissue.BLOOD_POOL], codes == Tissue.BLOOD_POOL),
        (share[:, Tissue.VIABLE :].sum(dim=1), codes >= Tissue.VIABLE),
        (share[:, Tissue.SCAR :].sum(dim=1), codes >= Tissue.SCAR),
    )
    dice = torch.stack([soft_dice_loss(p, t.float()) for p, t in parts]).mean()
    return entropy + 2.0 * dice


def mask_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy plus Dice loss of one mask."""
    entropy = functional.binary_cross_entropy_with_logits(logits, target)
    return entropy + soft_dice_loss(torch.sigmoid(logits), target)
