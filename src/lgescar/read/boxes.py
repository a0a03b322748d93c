"""A file of boxes that a user drew: ``{"SLICE_INDEX": [[top, left, bottom, right], ...], ...}``."""

from __future__ import annotations

from pathlib import Path

from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.strict import read_json

Edges = tuple[float, float, float, float]


def read_boxes(path: Path) -> dict[int, tuple[Box, ...]]:
    """Boxes by slice index.

    Raises:
        PromptError: the file is no JSON of this form, or a box is empty.
    """
    try:
        content = read_json(path, dict[int, tuple[Edges, ...]], PromptError)
        return {index: tuple(Box(*edges) for edges in drawn) for index, drawn in content.items()}
    except PromptError as error:
        raise PromptError(
            f"{path.name} does not hold boxes; expected JSON such as "
            f'{{"3": [[top, left, bottom, right]]}}: {error}'
        ) from error
