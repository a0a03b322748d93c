"""What a recipe's ``kind`` makes of it: the networks that can be trained, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from lgescar.core.errors import UsageError
from lgescar.read.splits import Split
from lgescar.strict import toml_table

if TYPE_CHECKING:
    from lgescar.train.run import Run

LOCK = ".training"
"""File in a run's folder, locked while it is trained."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A module of this room (``Trainer``), the recipe's class, and a library that it needs."""

    module: str
    recipe: str
    needs: str


class Exported(Protocol):
    """What every bundle's card can say."""

    name: str
    licence: str

    def to_json(self) -> str:
        """The text of ``card.json``."""
        ...


class Trainer(Protocol):
    """What the module of a kind does; one file a kind."""

    def refuse_unready(self, recipe: Any) -> None:
        """Refuse, before data are read, what cannot be trained here."""
        ...

    def train(self, recipe: Any, run: Run) -> dict[str, float]:
        """Train to the end of the recipe; scores on the tune patients."""
        ...

    def export(self, run: Path, out: Path, scores: dict[str, Any] | None = None) -> Exported:
        """Write the bundle of a finished run to the folder ``out``."""
        ...


KINDS = {
    "promptable": Kind("default", "recipe:Recipe", "torch"),
    "sam": Kind("sam", "sam_recipe:SamRecipe", "transformers"),
    "detector": Kind("detector", "recipe:DetectorRecipe", "torch"),
    "box-deeplab": Kind("box_deeplab", "recipe:BoxDeepLabRecipe", "torch"),
    "nnunet": Kind("nnunet", "recipe:NnunetRecipe", "torch"),
}


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train what the recipe says; its scores on the tune patients.

    Raises:
        UsageError: an unknown kind, its library is not installed, ``run`` holds another run or
            another process trains in it, or the data lack the split's patients.
        InputError: the data are not those of the split.
        ModelError: training failed.
    """
    from lgescar.train.run import begin

    trainer: Trainer = _trainer(recipe_file)
    recipe = read_any(recipe_file)
    trainer.refuse_unready(recipe[0])
    with _alone(run):
        return trainer.train(recipe[0], begin(recipe_file, recipe, data, run, resume=resume))


def export(run: Path, out: Path, scores: dict[str, Any] | None = None) -> Exported:
    """Write the bundle of a finished run of any kind; its card.

    Raises:
        UsageError: ``run`` is no run's folder.
        ModelError: the run has no checkpoint, or a graph differs from torch.
    """
    return _trainer(run / "recipe.toml").export(run, out, scores)


def read_any(recipe_file: Path) -> tuple[Any, Split, str]:
    """A recipe of any kind, its split and their SHA-256, as ``recipe.read_recipe``."""
    module, _, cls = _kind(recipe_file).recipe.partition(":")
    read = _module("recipe").read_recipe
    found: tuple[Any, Split, str] = read(recipe_file, getattr(_module(module), cls))
    return found


def recipe_class(kind: str) -> type[Any]:
    """The dataclass of a kind's recipe."""
    module, _, cls = KINDS[kind].recipe.partition(":")
    found: type[Any] = getattr(_module(module), cls)
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock a run's folder against other commands; the lock ends with the process that holds it."""
    from filelock import FileLock, Timeout  # comes with torch

    from lgescar.train.processes import processes

    if not processes().main:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(f"another process trains in {folder}; wait for it or end it") from None
    try:
        yield
    finally:
        lock.release()


def _trainer(recipe_file: Path) -> Trainer:
    trainer: Any = _module(_kind(recipe_file).module)
    return cast(Trainer, trainer)


def _module(name: str) -> ModuleType:
    return import_module(f"lgescar.train.{name}")


def kind_of(recipe_file: Path) -> str:
    """The kind a recipe says it is, a key of ``KINDS``; ``promptable`` where it names none.

    Raises:
        UsageError: it is no recipe, or of no kind that is known.
    """
    kind = toml_table(recipe_file).get("kind", "promptable")
    if kind not in KINDS:
        raise UsageError(f"{recipe_file}: kind is one of {', '.join(KINDS)}, found {kind!r}")
    return str(kind)


def _kind(recipe_file: Path) -> Kind:
    kind = kind_of(recipe_file)
    chosen = KINDS[kind]
    if find_spec(chosen.needs) is None:
        raise UsageError(
            f"recipes of kind {kind} need {chosen.needs}; "
            "install it with: pip install 'lgescar[train]'"
        )
    return chosen
