"""Temperature and cutoff of segmenters that are asked with boxes, on cases told by hand."""

from pathlib import Path

import numpy as np
import pytest

from lgescar.train.calibrate import (
    Amounts,
    calibrate_boxed,
    likely_cutoffs,
    sized_cutoff,
    store_calibration,
    stored_calibration,
)


def four(chance: float, scars: int) -> tuple[list[float], list[bool]]:
    """Four pixels of one chance, so many of them scar."""
    return [chance] * 4, [True] * scars + [False] * (4 - scars)


def test_logits_twice_too_sure_get_temperature_2() -> None:
    # logit(0.9) = ln 9 is twice logit(0.75) = ln 3; likewise 0.1 and 0.25
    (bright, some), (dark, few) = four(0.9, 3), four(0.1, 1)
    chance = np.array([[[*bright, *dark, 1.0]]], np.float32)
    scar = np.array([[[*some, *few, False]]])
    asked = np.array([[[True] * 8 + [False]]])  # what was not asked about does not count
    found = calibrate_boxed(chance, scar, asked, np.array(["a"]))
    assert found["temperature"] == pytest.approx(2.0, abs=0.01)


def test_the_cutoff_is_that_of_the_best_mean_over_patients() -> None:
    # Patient a, 1 scar pixel at 0.52 and 8 others at 0.42; b, 1 scar pixel at 0.32 and none else:
    # up to 0.3 the mean is (2/10 + 1) / 2 = 0.6, at 0.35 and 0.4 (2/10 + 0) / 2, at 0.45 and 0.5
    # (1 + 0) / 2. Pooled pixels would choose 0.45: 2/3 against 4/12.
    a, b = [0.52, *[0.42] * 8], [0.32, *[0.0] * 8]
    chance = np.array([[a], [b]], np.float32)
    scar = np.zeros(chance.shape, bool)
    scar[:, 0, 0] = True
    asked = np.ones(chance.shape, bool)
    assert calibrate_boxed(chance, scar, asked, np.array(["a", "b"]))["scar_cutoff"] <= 0.3
    assert calibrate_boxed(chance, scar, asked, np.array(["a", "a"]))["scar_cutoff"] == 0.45


def test_of_cutoffs_alike_in_dice_the_one_that_gets_the_amount_right_is_taken() -> None:
    # Patient a: 4 scar pixels, all at 0.9, so every cutoff gives Dice 1 and the right amount. Heart
    # b has no scar and counts in no Dice: 6 pixels at 0.42 are too much up to 0.4.
    a, b = [0.9] * 4 + [0.0] * 6, [0.42] * 6 + [0.0] * 4
    chance = np.array([[a], [b]], np.float32)
    scar = np.zeros(chance.shape, bool)
    scar[0, 0, :4] = True
    wall = np.ones(chance.shape, bool)
    assert sized_cutoff(chance, scar, wall, np.array(["a", "b"])) == 0.45
    assert sized_cutoff(chance[:1], scar[:1], wall[:1], np.array(["a"])) == 0.3


def test_dice_goes_before_the_amount() -> None:
    # 2 scar pixels at 0.32, one other at 0.52 and one at 0.42. Up to 0.3: Dice 4/6, 2 too many;
    # 0.35 and 0.4: 0 of 2 found, the amount right and Dice 0.
    chance = np.array([[[0.32, 0.32, 0.52, 0.42]]], np.float32)
    scar = np.array([[[True, True, False, False]]])
    wall = np.ones(chance.shape, bool)
    assert sized_cutoff(chance, scar, wall, np.array(["a"])) <= 0.3


def test_nothing_asked_is_no_calibration() -> None:
    empty = np.zeros((0, 4, 4))
    found = calibrate_boxed(
        empty.astype(np.float32), empty > 0, empty > 0, np.array([], dtype=np.str_)
    )
    assert found == {"temperature": 1.0, "scar_cutoff": 0.5}


def test_a_run_keeps_its_calibration_and_an_older_run_has_none(tmp_path: Path) -> None:
    assert stored_calibration(tmp_path) == {"temperature": 1.0, "scar_cutoff": 0.5}
    store_calibration({"temperature": 1.7, "scar_cutoff": 0.35}, tmp_path)
    assert stored_calibration(tmp_path) == {"temperature": 1.7, "scar_cutoff": 0.35}


def heart(shares: list[float], percent: float) -> Amounts:
    """Ten samples of wall, each a tenth of it."""
    share = np.array(shares + [0.0] * (10 - len(shares)), np.float32)
    return Amounts(share, np.ones(10, np.float32), np.ones(10, bool), percent)


def log_odds(chance: float) -> float:
    return float(np.log(chance / (1.0 - chance)))


def test_the_range_reaches_as_far_as_its_patients_need() -> None:
    # a: one sample at 0.9 and one at 0.3 are 10 % at the cutoff 0.5, 20 % were drawn: the lenient
    # cutoff has to sink to 0.3, log odds -0.847, next tried -0.9. b needs nothing.
    a, b = heart([0.9, 0.3], 20.0), heart([0.9], 10.0)
    lenient, strict = likely_cutoffs([a, b], 0.5)
    assert log_odds(strict) == pytest.approx(0.9)
    assert log_odds(lenient) == pytest.approx(-0.9)
    assert a.at(lenient) == pytest.approx(20.0)
    assert likely_cutoffs([b], 0.5) == (0.5, 0.5)


def test_nine_patients_of_ten_count() -> None:
    # 20 patients, 17 content, two in need of 0.9 and one of 2.2 (0.1 is log odds -2.197): the 18th
    # smallest is 0.9. Of 10 patients the 9th counts, of 9 the 9th too.
    content, some, much = heart([0.9], 10.0), heart([0.9, 0.3], 20.0), heart([0.9, 0.1], 20.0)
    lenient, _ = likely_cutoffs([content] * 17 + [some, some, much], 0.5)
    assert log_odds(lenient) == pytest.approx(-0.9)
    assert likely_cutoffs([content] * 9 + [much], 0.5) == (0.5, 0.5)
    lenient, _ = likely_cutoffs([content] * 8 + [much], 0.5)
    assert log_odds(lenient) == pytest.approx(-2.2)


def test_a_scar_that_no_cutoff_finds_makes_the_range_as_wide_as_it_gets() -> None:
    lenient, strict = likely_cutoffs([heart([0.9], 90.0)], 0.5)
    assert lenient < 0.001
    assert strict > 0.999
