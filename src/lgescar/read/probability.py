"""Probability maps stored as NIfTI."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Probability, frozen
from lgescar.core.errors import GeometryError, InputError
from lgescar.core.study import Study
from lgescar.read.labels import lies_on
from lgescar.read.nifti import read_volume

ROUNDING = 1e-5
"""How far beyond 0 or 1 a float32 sum of chances may end."""


def read_probabilities(path: Path, study: Study) -> tuple[Probability, ...]:
    """The chance in [0, 1] of each slice of ``study``, on whose grid the volume must lie.

    Raises:
        InputError: a file that cannot be read, or numbers that are no chances.
        GeometryError: another shape or another place than the study's.
    """
    volume, grid = read_volume(path), study.grid
    if volume.stored.shape != grid.shape or not lies_on(volume.placement.affine, grid):
        raise GeometryError(
            f"its shape is {volume.stored.shape}, the labels' {grid.shape}, and their affines may "
            "differ; both must be on one grid"
        )
    values: NDArray[np.float64] = volume.stored.astype(np.float64)
    values = values * volume.header.slope + volume.header.inter
    if not (
        np.isfinite(values).all() and -ROUNDING <= values.min() <= values.max() <= 1 + ROUNDING
    ):
        raise InputError("it holds numbers that are no chances from 0 to 1")
    planes = np.moveaxis(values.clip(0.0, 1.0), grid.slice_axis, 0)
    return tuple(frozen(planes[index], np.float32) for index in study.indices)
