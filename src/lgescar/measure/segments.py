"""The 17 segments of the American Heart Association.

Source: Cerqueira et al., Circulation 2002;105:539.

    basal, mid            apical             counted from the anterior RV insertion (i) towards
        1                   13               the septum, looking from the apex:
   i 2     6              14  16             2 3 4 5 6 1, 60 degrees each; at the apex 14 15 16 13,
     3     5                15               90 degrees each, the first 15 degrees past i.
        4
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.core.image import SliceGeometry
from lgescar.core.report import SegmentScar
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.measure.polar import Spokes, cavity_centre

INSERTION_DEGREES = 20.0
"""Where the anterior RV insertion is taken to lie: this far from the patient's anterior-superior
direction towards the septum. Source: 26 MyoPS patients with a labelled right ventricle, where the
border of the two ventricles begins 19 degrees (SD 10) from it; docs/explain/mass.md."""
APICAL_OFFSET_DEGREES = 15.0
"""The apical septal segment begins this far past the insertion. Source: Cerqueira 2002."""
LEAST_SLICES = 3
"""Slices with a closed wall that thirds need: one each."""
LEAST_PROJECTION = 0.3
"""A patient direction this short in the slice plane points nowhere. Ours."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compass:
    """Directions in a slice as (down, across) unit vectors: towards anterior and septal wall."""

    anterior: tuple[float, float]
    septal: tuple[float, float]

    def degrees(self, rows_mm: Floats, cols_mm: Floats) -> Floats:
        """Angle from the RV insertion towards the septum, in [0, 360).

        Rounded to a millionth of a degree, so that a point on a border of segments falls on the
        same side however the image is turned.
        """
        up = rows_mm * self.anterior[0] + cols_mm * self.anterior[1]
        left = rows_mm * self.septal[0] + cols_mm * self.septal[1]
        angle = np.degrees(np.arctan2(left, up)) - INSERTION_DEGREES
        return np.asarray(np.round(angle % 360.0, 6) % 360.0)


IMAGE_COMPASS = Compass(anterior=(-1.0, 0.0), septal=(0.0, -1.0))
"""For images of unknown orientation: anterior is the first row, septal the first column."""


def patient_compass(geometry: SliceGeometry) -> Compass | None:
    """Anterior and septal wall from the patient's axes, None where the slice plane hides them.

    The anterior wall faces forward and up, the septum to the patient's right.
    """
    normal = np.array(geometry.normal)
    forward_up = np.array([0.0, -1.0, 1.0]) / np.sqrt(2.0)
    up = forward_up - normal * (normal @ forward_up)
    if np.linalg.norm(up) < LEAST_PROJECTION:
        return None
    up = up / np.linalg.norm(up)
    right = np.array([-1.0, 0.0, 0.0])
    septal = right - normal * (normal @ right) - up * (up @ right)
    if np.linalg.norm(septal) < LEAST_PROJECTION:
        return None
    septal = septal / np.linalg.norm(septal)
    down, across = np.array(geometry.down), np.array(geometry.across)
    return Compass(
        (float(up @ down), float(up @ across)), (float(septal @ down), float(septal @ across))
    )


@dataclass(frozen=True, slots=True)
class Bullseye:
    """The AHA segments and what they rest on."""

    segments: tuple[SegmentScar, ...]
    transmural: tuple[int, ...]
    oriented: bool


def bullseye(
    study: Study,
    labels: Sequence[LabelMap],
    spokes: Sequence[Spokes | None],
    *,
    apex_first: bool,
) -> Bullseye | None:
    """Scar by AHA segment, None with fewer than three slices of closed wall.

    The slices with a closed wall are cut in thirds, base, mid and apex. Segment 17 is the wall
    of slices beyond the last of them that show no cavity; without such slices it is left out.
    """
    closed = [(i, s) for i, s in enumerate(spokes) if s is not None and s.closed]
    if len(closed) < LEAST_SLICES:
        return None
    if apex_first:
        closed.reverse()
    compass = patient_compass(study.slices[0].geometry) if study.oriented else None
    tally = _Tally(*np.zeros((4, 18)))
    for place, (i, wheel) in enumerate(closed):
        third = int(3 * (place + 0.5) / len(closed))
        _add_slice(tally, (labels[i], wheel), third, compass or IMAGE_COMPASS, study.spacing_mm)
    _add_apex_cap(tally, labels, closed[-1][0], apex_first=apex_first)
    segments = tally.segments()
    over_half = tuple(
        s.segment
        for s in segments
        if s.transmural_percent is not None and s.transmural_percent >= 50.0
    )
    return Bullseye(segments, over_half, compass is not None)


@dataclass(slots=True)
class _Tally:
    """Sums by segment number (index 0 unused) while the slices are gone through."""

    wall_px: Floats
    scar_px: Floats
    spokes: Floats
    extent: Floats

    def segments(self) -> tuple[SegmentScar, ...]:
        rows = []
        for number in range(1, 18):
            wall, count = self.wall_px[number], self.spokes[number]
            if number == 17 and wall == 0:
                continue
            rows.append(
                SegmentScar(
                    number,
                    100.0 * float(self.scar_px[number] / wall) if wall else None,
                    100.0 * float(self.extent[number] / count) if count else None,
                )
            )
        return tuple(rows)


def _add_slice(
    tally: _Tally,
    content: tuple[LabelMap, Spokes],
    third: int,
    compass: Compass,
    spacing_mm: tuple[float, float] | None,
) -> None:
    labels, spokes = content
    row_mm, col_mm = spacing_mm or (1.0, 1.0)
    rows, cols = np.nonzero(labels.wall)
    down: Floats = (rows - spokes.centre[0]) * np.float64(row_mm)
    right: Floats = (cols - spokes.centre[1]) * np.float64(col_mm)
    numbers = segment_numbers(compass.degrees(down, right), third)
    np.add.at(tally.wall_px, numbers, 1.0)
    np.add.at(tally.scar_px, numbers, labels.scar[rows, cols].astype(float))
    crossed = spokes.crossed
    numbers = segment_numbers(compass.degrees(spokes.rows, spokes.cols), third)[crossed]
    np.add.at(tally.spokes, numbers, 1.0)
    np.add.at(tally.extent, numbers, spokes.extent[crossed])


def segment_numbers(degrees: Floats, third: int) -> NDArray[np.intp]:
    """AHA segment of each angle past the RV insertion; ``third`` 0 base, 1 mid, 2 apex."""
    if third == 2:
        apical = np.array([14, 15, 16, 13])
        return np.asarray(apical[(((degrees - APICAL_OFFSET_DEGREES) % 360.0) // 90.0).astype(int)])
    ring = np.array([2, 3, 4, 5, 6, 1]) + 6 * third
    return np.asarray(ring[(degrees // 60.0).astype(int)])


def _add_apex_cap(
    tally: _Tally, labels: Sequence[LabelMap], last: int, *, apex_first: bool
) -> None:
    beyond = labels[:last] if apex_first else labels[last + 1 :]
    for label_map in beyond:
        if cavity_centre(label_map) is None:
            tally.wall_px[17] += np.count_nonzero(label_map.wall)
            tally.scar_px[17] += np.count_nonzero(label_map.scar)


def cavity_shrinks_backwards(labels: Sequence[LabelMap]) -> bool | None:
    """Whether the heart's cross-section grows along the stack, so that the apex comes first.

    None where it neither grows nor shrinks. Counts cavity and wall together, which taper
    towards the apex.
    """
    area = np.array([np.count_nonzero(m.blood_pool | m.wall) for m in labels], dtype=float)
    shown = np.nonzero(area)[0]
    if shown.size < 2:
        return None
    trend = float(np.sum((shown - shown.mean()) * area[shown]))
    return None if abs(trend) < 1e-9 else trend > 0
