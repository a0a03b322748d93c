"""What other scanners, reconstructions and displays do to brightness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator

from lgescar.core.arrays import Pixels
from lgescar.core.study import Reconstruction

CLAHE_TILES = (8, 8)


def received(
    raw: Pixels, strength: float, sequence: Reconstruction | None, rng: Generator
) -> Pixels:
    """Raw intensities with receiver noise of ``strength`` times their own deviation.

    A magnitude picture is the length of a complex signal with Gaussian noise in both parts, so
    its noise is Rician and lifts the dark; PSIR keeps the sign, so its noise is Gaussian. Where
    the file does not say, intensities may stand on a pedestal and Gaussian noise is the one that
    assumes nothing. MONAI has the same formula, at 40 s of import.

    Source: Gudbjartsson and Patz, Magn Reson Med 1995;34:910.
    """
    spread = strength * float(raw.std())
    real, imaginary = rng.normal(0.0, 1.0, (2, *raw.shape)) * spread
    if sequence == "magnitude":
        return np.asarray(np.hypot(raw + real, imaginary), np.float32)
    return np.asarray(raw + real, np.float32)


def equalised(picture: Pixels, clip_limit: float) -> Pixels:
    """Contrast-limited adaptive histogram equalisation; the result runs from 0 to 1.

    Source: Zuiderveld, Graphics Gems IV, 1994; by kornia.
    """
    from kornia.enhance import equalize_clahe

    even = equalize_clahe(torch.from_numpy(_unit(picture))[None, None], clip_limit, CLAHE_TILES)
    return np.asarray(even[0, 0].numpy(), np.float32)


def exposed(picture: Pixels, shift: float) -> Pixels:
    """The picture's range moved by ``shift`` of itself and cut off at its ends, 0 to 1.

    A shift alone is undone when pixels are standardised; the cut is what another window leaves.
    """
    from kornia.enhance import adjust_brightness

    moved = adjust_brightness(torch.from_numpy(_unit(picture))[None, None], shift)
    return np.asarray(moved[0, 0].numpy(), np.float32)


def _unit(picture: Pixels) -> Pixels:
    low, high = float(picture.min()), float(picture.max())
    return np.asarray((picture - low) / max(high - low, 1e-6), np.float32)
