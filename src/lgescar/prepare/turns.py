"""The eight ways a square picture can lie: four quarter turns, each plain or mirrored.

Averaging a network over all eight makes its answer turn and mirror with the picture exactly, so
a scan stored another way round has the same scar.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

TURNS: tuple[tuple[int, bool], ...] = tuple((k, m) for m in (False, True) for k in range(4))
"""(quarter turns, mirrored); the first leaves the picture as it is."""


def turned(stack: NDArray[Any], turn: tuple[int, bool]) -> NDArray[Any]:
    """``stack`` (..., size, size) mirrored (or not) and then turned."""
    quarter, mirror = turn
    out = stack[..., ::-1] if mirror else stack
    return np.ascontiguousarray(np.rot90(out, quarter, axes=(-2, -1)))


def unturned(stack: NDArray[Any], turn: tuple[int, bool]) -> NDArray[Any]:
    """The way back from ``turned``."""
    quarter, mirror = turn
    out = np.rot90(stack, -quarter, axes=(-2, -1))
    return np.ascontiguousarray(out[..., ::-1] if mirror else out)
