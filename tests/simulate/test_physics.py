"""Signals follow the formulas they cite."""

from __future__ import annotations

import numpy as np
import pytest

from lgescar.simulate.matter import Matter
from lgescar.simulate.physics import (
    PLASMA_SHARE,
    balanced_weight,
    expose,
    nulling_time_ms,
    post_contrast_t1_ms,
    recovery,
)


def test_a_tissue_is_null_at_its_nulling_time() -> None:
    assert recovery(nulling_time_ms(540.0, 1760.0), 540.0, 1760.0) == pytest.approx(0.0, abs=1e-12)


def test_without_saturation_the_null_is_at_t1_ln_2() -> None:
    assert nulling_time_ms(500.0, 1e6) == pytest.approx(500.0 * np.log(2.0))


def test_recovery_runs_from_inverted_to_equilibrium() -> None:
    assert recovery(0.0, 500.0, 1e6) == pytest.approx(-1.0)
    assert recovery(1e6, 500.0, 1e6) == pytest.approx(1.0)


def test_blood_gets_the_t1_that_stands_for_its_gadolinium() -> None:
    # Blood with 1/440 - 1/1550 more relaxation: its own ECV is the plasma share.
    agent = 1 / 440 - 1 / 1550
    assert post_contrast_t1_ms(1550.0, PLASMA_SHARE, agent) == pytest.approx(440.0)


def test_t1_after_contrast_is_as_published() -> None:
    # 15 minutes: remote 540 +- 88, blood about 450 +- 100, acute infarct 425 ms (J Cardiovasc
    # Magn Reson 2013;15:11). The cores of chronic infarcts, ECV 68.5 %, have 349 ms when blood has
    # 440: 1 / (1/1060 + 0.685/0.58 (1/440 - 1/1550)). Scar here stands for both.
    exams = [expose(np.random.default_rng(s), "gre", True).t1_ms for s in range(300)]
    mean = {m: np.mean([exam[m] for exam in exams]) for m in exams[0]}
    assert abs(mean[Matter.REMOTE] - 540.0) < 88.0 / 2
    assert abs(mean[Matter.BLOOD] - 450.0) < 100.0 / 2
    assert 349.0 < mean[Matter.SCAR] < 425.0


def test_balanced_readout_favours_blood_over_muscle() -> None:
    # Four times T2 is T1: the weight at which both readouts agree.
    assert balanced_weight(400.0, 100.0) == pytest.approx(1.0)
    assert balanced_weight(440.0, 200.0) > balanced_weight(540.0, 50.0)


def test_magnitude_readers_null_the_remote_wall() -> None:
    ratios = []
    for seed in range(200):
        look = expose(np.random.default_rng(seed), "gre", False)
        ratios.append(look.signal[Matter.REMOTE] / look.scar_to_remote)
    assert abs(float(np.median(ratios))) < 0.3
