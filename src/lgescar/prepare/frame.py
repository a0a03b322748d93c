"""The physical window a network looks through, and the exact way back to the input's pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Pixels, frozen
from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.core.prompt import Point


@dataclass(frozen=True, slots=True)
class Frame:
    """A square of ``size`` x ``size`` samples placed over a slice of ``shape`` (rows, cols).

    ``centre`` is the (row, col) of the frame's centre and ``step`` the (row, col) distance
    between its samples, both in the slice's pixel edges (the first pixel spans 0 to 1). Steps
    differ where pixels are anisotropic: a frame's samples are square in millimetres.

    Raises:
        GeometryError: a size below 1 or a step that is not finite and positive.
    """

    shape: tuple[int, int]
    centre: tuple[float, float]
    step: tuple[float, float]
    size: int

    def __post_init__(self) -> None:
        if self.size < 1 or not all(0.0 < s < np.inf for s in self.step):
            raise GeometryError(f"a frame needs a size and positive steps, found {self.step}")

    def sample(self, image: NDArray[np.floating]) -> Pixels:
        """``image`` (..., rows, cols) seen through the frame; beyond the slice its edge repeats."""
        (rows, down), (cols, across) = self._weights()
        seen = image[..., rows, :].astype(np.float32, copy=False)
        upper = np.einsum("sk,...skc->...sc", down, seen)
        return np.asarray(np.einsum("sk,...rsk->...rs", across, upper[..., cols]), np.float32)

    def inside(self) -> Pixels:
        """1 where the frame lies over the slice, 0 beyond it."""
        rows, cols = (_within(n, c, s, self.size) for n, c, s in self._axes())
        return np.outer(rows, cols).astype(np.float32)

    def restore(self, samples: NDArray[np.floating], fill: float = 0.0) -> Pixels:
        """Samples (..., size, size) on the slice's pixels, linear, ``fill`` beyond the frame."""
        planes = samples.astype(np.float32, copy=False) - np.float32(fill)
        down, across = (_back(n, c, s, self.size) for n, c, s in self._axes())
        return np.asarray(down @ planes @ across.T + np.float32(fill), np.float32)

    def box_to_frame(self, box: Box) -> Box:
        """The same rectangle in the frame's pixel edges."""
        top, left = self.point_to_frame(box.top, box.left)
        bottom, right = self.point_to_frame(box.bottom, box.right)
        return Box(top, left, bottom, right, box.score)

    def box_to_slice(self, box: Box) -> Box:
        """The same rectangle in the slice's pixel edges."""
        top, left = self.point_to_slice(box.top, box.left)
        bottom, right = self.point_to_slice(box.bottom, box.right)
        return Box(top, left, bottom, right, box.score)

    def sees(self, prompt: Box | Point) -> bool:
        """Whether a point, or any of a rectangle that lies on the slice, is under the frame."""
        if isinstance(prompt, Point):
            row, col = self.point_to_frame(prompt.row, prompt.col)
            return 0.0 <= row <= self.size and 0.0 <= col <= self.size
        box, (rows, cols) = prompt, self.shape
        here = self.box_to_frame(box)
        return (
            min(box.bottom, box.right, here.bottom, here.right) > 0.0
            and box.top < rows
            and box.left < cols
            and max(here.top, here.left) < self.size
        )

    def rescaled(self, zoom: float, size: int, *, on_slice: bool = False) -> Frame:
        """A frame of ``size`` samples that lie ``zoom`` times as far apart.

        Round the same centre, or with ``on_slice`` over the middle of the slice.
        """
        middle = (self.shape[0] / 2, self.shape[1] / 2)
        return Frame(
            shape=self.shape,
            centre=middle if on_slice else self.centre,
            step=(self.step[0] * zoom, self.step[1] * zoom),
            size=size,
        )

    def point_to_frame(self, row: float, col: float) -> tuple[float, float]:
        """Slice pixel edges to frame pixel edges."""
        half = self.size / 2
        return (
            (row - self.centre[0]) / self.step[0] + half,
            (col - self.centre[1]) / self.step[1] + half,
        )

    def point_to_slice(self, row: float, col: float) -> tuple[float, float]:
        """Frame pixel edges to slice pixel edges."""
        half = self.size / 2
        return (
            (row - half) * self.step[0] + self.centre[0],
            (col - half) * self.step[1] + self.centre[1],
        )

    def _axes(self) -> tuple[tuple[int, float, float], tuple[int, float, float]]:
        rows, cols = zip(self.shape, self.centre, self.step, strict=True)
        return rows, cols

    def _weights(self) -> tuple[_Filter, _Filter]:
        rows, cols = self._axes()
        return _forth(*rows, self.size), _forth(*cols, self.size)


def _positions(centre: float, step: float, size: int) -> NDArray[np.float64]:
    """Centres of the frame's samples along one axis, in slice pixel edges."""
    return np.asarray(centre + (np.arange(size) + 0.5 - size / 2) * step, np.float64)


_Filter = tuple[NDArray[np.intp], Pixels]
"""The pixels that each sample sees (size, k), and their weights."""


@lru_cache(maxsize=64)
def _forth(length: int, centre: float, step: float, size: int) -> _Filter:
    """A triangle filter, widened when samples are sparser than pixels.

    A filter as wide as the step keeps fine detail from aliasing into coarse samples
    (anti-aliasing); at step <= 1 it is linear interpolation.
    """
    at = np.clip(_positions(centre, step, size), 0.5, length - 0.5)
    half = max(1.0, step)
    first = np.ceil(at - half - 0.5).astype(np.intp)
    seen = first[:, None] + np.arange(int(np.ceil(2.0 * half)) + 1)
    distance = np.abs(seen + 0.5 - at[:, None]) / half
    weights = np.clip(1.0 - distance, 0.0, None) * ((seen >= 0) & (seen < length))
    weights /= weights.sum(axis=1, keepdims=True)
    return frozen(np.clip(seen, 0, length - 1)), frozen(weights.astype(np.float32))


@lru_cache(maxsize=64)
def _back(length: int, centre: float, step: float, size: int) -> Pixels:
    """Weights (length, size) of linear interpolation; a row is 0 where its pixel is not seen."""
    at = (np.arange(length) + 0.5 - centre) / step + size / 2
    seen = (at >= 0.0) & (at <= size)
    at = np.clip(at, 0.5, size - 0.5)
    weights = np.clip(1.0 - np.abs(np.arange(size)[None, :] + 0.5 - at[:, None]), 0.0, None)
    return frozen((weights * seen[:, None]).astype(np.float32))


def _within(length: int, centre: float, step: float, size: int) -> NDArray[np.bool_]:
    at = _positions(centre, step, size)
    return np.asarray((at >= 0.0) & (at <= length))
