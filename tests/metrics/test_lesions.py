"""Lesions of small masks, counted by eye."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lgescar.core.errors import GeometryError
from lgescar.metrics.detection import SizeRecall
from lgescar.metrics.lesions import LesionHits, found_by_size, lesion_hits


def stack(*blocks: tuple[int, int, int, int, int]) -> Any:
    """Three slices with blocks of scar: slice, top, left, rows, cols."""
    mask = np.zeros((3, 24, 24), bool)
    for z, top, left, rows, cols in blocks:
        mask[z, top : top + rows, left : left + cols] = True
    return mask


TWO = stack((0, 2, 2, 4, 5), (1, 10, 10, 2, 2))


def test_a_shared_pixel_finds_a_lesion_and_a_box_beside_it_does_not() -> None:
    # The first block ends at row 5 and column 6: one corner pixel is shared.
    touching, beside = stack((0, 5, 6, 3, 3)), stack((0, 6, 7, 3, 3))
    assert lesion_hits(TWO, touching, 1.0) == LesionHits((20.0, 4.0), (True, False), 1, 0)
    assert lesion_hits(TWO, beside, 1.0) == LesionHits((20.0, 4.0), (False, False), 1, 1)


def test_the_same_place_on_another_slice_is_invented() -> None:
    assert lesion_hits(TWO, stack((2, 2, 2, 4, 5)), None) == LesionHits(
        (None, None), (False, False), 1, 1
    )


def test_one_predicted_lesion_may_find_two() -> None:
    apart = stack((0, 2, 2, 3, 3), (0, 2, 8, 3, 3))
    assert lesion_hits(apart, stack((0, 2, 2, 3, 9)), 2.0) == LesionHits(
        (18.0, 18.0), (True, True), 1, 0
    )


def test_a_crumb_is_no_lesion_but_is_no_invention_either() -> None:
    crumb = stack((0, 2, 2, 1, 3))
    assert lesion_hits(crumb, stack((0, 2, 2, 4, 4)), 1.0) == LesionHits((), (), 1, 0)
    assert lesion_hits(stack(), crumb, 1.0) == LesionHits((), (), 0, 0)


def test_lesions_are_counted_by_size_and_unknown_sizes_left_out() -> None:
    patients = [
        LesionHits((49.9, 50.0), (True, False), 0, 0),
        LesionHits((200.0, None), (True, True), 0, 0),
    ]
    assert found_by_size(patients) == (
        SizeRecall(0.0, 50.0, 1, 1),
        SizeRecall(50.0, 200.0, 1, 0),
        SizeRecall(200.0, float("inf"), 1, 1),
    )


def test_masks_of_two_shapes_are_refused() -> None:
    with pytest.raises(GeometryError, match="cannot be compared"):
        lesion_hits(TWO, TWO[:, :-1], 1.0)
