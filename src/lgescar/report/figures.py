"""A slice as a picture file: the image with thin lines on it."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lgescar.core.arrays import Matrix
from lgescar.core.image import Slice
from lgescar.core.report import Report, SliceResult
from lgescar.report.display import Display, Window, display_of, grey_levels
from lgescar.report.outlines import TRACES, Trace, traced

if TYPE_CHECKING:
    from PIL import Image

LONG_SIDE_PX = 512
LINE_WIDTH = 1.4
"""Times the widths on the page, whose pictures are about that much smaller."""
FINER = 3
"""Lines are drawn this much larger and averaged down: their edges become smooth."""


def overlays(report: Report) -> dict[str, bytes]:
    """A PNG for every slice by file name, ``slice-007.png`` for index 7."""
    names = [f"slice-{index:03d}.png" for index in report.study.indices]
    draw = partial(overlay_png, display=display_of(report))
    with ThreadPoolExecutor() as pool:  # enlarging and packing leave the interpreter free
        drawn = pool.map(draw, report.study.slices, report.results)
        return dict(zip(names, drawn, strict=True))


def overlay_png(image: Slice, result: SliceResult, display: Display) -> bytes:
    """The part around the heart in true proportions, long side 512, with its outlines."""
    from PIL import Image

    x, y, width, height = display.frame(display.crop)
    scale = LONG_SIDE_PX / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = grey_picture(image, display, display.crop)
    picture = grey.resize(size, Image.Resampling.BICUBIC).convert("RGB")
    lines = traced(result)
    for trace in TRACES:
        placed = [(display.placed(line) - (x, y)) * scale for line in lines[trace.name]]
        if placed:
            picture.paste(trace.colour, mask=_strokes(placed, trace, size))
    return png(picture)


def grey_picture(image: Slice, display: Display, window: Window) -> Image.Image:
    """A part of the slice as it lies on screen, a pixel of the picture for each of its own."""
    from PIL import Image

    return Image.fromarray(display.turned(grey_levels(image, display, window)).copy())


def png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _strokes(lines: list[Matrix], trace: Trace, size: tuple[int, int]) -> Image.Image:
    """How much of each pixel the lines cover, 0 to 255."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (size[0] * FINER, size[1] * FINER))
    pen = ImageDraw.Draw(sheet)
    width = round(trace.width * LINE_WIDTH * FINER)
    for line in lines:
        closed = np.concatenate([line, line[:1]]) * FINER
        pieces = [closed] if trace.dashes is None else _dashed(closed, trace.dashes)
        for piece in pieces:
            pen.line([tuple(point) for point in piece.tolist()], 255, width, joint="curve")
    return sheet.reduce(FINER)


def _dashed(line: Matrix, dashes: tuple[float, float]) -> list[Matrix]:
    """The drawn stretches of a dashed line, measured along it."""
    drawn, gap = (LINE_WIDTH * FINER * length for length in dashes)
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    pieces = []
    for start in np.arange(0.0, along[-1], drawn + gap):
        end = min(start + drawn, along[-1])
        inner = along[(along > start) & (along < end)]
        at = np.concatenate([[start], inner, [end]])
        pieces.append(np.stack([np.interp(at, along, line[:, k]) for k in (0, 1)], axis=1))
    return pieces
