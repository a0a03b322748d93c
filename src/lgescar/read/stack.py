"""What every format shares: where base and apex lie, broken pixels, the grid of a stack."""

from __future__ import annotations

from collections.abc import Sequence as Items

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Matrix, Pixels
from lgescar.core.errors import InputError
from lgescar.core.image import Slice, SliceGeometry, Vector
from lgescar.core.notes import SINGLE_SLICE, SPACING_UNKNOWN, STEP_UNKNOWN
from lgescar.core.study import Grid, Note, View

APEX_LPS: Vector = (0.609, -0.609, -0.508)
"""Usual direction from base to apex: left, forward and down.

Source: mean slice normal of the development cohorts (26 MyoPS patients lie within
23 degrees of it, one Siemens patient within 10), and textbook anatomy of the left ventricle.
"""
SHORT_AXIS_WITHIN_DEGREES = 45.0
OTHER_VIEW_BEYOND_DEGREES = 55.0
"""Normals nearer than the first are short-axis, farther than the second another view, between them
unknown. A transverse, coronal or sagittal slice lies 52 to 60 degrees away, long-axis slices 59
to 90 (Siemens and GE examples)."""

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def unit(vector: Items[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector's direction."""
    array = np.asarray(vector, np.float64)
    return np.asarray(array / np.linalg.norm(array))


def view_of(normal: Items[float] | NDArray[np.float64]) -> View:
    """Whether slices with this normal (LPS) cut the ventricle across."""
    cosine = abs(float(unit(normal) @ unit(APEX_LPS)))
    angle = float(np.degrees(np.arccos(min(1.0, cosine))))
    if angle <= SHORT_AXIS_WITHIN_DEGREES:
        return "short-axis"
    return "other" if angle > OTHER_VIEW_BEYOND_DEGREES else "unknown"


def toward_apex(step: Items[float] | NDArray[np.float64]) -> bool:
    """True if a step (LPS) leads from base to apex."""
    return float(np.asarray(step, np.float64) @ np.asarray(APEX_LPS)) > 0.0


def finite_planes(planes: list[Pixels]) -> tuple[list[Pixels], tuple[Note, ...]]:
    """Planes without NaN or infinity, which become the smallest finite pixel, and what to say.

    Raises:
        InputError: no pixel is finite.
    """
    finite = [np.isfinite(plane) for plane in planes]
    broken = sum(int(good.size - np.count_nonzero(good)) for good in finite)
    lows = [plane[g].min() for plane, g in zip(planes, finite, strict=True) if g.any()]
    highs = [plane[g].max() for plane, g in zip(planes, finite, strict=True) if g.any()]
    if not lows:
        raise InputError("no pixel of the images is a finite number")
    notes: tuple[Note, ...] = ()
    if broken:
        text = f"{broken} pixels were not finite; they were set to the smallest finite value"
        notes += (Note("nonfinite-pixels", text),)
        planes = [np.where(g, p, min(lows)) for p, g in zip(planes, finite, strict=True)]
    if min(lows) == max(highs):
        notes += (Note("no-signal", "all pixels of the images have the same value"),)
    return planes, notes


def blank_slices(planes: list[Pixels]) -> tuple[bool, tuple[Note, ...]]:
    """Whether the stack is whole, and what to say of slices that hold one value only.

    Blank slices beyond the first or last picture are padding. Between pictures they are a gap:
    their scar is not seen.
    """
    shown = [i for i, plane in enumerate(planes) if plane.min() < plane.max()]
    if len(shown) in (0, len(planes)):
        return True, ()
    blank = ", ".join(str(i) for i in sorted({*range(len(planes))} - {*shown}))
    text = f"slices without a picture (one value all over), by index: {blank}"
    return shown[-1] - shown[0] < len(shown), (Note("slices-blank", text),)


def grid_of(slices: Items[Slice], step: Vector) -> Grid:
    """A grid (rows, cols, slices) for formats without a voxel array of their own.

    ``step`` leads from one slice to the next (LPS, mm).
    """
    first: SliceGeometry = slices[0].geometry
    row_mm, col_mm = first.spacing_mm or (1.0, 1.0)
    affine: Matrix = np.eye(4)
    affine[:3, 0] = np.asarray(first.down) * row_mm
    affine[:3, 1] = np.asarray(first.across) * col_mm
    affine[:3, 2] = step
    affine[:3, 3] = first.origin_mm
    shape = (*slices[0].shape, len(slices))
    return Grid(shape, LPS_FROM_RAS @ affine, 2, units_known=first.spacing_mm is not None)


def spacing_notes(pixel_known: bool, step_known: bool, slices: int) -> tuple[Note, ...]:
    """What to say about distances that are not known."""
    notes = () if pixel_known else (SPACING_UNKNOWN,)
    if slices == 1:
        return (*notes, SINGLE_SLICE)
    return notes if step_known or not pixel_known else (*notes, STEP_UNKNOWN)


def given_notes(
    given_mm: tuple[float, float, float] | None, own_pixel: bool, own_step: bool, slices: int
) -> tuple[Note, ...]:
    """What became of a spacing given by hand beside the distances that the file knows itself."""
    if given_mm is None:
        return ()
    row, col, step = given_mm
    parts = [(own_pixel, "pixel spacing", f"{row:g} x {col:g} mm")]
    if slices > 1:
        parts.append((own_step, "distance between slices", f"{step:g} mm"))
    used = " and ".join(f"{what} {size}" for own, what, size in parts if not own)
    ignored = " and ".join(f"{what} {size}" for own, what, size in parts if own)
    notes = []
    if used:
        notes.append(Note("spacing-given", f"{used}: given by hand; the input does not say"))
    if ignored:
        text = f"{ignored}: given by hand and not used; the input says its own"
        notes.append(Note("spacing-ignored", text))
    return tuple(notes)
