"""Label and probability volumes on the input's own grid, as NIfTI-1.

The 348-byte header is written here rather than through nibabel, whose import takes longer than
everything else a result needs; the tests read the files back with nibabel and SimpleITK.
Source: the NIfTI-1 format, https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap

HEADER_BYTES = 348
DATA_OFFSET = 352
DATATYPES = {np.dtype(np.uint8): 2, np.dtype(np.float32): 16}
UNKNOWN_UNITS, MILLIMETRES = 0, 2
SCANNER, ALIGNED = 1, 2
"""Codes of the affine: positions in the scanner's patient, or merely some aligned space."""


def labels_nifti(report: Report) -> bytes:
    """The tissue codes of every slice, uint8; a voxel no slice covers is background."""
    return label_maps_nifti(report.study, report.labels)


def label_maps_nifti(study: Study, labels: Sequence[LabelMap]) -> bytes:
    """As ``labels_nifti``, from one label map for each slice of a study."""
    words = b"lgescar: 1 blood pool, 2 viable wall, 3 scar, 4 MVO"
    return _nifti(study, [label_map.codes for label_map in labels], np.uint8, words)


def scar_probability_nifti(report: Report) -> bytes:
    """The scar probability of every slice, float32; a voxel no slice covers is 0."""
    planes = [result.scar_probability for result in report.results]
    return _nifti(report.study, planes, np.float32, b"lgescar: probability of scar, 0 to 1")


def _nifti(study: Study, planes: list[NDArray[Any]], dtype: Any, words: bytes) -> bytes:
    volume = study.grid.stack(dict(zip(study.indices, planes, strict=True)), dtype)
    body = _header(study, volume, words) + volume.tobytes(order="F")
    return gzip.compress(body, compresslevel=6, mtime=0)


def _header(study: Study, volume: NDArray[Any], words: bytes) -> bytes:
    """The little-endian header; the affine goes into the sform alone, so nothing can conflict."""
    affine = study.grid.affine
    header = bytearray(DATA_OFFSET)
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    itemsize = volume.dtype.itemsize
    struct.pack_into("<i", header, 0, HEADER_BYTES)
    struct.pack_into("<8h", header, 40, 3, *volume.shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, DATATYPES[volume.dtype], 8 * itemsize)
    struct.pack_into("<8f", header, 76, 1.0, *sizes, 0.0, 0.0, 0.0, 0.0)
    struct.pack_into("<3f", header, 108, DATA_OFFSET, 1.0, 0.0)
    header[123] = MILLIMETRES if study.grid.units_known else UNKNOWN_UNITS
    header[148 : 148 + len(words)] = words
    struct.pack_into("<2h", header, 252, 0, SCANNER if study.oriented else ALIGNED)
    struct.pack_into("<12f", header, 280, *affine[:3].ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)
