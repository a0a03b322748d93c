"""TOML files as frozen dataclasses: an unknown word is refused, never ignored."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from lgescar.core.errors import LgescarError, UsageError

T = TypeVar("T")


def load(path: Path, cls: type[T]) -> T:
    """The settings a TOML file holds; a table fills a field that is itself a dataclass.

    A field without default must be given. An integer is taken for a float, a string for a path;
    nothing else is converted.

    Raises:
        UsageError: no such file, not TOML, an unknown or missing key, a value of another type.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the settings {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    return from_table(table, cls, str(path))


def from_table(table: Mapping[str, Any], cls: type[T], where: str) -> T:
    """As ``load``, from a table already parsed; ``where`` names it in messages."""
    known = _fields(cls)
    for key in table:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}; {_nearest(key, known)}")
    missing = [name for name, field in known.items() if name not in table and _required(field)]
    if missing:
        raise UsageError(f"{where}: {', '.join(missing)} must be given")
    hints = get_type_hints(cls)
    values = {key: _cast(value, hints[key], f"{where}: {key}") for key, value in table.items()}
    try:
        return cls(**values)
    except LgescarError as error:
        raise UsageError(f"{where}: {error}") from error


def _fields(cls: type[Any]) -> dict[str, Field[Any]]:
    return {field.name: field for field in fields(cls) if field.init}


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(sorted(known))}"


def _cast(value: Any, kind: Any, where: str) -> Any:
    """``value`` as ``kind``, or UsageError."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(value, dict):
        return from_table(value, kind, where)  # type: ignore[arg-type]  # kind is a class here
    if origin in (Union, UnionType):
        return _cast_any(value, inner, where)
    if origin is tuple and isinstance(value, list):
        return _cast_tuple(value, inner, where)
    if origin is dict and isinstance(value, dict):
        return {key: _cast(item, inner[1], f"{where}.{key}") for key, item in value.items()}
    if origin is Literal:
        if value in inner:
            return value
        raise UsageError(f"{where} is one of {', '.join(map(repr, inner))}, found {value!r}")
    if kind is Any or (isinstance(kind, type) and type(value) is kind and _finite(value)):
        return value
    if kind is float and type(value) is int:
        return float(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise UsageError(f"{where} is {_spelt(kind)}, found {value!r}")


def _cast_any(value: Any, kinds: tuple[Any, ...], where: str) -> Any:
    """The first kind of a union that fits; TOML has no null, so None is only ever the default."""
    wanted = [kind for kind in kinds if kind is not NoneType]
    for kind in wanted[:-1]:
        try:
            return _cast(value, kind, where)
        except UsageError:
            continue
    return _cast(value, wanted[-1], where)


def _cast_tuple(value: list[Any], kinds: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise UsageError(f"{where} has {len(kinds)} values, found {len(value)}")
    pairs = zip(value, kinds, strict=True)
    return tuple(_cast(item, kind, f"{where}[{i}]") for i, (item, kind) in enumerate(pairs))


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


_WORDS = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}


def _spelt(kind: Any) -> str:
    if is_dataclass(kind):
        return "a table"
    if get_origin(kind) is tuple:
        return "a list"
    return _WORDS.get(kind, "a path" if kind is Path else str(kind))
