"""Shapes whose outline is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lgescar.measure.shape import circularity, components, perimeter_squared_over_area, solidity


def test_pixels_that_touch_at_a_corner_are_one_patch() -> None:
    mask = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 0, 0]], bool)
    assert components(mask) == 2


def test_a_rectangle_fills_its_hull() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 1:8] = True
    assert solidity(mask) == pytest.approx(1.0)


def test_an_l_shape_leaves_a_seventh_of_its_hull_empty() -> None:
    mask = np.zeros((8, 8), bool)
    mask[:6, :3] = mask[3:6, :6] = True
    # Three 3 x 3 blocks: area 27; the hull adds the triangle of the missing corner, 4.5.
    assert solidity(mask) == pytest.approx(27.0 / 31.5)


def test_a_large_disc_loses_what_eight_directions_cost() -> None:
    rows, cols = np.indices((240, 240)) - 119.5
    # A contour of eight directions is 8(√2 − 1)/π longer than a circle.
    expected = (np.pi / (8.0 * (2.0**0.5 - 1.0))) ** 2
    assert circularity(np.hypot(rows, cols) < 100) == pytest.approx(expected, abs=0.01)


def test_a_disc_in_millimetres_is_round_whatever_its_pixels() -> None:
    rows, cols = np.indices((120, 240)) - np.array([59.5, 119.5])[:, None, None]
    flat = np.hypot(rows * 2.0, cols) < 100
    assert (circularity(flat, (2.0, 1.0)) or 0) > (circularity(flat) or 0) + 0.05


def test_a_rectangle_is_cut_at_its_corners_and_measured_round() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 1:5] = True
    # 3 x 4 pixels: each of four corners loses a triangle of 1/8 and gains the slope for two halves.
    area, perimeter = 12 - 4 / 8, 2 * (3 + 4) - 4 + 4 * 0.5**0.5
    assert perimeter_squared_over_area(mask) == pytest.approx(perimeter**2 / area)
    assert circularity(mask) == pytest.approx(4 * np.pi * area / perimeter**2)


def test_two_pieces_are_more_ragged_than_one() -> None:
    one = np.zeros((9, 20), bool)
    one[2:6, 2:10] = True
    two = one.copy()
    two[2:6, 12:18] = True
    # P doubles about, and A too: P²/A grows.
    assert (perimeter_squared_over_area(two) or 0) > 1.3 * (perimeter_squared_over_area(one) or 99)


def test_an_empty_mask_has_no_shape() -> None:
    empty = np.zeros((4, 4), bool)
    assert (components(empty), solidity(empty), circularity(empty)) == (0, None, None)
    assert perimeter_squared_over_area(empty) is None


@given(arrays(bool, (7, 9)).filter(lambda mask: bool(mask.any())), st.floats(0.5, 3.0))
def test_no_shape_is_more_than_perfect(mask: np.ndarray, height: float) -> None:
    full, round_ = solidity(mask, (height, 1.0)), circularity(mask, (height, 1.0))
    assert full is not None
    assert round_ is not None
    assert 0.0 < full <= 1.0 + 1e-9
    assert 0.0 < round_ <= 1.0
