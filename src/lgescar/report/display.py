"""How the slices of a study lie on screen: which way up, how large a pixel, which part."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Codes, Matrix, PixelMask
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.report import Report
from lgescar.core.study import Study

MARGIN = 0.3
"""Share of the heart's size that is shown around it on each side."""
SMALLEST_VIEW_PX = 24
WINDOW_PERCENT = (0.5, 99.7)
"""Intensities outside these percentiles of the heart are black or white."""
WANTED_ACROSS = np.array([1.0, 0.5, 0.0])
WANTED_DOWN = np.array([0.0, 0.5, -1.0])
"""Patient left (else back) on the right of the picture, feet (else back) at its foot: LPS."""
VIEWER = np.array([-1.0, 1.0, 1.0])
"""Into the screen for a viewer at the patient's left, front and feet, as for all radiology."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the stored slice in whole pixels, half-open."""

    top: int
    left: int
    bottom: int
    right: int

    def cut(self, plane: NDArray[Any]) -> NDArray[Any]:
        """That part of a stored plane."""
        return plane[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored slice is turned for the screen: first transposed, then flipped."""

    transposed: bool = False
    flipped_rows: bool = False
    flipped_cols: bool = False

    def turned(self, plane: NDArray[Any]) -> NDArray[Any]:
        """A stored plane (or part of it) the way it is shown."""
        plane = plane.T if self.transposed else plane
        plane = plane[::-1] if self.flipped_rows else plane
        return plane[:, ::-1] if self.flipped_cols else plane

    def pixel(self, spacing: tuple[float, float]) -> tuple[float, float]:
        """(height, width) of one displayed pixel."""
        return (spacing[1], spacing[0]) if self.transposed else spacing


@dataclass(frozen=True, slots=True)
class Display:
    """Stored slice → screen: turned, then stretched to true shape.

    ``shape`` is the stored (rows, cols). ``pixel`` is (height, width) of one displayed pixel in
    millimetres, or (1, 1) where spacing is unknown (``measured`` False). ``letters`` name the
    patient's side at the left, right, top and bottom of the picture, None where unknown.
    """

    shape: tuple[int, int]
    turn: Turn
    pixel: tuple[float, float]
    measured: bool
    letters: tuple[str, str, str, str] | None
    crop: Window

    @property
    def whole(self) -> Window:
        """All of the slice."""
        return Window(0, 0, *self.shape)

    @property
    def heart(self) -> Window:
        """The shown part without the margin around the heart."""
        crop, share = self.crop, MARGIN / (1.0 + 2.0 * MARGIN)
        rows, cols = crop.bottom - crop.top, crop.right - crop.left
        inset_rows, inset_cols = int(rows * share), int(cols * share)
        return Window(
            crop.top + inset_rows,
            crop.left + inset_cols,
            crop.bottom - inset_rows,
            crop.right - inset_cols,
        )

    def turned(self, plane: NDArray[Any]) -> NDArray[Any]:
        """A stored plane (or part of it) the way it is shown."""
        return self.turn.turned(plane)

    def placed(self, points: Matrix) -> Matrix:
        """(row, col) in stored pixel edges → (x, y) on screen, millimetres or pixels."""
        rows, cols = self.shape
        row, col = points[:, 0], points[:, 1]
        if self.turn.transposed:
            rows, cols, row, col = cols, rows, col, row
        row = rows - row if self.turn.flipped_rows else row
        col = cols - col if self.turn.flipped_cols else col
        return np.stack([col * self.pixel[1], row * self.pixel[0]], axis=1)

    def frame(self, window: Window) -> tuple[float, float, float, float]:
        """(x, y, width, height) of a part on screen."""
        ends = [[window.top, window.left], [window.bottom, window.right]]
        corners = self.placed(np.array(ends, np.float64))
        x, y = corners.min(axis=0)
        width, height = np.ptp(corners, axis=0)
        return float(x), float(y), float(width), float(height)


def turn_of(study: Study) -> Turn:
    """The turn of all slices of a study that comes closest to the radiologist's view.

    Where the directions are placeholders the slices are shown as they are stored.
    """
    if not study.oriented:
        return Turn()
    geometry = study.slices[0].geometry
    best, choice = (-np.inf, Turn()), (False, True)
    for turn in (Turn(*flags) for flags in itertools.product(choice, choice, choice)):
        down, across = _directions(geometry, turn)
        if np.cross(across, down) @ VIEWER <= 0.0:
            continue  # seen from behind: a mirror image
        closeness = float(across @ WANTED_ACROSS + down @ WANTED_DOWN)
        if closeness > best[0] + 1e-6:
            best = (closeness, turn)
    return best[1]


def _directions(geometry: SliceGeometry, turn: Turn) -> tuple[Matrix, Matrix]:
    """Where down and across the screen lead in the patient."""
    down = np.array(geometry.across if turn.transposed else geometry.down)
    across = np.array(geometry.down if turn.transposed else geometry.across)
    return -down if turn.flipped_rows else down, -across if turn.flipped_cols else across


def display_of(report: Report) -> Display:
    """The one way all slices of a report are shown, cropped around what was outlined."""
    study = report.study
    turn = turn_of(study)
    spacing = study.spacing_mm or (1.0, 1.0)
    down, across = _directions(study.slices[0].geometry, turn)
    return Display(
        shape=study.slices[0].shape,
        turn=turn,
        pixel=turn.pixel(spacing),
        measured=study.spacing_mm is not None,
        letters=(*sides(across), *sides(down)) if study.oriented else None,
        crop=_crop(study, _outlined(report)),
    )


def grey_levels(image: Slice, display: Display, window: Window) -> Codes:
    """A part of the slice in 256 greys, stretched between percentiles of the heart's own pixels.

    Fat outside the heart is brighter than scar and must not dim it. Flat images are black.
    """
    low, high = np.percentile(display.heart.cut(image.pixels), WINDOW_PERCENT)
    part = window.cut(image.pixels)
    if high <= low:
        return np.zeros(part.shape, np.uint8)
    levels: Codes = (np.clip((part - low) / (high - low), 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return levels


def sides(direction: Matrix) -> tuple[str, str]:
    """The patient's sides where an axis (LPS, unit vector) begins and ends: up to two letters."""
    order = [axis for axis in np.argsort(-np.abs(direction)) if abs(direction[axis]) > 0.35][:2]
    end = "".join("LPH"[axis] if direction[axis] > 0 else "RAF"[axis] for axis in order)
    return end.translate(str.maketrans("LPHRAF", "RAFLPH")), end


def _outlined(report: Report) -> PixelMask:
    """Where any slice has an outline."""
    codes = np.stack([result.labels.codes for result in report.results])
    return np.asarray((codes > 0).any(axis=0))


def _crop(study: Study, outlined: PixelMask) -> Window:
    """A physically square part around the outlined pixels, or the whole slice if none are."""
    rows, cols = study.slices[0].shape
    inside_rows, inside_cols = np.nonzero(outlined)
    if inside_rows.size == 0:
        return Window(0, 0, rows, cols)
    height, width = study.spacing_mm or (1.0, 1.0)
    tall = np.ptp(inside_rows) + 1
    wide = np.ptp(inside_cols) + 1
    side = (1.0 + 2.0 * MARGIN) * max(tall * height, wide * width)
    top, bottom = _span(float(inside_rows.min() + tall / 2), side / height, rows)
    left, right = _span(float(inside_cols.min() + wide / 2), side / width, cols)
    return Window(top, left, bottom, right)


def _span(middle: float, length: float, limit: int) -> tuple[int, int]:
    """A stretch of ``length`` pixels around ``middle`` that stays within 0…limit."""
    pixels = min(limit, max(SMALLEST_VIEW_PX, round(length)))
    first = min(max(0, round(middle - pixels / 2)), limit - pixels)
    return first, first + pixels
