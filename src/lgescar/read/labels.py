"""Label maps stored as NIfTI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Matrix
from lgescar.core.errors import GeometryError, InputError
from lgescar.core.study import Grid, Study
from lgescar.core.tissue import LabelMap
from lgescar.read.nifti import read_volume

SAME_PLACE = 0.05
"""Largest shift, as a share of the smallest voxel side, of a label map that still fits."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelVolume:
    """Whole-number codes, int32, as stored in a file, and the file's affine (RAS, mm)."""

    codes: NDArray[np.int32]
    affine: Matrix


def read_label_volume(path: Path) -> LabelVolume:
    """The codes of a label file, whatever they mean.

    Raises:
        InputError: a file that cannot be read, or codes that are not whole numbers.
    """
    volume = read_volume(path)
    scale = (volume.header.slope, volume.header.inter)
    values: NDArray[Any] = volume.stored
    if scale != (1.0, 0.0):
        values = values * scale[0] + scale[1]
    if values.dtype.kind == "f" and not (
        np.isfinite(values).all() and np.array_equal(values, np.rint(values))
    ):
        raise InputError("the label map holds codes that are not whole numbers")
    if values.min() < -(2**31) or values.max() >= 2**31:
        raise InputError("the label map holds codes that are no tissue")
    return LabelVolume(values.astype(np.int32), volume.placement.affine)


def lies_on(affine: Matrix, grid: Grid) -> bool:
    """Whether a volume of the grid's shape with this affine (RAS, mm) covers the same place."""
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in grid.shape], [1], indexing="ij"))
    shift = (affine - grid.affine) @ ends.reshape(4, -1)
    side = float(np.linalg.norm(grid.affine[:3, :3], axis=0).min())
    return float(np.linalg.norm(shift[:3], axis=0).max()) <= SAME_PLACE * side


def label_maps(volume: LabelVolume, study: Study) -> tuple[LabelMap, ...]:
    """The label map of each slice of ``study``, on whose grid the volume must lie.

    Raises:
        GeometryError: another shape or another place than the study's.
        InputError: a code that is no ``Tissue``.
    """
    grid = study.grid
    if volume.codes.shape != grid.shape:
        raise GeometryError(
            f"the label map has shape {volume.codes.shape}, the image {grid.shape}; "
            "both must be on one grid"
        )
    if not lies_on(volume.affine, grid):
        raise GeometryError("label map and image have different affines; both must be on one grid")
    planes = np.moveaxis(volume.codes, grid.slice_axis, 0)
    return tuple(LabelMap(planes[i]) for i in study.indices)
