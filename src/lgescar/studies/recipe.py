"""What a study varies: a TOML file as values, and the training recipes it makes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lgescar.core.errors import UsageError
from lgescar.strict import convert, toml_table

Recipe = TypeVar("Recipe")
Table = Mapping[str, Any]
OLD_KEYS = {"teach": "train", "ask": "evaluate"}
"""Keys of ``[simulated]`` in recipes of earlier versions, and what they are now."""
BARE = re.compile(r"[\w-]+", re.ASCII)
"""Keys that TOML takes without quotes, and names that are safe as folders."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Patients made for the study where no cohort is given; every second one is PSIR.

    ``train``, ``tune`` and ``evaluate`` are how many; ``scar`` is that of ``lgescar simulate``.
    Seeds run from ``first_seed`` on, apart from those of demos, tests and the shipped bundles.
    """

    train: int = 40
    tune: int = 2
    evaluate: int = 20
    scar: str = "mixed"
    first_seed: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecipe:
    """On which patients, and how: what every study's recipe says.

    ``part`` is the part of the split that is evaluated. Boxes round the reference's scars prompt
    segmenters that need one; ``jitter_mm`` is how far each edge of a box may be off. Each of the
    ``seeds`` is one repetition.

    Raises:
        UsageError: no seeds, or one of them twice.
    """

    name: str
    seeds: tuple[int, ...]
    part: str = "validation"
    jitter_mm: float = 4.0
    simulated: Simulated = field(default_factory=Simulated)

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise UsageError(f"seeds are one or more different numbers, found {list(self.seeds)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe(StudyRecipe):
    """A study that trains. ``base`` is a training recipe, from the folder of the study's.

    ``common`` changes values of the base for every run, spelt as in the base: ``schedule.steps =
    400`` under ``[common]``.
    """

    base: str
    common: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariedRecipe(TrainingRecipe):
    """A study of variants, each with its changes to the base; ``baseline`` names one of them.

    ``against`` has variants that are compared with another one, too: ``[against]`` a = "b".

    Raises:
        UsageError: the baseline is no variant, a variant's name is no folder's, or fewer than two.
    """

    baseline: str
    variants: dict[str, dict[str, Any]]
    against: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        StudyRecipe.__post_init__(self)
        if self.baseline not in self.variants:
            raise UsageError(f"baseline is one of {', '.join(self.variants)}")
        strangers = {*self.against, *self.against.values()} - set(self.variants)
        if strangers:
            raise UsageError(f"against compares variants; {strangers.pop()} is none")
        if len(self.variants) < 2:
            raise UsageError("a study compares two variants or more")
        foreign = [v for v in self.variants if not re.fullmatch(r"[\w.-]+", v, re.ASCII)]
        if foreign:
            raise UsageError(
                f"a variant's name has letters, digits, '.', '-', found {foreign[0]!r}"
            )


def load_recipe(path: Path, kind: type[Recipe]) -> Recipe:
    """The recipe of one study; keys of earlier versions are understood.

    Raises:
        UsageError: no such file, not TOML, an unknown or missing key, a value of another type.
    """
    table = toml_table(path)
    if isinstance(made := table.get("simulated"), dict):
        table["simulated"] = {OLD_KEYS.get(key, key): value for key, value in made.items()}
    return convert(table, kind, str(path), UsageError)


def base_table(study_file: Path, base: str) -> tuple[dict[str, Any], Path]:
    """The values of the base recipe, and its file.

    Raises:
        UsageError: no such recipe.
    """
    path = study_file.parent / base
    try:
        return toml_table(path), path
    except UsageError as error:
        raise UsageError(f"{study_file.name}: base {base} is no recipe: {error}") from error


def base_split(base: Table, base_file: Path) -> Path | None:
    """The split that the base recipe names; None where it names none."""
    named = base.get("data", {}).get("split")
    return base_file.parent / named if isinstance(named, str) else None


def changed(table: Table, *changes: Table) -> dict[str, Any]:
    """``table`` with the values of ``changes`` in place of its own, later ones last."""
    out = dict(table)
    for change in changes:
        for key, value in change.items():
            inner = out.get(key)
            both = isinstance(inner, Mapping) and isinstance(value, Mapping)
            out[key] = changed(inner or {}, value) if both else value
    return out


def toml_text(table: Table, inside: str = "") -> str:
    """A table as TOML: its own values first, then the tables within."""
    own = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    text = "".join(f"{_key(k)} = {_value(v)}\n" for k, v in own.items())
    for key, inner in table.items():
        if isinstance(inner, Mapping):
            path = f"{inside}.{_key(key)}".lstrip(".")
            text += f"\n[{path}]\n{toml_text(inner, path)}"
    return text


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)  # spelt alike in TOML
    return repr(value)
