"""A study as bytes, so that it can cross from the guarded child process without pickle.

Layout: 8 bytes with the length of a JSON header, the header, then the pixels as float32.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Note, Study
from lgescar.read.labels import LabelVolume

_LENGTH_BYTES = 8


def pack(header: dict[str, Any], array: NDArray[Any] | None = None) -> bytes:
    """One message."""
    text = json.dumps(header, allow_nan=False).encode()
    body = b"" if array is None else np.ascontiguousarray(array).tobytes()
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text + body


def unpack(message: bytes) -> tuple[dict[str, Any], memoryview]:
    """Header and body of one message.

    Raises:
        ValueError: the message is cut short or no JSON object.
    """
    end = _LENGTH_BYTES + int.from_bytes(message[:_LENGTH_BYTES], "little")
    header = json.loads(message[_LENGTH_BYTES:end])
    if not isinstance(header, dict):
        raise ValueError("no JSON object")
    return header, memoryview(message)[end:]


def pack_study(study: Study) -> bytes:
    """A study, whole."""
    grid = study.grid
    header = {
        "name": study.name,
        "series_uid": study.series_uid,
        "indices": study.indices,
        "grid": {
            "shape": grid.shape,
            "affine": grid.affine.tolist(),
            "slice_axis": grid.slice_axis,
            "units_known": grid.units_known,
        },
        "slice_step_mm": study.slice_step_mm,
        "sequence": study.sequence,
        "order_known": study.order_known,
        "oriented": study.oriented,
        "complete": study.complete,
        "view": study.view,
        "notes": [[note.code, note.message] for note in study.notes],
        "slice_shape": study.slices[0].shape,
        "slices": [
            [s.uid, g.origin_mm, g.down, g.across, g.spacing_mm]
            for s, g in ((s, s.geometry) for s in study.slices)
        ],
    }
    return pack(header, np.stack([s.pixels for s in study.slices]))


def unpack_study(header: dict[str, Any], body: memoryview) -> Study:
    """The study of a message; its parts are checked by the types they become.

    Raises:
        KeyError, TypeError, ValueError, LgescarError: no such message.
    """
    rows, cols = header["slice_shape"]
    pixels = np.frombuffer(body, np.float32).reshape(len(header["slices"]), rows, cols)
    slices = [
        Slice(
            uid,
            plane,
            SliceGeometry(
                _vector(origin), _vector(down), _vector(across), spacing and tuple(spacing)
            ),
        )
        for (uid, origin, down, across, spacing), plane in zip(
            header["slices"], pixels, strict=True
        )
    ]
    grid = header["grid"]
    a, b, c = grid["shape"]
    return Study(
        name=header["name"],
        series_uid=header["series_uid"],
        slices=tuple(slices),
        indices=tuple(header["indices"]),
        grid=Grid(
            (a, b, c), np.array(grid["affine"]), grid["slice_axis"], units_known=grid["units_known"]
        ),
        slice_step_mm=header["slice_step_mm"],
        sequence=header["sequence"],
        order_known=header["order_known"],
        oriented=header["oriented"],
        complete=header["complete"],
        view=header["view"],
        notes=tuple(Note(code, message) for code, message in header["notes"]),
    )


def pack_labels(volume: LabelVolume) -> bytes:
    """A label volume, whole."""
    header = {"shape": volume.codes.shape, "affine": volume.affine.tolist()}
    return pack(header, volume.codes)


def unpack_labels(header: dict[str, Any], body: memoryview) -> LabelVolume:
    """The label volume of a message.

    Raises:
        KeyError, TypeError, ValueError: no such message.
    """
    codes = np.frombuffer(body, np.int32).reshape(header["shape"])
    return LabelVolume(codes, np.array(header["affine"]))


def _vector(values: list[float]) -> tuple[float, float, float]:
    x, y, z = values
    return (x, y, z)
