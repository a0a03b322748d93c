"""Noise, resolution and motion do what they are meant to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lgescar.simulate.scanner import Shot, acquire, protocol

STILL = Shot(0.0, 1.0, 1, 0.0, (0.0, 0.0), (0.0, 0.0), 1.0)


def disc(side: int = 64) -> np.ndarray:
    """Water in a disc, no fat: (2, rows, cols)."""
    rows, cols = np.indices((side, side)) - (side - 1) / 2
    image = np.zeros((2, side, side), np.float32)
    image[0] = np.hypot(rows, cols) < side / 5
    return image


def middle(image: np.ndarray) -> tuple[float, float]:
    """Centre of mass in (row, col)."""
    rows, cols = np.indices(image.shape)
    return (
        float((rows * image).sum() / image.sum()),
        float((cols * image).sum() / image.sum()),
    )


def test_noise_in_air_is_rayleigh() -> None:
    # For Rayleigh noise mean / SD = sqrt(pi / (4 - pi)) = 1.913.
    shot = replace(STILL, noise=3.0, phase_share=0.8, zoom=2)
    air = np.abs(acquire(np.random.default_rng(1), np.zeros((2, 96, 96), np.float32), shot))
    assert air.mean() / air.std() == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.03)


def test_signed_noise_in_air_is_gaussian_about_nothing() -> None:
    shot = replace(STILL, noise=3.0)
    air = acquire(np.random.default_rng(1), np.zeros((2, 96, 96), np.float32), shot).real
    z = (air - air.mean()) / air.std()
    assert abs(air.mean()) < 0.1
    assert float((z**4).mean()) == pytest.approx(3.0, abs=0.2), "kurtosis of a Gaussian"


def test_noise_has_the_stated_size_less_what_the_window_takes() -> None:
    # The window is 1 over 75 % of each axis and a raised cosine, mean square 3/8, over the rest:
    # variance 0.75 + 0.25 x 3/8 = 0.84375 an axis, so the standard deviation is 0.84375 of it.
    shot = replace(STILL, noise=3.0)
    air = acquire(np.random.default_rng(1), np.zeros((2, 128, 128), np.float32), shot)
    assert air.real.std() == pytest.approx(3.0 * 0.84375, rel=0.03)
    assert air.imag.std() == pytest.approx(3.0 * 0.84375, rel=0.03)


def test_zero_filling_keeps_place_and_brightness() -> None:
    image = disc()
    plain = acquire(np.random.default_rng(0), image, STILL).real
    fine = acquire(np.random.default_rng(0), image, replace(STILL, zoom=2)).real
    assert fine.shape == (128, 128)
    assert fine.mean() == pytest.approx(plain.mean(), rel=1e-4)
    # Pixel j of the fine grid is centred at (j + 0.5) / 2 - 0.5 of the coarse one.
    assert (middle(fine)[0] + 0.5) / 2 - 0.5 == pytest.approx(middle(plain)[0], abs=0.02)


def test_drift_moves_nothing_at_the_middle_of_k_space_and_blurs_the_edge() -> None:
    image = disc()
    still = acquire(np.random.default_rng(0), image, STILL).real
    swayed = np.abs(acquire(np.random.default_rng(0), image, replace(STILL, sway_px=(2.0, 2.0))))
    assert swayed.sum() > 0.9 * still.sum()
    assert np.abs(np.diff(swayed, axis=0)).max() < np.abs(np.diff(still, axis=0)).max()


def test_fat_is_displaced_along_rows_by_the_shift() -> None:
    image = disc()[::-1].copy()
    moved = acquire(np.random.default_rng(0), image, replace(STILL, fat_shift_px=1.5)).real
    plain = acquire(np.random.default_rng(0), image, STILL).real
    shift = np.array(middle(moved)) - middle(plain)
    assert shift == pytest.approx((1.5, 0.0), abs=0.02)


def test_fewer_phase_lines_lose_fine_columns_and_keep_fine_rows() -> None:
    # Stripes of period 3 pixels: a third of a cycle a pixel, beyond half of the Nyquist rate.
    stripes = np.zeros((2, 60, 60), np.float32)
    stripes[0] = np.cos(2 * np.pi * np.arange(60) / 3)
    half = replace(STILL, phase_share=0.5)
    down = acquire(np.random.default_rng(0), stripes, half).real
    across = acquire(np.random.default_rng(0), stripes.transpose(0, 2, 1).copy(), half).real
    assert np.abs(down).max() < 0.01
    assert np.abs(across).max() > 0.9


@pytest.mark.parametrize("vendor", ["siemens", "philips", "ge"])
def test_protocols_are_those_of_clinics(vendor: str) -> None:
    for seed in range(30):
        scan = protocol(np.random.default_rng(seed), vendor)  # type: ignore[arg-type]
        assert scan.vendor == vendor
        assert 0.6 < scan.spacing_mm < 2.0
        assert scan.thickness_mm <= scan.step_mm <= 14.0
        assert 240 < scan.rows * scan.pixel_mm < 420
