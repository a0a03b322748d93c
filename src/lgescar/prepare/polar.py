"""The ventricle unrolled: samples along rays from its middle, and the exact way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import PixelMask, Pixels, frozen
from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.core.prompt import Point
from lgescar.prepare.frame import Frame

REACH, COMMON_REACH = 0.5, 0.9
"""A disc reaches so many radii of the slice's own ventricle from its middle, and so many of the
patient's: most of it by the patient, for the size of an apex is easily mistaken. Ours."""
COMMON_PERCENTILE = 75.0
"""Of the radii of a patient's slices: a large one, and none that was mistaken."""
LEAST_SAMPLES = 8
"""Fewer samples of a mask are no ventricle. Ours."""

AnyPixel = TypeVar("AnyPixel", np.float32, np.uint8, np.bool_)


@dataclass(frozen=True, slots=True)
class PolarGrid:
    """``angles`` x ``radii`` samples of a disc placed over a slice of ``shape``.

    ``centre`` is the (row, col) of the disc's centre and ``reach`` its radius in (rows, cols),
    both in the slice's pixel edges; they differ where pixels are anisotropic. Rays start half a
    step from the direction of growing columns and turn towards growing rows, so that quarter
    turns and mirror images of a slice shift and reverse the rays and change nothing else.

    Raises:
        GeometryError: angles that are no multiple of 4, no radius, or a reach that is not finite
            and positive.
    """

    shape: tuple[int, int]
    centre: tuple[float, float]
    reach: tuple[float, float]
    angles: int
    radii: int

    def __post_init__(self) -> None:
        if self.angles < 4 or self.angles % 4 or self.radii < 1:
            raise GeometryError(f"a polar grid of {self.angles} x {self.radii} samples is none")
        if not all(0.0 < r < np.inf for r in self.reach):
            raise GeometryError(f"a disc needs a positive reach, found {self.reach}")

    def sample(self, image: NDArray[np.floating]) -> Pixels:
        """``image`` (..., rows, cols) along the rays; beyond the slice its edge repeats.

        Linear between pixels; where rays are sampled more sparsely than pixels the picture is
        averaged first, so that fine detail does not alias into coarse samples.
        """
        sparse = max(self.reach) / self.radii
        if sparse > 1.0:
            step = (self.reach[0] / self.radii, self.reach[1] / self.radii)
            coarse = Frame(self.shape, self.centre, step, 2 * self.radii + 4)
            half = coarse.size / 2
            own = PolarGrid(
                (coarse.size, coarse.size),
                (half, half),
                (float(self.radii), float(self.radii)),
                self.angles,
                self.radii,
            )
            return own.sample(coarse.sample(image))
        rows, cols = self._places()
        return _between(image, rows - 0.5, cols - 0.5)

    def inside(self) -> Pixels:
        """1 where a sample lies over the slice, 0 beyond it."""
        over = [(at >= 0.0) & (at <= n) for at, n in zip(self._places(), self.shape, strict=True)]
        return np.asarray(over[0] & over[1], np.float32)

    def restore(self, samples: NDArray[np.floating], fill: float = 0.0) -> Pixels:
        """Samples (..., angles, radii) on the slice's pixels, linear, ``fill`` beyond the disc."""
        return self.on_slice(self.restore_window(samples, fill), fill)

    def restore_window(self, samples: NDArray[np.floating], fill: float = 0.0) -> Pixels:
        """The same on the smallest rectangle of the slice that holds the disc."""
        planes = samples.astype(np.float32, copy=False)
        _, angle, radius, seen = _way_back(self)
        wrapped = np.concatenate([planes[..., -1:, :], planes, planes[..., :1, :]], axis=-2)
        found = _between(wrapped, angle + 1.0, radius)
        return np.asarray(np.where(seen, found, np.float32(fill)))

    def on_slice(self, window: NDArray[AnyPixel], fill: float = 0.0) -> NDArray[AnyPixel]:
        """What ``restore_window`` shows (..., rows, cols) in its place, ``fill`` around it."""
        (rows, cols), *_ = _way_back(self)
        out = np.full((*window.shape[:-2], *self.shape), fill, window.dtype)
        out[..., rows, cols] = window
        return out

    def box_to_disc(self, box: Box) -> Box:
        """The same rectangle, from the disc's centre, in units of its reach."""
        top, left = self.point_to_disc(box.top, box.left)
        bottom, right = self.point_to_disc(box.bottom, box.right)
        return Box(top, left, bottom, right, box.score)

    def point_to_disc(self, row: float, col: float) -> tuple[float, float]:
        """Slice pixel edges to units of the reach, from the disc's centre."""
        return (row - self.centre[0]) / self.reach[0], (col - self.centre[1]) / self.reach[1]

    def sees(self, prompt: Box | Point) -> bool:
        """Whether a point, or any of a rectangle that lies on the slice, is in the disc."""
        if isinstance(prompt, Point):
            return math.hypot(*self.point_to_disc(prompt.row, prompt.col)) < 1.0
        box, (rows, cols) = prompt, self.shape
        on_slice = min(box.bottom, box.right) > 0.0 and box.top < rows and box.left < cols
        here = self.box_to_disc(box)
        down = min(max(0.0, here.top), here.bottom)
        across = min(max(0.0, here.left), here.right)
        return on_slice and math.hypot(down, across) < 1.0

    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rows and columns of the samples in slice pixel edges."""
        row, col = disc_places(self.angles, self.radii)
        return self.centre[0] + row * self.reach[0], self.centre[1] + col * self.reach[1]


@lru_cache(maxsize=8)
def disc_places(angles: int, radii: int) -> NDArray[np.float64]:
    """Row and column (2, angles, radii) of the samples of a disc of radius 1 about 0."""
    angle = 2.0 * math.pi * (np.arange(angles) + 0.5) / angles
    radius = (np.arange(radii) + 0.5) / radii
    return frozen(np.stack([np.outer(np.sin(angle), radius), np.outer(np.cos(angle), radius)]))


def disc_area(radii: int) -> Pixels:
    """What a sample at each radius (radii,) stands for in area; the mean over a ray is 1."""
    return np.asarray((np.arange(radii) + 0.5) * (2.0 / radii), np.float32)


def discs_over(
    frame: Frame, ventricle: PixelMask, angles: int, radii: int
) -> tuple[PolarGrid, ...] | None:
    """A grid for each slice, over the ventricle (slices, size, size) that ``frame`` shows.

    Centre and mean radius are those of each slice's mask; a slice without one takes them from
    its neighbours. None where no slice shows any.
    """
    found = [_centre_and_radius(mask) for mask in ventricle]
    at = [i for i, one in enumerate(found) if one is not None]
    if not at:
        return None
    known = np.array([one for one in found if one is not None])
    row, col, radius = (np.interp(np.arange(len(found)), at, known[:, k]) for k in range(3))
    reach = REACH * radius + COMMON_REACH * np.percentile(known[:, 2], COMMON_PERCENTILE)
    return tuple(
        PolarGrid(
            shape=frame.shape,
            centre=frame.point_to_slice(float(r), float(c)),
            reach=(float(length) * frame.step[0], float(length) * frame.step[1]),
            angles=angles,
            radii=radii,
        )
        for r, c, length in zip(row, col, reach, strict=True)
    )


def _centre_and_radius(mask: PixelMask) -> tuple[float, float, float] | None:
    """Centre (row, col) in pixel edges, and radius of the disc of the same area."""
    rows, cols = np.nonzero(mask)
    if rows.size < LEAST_SAMPLES:
        return None
    return float(rows.mean()) + 0.5, float(cols.mean()) + 0.5, math.sqrt(rows.size / math.pi)


def _between(
    planes: NDArray[np.floating], rows: NDArray[np.float64], cols: NDArray[np.float64]
) -> Pixels:
    """Linear interpolation of (..., rows, cols) at places that whole numbers index."""
    height, width = planes.shape[-2:]
    row, col = np.clip(rows, 0.0, height - 1.0), np.clip(cols, 0.0, width - 1.0)
    top, left = np.floor(row).astype(np.intp), np.floor(col).astype(np.intp)
    down, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    low, near = (row - top).astype(np.float32), (col - left).astype(np.float32)
    flat = planes.reshape(*planes.shape[:-2], height * width)
    upper = flat[..., top * width + left] * (1 - near) + flat[..., top * width + right] * near
    lower = flat[..., down * width + left] * (1 - near) + flat[..., down * width + right] * near
    return np.asarray(upper * (1 - low) + lower * low, np.float32)


Window = tuple[slice, slice]


@lru_cache(maxsize=32)
def _way_back(
    grid: PolarGrid,
) -> tuple[Window, NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """The slice's pixels that the disc may hold: angle and radius in samples, and which do."""
    spans: Sequence[tuple[int, int]] = [
        (max(0, math.floor(c - r)), min(n, math.ceil(c + r)))
        for n, c, r in zip(grid.shape, grid.centre, grid.reach, strict=True)
    ]
    rows, cols = (
        (np.arange(low, max(low, high)) + 0.5 - c) / r
        for (low, high), c, r in zip(spans, grid.centre, grid.reach, strict=True)
    )
    away = np.hypot(rows[:, None], cols[None, :])
    turn = np.arctan2(rows[:, None], cols[None, :]) % (2.0 * math.pi)
    angle = turn / (2.0 * math.pi) * grid.angles - 0.5
    radius = np.clip(away * grid.radii - 0.5, 0.0, grid.radii - 1.0)
    window = (slice(*_ordered(spans[0])), slice(*_ordered(spans[1])))
    return window, frozen(angle), frozen(radius), frozen(away <= 1.0)


def _ordered(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], max(span)
