"""Whether what was called a chance comes true as often as it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
BINS = 10
"""Source: Naeini, Cooper, Hauskrecht, AAAI 2015."""


@dataclass(frozen=True, slots=True)
class ChanceBin:
    """Pixels whose chance is at least ``low`` and below ``high``: the last holds 1 too.

    ``mean_chance`` is what they were given, ``frequency`` the share that came true; None where
    there are no pixels.
    """

    low: float
    high: float
    count: int
    mean_chance: float | None
    frequency: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Sums of pixels by equal-width bin of chance, float64 (3, bins): ``of_patients`` adds them.

    Rows of ``sums`` are how many pixels there are, their chances, and how many came true;
    ``squares`` is the sum of squared differences between chance and what came.
    """

    sums: Floats
    squares: float

    @property
    def pixels(self) -> int:
        """How many pixels there are."""
        return int(self.sums[0].sum())

    @property
    def expected_error(self) -> float | None:
        """As the function ``expected_error``."""
        return expected_error(self.sums)

    @property
    def brier(self) -> float | None:
        """Mean squared difference between chance and what came; None without pixels.

        Source: Brier, Mon Weather Rev 1950;78:1.
        """
        return self.squares / self.pixels if self.pixels else None

    @property
    def bins(self) -> tuple[ChanceBin, ...]:
        """Count, mean chance and observed frequency of each bin, from chance 0 to 1."""
        edges = np.linspace(0.0, 1.0, self.sums.shape[1] + 1).tolist()
        return tuple(
            ChanceBin(
                low=edges[place],
                high=edges[place + 1],
                count=int(count),
                mean_chance=float(chances / count) if count else None,
                frequency=float(true / count) if count else None,
            )
            for place, (count, chances, true) in enumerate(self.sums.T)
        )


def reliability(chance: ArrayLike, truth: ArrayLike, bins: int = BINS) -> Reliability:
    """Pixels of any shape by their chance in [0, 1], beside what came: True or False."""
    chances = np.asarray(chance, np.float64).ravel()
    true = np.asarray(truth, bool).ravel()
    places = np.minimum((chances * bins).astype(np.int64), bins - 1)
    weights = (np.ones(chances.size), chances, true.astype(np.float64))
    sums = [np.bincount(places, weight, minlength=bins) for weight in weights]
    return Reliability(np.stack(sums), float(((chances - true) ** 2).sum()))


def of_patients(parts: Iterable[Reliability]) -> Reliability:
    """All the patients' pixels together; at least one patient is needed."""
    every = list(parts)
    return Reliability(
        np.sum([part.sums for part in every], axis=0), sum(part.squares for part in every)
    )


def expected_error(sums: Floats) -> float | None:
    """Expected calibration error of ``Reliability.sums``; None without pixels.

    The mean over bins of |mean chance − frequency|, each weighted by its pixels: those cancel
    with the means' own.
    Source: Naeini, Cooper, Hauskrecht, AAAI 2015; Guo et al., ICML 2017.
    """
    count, chances, true = sums
    pixels = float(count.sum())
    return float(np.abs(chances - true).sum()) / pixels if pixels else None
