"""Temperature and cutoff of segmenters that are prompted with boxes, on cases by hand."""

from pathlib import Path

import numpy as np
import pytest

from lgescar.train.calibrate import calibrate_boxed, store_calibration, stored_calibration


def four(chance: float, scars: int) -> tuple[list[float], list[bool]]:
    """Four pixels of one chance, so many of them scar."""
    return [chance] * 4, [True] * scars + [False] * (4 - scars)


def test_logits_twice_too_sure_get_temperature_2() -> None:
    # logit(0.9) = ln 9 is twice logit(0.75) = ln 3; likewise 0.1 and 0.25
    (bright, some), (dark, few) = four(0.9, 3), four(0.1, 1)
    chance = np.array([[[*bright, *dark, 1.0]]], np.float32)
    scar = np.array([[[*some, *few, False]]])
    near = np.array([[[True] * 8 + [False]]])  # far from any box nothing counts
    found = calibrate_boxed(chance, scar, near, np.array(["a"]))
    assert found["temperature"] == pytest.approx(2.0, abs=0.01)


def test_the_cutoff_is_that_of_the_best_mean_over_patients() -> None:
    # Patient a, 1 scar pixel at 0.52 and 8 others at 0.42; b, 1 scar pixel at 0.32 and none else:
    # up to 0.3 the mean is (2/10 + 1) / 2 = 0.6, at 0.35 and 0.4 (2/10 + 0) / 2, at 0.45 and 0.5
    # (1 + 0) / 2. Pooled pixels would choose 0.45: 2/3 against 4/12.
    a, b = [0.52, *[0.42] * 8], [0.32, *[0.0] * 8]
    chance = np.array([[a], [b]], np.float32)
    scar = np.zeros(chance.shape, bool)
    scar[:, 0, 0] = True
    near = np.ones(chance.shape, bool)
    assert calibrate_boxed(chance, scar, near, np.array(["a", "b"]))["scar_cutoff"] <= 0.3
    assert calibrate_boxed(chance, scar, near, np.array(["a", "a"]))["scar_cutoff"] == 0.45


def test_no_box_is_no_calibration() -> None:
    empty = np.zeros((0, 4, 4))
    found = calibrate_boxed(
        empty.astype(np.float32), empty > 0, empty > 0, np.array([], dtype=np.str_)
    )
    assert found == {"temperature": 1.0, "scar_cutoff": 0.5}


def test_a_run_keeps_its_calibration_and_an_older_run_has_none(tmp_path: Path) -> None:
    assert stored_calibration(tmp_path) == {"temperature": 1.0, "scar_cutoff": 0.5}
    store_calibration({"temperature": 1.7, "scar_cutoff": 0.35}, tmp_path)
    assert stored_calibration(tmp_path) == {"temperature": 1.7, "scar_cutoff": 0.35}
