"""Protocols of several vendors, and what coil, k-space and noise make of a signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lgescar.simulate.physics import Readout

Vendor = Literal["siemens", "philips", "ge"]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScanProtocol:
    """How a stack is acquired. ``zoom`` is the reconstructed over the acquired matrix."""

    vendor: Vendor
    rows: int
    cols: int
    pixel_mm: float
    zoom: int
    thickness_mm: float
    step_mm: float
    readout: Readout
    phase_share: float

    @property
    def shape(self) -> tuple[int, int]:
        """Reconstructed (rows, cols)."""
        return self.rows * self.zoom, self.cols * self.zoom

    @property
    def spacing_mm(self) -> float:
        """Reconstructed pixel size."""
        return self.pixel_mm / self.zoom


VENDOR_SHARE: dict[Vendor, float] = {"siemens": 0.55, "philips": 0.25, "ge": 0.2}
"""How often each vendor is drawn."""


def protocol(rng: np.random.Generator, vendor: Vendor | None) -> ScanProtocol:
    """A protocol as found in clinics: matrix, pixel, slice and gap of one vendor."""
    drawn = str(rng.choice(list(VENDOR_SHARE), p=list(VENDOR_SHARE.values())))
    phase = float(rng.uniform(0.65, 0.9))
    match vendor or drawn:
        case "siemens":
            pixel = float(rng.choice([1.3671875, 1.40625, 1.458333, 1.5625, 1.666667, 1.875]))
            rows, cols = (256, 208) if pixel < 1.5 else (208, 176)
            thickness, step = [(8.0, 10.0), (8.0, 9.6), (8.0, 13.0), (6.0, 10.0)][
                int(rng.choice(4, p=[0.6, 0.15, 0.15, 0.1]))
            ]
            return ScanProtocol("siemens", rows, cols, pixel, 1, thickness, step, "gre", phase)
        case "philips":
            pixel = 2 * float(rng.choice([0.72907, 0.74219, 0.75, 0.76172]))
            side = int(rng.choice([224, 240]))
            step = float(rng.choice([8.0, 10.0, 12.0, 14.0], p=[0.2, 0.35, 0.3, 0.15]))
            readout: Readout = "bssfp" if rng.random() < 0.6 else "gre"
            return ScanProtocol("philips", side, side, pixel, 2, 8.0, step, readout, phase)
        case _:
            pixel = float(rng.choice([1.40625, 1.484375, 1.5625]))
            step = float(rng.choice([8.0, 10.0]))
            return ScanProtocol("ge", 256, 256, pixel, 2, 8.0, step, "gre", phase)


@dataclass(frozen=True, slots=True)
class Shot:
    """How one slice was taken: noise per channel, and where the body moved meanwhile (pixels)."""

    noise: float
    phase_share: float
    zoom: int
    fat_shift_px: float
    drift_px: tuple[float, float]
    sway_px: tuple[float, float]
    sway_turns: float


def acquire(rng: np.random.Generator, image: Floats, shot: Shot) -> NDArray[np.complex64]:
    """The complex image that a scanner reconstructs from true signals, zero-filled by ``zoom``.

    ``image`` holds water and fat, (2, rows, cols); fat appears displaced along the frequency
    encoding (rows). K-space lines (phase encoding runs along columns) are taken while the body
    drifts and sways; the outermost are left out; a smooth window tames ringing; noise is complex
    and Gaussian. The outer edges of the result are those of ``image``.
    """
    rows, cols = image.shape[1:]
    ky, kx = np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(cols)[None, :]
    water, fat = np.fft.fft2(image)
    kspace = water + fat * np.exp(-2j * np.pi * ky * shot.fat_shift_px)
    time = 2.0 * kx
    sway = np.sin(2 * np.pi * shot.sway_turns * time)
    down = shot.drift_px[0] * time + shot.sway_px[0] * sway
    across = shot.drift_px[1] * time + shot.sway_px[1] * sway
    noise = rng.standard_normal((2, rows, cols)) * (shot.noise * np.sqrt(rows * cols))
    half = 0.5 / shot.zoom - 0.5
    kspace = kspace * np.exp(-2j * np.pi * (ky * down + kx * across)) + noise[0] + 1j * noise[1]
    kspace *= (
        np.exp(2j * np.pi * half * (ky + kx)) * _window(ky, 1.0) * _window(kx, shot.phase_share)
    )
    big = np.zeros((rows * shot.zoom, cols * shot.zoom), np.complex128)
    top, left = (big.shape[0] - rows) // 2, (big.shape[1] - cols) // 2
    big[top : top + rows, left : left + cols] = np.fft.fftshift(kspace)
    image_out = np.fft.ifft2(np.fft.ifftshift(big)) * shot.zoom**2
    return image_out.astype(np.complex64)


def _window(k: NDArray[Any], share: float) -> NDArray[Any]:
    """1 in the middle of k-space, falling to 0 between 75 % of the sampled share and its end."""
    edge = np.clip((np.abs(k) / (0.5 * share) - 0.75) / 0.25, 0.0, 1.0)
    return np.asarray(0.5 * (1.0 + np.cos(np.pi * edge)))


def coil(points: tuple[Floats, Floats, Floats], elements_mm: Floats, reach_mm: float) -> Floats:
    """Sensitivity of surface coils at points (LPS, mm), about 1 at the heart's depth."""
    x, y, z = points
    total = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), 0.12, np.float32)
    for cx, cy, cz in elements_mm:
        away = (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2
        total += 1.0 / (1.0 + away / np.float32(reach_mm**2)) ** np.float32(1.5)
    return total
