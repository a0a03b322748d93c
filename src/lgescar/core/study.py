"""A short-axis LGE stack as lgescar sees it, and the grid it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Matrix, frozen
from lgescar.core.errors import GeometryError
from lgescar.core.image import Slice

Reconstruction = Literal["psir", "magnitude"]
View = Literal["short-axis", "other", "unknown"]

LARGEST_FIELD_MM = 2000.0
SMALLEST_PIXEL_MM = 0.05
LARGEST_STEP_MM = 200.0
"""Beyond what any magnet pictures: twice its bore, a tenth of its finest pixel, a whole heart in
one step. Such a header states another unit; grams from it would be wrong by powers of ten, and
resampling it would exhaust the memory."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user must know: a fixed ``code`` and one sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The input's own voxel grid, so that labels can be written back onto it exactly.

    ``shape`` is the 3-D array shape of the input. ``affine`` is the 4x4 NIfTI (RAS, mm) matrix
    of that array. ``slice_axis`` is the array axis that counts slices; the two others, in
    order, are a slice's rows and columns. ``units_known`` is False where the affine's scale is
    a placeholder, and output headers must then say "unknown" too.
    """

    shape: tuple[int, int, int]
    affine: Matrix
    slice_axis: int = 2
    units_known: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "affine", frozen(self.affine, np.float64))

    def stack(self, planes: dict[int, NDArray[Any]], dtype: Any) -> NDArray[Any]:
        """A volume of ``shape`` from planes (rows, cols) by index on the slice axis; rest 0."""
        volume: NDArray[Any] = np.zeros(self.shape, dtype)
        view = np.moveaxis(volume, self.slice_axis, 0)
        for index, plane in planes.items():
            view[index] = plane
        return volume


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The slices of one short-axis LGE stack, ordered base→apex where that is known.

    ``name`` is the file's or folder's stem and never a patient's name. ``indices[i]`` is where
    ``slices[i]`` sits on ``grid``'s slice axis: users, reports and box files count by it.
    ``slice_step_mm`` is the mean distance between neighbouring slices from their positions,
    None where there is no basis for it. ``sequence`` is None where the file does not say.
    ``order_known`` is True where positions tell base from apex; ``oriented`` where slice
    geometry is the patient's and not a placeholder; ``complete`` is False where slices are
    missing or steps uneven; ``view`` says whether the slices are short-axis.

    Raises:
        GeometryError: no slices, slices of different size, a step that is not positive, or
            distances that no magnet pictures.
    """

    name: str
    series_uid: str | None
    slices: tuple[Slice, ...]
    indices: tuple[int, ...]
    grid: Grid
    slice_step_mm: float | None
    sequence: Reconstruction | None = None
    order_known: bool = False
    oriented: bool = False
    complete: bool = True
    view: View = "unknown"
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        if not self.slices:
            raise GeometryError("a study needs at least one slice")
        if len(self.slices) != len(self.indices):
            raise GeometryError("each slice needs one index on the grid")
        if len({s.shape for s in self.slices}) != 1:
            raise GeometryError("the slices of a study differ in size")
        if self.slice_step_mm is not None and not 0.0 < self.slice_step_mm < np.inf:
            raise GeometryError(f"the slice step must be positive, found {self.slice_step_mm}")
        self._refuse_other_units()

    def _refuse_other_units(self) -> None:
        spacing, step_mm = self.spacing_mm, self.slice_step_mm or SMALLEST_PIXEL_MM
        sides = zip(self.slices[0].shape, spacing or (), strict=False)
        fits = all(s >= SMALLEST_PIXEL_MM and n * s <= LARGEST_FIELD_MM for n, s in sides)
        if not fits or not SMALLEST_PIXEL_MM <= step_mm <= LARGEST_STEP_MM:
            raise GeometryError(
                f"pixels of {spacing} mm at a slice step of {self.slice_step_mm} mm are those of "
                "no heart; correct the header's spacing or its unit"
            )

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """(rows, cols) spacing of the slices, None where unknown."""
        return self.slices[0].geometry.spacing_mm

    @property
    def pixel_area_mm2(self) -> float | None:
        """Area of one pixel, None where spacing is unknown."""
        spacing = self.spacing_mm
        return None if spacing is None else spacing[0] * spacing[1]

    @property
    def voxel_volume_ml(self) -> float | None:
        """Pixel area times slice step, None where either is unknown."""
        if self.pixel_area_mm2 is None or self.slice_step_mm is None:
            return None
        return self.pixel_area_mm2 * self.slice_step_mm / 1000.0
