"""The left ventricle's 17 segments as a target: base outside, apex in the middle.

Source: Cerqueira et al., Circulation 2002, 105:539 (names, numbers and their places).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

_SIX = ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral", "anterolateral")
_FOUR = ("anterior", "septal", "inferior", "lateral")
_RINGS = {"basal": _SIX, "mid": _SIX, "apical": _FOUR}
SEGMENT_NAMES = dict(
    enumerate([*(f"{ring} {wall}" for ring in _RINGS for wall in _RINGS[ring]), "apex"], 1)
)
RADII = (148.0, 110.0, 72.0, 34.0)
"""Outer edges of the basal, mid and apical rings and of the apex."""
PALE, DEEP = (250, 243, 232), (176, 66, 6)
"""0 % and 100 %: one hue, ever darker, so that it reads without colour too."""


def bullseye_svg(percents: Mapping[int, float | None], title: str) -> str:
    """The target with a rounded percent in each segment; hatched where there is no basis."""
    hatch = "hatch-" + "".join(letter for letter in title.lower() if letter.isalnum())
    wedges = [_wedge(segment, percents.get(segment), hatch) for segment in SEGMENT_NAMES]
    return (
        f'<svg class="bullseye" viewBox="-150 -150 300 300" role="img" '
        f'aria-label="{escape(title)}" font-family="inherit" text-anchor="middle">'
        f'<defs><pattern id="{hatch}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" fill="#e4e6ea"/>'
        '<line x1="0" y1="0" x2="0" y2="7" stroke="#b4b9c2" stroke-width="2"/></pattern></defs>'
        f"{''.join(wedges)}</svg>"
    )


def shade(percent: float) -> str:
    """The fill of a segment, from pale at 0 % to deep at 100 %."""
    part = min(max(percent / 100.0, 0.0), 1.0) ** 0.8
    mixed = (round(a + (b - a) * part) for a, b in zip(PALE, DEEP, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _wedge(segment: int, percent: float | None, hatch: str) -> str:
    name = f"{segment} {SEGMENT_NAMES[segment]}"
    fill = f"url(#{hatch})" if percent is None else shade(percent)
    ink = "#ffffff" if percent is not None and percent >= 55.0 else "#23262b"
    shown = "–" if percent is None else f"{percent:.0f}"
    share = "not available" if percent is None else f"{percent:.0f} %"
    x, y = _middle(segment)
    size = 17 if segment < 13 else 15
    return (
        f'<g><title>{name}: {share}</title><path d="{_path(segment)}" fill="{fill}" '
        'stroke="#ffffff" stroke-width="2"/>'
        f'<text x="{x:.1f}" y="{y - 7:.1f}" font-size="9" fill="{ink}" opacity="0.75">'
        f"{segment}</text>"
        f'<text x="{x:.1f}" y="{y + 9:.1f}" font-size="{size}" font-weight="600" '
        f'fill="{ink}">{shown}</text></g>'
    )


def _ring(segment: int) -> tuple[float, float, float, float]:
    """(outer radius, inner radius, first angle, last angle) in degrees, counter-clockwise."""
    if segment == 17:
        return RADII[3], 0.0, 0.0, 360.0
    ring = 0 if segment <= 6 else 1 if segment <= 12 else 2
    count = 4 if ring == 2 else 6
    width = 360.0 / count
    middle = 90.0 + width * ((segment - 1) % 6 if ring < 2 else segment - 13)
    return RADII[ring], RADII[ring + 1], middle - width / 2.0, middle + width / 2.0


def _path(segment: int) -> str:
    outer, inner, first, last = _ring(segment)
    if segment == 17:
        return f"M{outer} 0A{outer} {outer} 0 1 0 {-outer} 0A{outer} {outer} 0 1 0 {outer} 0Z"
    a, b = _at(outer, first), _at(outer, last)
    c, d = _at(inner, last), _at(inner, first)
    return f"M{a}A{outer} {outer} 0 0 0 {b}L{c}A{inner} {inner} 0 0 1 {d}Z"


def _at(radius: float, degrees: float) -> str:
    angle = math.radians(degrees)
    return f"{radius * math.cos(angle):.2f} {-radius * math.sin(angle):.2f}"


def _middle(segment: int) -> tuple[float, float]:
    outer, inner, first, last = _ring(segment)
    if segment == 17:
        return 0.0, 0.0
    angle, radius = math.radians((first + last) / 2.0), (outer + inner) / 2.0
    return radius * math.cos(angle), -radius * math.sin(angle)
