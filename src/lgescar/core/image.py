"""One slice and where it lies in the patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import Pixels, frozen
from lgescar.core.errors import GeometryError, InputError

Vector = tuple[float, float, float]


def vector(values: Iterable[float]) -> Vector:
    """Three plain floats."""
    x, y, z = map(float, values)
    return x, y, z


@dataclass(frozen=True, slots=True)
class SliceGeometry:
    """Where a slice lies: DICOM LPS millimetres.

    ``origin_mm`` is the centre of pixel (0, 0). ``down`` and ``across`` are unit vectors along
    increasing row and column. ``spacing_mm`` is (between rows, between columns), or None when
    the file gives no basis for it: never 1.0 in its place.

    Raises:
        GeometryError: directions that are not orthogonal unit vectors, or a spacing that is not
            finite and positive.
    """

    origin_mm: Vector
    down: Vector
    across: Vector
    spacing_mm: tuple[float, float] | None

    def __post_init__(self) -> None:
        down, across = np.array(self.down), np.array(self.across)
        unit = np.allclose([down @ down, across @ across], 1.0, atol=1e-3)
        if not unit or abs(float(down @ across)) > 1e-2:
            raise GeometryError("row and column directions are not orthogonal unit vectors")
        if self.spacing_mm is not None and not all(0.0 < s < np.inf for s in self.spacing_mm):
            raise GeometryError(f"pixel spacing must be positive, found {self.spacing_mm}")

    @property
    def normal(self) -> Vector:
        """Unit vector across x down, DICOM's slice normal."""
        return vector(np.cross(self.across, self.down))

    @property
    def position_mm(self) -> float:
        """Distance of the slice along its own normal."""
        return float(np.dot(self.normal, self.origin_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One image of the stack. ``pixels`` are read-only float32 (rows, cols), all finite.

    Raises:
        InputError: pixels that are not 2-D, empty or not finite.
    """

    uid: str
    pixels: Pixels
    geometry: SliceGeometry

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels)
        if pixels.ndim != 2 or pixels.size == 0:
            raise InputError(f"a slice has 2 axes (rows, cols), found shape {pixels.shape}")
        if not np.isfinite(pixels).all():
            raise InputError("a slice holds NaN or infinite pixels")
        object.__setattr__(self, "pixels", frozen(pixels, np.float32))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        rows, cols = self.pixels.shape
        return rows, cols
