"""Boxes round reference scars, and how they are spoilt."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.metrics.detection import lesion_boxes
from lgescar.simulate.annotator import jittered
from lgescar.studies.boxes import spoilt
from lgescar.studies.reference_boxes import (
    on_slice,
    scaled,
    shifted,
    spurious,
)

BOX = Box(10.0, 20.0, 14.0, 30.0)
SCALE = (0.5, 2.0)
"""Pixels a millimetre: rows 2 mm apart, columns half a millimetre."""


@pytest.fixture
def labels() -> LabelMap:
    codes = np.zeros((40, 40), np.uint8)
    codes[8:20, 8:20] = Tissue.VIABLE
    codes[8:11, 8:12] = Tissue.SCAR
    codes[16:20, 16:20] = Tissue.MVO
    return LabelMap(codes)


def test_each_scar_has_a_box_and_mvo_counts(labels: LabelMap) -> None:
    assert lesion_boxes(labels.scar) == (Box(8.0, 8.0, 11.0, 12.0), Box(16.0, 16.0, 20.0, 20.0))


def test_a_shift_counts_in_millimetres() -> None:
    # 4 mm down are 2 rows, 4 mm across are 8 columns.
    assert shifted(BOX, 4.0, SCALE, (1.0, 0.0)) == Box(12.0, 20.0, 16.0, 30.0)
    assert shifted(BOX, 4.0, SCALE, (0.0, -1.0)) == Box(10.0, 12.0, 14.0, 22.0)


def test_a_scaled_box_keeps_its_centre() -> None:
    assert scaled(BOX, 1.5) == Box(9.0, 17.5, 15.0, 32.5)
    assert scaled(Box(3.0, 3.0, 4.0, 4.0), 0.1) == Box(3.0, 3.0, 4.0, 4.0)  # never below a pixel


def test_jitter_moves_no_edge_further_than_it_may_nor_over_the_centre() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        found = jittered(BOX, 4.0, rng, SCALE)
        assert abs(found.top - 10.0) <= 2.0
        assert abs(found.right - 30.0) <= 8.0
        assert found.top <= 11.0
        assert found.bottom >= 13.0
    assert jittered(BOX, 0.0, rng, SCALE) == BOX


def test_spurious_boxes_are_centred_on_the_wall_given() -> None:
    wall = np.zeros((30, 30), bool)
    wall[12, 17] = True
    (found,) = spurious(wall, 1.0, (1.0, 1.0), np.random.default_rng(2))
    assert ((found.top + found.bottom) / 2, (found.left + found.right) / 2) == (12.5, 17.5)
    assert 5.0 <= found.bottom - found.top <= 30.0


def test_half_a_spurious_box_is_one_every_other_time() -> None:
    wall, rng = np.ones((9, 9), bool), np.random.default_rng(3)
    count = sum(len(spurious(wall, 1.5, (1.0, 1.0), rng)) for _ in range(400))
    assert count == pytest.approx(600, abs=50)  # five deviations of a fair coin
    assert spurious(~wall, 3.0, (1.0, 1.0), rng) == ()


def test_a_box_off_the_slice_is_left_out() -> None:
    assert on_slice([BOX, Box(-5.0, 0.0, 0.0, 4.0)], (12, 40)) == (BOX,)


@pytest.mark.parametrize("fault", ["shift, mm", "share of boxes dropped", "spurious boxes a slice"])
def test_a_fault_of_degree_0_changes_nothing(fault: str, labels: LabelMap) -> None:
    rng = np.random.default_rng(1)
    assert spoilt([BOX, BOX], labels, (fault, 0.0), SCALE, rng) == (BOX, BOX)


def test_every_box_can_be_dropped(labels: LabelMap) -> None:
    rng = np.random.default_rng(1)
    assert spoilt([BOX, BOX], labels, ("share of boxes dropped", 1.0), SCALE, rng) == ()


def test_spurious_boxes_lie_on_viable_wall(labels: LabelMap) -> None:
    drawn = spoilt(
        [], labels, ("spurious boxes a slice", 40.0), (1.0, 1.0), np.random.default_rng(4)
    )
    for box in drawn:
        row, col = int((box.top + box.bottom) / 2), int((box.left + box.right) / 2)
        assert labels.viable[row, col]
    assert len(drawn) == 40
