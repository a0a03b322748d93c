"""What a recipe's ``kind`` makes of it: the networks that can be trained, by name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split

KINDS = {
    "promptable": ("lgescar.train.run", "lgescar.train.recipe:Recipe", "torch"),
    "sam": ("lgescar.train.run_sam", "lgescar.train.sam_recipe:SamRecipe", "transformers"),
}
"""Kind → module with ``train``, class of its recipe, library it needs."""


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train what the recipe says; its scores on the tune patients.

    Raises:
        UsageError: an unknown kind, or its library is not installed.
    """
    module, _ = _kind(recipe_file)
    scores: dict[str, float] = import_module(module).train(recipe_file, data, run, resume=resume)
    return scores


def read_any(recipe_file: Path) -> tuple[Any, Split, str]:
    """A recipe of any kind, its split and their SHA-256, as ``recipe.read_recipe``."""
    _, name = _kind(recipe_file)
    module, _, cls = name.partition(":")
    found: tuple[Any, Split, str] = import_module("lgescar.train.recipe").read_recipe(
        recipe_file, getattr(import_module(module), cls)
    )
    return found


def _kind(recipe_file: Path) -> tuple[str, str]:
    """Module and recipe class of a recipe's kind; ``promptable`` where it names none."""
    try:
        kind = tomllib.loads(recipe_file.read_text("utf-8")).get("kind", "promptable")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{recipe_file} is no recipe: {error}") from error
    if kind not in KINDS:
        raise UsageError(f"{recipe_file}: kind is one of {', '.join(KINDS)}, found {kind!r}")
    module, cls, library = KINDS[kind]
    if find_spec(library) is None:
        raise UsageError(
            f"a recipe of kind {kind} needs {library}; install it with: pip install 'lgescar[sam]'"
        )
    return module, cls
