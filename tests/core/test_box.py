import pytest

from lgescar.core.box import Box

HERE = Box(0, 0, 10, 10)


def test_overlap_is_shared_area_over_the_area_of_both() -> None:
    # 10 x 10 boxes 5 columns apart share 50 of 150
    assert HERE.overlap(Box(0, 5, 10, 15)) == pytest.approx(1 / 3)
    assert HERE.overlap(HERE) == 1.0


def test_boxes_that_only_touch_or_lie_apart_both_ways_share_nothing() -> None:
    assert HERE.overlap(Box(0, 10, 10, 20)) == 0.0
    assert HERE.overlap(Box(20, 20, 30, 30)) == 0.0


def test_area_is_height_times_width() -> None:
    assert Box(1, 2, 4, 7).area_px == 15.0
