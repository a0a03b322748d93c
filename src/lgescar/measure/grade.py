"""Where a study's images stand among those that lgescar was developed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lgescar.core.quality import Grade

DECILES: dict[str, tuple[float, ...]] = {
    "cnr_scar_remote":
        (2.845, 12.589, 17.812, 20.836, 21.982, 24.35, 27.448, 30.316, 31.597, 37.882, 88.172),
    "cnr_blood_pool_remote":
        (5.958, 11.142, 14.646, 18.137, 21.3, 23.769, 25.584, 28.167, 36.408, 42.424, 59.584),
    "edge_width_mm":
        (2.169, 2.562, 3.051, 3.268, 3.636, 3.727, 3.777, 4.007, 4.55, 4.919, 5.772),
}  # fmt: skip
"""Least, tenths and greatest of each index over the development studies with experts' outlines.
Source: benchmarks/quality.py, benchmarks/results/quality.json."""
SMALLER_IS_BETTER = ("edge_width_mm",)
GOOD_PERCENT, POOR_PERCENT = 200.0 / 3.0, 100.0 / 3.0
"""Mean standing from which a grade is good, and below which it is poor. Ours: thirds of the scale;
how many development studies each holds is in docs/explain/quality.md."""


def better_than_percent(
    indices: Mapping[str, float | None], deciles: Mapping[str, Sequence[float]] = DECILES
) -> dict[str, float]:
    """Share of the development studies that each known index is better than, in percent.

    Linear between the tenths; indices that have no ``deciles`` are left out.
    """
    found = {}
    for name, tenths in deciles.items():
        value = indices.get(name)
        if value is not None:
            below = float(np.interp(value, tenths, np.linspace(0.0, 100.0, len(tenths))))
            found[name] = 100.0 - below if name in SMALLER_IS_BETTER else below
    return found


def grade_of(standing: Mapping[str, float]) -> Grade | None:
    """One word for the mean standing; None where nothing is known."""
    if not standing:
        return None
    mean = float(np.mean(list(standing.values())))
    if mean >= GOOD_PERCENT:
        return "good"
    return "poor" if mean < POOR_PERCENT else "fair"
