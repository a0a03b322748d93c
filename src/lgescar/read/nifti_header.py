"""The header of a NIfTI-1 or NIfTI-2 file, vetted before its pixels are touched.

Read here with numpy alone: importing a whole library to unpack 348 bytes would take longer than
reading the study, and every claim must be checked before anything is allocated.
Source: nifti1.h and nifti2.h, https://nifti.nimh.nih.gov.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lgescar.core.arrays import Matrix
from lgescar.core.errors import InputError
from lgescar.core.image import vector
from lgescar.read.limits import check_image_size

_NIFTI1 = {
    "dim": ("8<i2", 40), "datatype": ("<i2", 70),
    "pixdim": ("8<f4", 76), "vox_offset": ("<f4", 108),
    "slope": ("<f4", 112), "inter": ("<f4", 116), "units": ("<u1", 123),
    "qform_code": ("<i2", 252),
    "sform_code": ("<i2", 254), "quatern": ("3<f4", 256), "qoffset": ("3<f4", 268),
    "srow": ("(3,4)<f4", 280), "magic": ("S4", 344),
}  # fmt: skip
_NIFTI2 = {
    "dim": ("8<i8", 16), "datatype": ("<i2", 12),
    "pixdim": ("8<f8", 104), "vox_offset": ("<i8", 168),
    "slope": ("<f8", 176), "inter": ("<f8", 184), "units": ("<i4", 500),
    "qform_code": ("<i4", 344),
    "sform_code": ("<i4", 348), "quatern": ("3<f8", 352), "qoffset": ("3<f8", 376),
    "srow": ("(3,4)<f8", 400), "magic": ("S4", 4),
}  # fmt: skip
HEADER_BYTES = 540
"""Enough to hold either header."""

_NUMBERS = {2: "<u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 256: "<i1", 512: "<u2",
            768: "<u4", 1024: "<i8", 1280: "<u8"}  # fmt: skip
_SCALE_TO_MM = {1: 1000.0, 2: 1.0, 3: 0.001}
"""Metre, millimetre, micron."""


@dataclass(frozen=True, slots=True, eq=False)
class NiftiHeader:
    """What the pixels are and where they lie. Lengths are in millimetres.

    ``pixdim_mm`` holds 0.0 where the header's value is not finite and positive.
    ``units_declared`` is False where the header names no unit of length: a 1.0 is then a
    placeholder.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    inter: float
    pixdim_mm: tuple[float, float, float]
    qfac: float
    units_declared: bool
    qform_code: int
    sform_code: int
    quatern: tuple[float, float, float]
    qoffset_mm: tuple[float, float, float]
    sform_mm: Matrix

    @property
    def data_bytes(self) -> int:
        """Bytes of pixels after ``offset``."""
        return self.dtype.itemsize * int(np.prod(self.shape))


def parse_nifti_header(raw: bytes, stored_bytes: int) -> NiftiHeader:
    """The header at the start of ``raw``, from a file of ``stored_bytes``.

    Raises:
        InputError: no single-file NIfTI, more than three axes longer than 1, pixels that are not
            plain numbers, an infinite scale, or a size over the limits.
    """
    fields, order = _fields(raw)
    shape = _shape(fields["dim"])
    code = int(fields["datatype"])
    if code not in _NUMBERS:
        raise InputError(f"NIfTI data type {code} is not a plain number per pixel (grey image)")
    dtype = np.dtype(_NUMBERS[code].replace("<", order))
    offset = float(fields["vox_offset"])
    if not len(raw) >= 348 or not 348 <= offset < 2**31:
        raise InputError("the NIfTI header places its pixels outside the file")
    first, second, third = sorted(shape)
    check_image_size(
        second, third, first, bytes_per_pixel=dtype.itemsize, stored_bytes=stored_bytes
    )
    slope, inter = _scaling(float(fields["slope"]), float(fields["inter"]))
    unit_code = int(fields["units"]) & 7
    to_mm = _SCALE_TO_MM.get(unit_code, 1.0)
    # The shortest decimal that is stored as this number: 0.76172, not 0.7617200016975403.
    pixdim = [float(str(v)) * to_mm for v in fields["pixdim"][1:4]]
    a, b, c = (v if np.isfinite(v) and v > 0 else 0.0 for v in pixdim)
    sform: Matrix = np.eye(4)
    sform[:3] = fields["srow"].astype(np.float64) * to_mm
    return NiftiHeader(
        shape=shape,
        dtype=dtype,
        offset=int(offset),
        slope=slope,
        inter=inter,
        pixdim_mm=(a, b, c),
        qfac=-1.0 if fields["pixdim"][0] == -1.0 else 1.0,
        units_declared=unit_code in _SCALE_TO_MM,
        qform_code=int(fields["qform_code"]),
        sform_code=int(fields["sform_code"]),
        quatern=vector(fields["quatern"]),
        qoffset_mm=vector(fields["qoffset"].astype(np.float64) * to_mm),
        sform_mm=sform,
    )


def _fields(raw: bytes) -> tuple[Any, str]:
    """The header's fields, and the byte order (< or >) of the file."""
    for order in "<>":
        size = int.from_bytes(raw[:4], "little" if order == "<" else "big")
        if size not in (348, 540) or len(raw) < size:
            continue
        layout = _NIFTI1 if size == 348 else _NIFTI2
        dtype = np.dtype(
            {
                "names": list(layout),
                "formats": [np.dtype(f.replace("<", order)) for f, _ in layout.values()],
                "offsets": [o for _, o in layout.values()],
                "itemsize": size,
            }
        )
        fields = np.frombuffer(raw[:size], dtype)[0]
        magic = bytes(fields["magic"])
        if magic[:3] in (b"ni1", b"ni2"):
            raise InputError("the NIfTI is a pair of .hdr and .img; store it as one .nii file")
        if magic[:3] not in (b"n+1", b"n+2"):
            raise InputError("the file has no NIfTI header (an Analyze file holds no orientation)")
        return fields, order
    raise InputError("the file has no NIfTI header")


def _shape(dim: Any) -> tuple[int, int, int]:
    axes = int(dim[0])
    lengths = [int(n) for n in dim[1 : axes + 1]] if 2 <= axes <= 7 else []
    if not lengths or min(lengths) < 1:
        raise InputError("the NIfTI header claims axes that are empty or not 2 to 7")
    if any(n > 1 for n in lengths[3:]):
        raise InputError(
            f"the NIfTI has {axes} axes {lengths}; one 3-D stack is read: store the wanted "
            "phase, echo or channel as a file of its own"
        )
    x, y, z = (*lengths[:3], 1)[:3]
    return (x, y, z)


def _scaling(slope: float, inter: float) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 or NaN means no scaling, as nifti1.h says."""
    if np.isinf(slope) or np.isinf(inter):
        raise InputError("the NIfTI header scales its pixels by infinity")
    if slope == 0.0 or np.isnan(slope):
        return 1.0, 0.0
    return slope, 0.0 if np.isnan(inter) else inter
