"""Hearts drawn with a compass: rings whose areas and angles are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Study
from lgescar.core.tissue import LabelMap

Stack = tuple[Study, tuple[LabelMap, ...]]

# Image top is the patient's anterior-superior direction, image left the patient's right.
UPRIGHT = SliceGeometry(
    (10.0, -20.0, 30.0), (0.0, 0.5**0.5, -(0.5**0.5)), (1.0, 0.0, 0.0), (2.0, 1.5)
)


def stack_of(codes: Sequence[NDArray[Any]], **changes: Any) -> Stack:
    """A study of blank images 8 mm apart and its label maps."""
    geometry = changes.pop("geometry", UPRIGHT)
    spacing = changes.pop("spacing_mm", geometry.spacing_mm)
    step = np.array(geometry.normal) * 8.0
    slices = []
    for i, plane in enumerate(codes):
        origin = tuple(float(v) for v in np.array(geometry.origin_mm) + i * step)
        placed = replace(geometry, origin_mm=origin, spacing_mm=spacing)
        slices.append(Slice(f"heart/{i}", np.zeros(plane.shape, np.float32), placed))
    fields: dict[str, Any] = {
        "name": "heart",
        "series_uid": None,
        "slices": tuple(slices),
        "indices": tuple(range(len(slices))),
        "grid": Grid((*codes[0].shape, len(slices)), np.eye(4)),
        "slice_step_mm": 8.0,
        "order_known": True,
        "oriented": True,
        "view": "short-axis",
    }
    return Study(**fields | changes), tuple(LabelMap(np.asarray(c, np.uint8)) for c in codes)


def ring_of(
    scar: Callable[[NDArray[Any], NDArray[Any]], NDArray[np.bool_]] | None = None,
    *,
    inner: float = 16.0,
    outer: float = 26.0,
    spacing_mm: tuple[float, float] = (1.0, 1.0),
    mvo: bool = False,
) -> NDArray[np.uint8]:
    """A round heart (radii in mm) on 81 x 91 pixels, centre at (40, 42).

    ``scar(radius_mm, degrees)`` chooses scarred wall; degrees run from image top to the left.
    """
    rows, cols = np.indices((81, 91))
    up, left = (40 - rows) * spacing_mm[0], (42 - cols) * spacing_mm[1]
    radius, degrees = np.hypot(up, left), np.degrees(np.arctan2(left, up)) % 360.0
    codes = np.zeros(rows.shape, np.uint8)
    codes[radius < outer] = 2
    codes[radius < inner] = 1
    if scar is not None:
        codes[(codes == 2) & scar(radius, degrees)] = 4 if mvo else 3
    return codes


def turn(codes: NDArray[Any], quarters: int, flip: bool) -> NDArray[Any]:
    """The array mirrored left to right if ``flip``, then turned by quarters."""
    return np.rot90(np.fliplr(codes) if flip else codes, quarters)


def turned_geometry(
    geometry: SliceGeometry, shape: tuple[int, int], quarters: int, flip: bool
) -> SliceGeometry:
    """Where the pixels of ``turn`` lie, so that each stays at its place in the patient."""
    origin, down = np.array(geometry.origin_mm), np.array(geometry.down)
    across, (row_mm, col_mm) = np.array(geometry.across), geometry.spacing_mm or (1.0, 1.0)
    rows, cols = shape
    if flip:
        origin, across = origin + (cols - 1) * col_mm * across, -across
    for _ in range(quarters):
        # new[i, j] = old[j, cols - 1 - i]
        origin = origin + (cols - 1) * col_mm * across
        down, across = -across, down
        row_mm, col_mm, rows, cols = col_mm, row_mm, cols, rows
    as_tuples = (tuple(float(v) for v in vector) for vector in (origin, down, across))
    return SliceGeometry(*as_tuples, (row_mm, col_mm))


@pytest.fixture(scope="session")
def stack() -> Callable[..., Stack]:
    return stack_of


@pytest.fixture(scope="session")
def ring() -> Callable[..., NDArray[np.uint8]]:
    return ring_of


@pytest.fixture(scope="session")
def turned() -> Callable[..., Stack]:
    """The stack with its arrays turned and its geometry following."""

    def turned(codes: Sequence[NDArray[Any]], quarters: int, flip: bool, **changes: Any) -> Stack:
        geometry = changes.pop("geometry", UPRIGHT)
        moved = turned_geometry(geometry, codes[0].shape, quarters, flip)
        return stack_of([turn(c, quarters, flip) for c in codes], geometry=moved, **changes)

    return turned
