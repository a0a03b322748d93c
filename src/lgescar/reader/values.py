"""What a browser may send: every number bounded and finite, every list of bounded length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.core.tissue import Tissue
from lgescar.outline.threshold import THRESHOLDS

FARTHEST_PX = 100_000.0
"""No coordinate lies farther from a slice's first pixel, either way."""
MOST_POINTS, MOST_PLACES = 256, 4096
"""Points of a slice; places of a stroke or a polygon."""

Coordinate = Annotated[float, Meta(ge=-FARTHEST_PX, le=FARTHEST_PX)]
Place = tuple[Coordinate, Coordinate]
"""(row, col) in a slice's pixel edges."""
Places = tuple[Place, ...]
Stroke = Annotated[Places, Meta(min_length=1, max_length=MOST_PLACES)]
Polygon = Annotated[Places, Meta(min_length=3, max_length=MOST_PLACES)]
Index = Annotated[int, Meta(ge=0, le=10_000)]
"""A slice, along the input's slice axis."""
BoxList = Annotated[
    tuple[tuple[Coordinate, Coordinate, Coordinate, Coordinate], ...], Meta(max_length=64)
]
"""A slice's boxes as JSON has them: top, left, bottom, right."""
PointList = Annotated[tuple[tuple[Coordinate, Coordinate, bool], ...], Meta(max_length=MOST_POINTS)]
"""A slice's points as JSON has them: row, col, inside."""
LISTS: dict[str, tuple[type[Box | Point], Any]] = {
    "boxes": (Box, BoxList),
    "points": (Point, PointList),
}
"""Fields that hold objects of ours, and how JSON spells all of them."""
LARGEST_WHOLE = 2**31 - 1
Whole = Annotated[int, Meta(ge=0, le=LARGEST_WHOLE)]
Radius = Annotated[float, Meta(ge=0.25, le=100.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=3600.0)]
Stars = Annotated[int, Meta(ge=1, le=5)]
Text = Annotated[str, Meta(max_length=2000)]
Border = Literal["epi", "endo"]
"""Outer and inner border of the wall."""
Paint = Literal["scar", "mvo", "viable", "erase"]
PAINTS: dict[Paint, Tissue | None] = {
    "scar": Tissue.SCAR,
    "mvo": Tissue.MVO,
    "viable": Tissue.VIABLE,
    "erase": None,
}
"""What a brush leaves behind; ``erase`` turns scar into viable wall and nothing else."""
if TYPE_CHECKING:
    Threshold = str
else:
    Threshold = Literal[tuple(THRESHOLDS)]
