"""What lies at given points of a heart: matter, and how far scar has replaced muscle there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.simulate.matter import Matter
from lgescar.simulate.phantom import (
    ANGLES,
    LEVEL_FROM_MM,
    LEVELS,
    NOISE_SIDE,
    NOISE_STEP_MM,
    SEPTUM_DEG,
    Papillary,
    Phantom,
)

Floats = NDArray[np.float32]
NOTHING = 255
"""Matter code of a point that is not part of the heart."""
SHADE = 0.14
"""How uneven the wall's signal is around the heart, as a share of the step from remote to scar."""


def matter_at(
    heart: Phantom, u: Floats, v: Floats, s: Floats
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Matter and enhancement at points in heart coordinates (mm), arrays of one shape.

    Enhancement is about 1 in the infarct core, about 0 in remote wall and falls linearly over the
    border zone; scar is where the fall reaches one half. Enhancement is uneven, as in images.
    Outside the heart the matter is ``NOTHING``.
    """
    shape = u.shape
    u, v, s = u.ravel(), v.ravel(), s.ravel()
    matter = np.full(u.shape, NOTHING, np.uint8)
    enhancement = np.zeros(u.shape, np.float32)
    level = np.clip(s - LEVEL_FROM_MM + 0.5, 0, LEVELS - 1).astype(np.int32)
    near = np.flatnonzero((np.abs(u) < 95.0) & (np.abs(v) < 75.0))
    if near.size == 0:
        return matter.reshape(shape), enhancement.reshape(shape)
    u, v, s, level = u[near], v[near], s[near], level[near]
    u, v = u - heart.bend_mm[0][level], v - heart.bend_mm[1][level]
    radius = np.hypot(u, v)
    turn = np.arctan2(v, u) * np.float32(180.0 / np.pi) + np.float32(SEPTUM_DEG)
    angle = (turn * np.float32(ANGLES / 360.0) + 0.5).astype(np.int32) % ANGLES
    cell = level * ANGLES + angle
    found = _around(heart, (u, v, s), (radius, cell))
    inside = np.flatnonzero(radius < (heart.endo_mm + heart.wall_mm).take(cell))
    part, glow = _ventricle(
        heart,
        (u[inside], v[inside], s[inside]),
        (radius[inside], angle[inside], cell[inside]),
    )
    found[inside] = np.where(part == NOTHING, found[inside], part)
    matter[near] = found
    enhancement[near[inside]] = glow
    return matter.reshape(shape), enhancement.reshape(shape)


def noise_at(noise: Floats, where: tuple[Any, Any, Any], scale: float) -> Floats:
    """A periodic volume of noise at points (mm), stretched by ``scale``."""
    index = [
        np.floor(x * np.float32(1.0 / (NOISE_STEP_MM * scale))).astype(np.int32) % NOISE_SIDE
        for x in where
    ]
    return np.asarray(
        noise.take((index[0] * NOISE_SIDE + index[1]) * NOISE_SIDE + index[2]), np.float32
    )


def _ventricle(
    heart: Phantom, where: tuple[Any, Any, Any], polar: tuple[Any, Any, Any]
) -> tuple[NDArray[np.uint8], Floats]:
    """Cavity, papillary muscles, wall, scar and MVO at points within the epicardium."""
    s = where[2]
    radius, angle, cell = polar
    endo, wall = heart.endo_mm.take(cell), heart.wall_mm.take(cell)
    scar = heart.infarct
    noise = noise_at(heart.noise, where, 1.0)
    apex_wall = heart.length_mm - heart.cavity_mm
    share = np.maximum((radius - endo) / np.maximum(wall, 0.5), (s - heart.cavity_mm) / apex_wall)
    depth = scar.depth.take(cell)
    front = depth + np.where(depth > 0, scar.patchiness * noise, 0.0)
    thickness = np.maximum(wall, 2.0)
    enhancement = np.clip((front - share) * thickness / scar.border_mm + 0.5, 0.0, 1.0)
    enhancement = np.where(depth > 0.02, enhancement, 0.0)
    part = np.where(enhancement >= 0.5, Matter.SCAR, Matter.REMOTE).astype(np.uint8)
    core = scar.mvo_depth.take(cell)
    blocked = (core > 0.05) & (share < core + 0.1 * noise) & (share > scar.mvo_from)
    part[blocked & (enhancement >= 0.5)] = Matter.MVO
    cavity = (radius < endo) & (s < heart.cavity_mm)
    part[cavity] = Matter.LV_BLOOD
    trabecula = 1.25 - 0.4 * heart.trabeculation + 0.25 * np.maximum(-noise, -1.8)
    trabecula = trabecula - 0.15 * np.clip(s / heart.cavity_mm, 0.0, 1.0)
    muscle = cavity & (radius > endo * np.clip(trabecula, 0.6, 1.0)) & (s > 15.0)
    for rod in heart.papillary:
        muscle |= cavity & _in_rod(rod, where, endo, noise)
    part[muscle] = Matter.PAPILLARY
    enhancement[cavity] = 0.0
    top = heart.top_mm[angle]
    part[(s < top) & ~cavity] = NOTHING
    part[(s < 0.0) & cavity] = Matter.BLOOD
    uneven = enhancement * (1.0 + 0.12 * noise) + SHADE * heart.shade.take(cell)
    return part, np.where(part >= Matter.REMOTE, uneven, 0.0).astype(np.float32)


def _in_rod(rod: Papillary, where: tuple[Any, Any, Any], endo: Floats, noise: Floats) -> Any:
    """True inside a papillary muscle, which is bumpy and thins towards its tip."""
    u, v, s = where
    turn = np.deg2rad(rod.angle_deg - SEPTUM_DEG)
    reach = rod.radius_share * endo
    away = np.hypot(u - reach * np.cos(turn), v - reach * np.sin(turn))
    along = (s - rod.from_mm) / (rod.to_mm - rod.from_mm)
    size = rod.radius_mm * (0.75 + 0.35 * np.clip(along, 0.0, 1.0)) * (1.0 + 0.3 * noise)
    return (away < size) & (along > 0.0) & (along < 1.2)


def _around(
    heart: Phantom, where: tuple[Any, Any, Any], polar: tuple[Any, Any]
) -> NDArray[np.uint8]:
    """Right ventricle, atria and epicardial fat, as if there were no left ventricle."""
    u, v, s = where
    radius, cell = polar
    found = np.full(u.shape, NOTHING, np.uint8)
    epi = (heart.endo_mm + heart.wall_mm).take(cell)
    fat = heart.fat_mm.take(cell)
    found[(radius < epi + fat) & (s < heart.length_mm + 5.0)] = Matter.FAT
    right = heart.right
    base_epi = float((heart.endo_mm + heart.wall_mm)[-LEVEL_FROM_MM].mean())
    taper = np.sqrt(np.clip(1.0 - (np.maximum(s + 10.0, 0.0) / (right.end_mm + 10.0)) ** 2, 0, 1))
    half = (base_epi * 0.65 + right.reach_mm * taper) * np.clip(2.5 * taper, 0.01, 1.0)
    tall = right.half_height_mm * np.clip(0.35 + 0.65 * taper, 0.01, 1.0) * (taper > 0)
    middle = 0.35 * base_epi * np.clip(0.4 + 0.6 * taper, 0.0, 1.0)
    off = v - right.shift_mm
    squash = np.sqrt(((u - middle) / half) ** 2 + (off / np.maximum(tall, 0.1)) ** 2)
    gap = (squash - 1.0) * np.minimum(half, tall) + heart.right_outline_mm.take(cell)
    bump = noise_at(heart.noise, where, 1.3)
    found[(gap < fat) & (taper > 0)] = Matter.FAT
    found[(gap < 0.0) & (taper > 0)] = Matter.RV_WALL
    cavity = (gap < -right.wall_mm - 1.2 * np.maximum(bump - 0.6, 0.0) * 3.0) & (taper > 0)
    found[cavity] = Matter.BLOOD
    behind = (s < 0.0) & (radius < epi)
    found[behind] = Matter.RV_WALL
    found[behind & (radius < epi - 3.0)] = Matter.BLOOD
    return found
