"""One slice through heart and chest: true signal, label codes and volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lgescar.core.arrays import Codes
from lgescar.core.image import SliceGeometry
from lgescar.core.tissue import Tissue
from lgescar.simulate.matter import TISSUE_OF_MATTER, Matter
from lgescar.simulate.phantom import Phantom
from lgescar.simulate.sample import NOTHING, matter_at, noise_at
from lgescar.simulate.scanner import ScanProtocol
from lgescar.simulate.thorax import Thorax, chest_at

Floats = NDArray[np.float32]
SUB_STEP_MM = 2.0
"""Largest distance between the sub-planes that a slice and its gap are averaged from."""
HEART_REACH_MM = 80.0
"""Half side of the square around the heart that is sampled finely."""
GOLDEN = (0.618034, 0.754878)
"""Steps whose multiples spread evenly over [0, 1) in one and in two dimensions."""
TIE_TILT = 0.02
"""Tilt of the slice profile. It keeps shares of few sub-planes from being exactly one half, where
``majority`` would have to favour one tissue and labels would gain mass."""
UNEVEN = 0.13
"""How uneven blood and muscle are, as a share of the step from remote to scar: set so that the
spread within pool and wall meets the cohorts' (benchmarks/results/simulation_realism.json)."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """Signal on the acquired grid, label codes on the reconstructed grid, millilitres by tissue.

    ``signal`` is (2, rows, cols): that of water and that of fat, which scanners shift apart.
    ``volume_ml`` covers the slice and its half of both gaps, so that slices add up to the stack.
    """

    signal: Floats
    codes: Codes
    volume_ml: NDArray[np.float64]


def pixel_points(geometry: SliceGeometry, rows: Any, cols: Any) -> tuple[Any, Any, Any]:
    """LPS millimetres of pixel centres at (rows, cols), broadcast against each other."""
    step = geometry.spacing_mm or (1.0, 1.0)
    x, y, z = (
        np.asarray(origin + down * step[0] * rows + across * step[1] * cols, np.float32)
        for origin, down, across in zip(
            geometry.origin_mm, geometry.down, geometry.across, strict=True
        )
    )
    return x, y, z


def render(
    heart: Phantom, chest: Thorax, acquired: SliceGeometry, protocol: ScanProtocol, signal: Floats
) -> Rendered:
    """A slice whose pixels mix what lies within them, in the plane and through it.

    ``acquired`` is the slice on the acquired grid, before zero-filling; heart and its matter are
    sampled at twice that grid on sub-planes ``SUB_STEP_MM`` or less apart.
    """
    image = _background(heart, chest, acquired, protocol, signal)
    top, left, side = _window(heart, acquired, protocol)
    fine, offsets = _fine_points(acquired, protocol, (top, left, side))
    local = np.stack(fine, -1) - heart.centre_mm.astype(np.float32)
    along = local @ heart.axes.T.astype(np.float32)
    matter, glow = matter_at(heart, along[..., 0], along[..., 1], along[..., 2])
    weight = np.clip((0.5 - np.abs(offsets) / protocol.thickness_mm) / 0.2 + 0.5, 0.0, 1.0)
    weight = weight * (1.0 + TIE_TILT * offsets / protocol.step_mm)
    weight = (weight / weight.sum()).astype(np.float32)
    value = _heart_signal(heart, along, (matter, glow), signal)
    seen = np.stack([np.tensordot(weight, value * part, 1) for part in _water_fat(matter)])
    covered = _halve(np.tensordot(weight, (matter != NOTHING).astype(np.float32), 1))
    patch = image[:, top : top + side, left : left + side]
    patch[:] = np.stack([_halve(part) for part in seen]) + (1.0 - covered) * patch
    tissue = np.append(TISSUE_OF_MATTER, np.zeros(256 - len(Matter), np.uint8)).take(matter)
    volume = np.bincount(tissue.ravel(), minlength=len(Tissue)) / matter.shape[0]
    volume = volume * (protocol.pixel_mm / 2) ** 2 * protocol.step_mm / 1000.0
    shares = np.stack([np.tensordot(weight, (tissue == t).astype(np.float32), 1) for t in Tissue])
    if protocol.zoom == 1:
        shares = np.stack([_halve(share) for share in shares])
    codes = np.zeros(protocol.shape, np.uint8)
    z = protocol.zoom
    codes[top * z : (top + side) * z, left * z : (left + side) * z] = majority(shares)
    return Rendered(image, codes, volume)


def _heart_signal(heart: Phantom, along: Floats, what: tuple[Any, Any], signal: Floats) -> Floats:
    """Signal at points of the heart: scar fades through its border zone, nothing is quite even."""
    matter, glow = what
    value = np.append(signal, np.zeros(256 - signal.size, np.float32)).take(matter)
    rise = signal[Matter.SCAR] - signal[Matter.REMOTE]
    wall = (matter == Matter.REMOTE) | (matter == Matter.SCAR)
    value = np.where(wall, signal[Matter.REMOTE] + glow * rise, value)
    mottle = noise_at(heart.cloud, (along[..., 0], along[..., 1], along[..., 2]), 1.0)
    uneven = (matter >= Matter.BLOOD) & (matter != NOTHING)
    return np.asarray(value + np.float32(UNEVEN) * rise * mottle * uneven, np.float32)


def _water_fat(matter: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where signal comes from water and where from fat."""
    fat = (matter == Matter.FAT) | (matter == Matter.MARROW)
    return ~fat, fat


def majority(shares: Floats) -> Codes:
    """Label of each pixel from the share of each tissue in it (tissues first).

    The largest of background, blood pool and whole wall wins; a wall pixel is infarct when at
    least half of its wall is; an infarct pixel is MVO when at least half of its infarct is.
    """
    infarct = shares[Tissue.SCAR] + shares[Tissue.MVO]
    wall = shares[Tissue.VIABLE] + infarct
    pool, rest = shares[Tissue.BLOOD_POOL], shares[Tissue.BACKGROUND]
    codes = np.where((pool > rest) & (pool > wall), Tissue.BLOOD_POOL, Tissue.BACKGROUND)
    is_wall = (wall > 0) & (wall >= pool) & (wall >= rest)
    codes = np.where(is_wall, Tissue.VIABLE, codes)
    scarred = is_wall & (infarct >= 0.5 * wall)
    codes = np.where(scarred, Tissue.SCAR, codes)
    blocked = scarred & (shares[Tissue.MVO] >= 0.5 * infarct)
    return np.where(blocked, Tissue.MVO, codes).astype(np.uint8)


def _window(
    heart: Phantom, acquired: SliceGeometry, protocol: ScanProtocol
) -> tuple[int, int, int]:
    """Top, left and side, in acquired pixels, of the square around both ventricles."""
    middle = heart.centre_mm + heart.axes[0] * 20.0
    along = np.asarray(acquired.normal)
    shift = (np.asarray(acquired.origin_mm) - middle) @ along
    offset = middle + shift / (heart.axes[2] @ along) * heart.axes[2] - acquired.origin_mm
    row = float(offset @ np.asarray(acquired.down)) / protocol.pixel_mm
    col = float(offset @ np.asarray(acquired.across)) / protocol.pixel_mm
    side = min(round(2 * HEART_REACH_MM / protocol.pixel_mm), protocol.rows, protocol.cols)
    top = int(np.clip(round(row - side / 2), 0, protocol.rows - side))
    left = int(np.clip(round(col - side / 2), 0, protocol.cols - side))
    return top, left, side


def _fine_points(
    acquired: SliceGeometry, protocol: ScanProtocol, window: tuple[int, int, int]
) -> tuple[tuple[Any, Any, Any], Floats]:
    """Points at twice the acquired grid on each sub-plane, and the sub-planes' offsets (mm).

    Sub-planes are also shifted within a fine pixel, evenly but in no order of depth, so that
    together they sample its area.
    """
    top, left, side = window
    count = int(np.ceil(protocol.step_mm / SUB_STEP_MM))
    offsets = ((np.arange(count) + 0.5) / count - 0.5) * protocol.step_mm
    order = (np.outer(GOLDEN, np.arange(count)) % 1.0).argsort(1).argsort(1)
    jitter = ((order + 0.5) / count - 0.5) / 2.0
    fine = (np.arange(2 * side) + 0.5) / 2.0 - 0.5
    rows = top + fine[None, :, None] + jitter[0][:, None, None]
    cols = left + fine[None, None, :] + jitter[1][:, None, None]
    flat = pixel_points(acquired, rows, cols)
    depth = offsets.astype(np.float32)[:, None, None]
    x, y, z = (flat[i] + np.float32(acquired.normal[i]) * depth for i in range(3))
    return (x, y, z), offsets.astype(np.float32)


def _halve(fine: Floats) -> Floats:
    """Mean of each 2 x 2 block."""
    rows, cols = fine.shape
    return np.asarray(fine.reshape(rows // 2, 2, cols // 2, 2).mean((1, 3)), np.float32)


def _background(
    heart: Phantom, chest: Thorax, acquired: SliceGeometry, protocol: ScanProtocol, signal: Floats
) -> Floats:
    """Signal of the chest on the acquired grid, edges softened as a thick slice softens them."""
    rows, cols = np.ogrid[: protocol.rows, : protocol.cols]
    points = pixel_points(acquired, rows, cols)
    local = [p - np.float32(c) for p, c in zip(points, heart.centre_mm, strict=True)]
    axes = heart.axes.astype(np.float32)
    along = tuple(sum(local[i] * axis[i] for i in range(3)) for axis in axes)
    cloud = noise_at(heart.cloud, points, 1.2)
    fine = noise_at(heart.noise, points, 1.2)
    matter = chest_at(chest, points, along, (fine, cloud))
    value = signal[matter] * (1.0 + np.float32(0.07) * cloud + np.float32(0.03) * fine)
    parts = [ndimage.gaussian_filter(value * part, 0.7) for part in _water_fat(matter)]
    return np.asarray(np.stack(parts), np.float32)
