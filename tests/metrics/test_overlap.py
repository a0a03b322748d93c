"""Overlaps counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lgescar.core.errors import GeometryError
from lgescar.metrics.overlap import dice, dice_empty_is_one, precision, sensitivity

MASKS = arrays(bool, st.just((4, 5)))
REFERENCE = np.array([1, 1, 1, 1, 0, 0], bool)
PREDICTED = np.array([0, 0, 1, 1, 1, 0], bool)
EMPTY = np.zeros(6, bool)


def test_two_shared_of_four_and_three() -> None:
    assert dice(REFERENCE, PREDICTED) == pytest.approx(2 * 2 / 7)
    assert sensitivity(REFERENCE, PREDICTED) == pytest.approx(2 / 4)
    assert precision(REFERENCE, PREDICTED) == pytest.approx(2 / 3)


def test_two_empty_masks_have_no_overlap() -> None:
    assert dice(EMPTY, EMPTY) is None
    assert sensitivity(EMPTY, PREDICTED) is None
    assert precision(REFERENCE, EMPTY) is None


def test_one_empty_mask_scores_zero() -> None:
    assert dice(REFERENCE, EMPTY) == 0.0
    assert dice(EMPTY, PREDICTED) == 0.0


def test_only_the_challenges_dice_calls_two_empty_masks_perfect() -> None:
    assert dice_empty_is_one(EMPTY, EMPTY) == 1.0
    assert dice_empty_is_one(REFERENCE, PREDICTED) == dice(REFERENCE, PREDICTED)


def test_masks_of_other_shapes_are_refused() -> None:
    with pytest.raises(GeometryError):
        dice(np.ones((2, 3), bool), np.ones((3, 2), bool))


@given(MASKS, MASKS)
def test_dice_is_symmetric_and_bounded(a: np.ndarray, b: np.ndarray) -> None:
    found = dice(a, b)
    assert found == dice(b, a)
    assert found is None or 0.0 <= found <= 1.0


def test_a_pixel_weighs_what_it_stands_for() -> None:
    # Areas 1 to 4; shared 2, reference 1 + 2, predicted 2 + 4: 2 * 2 / (3 + 6)
    area = np.array([1.0, 2.0, 3.0, 4.0])
    reference, predicted = np.array([1, 1, 0, 0], bool), np.array([0, 1, 0, 1], bool)
    assert dice(reference, predicted, area=area) == pytest.approx(4 / 9)
