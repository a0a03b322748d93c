import numpy as np
import pytest

from lgescar.prepare.polar import disc_places
from lgescar.train.prompts import DrawnPrompt, labelled_round, reader_prompt
from lgescar.train.task import batch_rng

SHAPE = (64, 32)
NOTHING = np.zeros(SHAPE, np.float32)


@pytest.fixture
def wall() -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[:, 14:22] = True
    return mask


@pytest.fixture
def scar() -> np.ndarray:
    """A scar that lies across the first ray, and a small one opposite."""
    mask = np.zeros(SHAPE, bool)
    mask[-6:, 14:20] = mask[:6, 14:20] = mask[26:38, 14:20] = True
    return mask


def prompts(scar: np.ndarray, wall: np.ndarray, count: int = 200) -> list[tuple[np.ndarray, ...]]:
    drawn = [reader_prompt(scar, wall, NOTHING, 0.05, batch_rng(0, i)) for i in range(count)]
    return [(one.maps, one.meant) for one in drawn]


def test_parts_join_across_the_first_ray(scar: np.ndarray) -> None:
    parts, count = labelled_round(scar)
    assert count == 2
    assert parts[0, 14] == parts[-1, 14] != parts[31, 14]
    assert ((parts > 0) == scar).all()
    aslant = np.zeros(SHAPE, bool)
    aslant[0, 5] = aslant[-1, 4] = True
    assert labelled_round(aslant)[1] == 1
    assert labelled_round(np.ones(SHAPE, bool))[1] == 1
    assert labelled_round(np.zeros(SHAPE, bool))[1] == 0


def test_what_is_meant_is_scar_and_boxes_and_points_lie_on_it(
    scar: np.ndarray, wall: np.ndarray
) -> None:
    boxed = 0
    for maps, meant in prompts(scar, wall):
        assert not (meant & ~scar).any()
        if meant.any() and maps[0].any():
            boxed += 1
            # edges are off by at most 0.05 of the reach; the smaller is 0.2 deep
            assert maps[0][meant].mean() > 0.3
        if meant.any() and maps[1].any():
            assert scar[np.unravel_index(maps[1].argmax(), SHAPE)]
    assert boxed > 100


def test_a_box_is_upright_on_the_slice(scar: np.ndarray, wall: np.ndarray) -> None:
    row, col = disc_places(*SHAPE)
    for maps, meant in prompts(scar, wall, 40):
        if not meant.any() or not maps[0].any() or labelled_round(meant)[1] > 1:
            continue
        inside = maps[0] >= 0.5
        within = (row >= row[inside].min()) & (row <= row[inside].max())
        within &= (col >= col[inside].min()) & (col <= col[inside].max())
        assert (inside == within).mean() > 0.99


def test_some_prompts_ask_about_wall_without_scar(scar: np.ndarray, wall: np.ndarray) -> None:
    empty = [maps for maps, meant in prompts(scar, wall) if not meant.any()]
    assert 1 <= len(empty) <= 20


def test_without_scar_nothing_is_meant(scar: np.ndarray, wall: np.ndarray) -> None:
    answers = prompts(scar & False, wall, 20)
    assert not any(meant.any() for _, meant in answers)


def test_the_masks_themselves_are_not_changed(scar: np.ndarray, wall: np.ndarray) -> None:
    before = scar.copy()
    prompts(scar, wall, 20)
    assert (scar == before).all()


def test_a_correction_points_at_the_largest_missed_and_the_largest_invented_area(
    scar: np.ndarray, wall: np.ndarray
) -> None:
    drawn = DrawnPrompt(scar)
    answer = NOTHING.copy()
    answer[-6:, 14:20] = answer[:6, 14:20] = 1.0  # one scar found, the other missed
    answer[45:50, 24:30] = 0.9  # and some invented
    inside = outside = 0
    for number in range(40):
        rng = batch_rng(0, number)
        for point in drawn.corrected(answer, rng).points:
            row, col = disc_places(*SHAPE)
            at = np.unravel_index(np.hypot(row - point.row, col - point.col).argmin(), SHAPE)
            assert (26 <= at[0] < 38) if point.inside else (45 <= at[0] < 50)
            inside, outside = inside + point.inside, outside + (not point.inside)
    assert 20 < inside < 40  # each with a chance of 0.8
    assert 20 < outside < 40
    assert drawn.corrected(scar.astype(np.float32), batch_rng(0, 0)).points == ()
