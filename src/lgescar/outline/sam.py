"""Segment Anything as a segmenter: a mask for each box, and for points that lie in none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lgescar.bundle import SamBundle
from lgescar.core.arrays import Probability
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Point, Prompt
from lgescar.outline.tissues import sigmoid
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.prepare.prompt_tokens import prompt_tokens


class SamSegmenter:
    """Outlines the scar in each box on a slice; several boxes are several scars.

    Points inside the scar belong to the smallest box that holds them; those in no box together
    mean one more scar. Points outside it belong to every box. A previous mask has no effect: this
    network was not trained to correct one.
    """

    def __init__(self, bundle: SamBundle, image: Slice, frame: Frame) -> None:
        self._bundle = bundle
        self._image = image
        self._frame = frame

    @property
    def nbytes(self) -> int:
        """Memory of the embedding, once there is one."""
        known = self.__dict__.get("_embedding")
        return 0 if known is None else int(known.nbytes)

    def scar(self, prompt: Prompt) -> Probability:
        """Probability of the scars that the prompt means, on the slice's pixels.

        Raises:
            PromptError: no box and no point inside the scar, or all of them off the frame.
        """
        chance = np.zeros((self._frame.size, self._frame.size), np.float32)
        for box, points in self._rows(prompt):
            at, kinds = prompt_tokens(box, points)
            logits = self._bundle.decode(self._embedding, at[None], kinds[None])
            found = sigmoid(logits[0])
            if box is not None:
                found = found * near_boxes(self._frame.size, [box])
            chance = np.maximum(chance, found)
        return np.clip(self._frame.restore(chance), 0.0, 1.0)

    @cached_property
    def _embedding(self) -> NDArray[np.float32]:
        """The slice, encoded when a prompt first needs it; costs most of the time."""
        return self._bundle.encode(seen_through(self._frame, self._image)[None, None])

    def _rows(self, prompt: Prompt) -> list[tuple[Box | None, list[Point]]]:
        """One row for each mask to predict, in the frame's pixels."""
        frame = self._frame
        boxes = [frame.box_to_frame(b) for b in prompt.boxes if frame.sees(b)]
        points = [Point(*frame.point_to_frame(p.row, p.col), p.inside) for p in prompt.points]
        points = [p for p in points if _holds(Box(0.0, 0.0, frame.size, frame.size), p)]
        outside = [p for p in points if not p.inside]
        owned: dict[int, list[Point]] = {number: [] for number in range(len(boxes))}
        free: list[Point] = []
        for point in (p for p in points if p.inside):
            owner = _smallest(boxes, point)
            (free if owner is None else owned[owner]).append(point)
        rows: list[tuple[Box | None, list[Point]]] = [
            (box, owned[number] + outside) for number, box in enumerate(boxes)
        ]
        if free:
            rows.append((None, free + outside))
        if not rows:
            raise PromptError("give a box or a point on the scar, near the heart")
        return rows


def _holds(box: Box, point: Point) -> bool:
    return box.top <= point.row <= box.bottom and box.left <= point.col <= box.right


def _smallest(boxes: Sequence[Box], point: Point) -> int | None:
    holding = [i for i, box in enumerate(boxes) if _holds(box, point)]
    areas = {
        i: (boxes[i].bottom - boxes[i].top) * (boxes[i].right - boxes[i].left) for i in holding
    }
    return min(holding, key=lambda i: areas[i], default=None)
