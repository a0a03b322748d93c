"""From a network's numbers to outlines: one label map a slice, scar inside the wall."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import Codes, PixelMask, Probability
from lgescar.core.tissue import LabelMap, Tissue


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Chance from logits.

    Not ``scipy.special.expit``, which differs in the last bit: outlines would not stay the same.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0))), np.float32)


def calibrated(chance: Probability, temperature: float) -> Probability:
    """Probabilities whose logits are divided by ``temperature``; 0 stays 0.

    Source: Guo et al., ICML 2017 (temperature scaling).
    """
    some = chance > 0.0  # few pixels of a slice, and a reader waits for them
    bounded = np.clip(chance[some], 1e-6, 1.0 - 1e-6).astype(np.float64)
    odds = (bounded / (1.0 - bounded)) ** (1.0 / temperature)
    found = np.zeros(chance.shape, np.float32)
    found[some] = odds / (1.0 + odds)
    return found


def scar_chance(tissues: NDArray[np.float32]) -> Probability:
    """Chance of scar or MVO from the chances (5, rows, cols) of all tissues."""
    return np.asarray(tissues[Tissue.SCAR :].sum(axis=0), np.float32)


def wall_share(tissues: NDArray[np.float32]) -> Probability:
    """What scar and MVO hold of the wall's chance, from the chances (5, rows, cols)."""
    wall = tissues[Tissue.VIABLE :].sum(axis=0)
    return np.asarray(scar_chance(tissues) / np.maximum(wall, 1e-6), np.float32)


def mvo_share(tissues: NDArray[np.float32]) -> Probability:
    """What MVO holds of scar's chance, from the chances (5, rows, cols) of all tissues."""
    return np.asarray(tissues[Tissue.MVO] / np.maximum(scar_chance(tissues), 1e-6), np.float32)


def outlined(tissues: NDArray[np.float32], cutoff: float, mvo_cutoff: float) -> LabelMap:
    """The most likely tissue of each pixel, for the one heart on the slice.

    First background, blood pool or wall, whichever is likeliest; of the ventricle the largest
    connected part stays. Then, within the wall, a pixel is scar where scar and MVO hold at least
    ``cutoff`` of the wall's chance, and MVO where that holds at least ``mvo_cutoff`` of theirs.
    """
    wall = tissues[Tissue.VIABLE :].sum(axis=0)
    coarse = np.stack([tissues[Tissue.BACKGROUND], tissues[Tissue.BLOOD_POOL], wall])
    codes: Codes = coarse.argmax(axis=0).astype(np.uint8)
    codes[~_largest(codes > Tissue.BACKGROUND)] = Tissue.BACKGROUND
    scar = (codes == Tissue.VIABLE) & (wall_share(tissues) >= cutoff)
    return LabelMap(_with_scar(codes, scar, mvo_share(tissues) >= mvo_cutoff))


def redrawn(labels: LabelMap, blocked: PixelMask, scar: PixelMask) -> LabelMap:
    """``labels`` with exactly ``scar`` as its scar: other scar becomes viable, and scar is wall.

    It is MVO where ``blocked``.
    """
    codes = labels.codes.copy()
    codes[labels.scar] = Tissue.VIABLE
    return LabelMap(_with_scar(codes, scar, blocked))


def _with_scar(codes: Codes, scar: PixelMask, blocked: PixelMask) -> Codes:
    codes[scar] = Tissue.SCAR
    codes[scar & blocked] = Tissue.MVO
    return codes


def _largest(mask: PixelMask) -> PixelMask:
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))
