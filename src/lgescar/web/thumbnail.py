"""Small pictures of studies, made once and stored beside the store."""

from __future__ import annotations

import io
from threading import Lock

import numpy as np
from PIL import Image

from lgescar.core.atomic import write_file
from lgescar.core.study import Study
from lgescar.read import read_study
from lgescar.report.display import WINDOW_PERCENT, turn_of
from lgescar.web.service import WebReaderService

SIDE_PX = 160
_ONE_AT_A_TIME = Lock()


def thumbnail(service: WebReaderService, study: str) -> bytes:
    """PNG of the middle slice, in true shape and turned as it is read, longer side ``SIDE_PX``.

    Raises:
        InputError: the study cannot be read.
    """
    row = service.study(study)
    folder = service.store.folder / "thumbnails"
    known = folder / f"{row.sha256}-turned.png"
    if known.is_file():
        return known.read_bytes()
    with _ONE_AT_A_TIME:
        if known.is_file():
            return known.read_bytes()
        read = read_study(service.input(study))
        service.slice_counts[study] = len(read.slices)
        picture = _png(read)
        write_file(known, picture)
    return picture


def _png(study: Study) -> bytes:
    turn = turn_of(study)
    image = turn.turned(study.slices[len(study.slices) // 2].pixels)
    low, high = np.percentile(image, WINDOW_PERCENT)
    greys = np.clip((image - low) / ((high - low) or 1.0), 0.0, 1.0) * 255.0
    pixel = turn.pixel(study.spacing_mm or (1.0, 1.0))
    tall, wide = (count * size for count, size in zip(image.shape, pixel, strict=True))
    scale = SIDE_PX / max(tall, wide)
    size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    out = io.BytesIO()
    Image.fromarray(np.rint(greys).astype(np.uint8)).resize(size).save(out, "PNG")
    return out.getvalue()
