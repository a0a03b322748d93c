"""What a reader or a detector points at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import Probability, frozen
from lgescar.core.box import Box
from lgescar.core.errors import PromptError


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a slice in pixel coordinates (pixel centres are at whole numbers + 0.5)."""

    row: float
    col: float
    inside: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """Boxes, points inside or outside the scar, and the mask they correct.

    Raises:
        PromptError: nothing at all was given.
    """

    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()
    previous: Probability | None = None

    def __post_init__(self) -> None:
        if not self.boxes and not self.points and self.previous is None:
            raise PromptError("a prompt needs a box, a point or a previous mask")
        if self.previous is not None:
            object.__setattr__(self, "previous", frozen(self.previous, np.float32))
