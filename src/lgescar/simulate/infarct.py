"""Where the scar is: a wave-front that spreads from the endocardium over one artery's territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ScarKind = Literal["acute", "chronic", "none"]
Territory = Literal["LAD", "LCx", "RCA"]
Table = NDArray[np.float32]

TERRITORY_CENTRE_DEG: dict[Territory, float] = {"LAD": 0.0, "RCA": 120.0, "LCx": 240.0}
"""Middle of each artery's sectors, from the anterior RV insertion (border of AHA segments 1|2)
through the septum. LAD feeds 1, 2, 7, 8, 13, 14, 17; RCA 3, 4, 9, 10, 15; LCx 5, 6, 11, 12, 16.
Source: Cerqueira et al., Circulation 2002;105:539-542, AHA 17-segment model."""

TERRITORY_SHARE: dict[Territory, float] = {"LAD": 0.45, "RCA": 0.35, "LCx": 0.20}
"""How often each artery is the culprit: chosen so that LAD leads and LCx is least common."""


@dataclass(frozen=True, slots=True)
class Infarct:
    """Depth of scar and MVO over the wall, as tables over (level, angle).

    ``depth`` is the share of the wall, counted from the endocardium, that the wave-front has
    reached; 0 means no scar. MVO lies between ``mvo_from`` and ``mvo_depth`` of it. ``extent`` in
    [0, 1] says how much a place belongs to the infarct and drives thinning of the wall.
    """

    kind: ScarKind
    territory: Territory | None
    depth: Table
    extent: Table
    mvo_depth: Table
    mvo_from: float
    border_mm: float
    patchiness: float


def infarct(
    rng: np.random.Generator, kind: ScarKind, level: Table, angle_deg: Table, field: Table
) -> Infarct:
    """A random infarct of the given kind.

    ``level`` runs from 0 at the base to 1 at the apex, shape (levels, 1); ``angle_deg`` from the
    anterior RV insertion, shape (1, angles); ``field`` is a smooth random table of unit size.
    """
    zero = np.zeros_like(field)
    if kind == "none":
        return Infarct(kind, None, zero, zero, zero, 0.0, 1.0, 0.0)
    names = tuple(TERRITORY_SHARE)
    territory = names[int(rng.choice(3, p=list(TERRITORY_SHARE.values())))]
    depth, extent = _wave_front(rng, kind, territory, (level, angle_deg, field))
    if kind == "chronic" and rng.random() < 0.15:
        other = names[int(rng.integers(3))]
        second, second_extent = _wave_front(rng, kind, other, (level, angle_deg, field))
        depth, extent = np.maximum(depth, second), np.maximum(extent, second_extent)
    mvo_depth = zero
    if kind == "acute" and rng.random() < 0.8:
        core = np.clip((extent - rng.uniform(0.35, 0.6)) / 0.35, 0.0, 1.0)
        mvo_depth = core * depth * np.float32(rng.uniform(0.5, 0.85))
    acute = kind == "acute"
    return Infarct(
        kind,
        territory,
        depth,
        extent,
        mvo_depth.astype(np.float32),
        float(rng.uniform(0.02, 0.12)),
        float(rng.uniform(1.5, 4.0) if acute else rng.uniform(0.8, 2.5)),
        float(rng.uniform(0.05, 0.2) if acute else rng.uniform(0.05, 0.3)),
    )


def _wave_front(
    rng: np.random.Generator,
    kind: ScarKind,
    territory: Territory,
    where: tuple[Any, Any, Any],
) -> tuple[Table, Table]:
    """Depth and extent of one infarct."""
    level, angle_deg, field = where
    centre = TERRITORY_CENTRE_DEG[territory] + rng.normal(0.0, 15.0)
    centre = centre + rng.normal(0.0, 25.0) * (level - 0.5)
    half_width = rng.uniform(42.0, 95.0 if kind == "acute" else 88.0)
    if territory == "LAD":
        top, bottom = rng.uniform(-0.1, 0.55), rng.uniform(0.85, 1.3)
        half_width = half_width * (0.75 + 0.6 * level)
    else:
        top = rng.uniform(-0.3, 0.35)
        bottom = top + rng.uniform(0.4, 0.95)
    turn = np.abs((angle_deg - centre + 180.0) % 360.0 - 180.0) / half_width
    middle, reach = (top + bottom) / 2, (bottom - top) / 2
    away = turn**2 + (np.abs(level - middle) / reach) ** 4
    extent = np.clip(1.25 * (1.0 - away) + 0.22 * field, 0.0, 1.0)
    deepest = rng.uniform(0.7, 1.3) if kind == "acute" else rng.uniform(0.45, 1.3)
    depth = deepest * np.sqrt(extent) * (1.0 + 0.12 * field)
    depth = np.where(extent > 0.02, depth, 0.0)
    return depth.astype(np.float32), extent.astype(np.float32)
