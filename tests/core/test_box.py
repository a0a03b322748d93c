import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.errors import PromptError


def test_a_box_around_a_mask_touches_its_outermost_pixel_edges() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2, 5] = mask[6, 3] = True
    assert Box.around(mask) == Box(top=2.0, left=3.0, bottom=7.0, right=6.0)


def test_an_empty_mask_has_no_box() -> None:
    assert Box.around(np.zeros((4, 4), bool)) is None


@pytest.mark.parametrize(
    "edges", [(3, 0, 3, 5), (4, 0, 3, 5), (0, 5, 3, 5), (0, float("nan"), 3, 5), (0, 0, 3, np.inf)]
)
def test_a_box_that_holds_nothing_is_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(PromptError, match="top < bottom and left < right"):
        Box(*edges)


def test_a_score_outside_0_to_1_is_refused() -> None:
    with pytest.raises(PromptError, match="score"):
        Box(0, 0, 1, 1, score=1.1)


def test_overlap_is_shared_area_over_the_area_of_both() -> None:
    # 10 x 10 boxes 5 columns apart share 50 of 150
    here = Box(0, 0, 10, 10)
    assert here.overlap(Box(0, 5, 10, 15)) == pytest.approx(1 / 3)
    assert here.overlap(here) == 1.0


def test_boxes_that_only_touch_or_lie_apart_both_ways_share_nothing() -> None:
    here = Box(0, 0, 10, 10)
    assert here.overlap(Box(0, 10, 10, 20)) == 0.0
    assert here.overlap(Box(20, 20, 30, 30)) == 0.0


def test_area_is_height_times_width() -> None:
    assert Box(1, 2, 4, 7).area_px == 15.0
