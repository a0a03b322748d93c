"""How much two masks share. Masks have any shape, as long as both have the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import GeometryError

Mask = NDArray[np.bool_]
Area = NDArray[np.floating]


def dice(reference: Mask, predicted: Mask, *, area: Area | None = None) -> float | None:
    """Twice the shared pixels over the sum of both: 1 same, 0 apart, None where both are empty.

    ``area`` is what each pixel stands for, in a shape that broadcasts; alike where None.

    Source: Dice, Ecology 1945;26:297.
    """
    total = _count(reference, area) + _count(predicted, area)
    return None if total == 0 else 2.0 * _shared(reference, predicted, area) / total


def dice_empty_is_one(reference: Mask, predicted: Mask) -> float:
    """Dice where both masks empty scores 1, as the EMIDEC challenge ranks.

    Healthy patients inflate its mean; for comparison with that ranking only.
    Source: Lalande et al., Med Image Anal 2022;79:102428.
    """
    value = dice(reference, predicted)
    return 1.0 if value is None else value


def sensitivity(reference: Mask, predicted: Mask) -> float | None:
    """Share of the reference that was predicted, None where the reference is empty."""
    total = _count(reference)
    return None if total == 0 else _shared(reference, predicted) / total


def precision(reference: Mask, predicted: Mask) -> float | None:
    """Share of the prediction that is right, None where the prediction is empty."""
    return sensitivity(predicted, reference)


def _count(mask: Mask, area: Area | None = None) -> float:
    return int(np.count_nonzero(mask)) if area is None else float((mask * area).sum(dtype=float))


def _shared(reference: Mask, predicted: Mask, area: Area | None = None) -> float:
    if reference.shape != predicted.shape:
        raise GeometryError(f"masks of {reference.shape} and {predicted.shape} cannot be compared")
    return _count(np.asarray(reference, dtype=bool) & np.asarray(predicted, dtype=bool), area)
