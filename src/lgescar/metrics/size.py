"""Whether two masks are as large as each other. None of these knows where the masks lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]


def area_similarity(reference: Mask, predicted: Mask) -> float | None:
    """1 − ||Y| − |T|| / (|Y| + |T|): 1 for the same size, 0 where one is empty, None for both.

    Source: arXiv 2506.21151, AS; docs/explain/metrics.md.
    """
    return _similarity(int(np.count_nonzero(reference)), int(np.count_nonzero(predicted)))


def perimeter_similarity(reference: Mask, predicted: Mask) -> float | None:
    """Area similarity of the border pixels, slice by slice on the last two axes.

    The border is the mask minus its 4-connected erosion; in a stack (slices, rows, cols) the
    border pixels of all slices are counted together.
    Source: arXiv 2506.21151, PS; docs/explain/metrics.md.
    """
    return _similarity(_border_count(reference), _border_count(predicted))


def volume_difference(reference: float | None, predicted: float | None) -> float | None:
    """Predicted minus reference, in the unit of both; None where one is unknown."""
    return None if reference is None or predicted is None else predicted - reference


def _similarity(reference: int, predicted: int) -> float | None:
    total = reference + predicted
    return None if total == 0 else 1.0 - abs(reference - predicted) / total


def _border_count(mask: Mask) -> int:
    mask = np.asarray(mask, dtype=bool)
    cross = ndimage.generate_binary_structure(2, 1)
    structure = cross.reshape((1,) * (mask.ndim - 2) + cross.shape)
    return int(np.count_nonzero(mask & ~ndimage.binary_erosion(mask, structure)))
