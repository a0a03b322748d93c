"""Where a NIfTI's voxels lie, when its header says so in up to three ways.

Directions and origin: the sform where it has a code, else the qform where it has one, else none.
An sform that is a unit matrix up to signs, beside pixel sizes that are not 1, is a placeholder
and yields to a qform with a code. Scale: pixdim, the header's own statement of pixel size, unless
an sform that is no such placeholder contradicts it by more than 1 %; then the sform. Each
contradiction gives a note. Directions exactly along the patient's axes never belong to a
short-axis stack: they are taken as a placeholder too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import Matrix
from lgescar.core.errors import GeometryError
from lgescar.core.notes import ORIENTATION_UNKNOWN
from lgescar.core.study import Note
from lgescar.read.nifti_header import NiftiHeader

Spacing = tuple[float | None, float | None, float | None]
CONFLICT = 0.01
"""Relative difference of two spacings that is no rounding."""
CORNER_MM = 0.5
"""Distance of an image corner under two transforms that is no rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """The file's own ``affine`` (RAS, mm), and what of it is plausible.

    ``spacing_mm`` is per array axis, None where unknown. ``oriented`` is True where the
    directions are the patient's.
    """

    affine: Matrix
    spacing_mm: Spacing
    oriented: bool
    scale_is_placeholder: bool
    notes: tuple[Note, ...] = ()


def place(header: NiftiHeader) -> Placement:
    """The placement that the rules of this module choose.

    Raises:
        GeometryError: an affine with NaN, without volume, or a quaternion that is no rotation.
    """
    pixdim = np.array(header.pixdim_mm)
    notes: list[Note] = []
    affine, from_sform = _chosen(header, notes)
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or (lengths <= 0.0).any():
        raise GeometryError("the NIfTI affine is singular or not finite")
    directions = affine[:3, :3] / lengths
    if abs(float(np.linalg.det(directions))) < 1e-3:
        raise GeometryError("the NIfTI affine is singular: two of its axes are parallel")
    scale = _scale(pixdim, lengths, from_sform, notes)
    aligned = bool(np.allclose(np.sort(np.abs(directions), axis=0)[:2], 0.0, atol=1e-4))
    if aligned:
        notes.append(ORIENTATION_UNKNOWN)
    spacing = _plausible(scale, header.units_declared)
    if not header.units_declared and any(spacing):
        text = "the header names no unit of length; its distances are taken as millimetres"
        notes.append(Note("units-assumed", text))
    chosen = np.array([s or 0.0 for s in spacing])
    return Placement(
        affine=affine,
        spacing_mm=spacing,
        oriented=not aligned,
        scale_is_placeholder=not np.allclose(chosen, lengths, rtol=CONFLICT),
        notes=tuple(notes),
    )


def _chosen(header: NiftiHeader, notes: list[Note]) -> tuple[Matrix, bool]:
    """The affine of the file, and whether it is the sform."""
    sized = np.array([d or 1.0 for d in header.pixdim_mm])
    if header.sform_code <= 0:
        if header.qform_code > 0:
            return _qform(header, sized), False
        return np.diag([*sized, 1.0]), False
    sform = header.sform_mm
    if header.qform_code <= 0 or not np.isfinite(sform).all():
        return sform, True
    qform = _qform(header, sized)
    if _is_unit(sform) and not np.allclose(sized, 1.0, rtol=CONFLICT):
        if not _is_unit(qform):
            text = "the sform is a unit matrix beside true pixel sizes; the qform is used"
            notes.append(Note("affine-conflict", text))
        return qform, False
    apart = _corner_distance_mm(sform, qform, header.shape)
    if apart > CORNER_MM:
        text = f"sform and qform place a corner of the stack {apart:.1f} mm apart; sform is used"
        notes.append(Note("affine-conflict", text))
    return sform, True


def _qform(header: NiftiHeader, sized_mm: Matrix) -> Matrix:
    """Affine of the quaternion. Source: nifti1.h, method 2."""
    b, c, d = header.quatern
    rest = 1.0 - (b * b + c * c + d * d)
    if not np.isfinite(rest) or rest < -1e-3:
        raise GeometryError("the NIfTI qform holds a quaternion that is no rotation")
    a = np.sqrt(max(0.0, rest))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    affine: Matrix = np.eye(4)
    affine[:3, :3] = rotation * (sized_mm * [1.0, 1.0, header.qfac])
    affine[:3, 3] = header.qoffset_mm
    return affine


def _is_unit(affine: Matrix) -> bool:
    return bool(np.allclose(np.abs(affine[:3, :3]), np.eye(3), atol=1e-4))


def _corner_distance_mm(one: Matrix, other: Matrix, shape: tuple[int, int, int]) -> float:
    ends = [(0, n - 1) for n in shape]
    corners = np.stack([*np.meshgrid(*ends, indexing="ij"), np.ones((2, 2, 2))]).reshape(4, -1)
    return float(np.linalg.norm(((one - other) @ corners)[:3], axis=0).max())


def _scale(pixdim: Matrix, lengths: Matrix, from_sform: bool, notes: list[Note]) -> Matrix:
    """Spacing per axis in mm, 0.0 where the header has none."""
    if not from_sform:
        return pixdim
    units = bool(np.allclose(lengths, 1.0, rtol=1e-4))
    if not (pixdim > 0.0).all():
        return pixdim if units else lengths
    if np.allclose(pixdim, lengths, rtol=CONFLICT):
        return pixdim
    chosen = pixdim if units else lengths
    text = f"pixdim says {_mm(pixdim)}, the sform {_mm(lengths)}; {_mm(chosen)} is used"
    notes.append(Note("affine-conflict", text))
    return chosen


def _mm(spacing: Matrix) -> str:
    return " x ".join(f"{v:g}" for v in np.round(spacing, 5)) + " mm"


def _plausible(scale: Matrix, units_declared: bool) -> Spacing:
    """Spacing, with placeholders removed: 0 always, 1.0 where the header names no unit."""
    a, b, c = (None if v <= 0.0 or (v == 1.0 and not units_declared) else float(v) for v in scale)
    return (a, b, c)
