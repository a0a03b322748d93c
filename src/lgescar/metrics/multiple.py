"""P values of several tests at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p adjusted so that one false find among all stays as rare as its level says.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none falls below one
    before it, none passes 1. In the order given.

    Source: Holm, Scand J Stat 1979;6:65.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)
