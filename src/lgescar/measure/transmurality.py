"""How far the scar reaches through the wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lgescar.measure.polar import Spokes

TRANSMURAL_EXTENT = 0.5
"""Extent from which a spoke or segment counts as transmural.
Source: Kim et al., N Engl J Med 2000;343:1445, recovery is unlikely from half the wall on."""


@dataclass(frozen=True, slots=True)
class Transmurality:
    """Mean extent over scarred spokes, over all spokes, and share of spokes at or above half."""

    scarred_percent: float
    all_percent: float
    over_half_percent: float


def transmurality(slices: Sequence[Spokes]) -> Transmurality | None:
    """Transmural extent over all spokes that cross wall; zeros without scar.

    None where no spoke of any slice crosses wall.
    Source: docs/explain/mass.md, "Transmurality".
    """
    extents = [spoke.extent[spoke.crossed] for spoke in slices]
    extent = np.concatenate(extents) if extents else np.zeros(0)
    if extent.size == 0:
        return None
    scarred = extent[extent > 0]
    return Transmurality(
        scarred_percent=100.0 * float(scarred.mean()) if scarred.size else 0.0,
        all_percent=100.0 * float(extent.mean()),
        over_half_percent=100.0 * float((extent >= TRANSMURAL_EXTENT).mean()),
    )
