"""Writes docs/reference/recipe.md from the types of recipes; --check only says if it is current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from pages import keep_current

from lgescar.cli.study import SUBVERBS
from lgescar.train.kinds import KINDS, recipe_class

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "recipe.md"

INTRODUCTION = """\
# Recipes

Written from the code by `make docs`; do not edit.

A recipe is a TOML file. A key that is not below is refused, and so is a value of another type. A
key without default must be given; a heading in brackets is a TOML table. The first key, `kind`,
is what is trained; a recipe of `lgescar study` has none.
"""


def page() -> str:
    """The whole page."""
    kinds = (f"\n# Kind {kind}\n" + "".join(sections("", recipe_class(kind))) for kind in KINDS)
    studies = (
        f"\n# Study {word}\n"
        + "".join(sections("", import_module(f"lgescar.studies.{word}").RECIPE))
        for word in SUBVERBS
    )
    return INTRODUCTION + "".join(kinds) + "".join(studies)


def sections(table: str, cls: type[Any]) -> Iterator[str]:
    """One section for a table, then one for each table inside it."""
    hints = {name: required(hint) for name, hint in get_type_hints(cls).items()}
    inner = {f.name: hints[f.name] for f in fields(cls) if is_dataclass(hints[f.name])}
    rows = [row(f, hints[f.name]) for f in fields(cls) if f.name not in inner]
    meaning = re.sub(r"``([^`]+)``", r"`\1`", cleandoc(cls.__doc__ or ""))
    yield f"\n## {f'[{table}]' if table else 'At the top'}\n\n{meaning}\n"
    if rows:
        yield "\n| key | type | default |\n|---|---|---|\n" + "".join(rows)
    for name, kind in inner.items():
        yield from sections(f"{table}.{name}".lstrip("."), kind)


def required(kind: Any) -> Any:
    """The type of a key that may be left out; any other type as it is."""
    wanted = [one for one in get_args(kind) if one is not NoneType]
    return wanted[0] if len(wanted) == 1 and NoneType in get_args(kind) else kind


def row(field: Field[Any], kind: Any) -> str:
    """Key, type and default as a row of Markdown."""
    spelt = kind.__name__ if isinstance(kind, type) and "[" not in str(kind) else str(kind)
    spelt = re.sub(r"\b(typing|lgescar[\w.]*)\.", "", spelt).replace("|", "\\|")
    if field.default is not MISSING:
        default = f"`{field.default}`"
    else:
        default = "" if field.default_factory is MISSING else f"`{field.default_factory()}`"
    return f"| `{field.name}` | {spelt} | {default} |\n"


if __name__ == "__main__":
    raise SystemExit(keep_current({PAGE: page()}))
