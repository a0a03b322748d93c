"""Rectangles on a slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import PixelMask
from lgescar.core.errors import PromptError


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle in pixel edges, with an optional confidence in [0, 1].

    Raises:
        PromptError: the box is empty or not finite, or its score is outside [0, 1].
    """

    top: float
    left: float
    bottom: float
    right: float
    score: float | None = None

    def __post_init__(self) -> None:
        edges = (self.top, self.left, self.bottom, self.right)
        if not np.isfinite(edges).all() or self.top >= self.bottom or self.left >= self.right:
            raise PromptError(f"a box needs top < bottom and left < right, found {list(edges)}")
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise PromptError(f"a box's score lies in [0, 1], found {self.score}")

    @classmethod
    def around(cls, mask: PixelMask, score: float | None = None) -> Box | None:
        """Smallest box that holds every True pixel, or None when there is none."""
        rows, cols = np.nonzero(mask)
        if rows.size == 0:
            return None
        return cls(
            float(rows.min()),
            float(cols.min()),
            float(rows.max()) + 1.0,
            float(cols.max()) + 1.0,
            score,
        )

    @property
    def area_px(self) -> float:
        """Height times width."""
        return (self.bottom - self.top) * (self.right - self.left)

    def overlap(self, other: Box) -> float:
        """Shared area over the area of both together, 0 (apart) to 1 (same).

        Source: Jaccard, New Phytologist 1912;11:37.
        """
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        width = min(self.right, other.right) - max(self.left, other.left)
        shared = max(0.0, height) * max(0.0, width)
        return shared / (self.area_px + other.area_px - shared)
