"""Array aliases, and the one way to make an array read-only."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
"""Intensities of one slice, float32 (rows, cols)."""
PixelMask = NDArray[np.bool_]
"""True where something is, bool (rows, cols)."""
Probability = NDArray[np.float32]
"""Chance in [0, 1] of being scar, float32 (rows, cols)."""
Codes = NDArray[np.uint8]
"""Tissue codes, uint8 (rows, cols)."""
Matrix = NDArray[np.float64]
"""A 4x4 affine or another small float64 matrix."""
EIGHT = np.ones((3, 3), bool)
"""Neighbours of a pixel: pixels that touch at a corner are one lesion."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


def frozen(array: NDArray[_Scalar], dtype: Any = None) -> NDArray[_Scalar]:
    """A read-only, contiguous copy that nobody else holds."""
    copy = np.array(array, dtype=dtype, order="C", copy=True)
    copy.setflags(write=False)
    return copy
