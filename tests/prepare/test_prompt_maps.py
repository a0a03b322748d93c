import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.prepare.prompt_maps import prompt_maps


def test_a_box_covers_its_own_area_in_the_first_map() -> None:
    maps = prompt_maps((20, 20), [Box(2.5, 3.0, 7.25, 9.0)], [])
    assert maps[0].sum() == pytest.approx((7.25 - 2.5) * 6.0)
    assert maps[1:].sum() == 0.0


def test_overlapping_boxes_are_not_added_up() -> None:
    maps = prompt_maps((20, 20), [Box(0, 0, 10, 10), Box(5, 5, 15, 15)], [])
    assert maps[0].sum() == pytest.approx(100 + 100 - 25)
    assert maps[0].max() == 1.0


def test_points_peak_where_they_were_put_each_kind_in_its_map() -> None:
    maps = prompt_maps((20, 20), [], [Point(4.5, 6.5, True), Point(10.5, 3.5, False)])
    assert np.unravel_index(maps[1].argmax(), (20, 20)) == (4, 6)
    assert np.unravel_index(maps[2].argmax(), (20, 20)) == (10, 3)
    assert maps[1].max() == 1.0


def test_a_box_beyond_the_frame_leaves_no_mark() -> None:
    assert prompt_maps((20, 20), [Box(-9, -9, -2, -2)], []).sum() == 0.0


def test_the_previous_mask_is_passed_on() -> None:
    previous = np.full((20, 20), 0.25, np.float32)
    assert (prompt_maps((20, 20), [], [], previous)[3] == previous).all()
