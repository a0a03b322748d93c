import numpy as np
import pytest

from lgescar.prepare.turns import TURNS, turned, unturned

SQUARE = np.arange(2 * 9, dtype=np.float32).reshape(2, 3, 3)


@pytest.mark.parametrize("turn", TURNS)
def test_unturned_undoes_turned(turn: tuple[int, bool]) -> None:
    assert (unturned(turned(SQUARE, turn), turn) == SQUARE).all()


def test_the_eight_turns_differ_and_the_first_is_none() -> None:
    pictures = {turned(SQUARE, t).tobytes() for t in TURNS}
    assert len(pictures) == 8
    assert (turned(SQUARE, TURNS[0]) == SQUARE).all()


def test_turning_any_of_the_eight_gives_one_of_the_eight() -> None:
    pictures = {turned(SQUARE, t).tobytes() for t in TURNS}
    again = {turned(turned(SQUARE, a), b).tobytes() for a in TURNS for b in TURNS}
    assert again == pictures
