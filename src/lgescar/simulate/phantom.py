"""The shape of one heart: left ventricle, right ventricle, papillary muscles and fat around them.

Heart coordinates, in millimetres: ``u`` points from the LV axis to the middle of the septum, ``v``
to the inferior wall and ``s`` runs from the base (0) to the apex. The angle is 0 at the anterior RV
insertion and grows through the septum (60) to the inferior insertion (120), as AHA segments do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.simulate.infarct import Infarct, ScarKind, Table, infarct

LEVELS = 160
LEVEL_FROM_MM = -25
ANGLES = 512
SEPTUM_DEG = 60.0
NOISE_SIDE = 64
NOISE_STEP_MM = 1.4

Volume = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RightVentricle:
    """A crescent on the septum: an ellipse a level, less the left ventricle."""

    reach_mm: float
    half_height_mm: float
    shift_mm: float
    end_mm: float
    wall_mm: float


@dataclass(frozen=True, slots=True)
class Papillary:
    """One papillary muscle: a rod at an angle, a share of the cavity's radius from the axis."""

    angle_deg: float
    radius_share: float
    radius_mm: float
    from_mm: float
    to_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """Everything about one heart that does not depend on the scanner.

    Tables run over (level, angle): levels every millimetre from ``LEVEL_FROM_MM``.
    ``top_mm`` is where the wall begins at each angle, so that the basal slices may be open.
    ``shade`` is a smooth table of unit size that makes the wall's signal uneven. ``noise`` (fine)
    and ``cloud`` (coarse) are periodic volumes of unit size that make patches, trabeculae and
    vessels irregular.
    """

    centre_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    cavity_mm: float
    length_mm: float
    endo_mm: Table
    wall_mm: Table
    top_mm: Table
    bend_mm: Table
    fat_mm: Table
    right_outline_mm: Table
    shade: Table
    infarct: Infarct
    papillary: tuple[Papillary, ...]
    trabeculation: float
    right: RightVentricle
    noise: Volume
    cloud: Volume


def heart(rng: np.random.Generator, kind: ScarKind) -> Phantom:
    """A random heart with an infarct of the given kind, somewhere in the left chest."""
    cavity = rng.normal(80.0, 7.0)
    apex_wall = rng.uniform(3.0, 7.0)
    s = np.arange(LEVELS, dtype=np.float32)[:, None] + LEVEL_FROM_MM
    angle = np.arange(ANGLES, dtype=np.float32)[None, :] * np.float32(360.0 / ANGLES)
    field = ripple(rng, s / cavity, angle)
    scar = infarct(rng, kind, s / np.float32(cavity), angle, field)
    endo, wall = _walls(rng, (cavity, apex_wall), s, angle, scar)
    steep = np.cos(np.deg2rad(angle[0] - rng.normal(20.0, 25.0)))
    tilt = rng.uniform(8.0, 16.0) if rng.random() < 0.4 else rng.uniform(0.0, 4.0)
    top = tilt * np.clip(1.6 * steep - 0.6, -0.2, 1.0) + rng.normal(0.0, 1.5)
    bend = rng.normal(0.0, 3.0, (2, 1)) * np.sin(np.pi * s[:, 0] / cavity)
    side = 0.5 + 0.5 * np.cos(np.deg2rad(angle - SEPTUM_DEG))
    fat = rng.uniform(-1.5, 0.5) + rng.uniform(1.0, 5.0) * side
    fat = np.clip(fat + 1.2 * ripple(rng, s / cavity, angle), 0.0, 8.0)
    return Phantom(
        _centre(rng),
        _axes(rng),
        float(cavity),
        float(cavity + apex_wall),
        endo,
        wall,
        top.astype(np.float32),
        bend.astype(np.float32),
        fat.astype(np.float32),
        np.float32(2.5) * ripple(rng, s / cavity, angle),
        ripple(rng, s / cavity, angle),
        scar,
        _papillary(rng, cavity),
        float(rng.uniform(0.0, 0.5)),
        _right(rng, float(cavity), float((endo + wall)[-LEVEL_FROM_MM].mean())),
        _noise(rng, 1.3),
        _noise(rng, 3.5),
    )


def ripple(rng: np.random.Generator, level: Table, angle_deg: Table) -> Table:
    """A smooth random table over the wall, mean 0 and standard deviation 1."""
    turn = np.deg2rad(angle_deg)
    total = np.zeros(np.broadcast_shapes(level.shape, angle_deg.shape), np.float32)
    for order in range(1, 7):
        size = rng.normal() / order
        phase, drift = rng.uniform(0, 2 * np.pi), rng.normal(0.0, 2.5)
        total += (size * np.cos(order * turn + phase + drift * level)).astype(np.float32)
    return np.asarray(total / max(float(total.std()), 1e-6), np.float32)


def _walls(
    rng: np.random.Generator,
    lengths: tuple[float, float],
    s: Table,
    angle: Table,
    scar: Infarct,
) -> tuple[Table, Table]:
    """Endocardial radius and wall thickness over the wall: a tapered, truncated ellipsoid."""
    cavity, apex_wall = lengths
    radius = rng.normal(22.5, 2.5) * (1.1 if scar.kind == "chronic" else 1.0)
    thick = rng.normal(11.0 if scar.kind != "chronic" else 10.0, 1.7)
    power = rng.uniform(2.0, 2.8)
    shoulder = rng.uniform(5.0, 25.0)
    inner = np.clip((s + shoulder) / (cavity + shoulder), 0.0, 1.0)
    outer_length = cavity + apex_wall
    outer = np.clip((s + shoulder) / (outer_length + shoulder), 0.0, 1.0)
    endo = radius * np.sqrt(1.0 - inner**power)
    epi = (radius + thick) * np.sqrt(1.0 - outer**power)
    flat = 1.0 - rng.uniform(0.0, 0.1) * np.exp(-(((angle - SEPTUM_DEG) / 45.0) ** 2))
    oval = 1.0 + rng.uniform(0.0, 0.07) * np.cos(2 * np.deg2rad(angle - rng.uniform(0, 360)))
    endo = endo * flat * oval * (1.0 + 0.06 * ripple(rng, s / cavity, angle))
    wall = (epi - radius * np.sqrt(1.0 - inner**power)) * (
        1.0 + 0.14 * ripple(rng, s / cavity, angle)
    )
    change = rng.uniform(-0.5, -0.15) if scar.kind == "chronic" else rng.uniform(-0.05, 0.2)
    wall = np.clip(wall * (1.0 + change * scar.extent), 1.5, None)
    return endo.astype(np.float32), np.where(outer < 1.0, wall, 0.0).astype(np.float32)


def _papillary(rng: np.random.Generator, cavity_mm: float) -> tuple[Papillary, ...]:
    """The anterolateral and the posteromedial muscle."""
    return tuple(
        Papillary(
            angle + rng.normal(0.0, 12.0),
            rng.uniform(0.6, 0.95),
            rng.uniform(1.8, 4.2),
            cavity_mm * rng.uniform(0.2, 0.35),
            cavity_mm * rng.uniform(0.6, 0.8),
        )
        for angle in (270.0, 160.0)
    )


def _right(rng: np.random.Generator, cavity_mm: float, epi_mm: float) -> RightVentricle:
    """A right ventricle that fits the left one."""
    return RightVentricle(
        epi_mm * rng.uniform(0.6, 1.15),
        epi_mm * rng.uniform(0.9, 1.2),
        rng.normal(2.0, 4.0),
        cavity_mm * rng.uniform(0.75, 1.0),
        rng.uniform(2.0, 3.5),
    )


def _centre(rng: np.random.Generator) -> NDArray[np.float64]:
    """Middle of the base in the patient (LPS, mm; 0 is the middle of the chest)."""
    return rng.normal((28.0, -12.0, 8.0), (6.0, 6.0, 8.0))


def _axes(rng: np.random.Generator) -> NDArray[np.float64]:
    """Rows: directions to septum, inferior wall and apex, orthonormal, in LPS."""
    apex = rng.normal((0.62, -0.58, -0.5), (0.07, 0.07, 0.1))
    apex /= np.linalg.norm(apex)
    septum = np.array((-1.0, -0.65, 0.15)) + rng.normal(0.0, 0.1, 3)
    septum -= (septum @ apex) * apex
    septum /= np.linalg.norm(septum)
    inferior = np.cross(apex, septum)
    if inferior[2] > 0:
        inferior = -inferior
    return np.stack([septum, inferior, apex])


def _noise(rng: np.random.Generator, blur: float) -> Volume:
    """Periodic smooth noise of unit size: white noise through a Gaussian of ``blur`` cells."""
    side = np.fft.fftfreq(NOISE_SIDE)
    half = np.fft.rfftfreq(NOISE_SIDE)
    squared = side[:, None, None] ** 2 + side[None, :, None] ** 2 + half[None, None, :] ** 2
    white = np.fft.rfftn(rng.standard_normal((NOISE_SIDE,) * 3))
    white *= np.exp(-2 * (np.pi * blur) ** 2 * squared)
    smooth = np.fft.irfftn(white, (NOISE_SIDE,) * 3, axes=(0, 1, 2))
    return np.asarray(smooth / smooth.std(), np.float32)
