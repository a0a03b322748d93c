"""Cutoffs chosen by held-out patients, on cases worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lgescar.bundle import open_bundle
from lgescar.core.tissue import LabelMap
from lgescar.simulate import simulate_patient
from lgescar.train.dataset import LabelledPatient
from lgescar.train.held_out import (
    DEFAULTS,
    HeldOutPrediction,
    calibrate,
    least_lesion,
    likely_cutoffs,
    mvo_cutoff,
    predict_held_out,
    sized_cutoff,
    store_predictions,
    stored_predictions,
)

Array = NDArray[Any]


def made(share: Array, scar: Array, mvo_share: Array | None = None) -> HeldOutPrediction:
    """All of it wall, with these shares of scar; MVO is the scar of which it holds over 0.2."""
    wall = np.ones(share.shape, bool)
    blocked = np.zeros(share.shape, np.float16) if mvo_share is None else mvo_share
    return HeldOutPrediction(share, share, blocked, wall, scar, scar & (blocked > 0.2), wall)


def heart(shares: list[float], scarred: int = 0) -> HeldOutPrediction:
    """One slice of ten pixels of wall with these shares of scar, the first ``scarred`` scar."""
    share = np.array([[shares + [0.0] * (10 - len(shares))]], np.float16)
    scar = np.arange(10)[None, None] < scarred
    return made(share, scar)


def test_of_cutoffs_alike_in_dice_the_one_that_gets_the_amount_right_is_taken() -> None:
    # Patient a: 4 scar pixels, all at 0.9, so every cutoff gives Dice 1 and the right amount. Heart
    # b has no scar and counts in no Dice: 6 pixels at 0.42 are too much up to 0.4.
    a, b = heart([0.9] * 4, 4), heart([0.42] * 6)
    assert sized_cutoff([a, b]) == 0.45
    assert sized_cutoff([a]) == 0.3


def test_dice_goes_before_the_amount() -> None:
    # 2 scar pixels at 0.32, one other at 0.52 and one at 0.42. Up to 0.3: Dice 4/6, 2 too many;
    # 0.35 and 0.4: 0 of 2 found, the amount right and Dice 0.
    assert sized_cutoff([heart([0.32, 0.32, 0.52, 0.42], 2)]) == 0.3


def deep(*slices: list[float], scarred: int = 0) -> HeldOutPrediction:
    """Three slices of 40 pixels of wall; of each, the first ``scarred`` are scar."""
    share = np.zeros((3, 1, 40), np.float16)
    for number, shares in enumerate(slices):
        share[number, 0, : len(shares)] = shares
    scar = np.broadcast_to(np.arange(40) < scarred, share.shape)
    return made(share, scar)


def test_the_least_lesion_clears_sound_hearts_as_long_as_dice_allows() -> None:
    # Of 120 pixels of wall, 4 on one slice are 3.3 %: more than 2 % of a sound heart, gone from 4 %
    # on. The scar of 8 pixels on each of three slices stays: 20 % x 9.
    sound, scarred = deep([0.9] * 4), deep(*[[0.9] * 8] * 3, scarred=8)
    assert least_lesion([sound, scarred], 0.5) == 4.0
    # 3 pixels on one slice (2.5 %) are this one's only scar; from 3 % on it would be lost.
    share = np.zeros((3, 1, 40), np.float16)
    share[0, 0, :3] = 0.9
    small = made(share, share > 0.5)
    assert least_lesion([sound, scarred, small], 0.5) == 0.0


def test_mvo_is_called_from_the_highest_share_of_nearly_the_best_dice() -> None:
    # Ten pixels of scar, two of them MVO at 0.3 and 0.4, the others at 0.1. From 0.15 to 0.3 Dice
    # is 1, from 0.35 on one of two is lost (2/3). A patient without MVO has no say.
    share = np.full((1, 1, 10), 0.9, np.float16)
    blocked = np.array([[[0.3, 0.4] + [0.1] * 8]], np.float16)
    one = made(share, share > 0.5, blocked)
    none = made(share, share > 0.5, np.full((1, 1, 10), 0.15, np.float16))
    assert mvo_cutoff([one, none], 0.5, 0.0) == 0.3
    assert mvo_cutoff([none], 0.5, 0.0) == 0.5
    assert calibrate([one])["mvo_cutoff"] == 0.3


def log_odds(chance: float) -> float:
    return float(np.log(chance / (1.0 - chance)))


def test_the_range_reaches_as_far_as_its_patients_need() -> None:
    # a: one pixel at 0.9 and one at 0.3 are 10 % at the cutoff 0.5, 20 % were drawn: the lenient
    # cutoff has to sink to 0.3, log odds -0.847, next tried -0.9. b needs nothing.
    a, b = heart([0.9, 0.3], 2), heart([0.9], 1)
    lenient, strict = likely_cutoffs([a, b], 0.5, 0.0)
    assert log_odds(strict) == pytest.approx(0.9)
    assert log_odds(lenient) == pytest.approx(-0.9)
    assert a.percent(lenient, 0.0) == pytest.approx(20.0)
    assert likely_cutoffs([b], 0.5, 0.0) == (0.5, 0.5)


def test_nine_patients_of_ten_count() -> None:
    # 20 patients, 17 content, two in need of 0.9 and one of 2.2 (0.1 is log odds -2.197): the 18th
    # smallest is 0.9. Of 10 patients the 9th counts, of 9 the 9th too.
    content, some, much = heart([0.9], 1), heart([0.9, 0.3], 2), heart([0.9, 0.1], 2)
    lenient, _ = likely_cutoffs([content] * 17 + [some, some, much], 0.5, 0.0)
    assert log_odds(lenient) == pytest.approx(-0.9)
    assert likely_cutoffs([content] * 9 + [much], 0.5, 0.0) == (0.5, 0.5)
    lenient, _ = likely_cutoffs([content] * 8 + [much], 0.5, 0.0)
    assert log_odds(lenient) == pytest.approx(-2.2)


def test_a_scar_that_no_cutoff_finds_makes_the_range_as_wide_as_it_gets() -> None:
    lenient, strict = likely_cutoffs([heart([0.9], 9)], 0.5, 0.0)
    assert lenient < 0.001
    assert strict > 0.999


def test_logits_twice_too_sure_get_temperature_2_and_patients_weigh_alike() -> None:
    # logit(0.9) = ln 9 is twice logit(0.75) = ln 3; likewise 0.1 and 0.25
    sure = np.array([[[0.9] * 4 + [0.1] * 4]], np.float16)
    scar = np.array([[[True] * 3 + [False] * 4 + [True]]])
    one, large = (made(np.tile(sure, n), np.tile(scar, n)) for n in ((1, 1, 1), (1, 9, 1)))
    assert calibrate([one])["temperature"] == pytest.approx(2.0, abs=0.02)
    assert calibrate([one, large])["temperature"] == calibrate([one])["temperature"]


def test_nobody_with_scar_is_no_calibration() -> None:
    assert calibrate([]) == DEFAULTS
    assert calibrate([heart([0.9])]) == DEFAULTS


def test_an_answer_is_that_of_the_whole_line_and_can_be_kept(tmp_path: Path) -> None:
    made = simulate_patient(703)
    labels = tuple(LabelMap(m.codes) for m in made.truth)
    patient = LabelledPatient("simulated", made.study.name, made.study, labels)
    found = predict_held_out(open_bundle(), patient)
    wall = sum(int(m.wall.sum()) for m in labels)
    scar = sum(int(m.scar.sum()) for m in labels)
    assert found.true_percent == pytest.approx(100.0 * scar / wall)
    assert found.wall.shape[1] < made.study.slices[0].shape[0]
    assert found.dice(0.5, 0.0) > 0.3
    store_predictions({"simulated/one": found}, tmp_path / "answers.npz")
    kept = stored_predictions(tmp_path / "answers.npz")["simulated/one"]
    assert kept.percent(0.5, 0.0) == found.percent(0.5, 0.0)
    np.testing.assert_array_equal(kept.chance, found.chance)
    np.testing.assert_array_equal(kept.mvo_share, found.mvo_share)
