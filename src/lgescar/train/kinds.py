"""Which trainer and which export a recipe is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from lgescar.core.errors import UsageError
from lgescar.train.recipe_kinds import recipe_kind


class Carded(Protocol):
    """What every card can tell."""

    @property
    def name(self) -> str:
        """Of the bundle."""
        ...

    @property
    def licence(self) -> str:
        """Of the weights."""
        ...

    def to_json(self) -> str:
        """The whole card."""
        ...


def train_any(
    what: str, recipe_file: Path, data: list[Path], run: Path, *, resume: bool
) -> dict[str, float]:
    """Train what a recipe describes; its scores on the tune patients.

    Raises:
        UsageError: a detector was asked for and the recipe is of a segmenter, or the reverse.
    """
    kind = recipe_kind(recipe_file)
    if (what == "detector") != (kind == "detector"):
        raise UsageError(f"{recipe_file.name} is a recipe of kind {kind}, not of a {what}")
    if kind == "detector":
        from lgescar.train.detector import train_detector as train
    elif kind == "box-deeplab":
        from lgescar.train.box_deeplab import train_box_deeplab as train
    elif kind == "nnunet":
        from lgescar.train.nnunet import train_nnunet as train
    else:
        from lgescar.train.run import train
    return train(recipe_file, data, run, resume=resume)


def export_any(run: Path, out: Path, scores: dict[str, Any]) -> Carded:
    """Write the bundle of a finished run to the folder ``out``.

    Raises:
        ModelError: the run is not finished, or a graph answers differently from torch.
    """
    if recipe_kind(run / "recipe.toml") == "promptable":
        from lgescar.train.export import export

        return export(run, out, scores)
    from lgescar.train.cards import export_single

    return export_single(run, out, scores)
