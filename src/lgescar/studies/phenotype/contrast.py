"""Which features differ between two groups of patients, one at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lgescar.measure.features import WORDS
from lgescar.metrics.agreement import holm
from lgescar.metrics.discrimination import pair_wins
from lgescar.studies.phenotype.masks import GroupMasks

Quartiles = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class FeatureContrast:
    """One feature: quartiles (25, 50, 75 %) of both groups, and whether they differ.

    ``larger_in_second`` is the chance that of one patient of each group the second's has the
    larger value (ties count half): the area under the ROC curve of this feature alone.
    ``unknown`` counts patients without a value.
    """

    feature: str
    first: Quartiles
    second: Quartiles
    larger_in_second: float
    p: float
    p_holm: float
    unknown: int


def contrasts(masks: GroupMasks) -> tuple[FeatureContrast, ...]:
    """Every feature that is known in nearly all patients, adjusted over all of them.

    Source: Mann, Whitney, Ann Math Stat 1947;18:50 (two-sided, ties corrected); Holm 1979.
    """
    rows = []
    for feature in WORDS:
        if masks.usable(feature):
            values = masks.values(feature)
            known = ~np.isnan(values)
            first = values[known & ~masks.second]
            second = values[known & masks.second]
            test = stats.mannwhitneyu(second, first, alternative="two-sided")
            wins = float(pair_wins(second, first).mean())
            rows.append((feature, first, second, wins, float(test.pvalue), int(np.sum(~known))))
    adjusted = holm([row[4] for row in rows])
    return tuple(
        FeatureContrast(name, _quartiles(first), _quartiles(second), wins, p, p_holm, unknown)
        for (name, first, second, wins, p, unknown), p_holm in zip(rows, adjusted, strict=True)
    )


def _quartiles(values: NDArray[np.float64]) -> Quartiles:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)
