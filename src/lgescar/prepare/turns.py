"""The ways a picture can lie: a square in eight, rays in either order.

Averaging a network over all of them makes its answer turn and mirror with the picture exactly, so
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


def both_ways(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples (..., angles, radii) with the rays in their order and in reverse: (2, ...)."""
    return np.stack([samples, samples[..., ::-1, :]])


def one_way(answers: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the answers to ``both_ways``, rays in their order."""
    return np.asarray((answers[0] + answers[1][..., ::-1, :]) / 2.0, np.float32)
