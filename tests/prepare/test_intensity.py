import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lgescar.prepare.intensity import pictured, standardised

IMAGE = np.random.default_rng(0).gamma(2.0, 50.0, (40, 40)).astype(np.float32)


@given(st.floats(0.01, 100.0), st.floats(-1000.0, 1000.0))
def test_gain_and_pedestal_cancel(gain: float, pedestal: float) -> None:
    there = standardised(np.asarray(gain * IMAGE + pedestal, np.float32))
    assert np.abs(there - standardised(IMAGE)).max() < 0.02


def test_the_clipped_picture_has_mean_0_and_deviation_1() -> None:
    out = standardised(IMAGE)
    assert abs(float(out.mean())) < 1e-4
    assert abs(float(out.std()) - 1.0) < 1e-4


def test_blank_padding_changes_nothing_within_the_picture() -> None:
    padded = np.pad(IMAGE, 15, constant_values=float(IMAGE.min()) - 1.0)
    out = standardised(padded, pictured(padded))
    assert np.abs(out[15:-15, 15:-15] - standardised(IMAGE)).max() < 1e-5
    assert np.allclose(out[0], out[15:-15, 15:-15].min(), atol=1e-5)


def test_a_constant_image_becomes_0() -> None:
    assert (standardised(np.full((8, 8), 300.0, np.float32)) == 0.0).all()
