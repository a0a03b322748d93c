"""A prompt as the tokens Segment Anything reads: one row for each mask that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lgescar.core.box import Box
from lgescar.core.prompt import Point

OUTSIDE, INSIDE, TOP_LEFT, BOTTOM_RIGHT, NOTHING = 0, 1, 2, 3, -1
"""What a token is. Source: Kirillov et al., ICCV 2023, code."""

Tokens = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Places (tokens, 2) as (row, col) in the frame's pixel edges, and what each is."""


def prompt_tokens(box: Box | None, points: Sequence[Point]) -> Tokens:
    """Points, then the box's corners, or where there is no box one token that says so."""
    at = [(p.row, p.col) for p in points]
    kinds = [INSIDE if p.inside else OUTSIDE for p in points]
    if box is None:
        at.append((0.0, 0.0))
        kinds.append(NOTHING)
    else:
        at += [(box.top, box.left), (box.bottom, box.right)]
        kinds += [TOP_LEFT, BOTTOM_RIGHT]
    return np.array(at, np.float32), np.array(kinds, np.int64)
