"""The chest around the heart: lungs, liver, stomach, spine, great vessels, chest wall and arms.

Patient coordinates (x, y, z) are DICOM LPS in millimetres with 0 in the middle of the chest; heart
coordinates (u, v, s) are those of ``phantom``. The diaphragm lies against the inferior wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgescar.simulate.matter import Matter

Floats = NDArray[np.float32]
Points = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Thorax:
    """One chest. Lengths in mm, phases in radians; ``vessels`` in [0, 1] says how many are seen."""

    half_width_mm: float
    half_depth_mm: float
    fat_mm: float
    wall_mm: float
    diaphragm_mm: float
    liver_edge_mm: float
    stomach_mm: tuple[float, float, float, float]
    stomach_full: bool
    fat_pad_mm: float
    vessels: float
    arms: bool
    phase: tuple[float, float, float]


def thorax(rng: np.random.Generator) -> Thorax:
    """A random chest."""
    return Thorax(
        rng.normal(172.0, 12.0),
        rng.normal(125.0, 10.0),
        rng.uniform(5.0, 28.0),
        rng.uniform(14.0, 22.0),
        rng.uniform(32.0, 48.0),
        rng.uniform(-35.0, 35.0),
        (
            rng.uniform(-40.0, 5.0),
            rng.uniform(18.0, 35.0),
            rng.uniform(0.0, 60.0),
            rng.uniform(18.0, 36.0),
        ),
        bool(rng.random() < 0.75),
        rng.uniform(-12.0, 5.0),
        rng.uniform(0.0, 1.0),
        bool(rng.random() < 0.4),
        (rng.uniform(0.0, 6.28), rng.uniform(0.0, 6.28), rng.uniform(0.0, 6.28)),
    )


def chest_at(
    chest: Thorax, points: Points, along: Points, noise: tuple[Floats, Floats]
) -> NDArray[np.uint8]:
    """Matter at points given in patient and in heart coordinates.

    ``noise`` is fine and coarse noise of unit size at the same points.
    """
    x, y, z = _bent(chest, points)
    matter = np.full(x.shape, Matter.AIR, np.uint8)
    wide = chest.half_width_mm * (1.0 - ((z + 30.0) / 420.0) ** 2)
    deep = chest.half_depth_mm * (1.0 - ((z + 30.0) / 480.0) ** 2)
    rho = ((np.abs(x) / wide) ** 2.5 + (np.abs(y) / deep) ** 2.5) ** np.float32(1 / 2.5)
    inward = (1.0 - rho) * np.float32(0.5 * (chest.half_width_mm + chest.half_depth_mm))
    thick = chest.fat_mm * (1.0 + 0.3 * np.cos(3 * np.arctan2(y, x) + chest.phase[0]))
    body = inward > 0
    matter[body] = Matter.FAT
    under = (inward - thick) / chest.wall_mm
    matter[under > 0] = Matter.MUSCLE
    matter[(under > 0) & (np.abs(under - 0.3) < 0.07 + 0.05 * noise[1])] = Matter.FAT
    rib = np.cos(2 * np.pi * (z + 0.35 * np.abs(x) - 0.4 * y) / 26.0 + chest.phase[1])
    ribs = (under > 0.5) & (under < 0.9)
    matter[ribs & (rib > 0.3)] = Matter.BONE
    matter[ribs & (rib > 0.6) & (np.abs(under - 0.7) < 0.13)] = Matter.MARROW
    hollow = under > 1.0
    _fill(chest, matter, ((x, y, z), along), hollow, noise)
    _spine(chest, matter, (x, y, z))
    if chest.arms:
        arm = np.hypot(np.abs(x) - chest.half_width_mm - 48.0, y - 20.0)
        matter[(arm < 42.0) & ~body] = Matter.FAT
        matter[(arm < 36.0) & ~body] = Matter.MUSCLE
        matter[arm < 12.0] = Matter.BONE
        matter[arm < 8.0] = Matter.MARROW
    return matter


def _bent(chest: Thorax, points: Points) -> Points:
    """Points moved by a few smooth waves, so that no organ is a perfect ellipsoid."""
    x, y, z = points
    a, b, c = chest.phase
    return (
        x + 4.0 * np.sin(y / 23.0 + a) + 2.5 * np.sin(z / 11.0 + b) + 1.5 * np.sin(y / 7.0 + c),
        y + 4.0 * np.sin(z / 27.0 + b) + 2.5 * np.sin(x / 12.0 + c) + 1.5 * np.sin(x / 6.0 + a),
        z + 4.0 * np.sin(x / 25.0 + c) + 2.5 * np.sin(y / 13.0 + a) + 1.5 * np.sin(y / 7.5 + b),
    )


def _fill(
    chest: Thorax,
    matter: NDArray[np.uint8],
    where: tuple[Points, Points],
    hollow: Any,
    noise: tuple[Floats, Floats],
) -> None:
    """Lungs, mediastinum and what lies below the diaphragm."""
    (x, y, z), (u, v, s) = where
    fine, coarse = noise
    matter[hollow] = Matter.LUNG
    matter[hollow & (fine > 2.9 - 0.9 * chest.vessels)] = Matter.BLOOD
    pad = np.hypot((u - 32.0) / 1.5, v - 2.0) - 34.0 - chest.fat_pad_mm
    matter[hollow & (pad + 5.0 * coarse < 0.0) & (s < 85.0)] = Matter.FAT
    middle = hollow & (np.abs(x + 2.0) < 24.0 + 4.0 * coarse)
    matter[middle] = np.where(coarse > -0.5, Matter.FAT, Matter.BLOOD)[middle]
    atrium = ((x - 5.0) / 40.0) ** 2 + ((y - 22.0) / 26.0) ** 2 + ((z - 18.0) / 32.0) ** 2
    matter[hollow & (atrium < 1.15)] = Matter.MUSCLE
    matter[hollow & (atrium < 1.0)] = Matter.BLOOD
    matter[hollow & (np.hypot(x + 4.0, y + 14.0) < 16.0) & (z > 5.0)] = Matter.BLOOD
    depth = v - chest.diaphragm_mm - 0.0022 * ((u - 20.0) ** 2 + (s - 30.0) ** 2)
    below = hollow & (depth > 0.0)
    matter[below] = Matter.MUSCLE
    bowel = np.where(coarse > 0.9, Matter.FAT, np.where(coarse < -1.5, Matter.LUNG, Matter.SPLEEN))
    matter[below & (depth > 3.0)] = bowel[below & (depth > 3.0)]
    liver = below & (depth > 3.0) & (u > chest.liver_edge_mm - 0.3 * (v - 40.0))
    matter[liver] = Matter.LIVER
    matter[liver & (coarse > 1.7)] = Matter.BLOOD
    _stomach(chest, matter, (u, v, s), (below, liver), noise)
    spleen = ((x - 110.0) / 28.0) ** 2 + ((y - 55.0) / 42.0) ** 2 + ((z + 85.0) / 45.0) ** 2
    matter[below & (spleen < 1.0)] = Matter.SPLEEN


def _stomach(
    chest: Thorax,
    matter: NDArray[np.uint8],
    along: Points,
    where: tuple[Any, Any],
    noise: tuple[Floats, Floats],
) -> None:
    """A crumpled sac under the left diaphragm, holding a mixed meal or gas."""
    u, v, s = along
    below, liver = where
    su, sv, ss, size = chest.stomach_mm
    away = np.sqrt((u - su) ** 2 + (v - chest.diaphragm_mm - sv) ** 2 + ((s - ss) / 2) ** 2)
    away += 2.5 * noise[1] + 1.2 * noise[0]
    free = below & ~liver
    matter[free & (away < size + 3.5)] = Matter.SPLEEN
    if not chest.stomach_full:
        matter[free & (away < size)] = Matter.LUNG
        return
    meal = np.where(noise[1] > 0.6, Matter.MUSCLE, Matter.STOMACH)
    inside = free & (away < size)
    matter[inside] = np.where(noise[0] > 1.8, Matter.FAT, meal)[inside]


def _spine(chest: Thorax, matter: NDArray[np.uint8], points: Points) -> None:
    """Vertebrae with discs, the canal, back muscle and the descending aorta."""
    x, y, z = points
    back = 0.52 * chest.half_depth_mm
    behind = (y > back + 8.0) & (np.abs(x) < 55.0) & (y < chest.half_depth_mm - chest.fat_mm - 6.0)
    matter[behind] = Matter.MUSCLE
    body = np.hypot(x / 1.2, y - back)
    disc = np.abs((z + 10.0 * chest.phase[2]) % 32.0 - 3.5) < 3.5
    matter[body < 19.0] = Matter.BONE
    matter[body < 17.0] = np.where(disc, Matter.MUSCLE, Matter.MARROW)[body < 17.0]
    matter[np.hypot(x, y - back - 27.0) < 8.0] = Matter.FLUID
    matter[np.hypot(x - 24.0, y - back + 16.0) < 11.0] = Matter.BLOOD
