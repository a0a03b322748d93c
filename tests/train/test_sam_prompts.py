from collections.abc import Iterator

import numpy as np
import pytest

from lgescar.core.arrays import Codes
from lgescar.core.tissue import Tissue
from lgescar.prepare.prompt_tokens import BOTTOM_RIGHT, INSIDE, NOTHING, OUTSIDE, TOP_LEFT
from lgescar.train.sam_prompts import (
    Layout,
    Prompting,
    SlicePrompts,
    draw_layout,
    draw_prompts,
    every_lesion,
)
from lgescar.train.task import batch_rng

BOXES = Layout(boxed=True, points=0)
HOW = Prompting(a_slice=4, jitter_px=2.0, healthy=0.0)


@pytest.fixture
def codes() -> Codes:
    """A plate of wall with two lesions far apart."""
    plate = np.full((64, 64), Tissue.VIABLE, np.uint8)
    plate[8:16, 8:20] = Tissue.SCAR
    plate[40:50, 44:50] = Tissue.SCAR
    plate[44, 46] = Tissue.MVO
    return plate


def drawn(codes: Codes, layout: Layout, how: Prompting, count: int = 40) -> list[SlicePrompts]:
    return [draw_prompts(codes, layout, how, batch_rng(0, i)) for i in range(count)]


def prompts(drawn: list[SlicePrompts]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for one in drawn:
        yield from zip(one.at, one.kinds, one.meant, strict=True)


def test_every_lesion_is_prompted_in_turn_each_by_its_own_box(codes: Codes) -> None:
    for one in drawn(codes, BOXES, HOW):
        sizes = sorted(int(m.sum()) for m in one.meant)
        assert sizes == [60, 60, 96, 96]  # 10 x 6 with its MVO, and 8 x 12, twice each


def test_a_box_lies_round_its_lesion_within_the_jitter(codes: Codes) -> None:
    edges = {96: (8, 8, 16, 20), 60: (40, 44, 50, 50)}
    off = []
    for at, kinds, meant in prompts(drawn(codes, BOXES, HOW)):
        assert kinds.tolist() == [TOP_LEFT, BOTTOM_RIGHT]
        off.append(at.ravel() - edges[int(meant.sum())])
    assert np.abs(off).max() <= 2.0
    assert np.std(off) > 0.8  # uniform within 2: 1.15


def test_healthy_wall_is_prompted_and_nothing_is_meant(codes: Codes) -> None:
    how = Prompting(a_slice=2, healthy=0.5)
    nothing = [not meant.any() for _, _, meant in prompts(drawn(codes, BOXES, how))]
    assert 0.2 < np.mean(nothing) < 0.6


@pytest.mark.parametrize("wall", [True, False])
def test_a_slice_without_scar_is_a_negative(wall: bool) -> None:
    empty = np.zeros((64, 64), np.uint8)
    if wall:
        empty[20:40, 20:40] = Tissue.VIABLE
    for layout in (BOXES, Layout(True, 2), Layout(False, 2)):
        for one in drawn(empty, layout, HOW, 5):
            assert not one.meant.any()
            assert not (one.kinds == INSIDE).any()


def test_a_box_means_the_small_lesion_it_swallows_and_not_the_large_one_it_touches() -> None:
    plate = np.full((64, 64), Tissue.VIABLE, np.uint8)
    plate[10:40, 10:40] = Tissue.SCAR
    plate[12:38, 12:38] = Tissue.VIABLE  # a ring ...
    plate[24:26, 24:26] = Tissue.SCAR  # ... round a speck
    still = Prompting(a_slice=2, healthy=0.0, jitter_px=0.0)
    (one,) = drawn(plate, BOXES, still, 1)
    ring = 30 * 30 - 26 * 26
    assert sorted(int(m.sum()) for m in one.meant) == [4, ring + 4]


def test_a_box_round_nearly_everything_still_means_scar_alone() -> None:
    plate = np.full((64, 64), Tissue.VIABLE, np.uint8)
    plate[2:62, 2:62] = Tissue.SCAR
    plate[3:61, 3:61] = Tissue.BACKGROUND
    (one,) = drawn(plate, BOXES, HOW, 1)
    assert [int(m.sum()) for m in one.meant] == [60 * 60 - 58 * 58] * 4


def test_points_lie_where_they_say(codes: Codes) -> None:
    seen = set()
    for at, kinds, meant in prompts(drawn(codes, Layout(True, 3), HOW)):
        assert kinds[3:].tolist() == [TOP_LEFT, BOTTOM_RIGHT]
        assert kinds[0] == INSIDE
        for (row, col), kind in zip(at[:3].astype(int), kinds[:3], strict=True):
            assert meant[row, col] == (kind == INSIDE)
            seen.add(int(kind))
    assert seen == {INSIDE, OUTSIDE}


def test_points_alone_mean_the_lesion_they_lie_on(codes: Codes) -> None:
    for at, kinds, meant in prompts(drawn(codes, Layout(False, 1), HOW)):
        assert kinds.tolist() == [INSIDE, NOTHING]
        assert meant[tuple(at[0].astype(int))]


def test_layouts_follow_their_odds() -> None:
    how = Prompting(box=0.5, both=0.3, points=0.2, most_points=4)
    layouts = [draw_layout(how, batch_rng(1, i)) for i in range(400)]
    only_boxes = np.mean([x.points == 0 for x in layouts])
    only_points = np.mean([not x.boxed for x in layouts])
    assert only_boxes == pytest.approx(0.5, abs=0.08)
    assert only_points == pytest.approx(0.2, abs=0.08)
    assert {x.points for x in layouts} == {0, 1, 2, 3, 4}
    assert draw_layout(Prompting(), batch_rng(1, 0)) == BOXES


def test_to_ask_every_lesion_has_its_box_and_a_healthy_slice_has_one(codes: Codes) -> None:
    assert every_lesion(codes, HOW, batch_rng(0, 0)).at.shape == (2, 2, 2)
    healthy = np.where(codes >= Tissue.SCAR, Tissue.VIABLE, codes).astype(np.uint8)
    one = every_lesion(healthy, HOW, batch_rng(0, 0))
    assert one.at.shape == (1, 2, 2)
    assert not one.meant.any()
