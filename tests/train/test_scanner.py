import numpy as np
import pytest

from lgescar.train.scanner import equalised, exposed, received
from lgescar.train.task import batch_rng

DARK_AND_BRIGHT = np.repeat(np.array([0.0, 200.0], np.float32), 20_000).reshape(200, 200)


def test_rician_noise_lifts_the_dark_of_a_magnitude_picture() -> None:
    # Two values in equal number, 0 and 200: their deviation is 100, so the noise has sigma 10.
    # Rayleigh, the Rician of no signal, has mean sigma * sqrt(pi / 2) = 12.53.
    noisy = received(DARK_AND_BRIGHT, 0.1, "magnitude", batch_rng(0, 0))
    assert noisy.min() >= 0.0
    assert float(noisy[:100].mean()) == pytest.approx(10 * np.sqrt(np.pi / 2), rel=0.02)
    assert float(noisy[100:].std()) == pytest.approx(10.0, rel=0.03)


@pytest.mark.parametrize("sequence", ["psir", None])
def test_noise_is_gaussian_and_keeps_the_mean_where_the_sign_is_kept(sequence: str | None) -> None:
    noisy = received(DARK_AND_BRIGHT, 0.1, sequence, batch_rng(0, 1))  # type: ignore[arg-type]
    assert float(noisy[:100].mean()) == pytest.approx(0.0, abs=0.3)
    assert float(noisy[:100].std()) == pytest.approx(10.0, rel=0.03)
    assert noisy.min() < 0.0


def test_brightness_moves_the_range_and_cuts_it_off() -> None:
    pytest.importorskip("kornia")
    ramp = np.tile(np.linspace(50.0, 150.0, 11, dtype=np.float32), (4, 1))
    # 0, 0.1 … 1 after scaling; 0.25 more, cut at 1
    expected = np.minimum(np.linspace(0.0, 1.0, 11) + 0.25, 1.0)
    assert np.allclose(exposed(ramp, 0.25)[0], expected, atol=1e-6)


def test_equalisation_widens_the_contrast_of_a_faint_patch() -> None:
    pytest.importorskip("kornia")
    rows, cols = np.mgrid[0:64, 0:64]
    picture = np.where(rows < 32, 0.0, 0.5).astype(np.float32)
    picture[40:60, 40:60] += (cols[40:60, 40:60] % 2).astype(np.float32) * 0.04
    picture[0, 0] = 1.0
    even = equalised(picture, 4.0)
    assert even.min() >= 0.0
    assert even.max() <= 1.0
    assert even[44:56, 44:56].std() > 1.5 * picture[44:56, 44:56].std()
