"""The range of scar, and when it wants a look."""

import numpy as np
import pytest

from lgescar.core.report import Likely, Quantities
from lgescar.core.tissue import LabelMap
from lgescar.measure.likely import likely, likely_notes


def wall(pixels: int) -> LabelMap:
    codes = np.zeros((10, 10), np.uint8)
    codes.ravel()[:pixels] = 2
    return LabelMap(codes)


def amounts(mass: float | None) -> Quantities:
    return Quantities(mass, None, None, None, None)


def test_the_range_is_the_share_of_all_the_wall_and_of_its_mass() -> None:
    # 30 + 50 pixels of wall; 4 to 20 pixels of scar are 5 to 25 %, of 120 g 6 to 30 g
    found = likely((4, 20), [wall(30), wall(50)], amounts(120.0))
    assert found == Likely(90, (5.0, 25.0), (6.0, 30.0))


def test_without_grams_the_share_remains_and_without_wall_nothing() -> None:
    found = likely((1, 2), [wall(10)], amounts(None))
    assert found is not None
    assert found.scar_mass_g is None
    assert likely((0, 0), [wall(0)], amounts(None)) is None


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (5.0, 12.0, None),
        (0.0, 3.0, None),
        (0.0, 9.0, "whether there is scar: 0 to 9 %"),
        (10.0, 31.0, "how much is scar: 10 to 31 %"),
    ],
)
def test_a_wide_range_and_a_doubtful_scar_want_a_look(
    low: float, high: float, words: str | None
) -> None:
    notes = likely_notes(Likely(90, (low, high), None))
    assert [note.code for note in notes] == ([] if words is None else ["look-at-it"])
    assert words is None or words in notes[0].message


def test_whoever_gives_no_range_gets_no_note() -> None:
    assert likely_notes(None) == ()


@pytest.mark.parametrize(
    ("low", "high", "doubtful"),
    # Doubtful from below 1 % to above 4 %: no scar in practice, or twice what is.
    [(0.9, 4.1, True), (0.9, 3.9, False), (1.1, 4.1, False)],
)
def test_scar_is_doubtful_between_half_and_twice_of_what_is_none_in_practice(
    low: float, high: float, doubtful: bool
) -> None:
    assert bool(likely_notes(Likely(90, (low, high), None))) is doubtful
