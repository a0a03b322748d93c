"""Losses on labels that leave something open: scar in a wall, the right ventricle, whole pixels.

Each code of a partial label map stands for the set of tissues that the pixel may be; cross-entropy
is the negative logarithm of the chance of that set. Where every pixel has one tissue the loss is
``losses.tissue_loss``.

Source: Cour, Sapp, Taskar, JMLR 2011;12:1501 (learning from partial labels); Shi et al., Med Image
Anal 2021;70:101979 (marginal loss of partially labelled organs).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from lgescar.core.arrays import Codes, frozen
from lgescar.core.tissue import Tissue
from lgescar.read.annotated import Annotation
from lgescar.train.losses import PLAIN, TissueLoss, soft_dice_loss

RIGHT_VENTRICLE_CLASS = len(Tissue)
"""Channel of the right ventricle's blood pool in a network that predicts it."""


class Partial(IntEnum):
    """Codes of a partial label map after those of ``Tissue``."""

    RIGHT_VENTRICLE = 5
    WALL = 6
    """Viable or scar."""
    UNANNOTATED = 7
    OUTSIDE = 8
    """Background or the right ventricle: the cohort does not annotate it."""


def partial_codes(annotation: Annotation, *, unenhanced: bool = False) -> Codes:
    """``Tissue`` and ``Partial`` codes of one slice (rows, cols).

    The wall of an ``unenhanced`` image (cine) shows no scar and is viable as drawn.
    """
    codes = annotation.labels.codes.copy()
    if annotation.right_ventricle is None:
        codes[codes == Tissue.BACKGROUND] = Partial.OUTSIDE
    else:
        codes[annotation.right_ventricle] = Partial.RIGHT_VENTRICLE
    if not (annotation.scar_known or unenhanced):
        codes[codes == Tissue.VIABLE] = Partial.WALL
    codes[~annotation.annotated] = Partial.UNANNOTATED
    return frozen(codes, np.uint8)


def partial_tissue_loss(
    logits: Tensor, codes: Tensor, how: TissueLoss = PLAIN, area: Tensor | None = None
) -> Tensor:
    """``tissue_loss`` of logits (n, 5 or 6, rows, cols) and partial codes (n, rows, cols).

    With a sixth channel the right ventricle is a class of its own, with a Dice of its own; with
    five it is background. The Dice of scar and of the right ventricle leave out the pixels where
    that structure is unknown. ``how.soft_px`` is not used: sets of tissues have no blur.
    """
    classes = logits.shape[1]
    logarithm = torch.log_softmax(logits, dim=1)
    chance = logarithm.exp()
    possible = _possible(classes).to(logits.device)[codes].permute(0, 3, 1, 2)
    inside = logarithm.masked_fill(~possible, -torch.inf).logsumexp(dim=1)
    weight = torch.ones(codes.shape, device=logits.device)
    weight[(codes == Tissue.SCAR) | (codes == Tissue.MVO)] = how.scar
    weight[codes == Partial.UNANNOTATED] = 0.0
    weight = weight if area is None else weight * area
    entropy = -(inside * weight).sum() / weight.sum().clamp_min(1e-6)
    drawn = codes != Partial.UNANNOTATED
    scar = (codes == Tissue.SCAR) | (codes == Tissue.MVO)
    wall = scar | (codes == Tissue.VIABLE) | (codes == Partial.WALL)
    parts = [
        (chance[:, Tissue.BLOOD_POOL], codes == Tissue.BLOOD_POOL, drawn),
        (chance[:, Tissue.VIABLE : RIGHT_VENTRICLE_CLASS].sum(dim=1), wall, drawn),
        (
            chance[:, Tissue.SCAR : RIGHT_VENTRICLE_CLASS].sum(dim=1),
            scar,
            drawn & (codes != Partial.WALL),
        ),
    ]
    if classes > RIGHT_VENTRICLE_CLASS:
        right = codes == Partial.RIGHT_VENTRICLE
        known = drawn & (codes != Partial.OUTSIDE)
        parts.append((chance[:, RIGHT_VENTRICLE_CLASS], right, known))
    dice = [soft_dice_loss(p * known, t.float() * known, area) for p, t, known in parts]
    return entropy + how.dice * torch.stack(dice).mean()


def _possible(classes: int) -> Tensor:
    """The tissues (codes, classes) that each code may stand for."""
    possible = torch.zeros(len(Tissue) + len(Partial), classes, dtype=torch.bool)
    possible[range(len(Tissue)), range(len(Tissue))] = True
    last = RIGHT_VENTRICLE_CLASS if classes > RIGHT_VENTRICLE_CLASS else Tissue.BACKGROUND
    possible[Partial.RIGHT_VENTRICLE, last] = True
    possible[Partial.WALL, Tissue.VIABLE : RIGHT_VENTRICLE_CLASS] = True
    possible[Partial.UNANNOTATED] = True
    possible[Partial.OUTSIDE, [Tissue.BACKGROUND, last]] = True
    return possible
