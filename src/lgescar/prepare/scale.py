"""Millimetres for the networks' eyes only, where the file gives none.

What is assumed here scales the picture a network sees. It never reaches a number in a report.
"""

import math

from lgescar.core.study import LARGEST_FIELD_MM, Study

TYPICAL_LV_DIAMETER_MM = 66.0
"""Diameter of the disc that has the area of wall and blood pool in a large slice (the 75th
percentile over the slices of a patient). Source: median of 36 development patients of known
spacing, range 56 to 91 (EMIDEC 64, MyoPS 71)."""

NOMINAL_PIXEL_MM = 1.45
NOMINAL_FIELD_MM = 370.0
LARGEST_NATIVE_MATRIX = 420
"""Rows or columns up to which a slice is taken to be at acquired resolution: LGE is acquired at
1.3 to 1.9 mm; larger matrices are interpolated and keep a field of view near 370 mm."""


def assumed_spacing_mm(shape: tuple[int, int]) -> tuple[float, float]:
    """A first guess of (row, col) spacing for a slice whose file gives none."""
    longest = max(shape)
    pixel = NOMINAL_PIXEL_MM if longest <= LARGEST_NATIVE_MATRIX else NOMINAL_FIELD_MM / longest
    return pixel, pixel


def spacing_from_heart_mm(lv_area_px: float, longest_px: int = 1) -> tuple[float, float]:
    """A second guess, from the area in pixels that the left ventricle was seen to cover.

    ``longest_px`` is the slice's longer side: a speck taken for a ventricle must not blow the
    slice up beyond the largest field, and beyond memory.
    """
    pixel = TYPICAL_LV_DIAMETER_MM / (2.0 * math.sqrt(lv_area_px / math.pi))
    pixel = min(pixel, LARGEST_FIELD_MM / longest_px)
    return pixel, pixel


def working_spacing_mm(study: Study) -> tuple[float, float]:
    """The study's own (row, col) spacing, or the first guess where it has none."""
    return study.spacing_mm or assumed_spacing_mm(study.slices[0].shape)
