"""NIfTI files: one 3-D stack, any order of axes.

The slice axis is the one axis of length 1; else the one whose spacing is at least 1.5 times the
next; else the one with fewest samples; else the last. The two other axes, in their order, are a
slice's rows and columns: nothing is transposed or flipped.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Pixels
from lgescar.core.errors import GeometryError, InputError
from lgescar.core.image import Slice, SliceGeometry, vector
from lgescar.core.notes import NOT_SHORT_AXIS
from lgescar.core.study import Grid, Note, Study
from lgescar.read.limits import inflated_limit
from lgescar.read.names import study_name
from lgescar.read.nifti_affine import Placement, place
from lgescar.read.nifti_header import HEADER_BYTES, NiftiHeader, parse_nifti_header
from lgescar.read.stack import (
    LPS_FROM_RAS,
    blank_slices,
    finite_planes,
    given_notes,
    spacing_notes,
    toward_apex,
    unit,
    view_of,
)

SLICE_SPACING_RATIO = 1.5
"""How much larger the step must be than any other spacing to tell the slice axis by itself."""
SHEAR_DEGREES = 1.0
"""Lean of a stack that is no rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A NIfTI's stored numbers (before slope and intercept), header and placement."""

    stored: NDArray[Any]
    header: NiftiHeader
    placement: Placement


def read_volume(path: Path) -> Volume:
    """The one 3-D array of a NIfTI file.

    Raises:
        InputError: a file that is no NIfTI, cut short, damaged, or over the limits.
        GeometryError: an affine without volume.
    """
    try:
        stored_bytes = path.stat().st_size
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            head = file.read(HEADER_BYTES)
            header = parse_nifti_header(head, stored_bytes)
            end = header.offset + header.data_bytes
            if end > inflated_limit(stored_bytes):
                raise InputError("the NIfTI header places its pixels too far into the file")
            body = head + file.read(max(0, end - len(head)))
            _read_to_end(file, inflated_limit(stored_bytes) - len(body))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("the NIfTI file is damaged, cut short or not readable") from error
    if len(body) < end:
        raise InputError(f"the NIfTI file ends early: {end} bytes expected, {len(body)} found")
    stored = np.frombuffer(body, header.dtype, int(np.prod(header.shape)), header.offset)
    return Volume(stored.reshape(header.shape, order="F"), header, place(header))


def _read_to_end(file: Any, limit: int) -> None:
    """Reads on, because only the end of a gz file holds its checksum."""
    while chunk := file.read(2**20):
        limit -= len(chunk)
        if limit < 0:
            raise InputError("the file unpacks to more than is allowed for its size")


def read_nifti(path: Path, spacing_mm: tuple[float, float, float] | None = None) -> Study:
    """The study in a NIfTI file. ``spacing_mm`` (row, col, step) fills in what is unknown.

    Raises:
        InputError: a file that cannot be read, or without a finite pixel.
        GeometryError: axes that are parallel or pixels that are not rectangles.
    """
    volume = read_volume(path)
    header, placement = volume.header, volume.placement
    axis = slice_axis(header.shape, placement.spacing_mm)
    name, count = study_name(path), header.shape[axis]
    planes, notes = finite_planes(_planes(volume, axis))
    gapless, blank_notes = blank_slices(planes)
    pixel_mm, step_mm, shear = _distances(placement, axis, spacing_mm)
    geometries = _geometries(placement, axis, count, pixel_mm)
    step = _axis_step(placement, axis)
    view = view_of(geometries[0].normal) if placement.oriented else "unknown"
    order = list(range(count))
    if placement.oriented and not toward_apex(step):
        order.reverse()
    return Study(
        name=name,
        series_uid=None,
        slices=tuple(Slice(f"{name}/{i}", planes[i], geometries[i]) for i in order),
        indices=tuple(order),
        grid=Grid(
            header.shape, placement.affine, axis, units_known=not placement.scale_is_placeholder
        ),
        slice_step_mm=step_mm if count > 1 else None,
        order_known=view == "short-axis" and count > 1,
        oriented=placement.oriented,
        complete=gapless,
        view=view,
        notes=(
            *spacing_notes(pixel_mm is not None, step_mm is not None, count),
            *given_notes(spacing_mm, *_own_distances(placement, axis), count),
            *placement.notes,
            *((NOT_SHORT_AXIS,) if view == "other" else ()),
            *shear,
            *notes,
            *blank_notes,
        ),
    )


def slice_axis(
    shape: tuple[int, int, int], spacing_mm: tuple[float | None, float | None, float | None]
) -> int:
    """The array axis that counts slices, by the rule at the top of this module."""
    if shape.count(1) == 1:
        return shape.index(1)
    spacing = [s or 1.0 for s in spacing_mm]
    _, middle, largest = sorted(spacing)
    if largest >= SLICE_SPACING_RATIO * middle:
        return spacing.index(largest)
    fewest = min(shape)
    return shape.index(fewest) if shape.count(fewest) == 1 else 2


def _planes(volume: Volume, axis: int) -> list[Pixels]:
    header = volume.header
    planes = []
    with np.errstate(over="ignore", invalid="ignore"):
        for plane in np.moveaxis(volume.stored, axis, 0):
            values = plane.astype(np.float64)
            if (header.slope, header.inter) != (1.0, 0.0):
                values = values * header.slope + header.inter
            planes.append(values.astype(np.float32))
    return planes


def _distances(
    placement: Placement, axis: int, given_mm: tuple[float, float, float] | None
) -> tuple[tuple[float, float] | None, float | None, tuple[Note, ...]]:
    """Pixel spacing, perpendicular slice step, and a note where the stack leans."""
    row, col = (s for i, s in enumerate(placement.spacing_mm) if i != axis)
    step = placement.spacing_mm[axis]
    pixel = (row, col) if row and col else (given_mm[:2] if given_mm else None)
    normal = np.cross(*_in_plane(placement, axis))
    cosine = abs(float(unit(_axis_step(placement, axis)) @ unit(normal)))
    if step is None:
        return pixel, given_mm[2] if given_mm else None, ()
    lean = float(np.degrees(np.arccos(min(1.0, cosine))))
    if lean <= SHEAR_DEGREES:
        return pixel, step, ()
    text = (
        f"the stack leans by {lean:.1f} degrees; volumes use the distance between slices "
        f"across the stack, {step * cosine:.2f} mm, not along it, {step:.2f} mm"
    )
    return pixel, step * cosine, (Note("sheared-stack", text),)


def _own_distances(placement: Placement, axis: int) -> tuple[bool, bool]:
    """Whether the file knows its pixel spacing, and its slice step."""
    known = [bool(s) for s in placement.spacing_mm]
    return all(k for i, k in enumerate(known) if i != axis), known[axis]


def _in_plane(placement: Placement, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions (LPS) of rows and columns."""
    down, across = np.delete((LPS_FROM_RAS @ placement.affine)[:3, :3], axis, axis=1).T
    return unit(down), unit(across)


def _axis_step(placement: Placement, axis: int) -> NDArray[np.float64]:
    return np.asarray((LPS_FROM_RAS @ placement.affine)[:3, axis])


def _geometries(
    placement: Placement, axis: int, count: int, pixel_mm: tuple[float, float] | None
) -> list[SliceGeometry]:
    down, across = _in_plane(placement, axis)
    if abs(float(down @ across)) > 1e-2:
        raise GeometryError("the NIfTI affine is sheared within the slice; resample the image")
    origin = (LPS_FROM_RAS @ placement.affine)[:3, 3]
    step = _axis_step(placement, axis)
    if (length := placement.spacing_mm[axis]) is not None:
        step = unit(step) * length
    return [
        SliceGeometry(vector(origin + i * step), vector(down), vector(across), pixel_mm)
        for i in range(count)
    ]
