"""How well a number tells two kinds of patients apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def pair_wins(of_second: ArrayLike, of_first: ArrayLike) -> Floats:
    """(second, first): 1 where a patient of the second kind has the larger number, ½ where equal.

    Their mean is the area under the ROC curve.
    Source: Hanley, McNeil, Radiology 1982;143:29.
    """
    second = np.asarray(of_second, np.float64)[:, None]
    first = np.asarray(of_first, np.float64)[None, :]
    return np.asarray((second > first) + 0.5 * (second == first), np.float64)


def weighted_auc(wins: Floats, second: Floats, first: Floats) -> float | None:
    """Area under the ROC curve of ``pair_wins``, each patient counted ``second``/``first`` times.

    None where one kind is absent.
    """
    pairs = float(second.sum() * first.sum())
    return None if pairs == 0.0 else float(second @ wins @ first) / pairs


def auc(chances: ArrayLike, second: Bools) -> float | None:
    """Area under the ROC curve; None where one kind is absent."""
    values = np.asarray(chances, np.float64)
    wins = pair_wins(values[second], values[~second])
    return weighted_auc(wins, np.ones(wins.shape[0]), np.ones(wins.shape[1]))


def roc(
    chances: ArrayLike, second: Bools, weights: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Rising false-positive and true-positive rates from (0, 0) to (1, 1).

    Equal numbers are one step. Both kinds must be there, and each patient counts ``weights`` times.
    Source: Fawcett, Pattern Recognit Lett 2006;27:861.
    """
    values = np.asarray(chances, np.float64)
    weight = np.ones(values.size) if weights is None else np.asarray(weights, np.float64)
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), values.size - 1)
    rates = []
    for kind in (~second, second):
        passed = np.cumsum(np.where(kind, weight, 0.0)[order])[ends]
        rates.append(np.concatenate([[0.0], passed / passed[-1]]))
    return rates[0], rates[1]


def youden_cutoff(chances: ArrayLike, second: Bools) -> float:
    """The number from which on a patient is called second, where both kinds' hits add up highest.

    It lies half-way between two patients' numbers; of several such places, the middle one.
    Source: Youden, Cancer 1950;3:32, sensitivity + specificity − 1.
    """
    values = np.asarray(chances, np.float64)
    seen = np.unique(values)
    if seen.size == 1:
        return float(seen[0])
    cutoffs = (seen[1:] + seen[:-1]) / 2.0
    called = values[None, :] >= cutoffs[:, None]
    index = called[:, second].mean(axis=1) - called[:, ~second].mean(axis=1)
    best = np.flatnonzero(index >= index.max() - 1e-12)
    return float(cutoffs[best[best.size // 2]])
