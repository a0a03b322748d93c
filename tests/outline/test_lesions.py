"""Lesions made by hand: what lasts from slice to slice stays, specks go."""

import numpy as np
import pytest

from lgescar.outline.lesions import lasting, scar_boxes

WALL_PX = 200


def scar(*places: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros((4, 10, 10), bool)
    for place in places:
        mask[place] = True
    return mask


def test_a_lesion_of_one_slice_needs_the_whole_share() -> None:
    three = scar((1, 2, 2), (1, 2, 3), (1, 2, 4))  # 1.5 % of the wall
    assert lasting(three, WALL_PX, 1.5).sum() == 3
    assert lasting(three, WALL_PX, 1.6).sum() == 0


def test_two_slices_make_it_four_times_as_plausible() -> None:
    pair = scar((1, 2, 2), (2, 3, 3))  # 1 % of the wall, touching at a corner: worth 4 %
    assert lasting(pair, WALL_PX, 4.0).sum() == 2
    assert lasting(pair, WALL_PX, 4.1).sum() == 0
    apart = scar((0, 2, 2), (2, 2, 2))  # a slice between: two lesions of 0.5 %
    assert lasting(apart, WALL_PX, 0.6).sum() == 0


def test_small_lesions_go_and_large_ones_stay_as_they_are() -> None:
    large = np.zeros((4, 10, 10), bool)
    large[1:3, 4:7, 4:7] = True
    both = large.copy()
    both[0, 0, 0] = True
    np.testing.assert_array_equal(lasting(both, WALL_PX, 3.0), large)


@pytest.mark.parametrize("slices", [1, 2])
def test_few_slices_tell_nothing_and_zero_asks_nothing(slices: int) -> None:
    speck = scar((0, 1, 1))
    assert lasting(speck[:slices], WALL_PX, 5.0).sum() == 1
    assert lasting(speck, WALL_PX, 0.0).sum() == 1
    assert lasting(speck, WALL_PX, 5.0).sum() == 0


def test_each_scar_gets_its_box_the_largest_first() -> None:
    scar = np.zeros((20, 20), bool)
    scar[2:4, 3:6] = True
    scar[10:15, 8:12] = True
    chance = np.where(scar, 0.7, 0.1).astype(np.float32)
    chance[11, 9] = 0.95
    first, second = scar_boxes(scar, chance)
    assert (first.top, first.left, first.bottom, first.right) == (10, 8, 15, 12)
    assert (second.top, second.left, second.bottom, second.right) == (2, 3, 4, 6)
    assert abs((first.score or 0) - 0.95) < 1e-6


def test_pixels_that_touch_at_a_corner_are_one_scar() -> None:
    scar = np.eye(6, dtype=bool)
    assert len(scar_boxes(scar, scar.astype(np.float32))) == 1


def test_no_scar_gives_no_box() -> None:
    assert scar_boxes(np.zeros((5, 5), bool), np.zeros((5, 5), np.float32)) == ()
