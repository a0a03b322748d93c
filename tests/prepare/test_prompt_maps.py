import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.prepare.polar import disc_places
from lgescar.prepare.prompt_maps import near_disc_prompts, prompt_maps


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


def test_scar_may_lie_near_a_box_or_near_a_point_inside() -> None:
    row, col = disc_places(64, 32)
    box = Box(-0.2, 0.4, 0.2, 0.8)
    inside, outside = Point(0.0, -0.6, True), Point(0.6, 0.0, False)
    near = near_disc_prompts(64, 32, [box], [inside, outside])
    in_box = (np.abs(row) < 0.2) & (col > 0.4) & (col < 0.8)
    by_point = np.hypot(row, col + 0.6) < 0.25
    assert near[in_box].all()
    assert near[by_point].all()
    far = (np.abs(row) > 0.27) & ~by_point
    assert not near[far].any()
    assert not near_disc_prompts(64, 32, [], [outside]).any()
