"""Losses of the networks. All take logits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from lgescar.core.tissue import Tissue

SCAR_WEIGHT = 2.0
"""Cross-entropy weight of scar and MVO pixels. Ours: scar is 2 % of a crop."""
SIGMA_AT_PX = 256
"""Size of the slice on which ``sigma_px`` counts. Source: arXiv 2506.21151."""
BLUR_REACH = 4.0
"""Standard deviations after which the blur is cut. Source: scipy.ndimage's default."""

KlForm = Literal["bernoulli", "paper", "spatial"]


@dataclass(frozen=True, slots=True)
class ScarLoss:
    """Weights of Dice, cross-entropy and KL, the KL's form, and the blur of its soft label.

    ``sigma_px`` is the blur on a slice of 256 samples; it grows with the slice.

    Source: arXiv 2506.21151: 0.2 Dice + 0.2 cross-entropy + 0.6 KL, sigma 2.
    """

    dice: float = 0.2
    entropy: float = 0.2
    kl: float = 0.6
    form: KlForm = "bernoulli"
    sigma_px: float = 2.0


def soft_dice_loss(probability: Tensor, target: Tensor, area: Tensor | None = None) -> Tensor:
    """1 - Dice with probabilities, over the whole batch, so that empty slices count too.

    ``area`` is what each sample stands for, in a shape that spreads over ``target``; equal where
    None.

    Source: Milletari et al., 3DV 2016 (V-Net), with sums in place of squares.
    """
    share = 1.0 if area is None else area
    overlap = (probability * target * share).sum()
    total = ((probability + target) * share).sum()
    return 1.0 - (2.0 * overlap + 1.0) / (total + 1.0)


@dataclass(frozen=True, slots=True)
class TissueLoss:
    """Weight of scar and MVO pixels in cross-entropy, weight of Dice, blur of the labels.

    With ``soft_px`` cross-entropy sees the tissues blurred by a Gaussian of so many samples, as
    ``scar_loss`` does in its KL: they differ by the soft labels' own entropy, which has
    no gradient. Dice sees them as they were drawn.
    """

    scar: float = SCAR_WEIGHT
    dice: float = 2.0
    soft_px: float = 0.0


PLAIN = TissueLoss()


def tissue_loss(
    logits: Tensor, codes: Tensor, how: TissueLoss = PLAIN, area: Tensor | None = None
) -> Tensor:
    """Cross-entropy over the five tissues plus the mean Dice loss of pool, wall and scar.

    Logits are (n, 5, rows, cols), codes (n, rows, cols); ``area`` as for ``soft_dice_loss``.
    """
    weight = torch.ones(logits.shape[1], device=logits.device)
    weight[Tissue.SCAR :] = how.scar
    entropy = _soft_entropy(logits, codes, weight, how.soft_px, area)
    share = torch.softmax(logits, dim=1)
    parts = (
        (share[:, Tissue.BLOOD_POOL], codes == Tissue.BLOOD_POOL),
        (share[:, Tissue.VIABLE :].sum(dim=1), codes >= Tissue.VIABLE),
        (share[:, Tissue.SCAR :].sum(dim=1), codes >= Tissue.SCAR),
    )
    dice = torch.stack([soft_dice_loss(p, t.float(), area) for p, t in parts]).mean()
    return entropy + how.dice * dice


def _soft_entropy(
    logits: Tensor, codes: Tensor, weight: Tensor, soft_px: float, area: Tensor | None
) -> Tensor:
    """Mean over pixels, each weighing what its tissue and its area do."""
    sharp = functional.one_hot(codes, logits.shape[1]).permute(0, 3, 1, 2).float()
    soft = soft_label(sharp.flatten(0, 1), soft_px).view_as(sharp)
    weighed = soft * weight[:, None, None] * (1.0 if area is None else area)
    return -(weighed * functional.log_softmax(logits, dim=1)).sum() / weighed.sum()


def mask_loss(logits: Tensor, target: Tensor, area: Tensor | None = None) -> Tensor:
    """Binary cross-entropy plus Dice loss of one mask; ``area`` as for ``soft_dice_loss``."""
    entropy = functional.binary_cross_entropy_with_logits(
        logits, target, weight=None if area is None else area.expand_as(target)
    )
    return entropy + soft_dice_loss(torch.sigmoid(logits), target, area)


def scar_loss(logits: Tensor, target: Tensor, how: ScarLoss) -> Tensor:
    """Dice, cross-entropy and KL of scar masks; logits and 0-1 ``target`` are (n, size, size).

    Dice and cross-entropy see the mask as it was drawn, KL sees it blurred: an outline is known
    to a pixel or two, and KL penalises certainty within that margin.
    """
    logits, target = logits.float(), target.float()
    soft = soft_label(target, how.sigma_px * target.shape[-1] / SIGMA_AT_PX)
    dice = soft_dice_loss(torch.sigmoid(logits), target)
    entropy = functional.binary_cross_entropy_with_logits(logits, target)
    return how.dice * dice + how.entropy * entropy + how.kl * KL_FORMS[how.form](logits, soft)


def soft_label(mask: Tensor, sigma_px: float) -> Tensor:
    """Masks (n, rows, cols) blurred each on its own: chance that a pixel is scar in truth.

    The blur keeps the mask's area and is not raised to a peak of 1: a speck is doubtful all
    over. Beyond the slice its edge repeats.
    """
    if sigma_px <= 0.0:
        return mask
    reach = math.ceil(BLUR_REACH * sigma_px)
    at = torch.arange(-reach, reach + 1, dtype=mask.dtype, device=mask.device)
    weights = torch.exp(-0.5 * (at / sigma_px) ** 2)
    weights = weights / weights.sum()
    planes = functional.pad(mask[:, None], (reach,) * 4, mode="replicate")
    planes = functional.conv2d(planes, weights.view(1, 1, -1, 1))
    return functional.conv2d(planes, weights.view(1, 1, 1, -1))[:, 0].clamp(0.0, 1.0)


def bernoulli_kl(logits: Tensor, soft: Tensor) -> Tensor:
    """Mean over pixels of KL(soft || predicted), each pixel a coin; 0 where they agree."""
    crossed = functional.binary_cross_entropy_with_logits(logits, soft)
    return crossed - _coin_entropy(soft).mean()


def paper_kl(logits: Tensor, soft: Tensor) -> Tensor:
    """As the paper words it: sigmoid, then log-softmax over scar and not scar.

    Softmax of (p, 1 - p) is the sigmoid of 2 p - 1, so the chance stays in 0.269 to 0.731 and
    no prediction reaches a certain label: here for comparison.

    Source: arXiv 2506.21151, section on the loss.
    """
    confined = 2.0 * torch.sigmoid(logits) - 1.0
    return bernoulli_kl(confined, soft)


def spatial_kl(logits: Tensor, soft: Tensor) -> Tensor:
    """KL of where the scar lies: both maps sum to 1 over the slice; mean over slices with scar.

    It says nothing of how much scar there is, nor of a slice without any.
    """
    mass = soft.sum(dim=(1, 2))
    found = mass > 0.0
    if not bool(found.any()):
        return logits.sum() * 0.0
    share = soft[found] / mass[found, None, None]
    chance = functional.logsigmoid(logits[found])
    spread = chance - chance.logsumexp(dim=(1, 2), keepdim=True)
    return (torch.xlogy(share, share) - share * spread).sum(dim=(1, 2)).mean()


def _coin_entropy(chance: Tensor) -> Tensor:
    return -(torch.xlogy(chance, chance) + torch.xlogy(1.0 - chance, 1.0 - chance))


KL_FORMS = {"bernoulli": bernoulli_kl, "paper": paper_kl, "spatial": spatial_kl}
