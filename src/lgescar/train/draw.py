"""Which slices a batch holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.train.dataset import LabelledSlice
from lgescar.train.recipe import Data


def odds(slices: Sequence[LabelledSlice], data: Data) -> NDArray[np.float64]:
    """Chance of each slice: cohorts by their share, slices with scar more often than others.

    Raises:
        UsageError: a cohort was read that the recipe gives no share.
    """
    unknown = {s.cohort for s in slices} - set(data.share)
    if unknown:
        raise UsageError(f"the recipe gives no share to cohort {', '.join(sorted(unknown))}")
    scarred = np.array([bool((s.codes >= Tissue.SCAR).any()) for s in slices])
    weight = np.where(scarred, data.scar_odds, 1.0)
    for cohort, share in data.share.items():
        ours = np.array([s.cohort == cohort for s in slices])
        if ours.any():
            weight[ours] *= share / weight[ours].sum()
    return np.asarray(weight / weight.sum())


def batch_rng(seed: int, step: int) -> Generator:
    """The random numbers of one step, whatever came before."""
    return np.random.default_rng([seed, step])
