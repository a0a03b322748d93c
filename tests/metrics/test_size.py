"""Sizes counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.metrics.size import area_similarity, perimeter_similarity, volume_difference

EMPTY = np.zeros((9, 9), bool)


def block(rows: int, cols: int) -> np.ndarray:
    mask = EMPTY.copy()
    mask[1 : 1 + rows, 1 : 1 + cols] = True
    return mask


def test_areas_of_12_and_20() -> None:
    assert area_similarity(block(3, 4), block(4, 5)) == pytest.approx(1 - 8 / 32)


def test_borders_of_10_and_14() -> None:
    # A 3 x 4 block has 2 inner pixels, a 4 x 5 block 6.
    assert perimeter_similarity(block(3, 4), block(4, 5)) == pytest.approx(1 - 4 / 24)


def test_borders_are_taken_slice_by_slice() -> None:
    thick = np.stack([block(4, 5)] * 3)
    # Slice by slice the middle one keeps its 6 inner pixels out of the border: 3 x 14, not 60.
    assert perimeter_similarity(thick, np.stack([block(4, 5), EMPTY, EMPTY])) == pytest.approx(
        1 - (42 - 14) / (42 + 14)
    )


def test_two_empty_masks_have_no_similarity_and_one_scores_zero() -> None:
    for similarity in (area_similarity, perimeter_similarity):
        assert similarity(EMPTY, EMPTY) is None
        assert similarity(block(2, 2), EMPTY) == 0.0


def test_an_unknown_volume_has_no_difference() -> None:
    assert volume_difference(3.0, 5.0) == 2.0
    assert volume_difference(None, 5.0) is None
