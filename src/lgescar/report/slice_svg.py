"""A slice for the page: the grey image with vector outlines that stay crisp at any size."""

from __future__ import annotations

import base64
import io

from lgescar.core.arrays import Matrix
from lgescar.core.image import Slice
from lgescar.core.report import SliceResult
from lgescar.report.display import Display, Window
from lgescar.report.figures import grey_picture, png
from lgescar.report.outlines import TRACES, Trace, traced

WHOLE_LONG_SIDE_PX = 320
"""Pixels of the picture that shows where in the body the part lies; not for reading."""
SCALE_BAR_MM = 20.0


def slice_svg(image: Slice, result: SliceResult, display: Display, title: str) -> str:
    """Two pictures of a slice: the part around the heart, and the whole for finding one's way.

    A style sheet shows one of them; the outlines are stored once, with the first.
    """
    key = title.lower().replace(" ", "-")
    part = display.frame(display.crop)
    marks = (*_scale_bar(display, part), *_letters(display, part))
    outlines = _outlines(result, display, key)
    x, y, width, height = part
    return _svg("part", part, title, _picture(image, display), outlines, *marks) + _svg(
        "whole",
        display.frame(display.whole),
        f"{title}, whole",
        _whole_picture(image, display),
        f'<use href="#{key}"/>',
        '<rect class="window" fill="none" stroke="#fff" '
        f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"/>',
    )


def trace_svg(trace: Trace) -> str:
    """A short piece of the line, for the legend."""
    dashes = _dashes(trace)
    return (
        '<svg class="sample" viewBox="0 0 26 12" aria-hidden="true"><line x1="1" y1="6" x2="25" '
        f'y2="6" stroke="{trace.colour}" stroke-width="{trace.width + 0.4}"{dashes}/></svg>'
    )


def _svg(kind: str, frame: tuple[float, float, float, float], title: str, *parts: str) -> str:
    box = " ".join(f"{number:.2f}" for number in frame)
    body = "".join(parts)
    return f'<svg class="{kind}" viewBox="{box}" role="img" aria-label="{title}">{body}</svg>'


def _outlines(result: SliceResult, display: Display, key: str) -> str:
    lines = traced(result)
    paths = (_path(trace, lines[trace.name], display) for trace in TRACES)
    return f'<g id="{key}" class="outlines" fill="none">{"".join(paths)}</g>'


def _path(trace: Trace, lines: tuple[Matrix, ...], display: Display) -> str:
    if not lines:
        return ""
    strokes = []
    for line in lines:
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in display.placed(line).tolist())
        strokes.append(f"M{points}Z")
    return (
        f'<path class="{trace.name}" d="{"".join(strokes)}" stroke="{trace.colour}" '
        f'stroke-width="{trace.width}"{_dashes(trace)}/>'
    )


def _dashes(trace: Trace) -> str:
    if trace.dashes is None:
        return ""
    return f' stroke-dasharray="{trace.dashes[0]:g} {trace.dashes[1]:g}"'


def _picture(image: Slice, display: Display) -> str:
    return _embedded(png(grey_picture(image, display, display.crop)), "png", display.crop, display)


def _whole_picture(image: Slice, display: Display) -> str:
    grey = grey_picture(image, display, display.whole)
    grey.thumbnail((WHOLE_LONG_SIDE_PX, WHOLE_LONG_SIDE_PX))
    file = io.BytesIO()
    grey.save(file, "JPEG", quality=80)
    return _embedded(file.getvalue(), "jpeg", display.whole, display)


def _embedded(picture: bytes, kind: str, window: Window, display: Display) -> str:
    x, y, width, height = display.frame(window)
    data = base64.b64encode(picture).decode()
    return (
        f'<image x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" '
        f'preserveAspectRatio="none" href="data:image/{kind};base64,{data}"/>'
    )


def _scale_bar(display: Display, frame: tuple[float, float, float, float]) -> tuple[str, ...]:
    if not display.measured:
        return ()
    x, y, width, height = frame
    right, foot = x + 0.96 * width, y + 0.955 * height
    length = min(SCALE_BAR_MM, 0.5 * width)
    return (
        '<path class="bar" stroke="#fff" stroke-width="1" '
        f'd="M{right - length:.2f},{foot:.2f} {right:.2f},{foot:.2f}"/>',
        f'<text class="mark" x="{right - length / 2:.2f}" y="{foot - 0.018 * height:.2f}" '
        f'{_sized(0.042 * height)} text-anchor="middle">{length / 10:g} cm</text>',
    )


def _letters(display: Display, frame: tuple[float, float, float, float]) -> tuple[str, ...]:
    if display.letters is None:
        return ()
    x, y, width, height = frame
    places = (
        (x + 0.02 * width, y + 0.515 * height, "start"),
        (x + 0.98 * width, y + 0.515 * height, "end"),
        (x + 0.5 * width, y + 0.058 * height, "middle"),
        (x + 0.5 * width, y + 0.98 * height, "middle"),
    )
    return tuple(
        f'<text class="mark" x="{left:.2f}" y="{foot:.2f}" text-anchor="{anchor}" '
        f"{_sized(0.048 * height)}>{letter}</text>"
        for letter, (left, foot, anchor) in zip(display.letters, places, strict=True)
    )


def _sized(size: float) -> str:
    """For the style sheet, and for programs that show the picture without it."""
    return f'style="--size:{size:.2f}" font-size="{size:.2f}" font-weight="600" fill="#fff"'
