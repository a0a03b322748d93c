import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.metrics.detection import (
    SliceBoxes,
    average_precision,
    best_cutoff,
    detection_scores,
    lesions,
    lesions_found,
    patient_outcomes,
    recall_by_size,
)

HERE, THERE = Box(0, 0, 10, 10), Box(50, 50, 60, 60)


def scored(box: Box, score: float) -> Box:
    return Box(box.top, box.left, box.bottom, box.right, score)


def test_average_precision_is_the_area_under_the_falling_precision() -> None:
    # Ranked: right (precision 1, recall 1/2), wrong, right (precision 2/3, recall 1).
    slices = [
        SliceBoxes("a", (HERE,), (scored(HERE, 0.9),)),
        SliceBoxes("a", (THERE,), (scored(HERE, 0.8), scored(THERE, 0.7))),
    ]
    assert average_precision(slices) == pytest.approx(0.5 * 1.0 + 0.5 * 2 / 3)


def test_precision_that_rises_later_counts_from_the_start() -> None:
    # Ranked: wrong, right, right: precision 0, 1/2, 2/3; the envelope is 2/3 for both lesions.
    slices = [
        SliceBoxes(
            "a", (HERE, THERE), (scored(Box(80, 0, 90, 10), 0.9), scored(HERE, 0.8),
                                 scored(THERE, 0.7)),
        )
    ]  # fmt: skip
    assert average_precision(slices) == pytest.approx(2 / 3)


def test_a_second_box_on_the_same_lesion_is_wrong() -> None:
    double = SliceBoxes("a", (HERE,), (scored(HERE, 0.9), scored(HERE, 0.8)))
    one_of_two = SliceBoxes("a", (THERE,), ())
    # right (1, 1/2), wrong; the other lesion is never found
    assert average_precision([double, one_of_two]) == pytest.approx(0.5)
    assert lesions_found(double) == (True,)


def test_half_the_union_is_a_hit_and_less_is_none() -> None:
    half = Box(0, 0, 10, 20)  # shares 100 of 200
    less = Box(0, 0, 10, 21)  # 100 of 210
    assert average_precision([SliceBoxes("a", (HERE,), (scored(half, 0.5),))]) == 1.0
    assert average_precision([SliceBoxes("a", (HERE,), (scored(less, 0.5),))]) == 0.0


def test_without_lesions_there_is_no_average_precision() -> None:
    assert average_precision([SliceBoxes("a", (), (scored(HERE, 0.9),))]) is None
    assert average_precision([SliceBoxes("a", (HERE,), ())]) == 0.0


def test_recall_is_told_apart_by_the_area_of_the_lesion() -> None:
    slices = [
        SliceBoxes("a", (HERE, THERE), (scored(HERE, 0.9),), (30.0, 50.0)),
        SliceBoxes("b", (HERE,), (scored(HERE, 0.2),), (500.0,)),
        SliceBoxes("c", (HERE,), (scored(HERE, 0.2),), (None,)),
    ]
    bins = [(r.lesions, r.found) for r in recall_by_size(slices)]
    assert bins == [(1, 1), (1, 0), (1, 1)]


def test_a_patient_is_found_missed_invented_or_clear() -> None:
    slices = [
        SliceBoxes("found", (HERE,), ()),
        SliceBoxes("found", (THERE,), (scored(THERE, 0.9),)),
        SliceBoxes("missed", (HERE,), (scored(THERE, 0.9),)),
        SliceBoxes("invented", (), (scored(HERE, 0.9),)),
        SliceBoxes("clear", (), ()),
    ]
    assert patient_outcomes(slices) == {p: p for p in ("found", "missed", "invented", "clear")}


def test_scores_at_a_cutoff_leave_weaker_boxes_out() -> None:
    slices = [SliceBoxes("a", (HERE, THERE), (scored(HERE, 0.9), scored(THERE, 0.3)), (60.0, 60.0))]
    found = detection_scores(slices, 0.5)
    assert found.average_precision == 1.0  # over all boxes
    assert found.recall == 0.5
    assert found.boxes_a_slice == 1.0
    assert found.by_size[1].found == 1


def test_the_best_cutoff_drops_wrong_boxes_and_keeps_right_ones() -> None:
    # At 0.6: two right of two boxes, two lesions, F2 = 1; at 0.4 one wrong box more.
    wrong = scored(Box(80, 0, 90, 10), 0.4)
    slices = [SliceBoxes("a", (HERE, THERE), (scored(HERE, 0.9), scored(THERE, 0.6), wrong))]
    assert best_cutoff(slices) == 0.6
    assert best_cutoff([SliceBoxes("a", (HERE,), ())]) == 0.5


def test_a_cutoff_keeps_the_boxes_it_was_chosen_by() -> None:
    # To three decimals 0.9996 is 1.000, which that box does not reach.
    for score, cutoff in ((0.9996, 0.999), (0.2346, 0.234)):
        assert best_cutoff([SliceBoxes("a", (HERE,), (scored(HERE, score),))]) == cutoff
    astray = scored(Box(80, 0, 90, 10), 0.9)
    assert best_cutoff([SliceBoxes("a", (HERE,), (astray,))]) == 0.5  # no box ever hits


def test_the_best_cutoff_would_rather_keep_a_wrong_box_than_lose_a_lesion() -> None:
    # At 0.9: one of two lesions, one box: F2 = 5 / (8 + 1). At 0.3: both, and two boxes that hit
    # nothing: F2 = 10 / (8 + 4), the higher, where F1 would be 2 / 3 at either.
    wrong = (scored(Box(80, 0, 90, 10), 0.5), scored(Box(60, 0, 70, 10), 0.4))
    boxes = (scored(HERE, 0.9), *wrong, scored(THERE, 0.3))
    assert best_cutoff([SliceBoxes("a", (HERE, THERE), boxes)]) == 0.3


def test_pixels_that_touch_at_corners_are_one_lesion_and_three_are_none() -> None:
    (lesion,) = lesions(np.eye(4, dtype=bool))
    assert int(lesion.sum()) == 4
    assert lesions(np.eye(3, dtype=bool)) == []


def test_a_patient_is_found_at_the_required_overlap() -> None:
    # 4 of 10 rows shared: 40 / (100 + 40 - 40) = 0.4
    slices = [SliceBoxes("a", (HERE,), (Box(0, 0, 4, 10),))]
    assert patient_outcomes(slices, iou=0.3) == {"a": "found"}
    assert patient_outcomes(slices) == {"a": "missed"}
