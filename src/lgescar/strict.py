"""Strict TOML and JSON: an unknown key or a value of another type is refused, never ignored.

The types are frozen dataclasses or msgspec structs; msgspec reads, and the sentences here name the
file, the key, what was expected and what was found.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from lgescar.core.errors import InputError, LgescarError, UsageError

T = TypeVar("T")
LARGEST_BYTES = 64 * 2**20
"""No JSON file that lgescar reads is larger."""
LONGEST_FOUND = 60
"""Characters of a wrong value that a message repeats."""


def load(path: Path, kind: type[T]) -> T:
    """The settings a TOML file holds; a table fills a field that is itself a dataclass.

    A field without default must be given. An integer is taken for a float; nothing else is
    converted.

    Raises:
        UsageError: no such file, not TOML, an unknown or missing key, a value of another type.
    """
    return convert(toml_table(path), kind, str(path), UsageError)


def toml_table(path: Path) -> dict[str, Any]:
    """The table a TOML file holds, of any keys.

    Raises:
        UsageError: no such file, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the settings {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error


def read_json(
    path: Path,
    kind: type[T],
    error: type[LgescarError] = InputError,
    *,
    format_name: str = "",
    most_bytes: int = LARGEST_BYTES,
    foreign_keys: bool = False,
) -> T:
    """As ``from_json``, of a file.

    Raises:
        LgescarError: ``error``; also where the file cannot be read or is larger.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except OSError as fault:
        raise error(f"{path.name} cannot be read: {fault.strerror}") from fault
    if len(raw) > most_bytes:
        raise error(f"{path.name} is larger than {most_bytes} bytes")
    return from_json(
        raw, kind, path.name, error, format_name=format_name, foreign_keys=foreign_keys
    )


def from_json(
    text: str | bytes,
    kind: type[T],
    where: str,
    error: type[LgescarError] = InputError,
    *,
    format_name: str = "",
    foreign_keys: bool = False,
) -> T:
    """The value of type ``kind`` that JSON spells; ``where`` names the text in messages.

    With ``format_name`` (lgescar-KIND/N) it is an object of that key ``format``; the other
    keys are the value's. NaN and infinity are no JSON. ``foreign_keys`` passes over keys that this
    version does not know.

    Raises:
        LgescarError: ``error``: no JSON, nested too deeply, or as ``convert``.
    """
    try:
        # Not msgspec's own decoder: it has no way to spell the odd bytes of a file's name.
        content = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as fault:
        raise error(f"{where} cannot be read as JSON: {fault}") from fault
    found = content.pop("format", None) if format_name and isinstance(content, dict) else None
    if format_name and found != format_name:
        what = format_name.removeprefix("lgescar-").partition("/")[0]
        raise error(f"{where} is no {what}; expected JSON with format {format_name!r}")
    return convert(content, kind, where, error, foreign_keys=foreign_keys)


def convert(
    content: Any,
    kind: type[T],
    where: str,
    error: type[LgescarError],
    *,
    foreign_keys: bool = False,
) -> T:
    """``content``, parsed TOML or JSON, as a value of type ``kind``.

    Raises:
        LgescarError: ``error``: an unknown or missing key, a value of another type or not finite,
            or what ``kind`` itself refuses.
    """
    try:
        made = msgspec.convert(content, kind, str_keys=True)
    except msgspec.ValidationError as fault:
        raise error(_sentence(str(fault), content, kind, where)) from fault
    except LgescarError as fault:
        raise error(f"{where}: {fault}") from fault
    if not foreign_keys and (found := _foreign(content, made, where)):
        raise error(found)
    return made


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no finite number")
    return number


def _foreign(content: Any, made: Any, where: str, key: str = "") -> str | None:
    """What of ``content`` did not enter ``made``, or is not finite, as a sentence."""
    if isinstance(content, float) and not math.isfinite(content):
        return f"{_named(where, key)} is a number, found {content}"
    if isinstance(content, dict):
        known = _entries(made)
        for name, one in content.items():
            if name not in known:
                return f"{_named(where, key)}: unknown key {_unknown(name, known)}"
            if found := _foreign(one, known[name], where, f"{key}.{name}".lstrip(".")):
                return found
    elif isinstance(content, list):
        for at, (one, own) in enumerate(zip(content, made, strict=True)):
            if found := _foreign(one, own, where, f"{key}[{at}]"):
                return found
    return None


def _entries(made: Any) -> dict[str, Any]:
    """The values of a table by their keys, whatever type it became."""
    if isinstance(made, dict):
        return {str(key): one for key, one in made.items()}
    if isinstance(made, msgspec.Struct):
        config = made.__struct_config__
        tagged = {config.tag_field: config.tag} if config.tag_field else {}
        return {**tagged, **msgspec.structs.asdict(made)}
    return {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}


def _unknown(key: str, known: Iterable[str]) -> str:
    """An unknown key, and the one that was probably meant."""
    near = difflib.get_close_matches(key, known := sorted(known), n=1)
    return f"{_shown(key)}; " + (
        f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known) or 'none'}"
    )


_WORDS = {
    **{"int": "a whole number", "float": "a number", "str": "a string", "bool": "true or false"},
    **{"array": "a list", "object": "an object with keys", "null": "null"},
}
_SIGNS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
_EXPECTED = re.compile(
    r"Expected `([^`]+)`(?: of length)? ?(>=|<=|>|<|\d+)? ?([-+.\de]+)?(?:, got .*)?"
)


def _named(where: str, key: str) -> str:
    if not key:
        return where
    return f"{where}{key}" if key.startswith("[") else f"{where}: {key}"


def _sentence(message: str, content: Any, kind: Any, where: str) -> str:
    """msgspec's message in our words."""
    text, _, place = message.partition(" - at `")
    key, found, wanted = _place(content, kind, place)
    if text.startswith("Object missing required field"):
        return f"{_named(where, key)}: {text.split('`')[1]} must be given"
    key = _named(where, key)
    if text.startswith("Object contains unknown field"):
        return f"{key}: unknown key {_unknown(text.split('`')[1], wanted.__struct_fields__)}"
    if text.startswith(("Invalid enum value", "Invalid value")):
        return f"{key} is one of {', '.join(map(repr, get_args(wanted)))}, found {_shown(found)}"
    expected = _EXPECTED.fullmatch(text)
    if expected is None:
        return f"{key}: {text}"
    kinds, sign, bound = expected.groups()
    words = " or ".join(_WORDS.get(one, one) for one in kinds.split(" | "))
    if " of length" in text:
        many = {">=": f"{bound} or more", "<=": f"up to {bound}"}.get(sign, sign)
        unit = "characters" if kinds == "str" else "values"
        return f"{key} has {many} {unit}, found {len(found)}"
    limit = f" {_SIGNS[sign]} {float(bound):g}" if sign in _SIGNS else ""

    return f"{key} is {words}{limit}, found {_shown(found)}"


def _place(content: Any, kind: Any, path: str) -> tuple[str, Any, Any]:
    """Key, value and type at a path as msgspec spells it, such as ``$.sizes[2]``.

    It spells each key of a mapping ``[...]``: the entry meant is the first that does not fit.
    """
    name, kind = "", _member(_plain(kind), content)
    for field, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+|\.{3})\]", path):
        inner = get_args(kind)
        if field:
            content, kind, name = content[field], _hint(kind, field), f"{name}.{field}"
        elif index == "...":
            key = next(key for key, one in content.items() if not _fits(one, inner[1]))
            content, kind, name = content[key], inner[1], f"{name}.{key}"
        else:
            at = int(index)
            content, name = content[at], f"{name}[{at}]"
            kind = inner[at] if len(inner) > at and inner[-1] is not Ellipsis else inner[0]
        kind = _member(_plain(kind), content)
    return name.lstrip("."), content, kind


def _member(kind: Any, content: Any) -> Any:
    """Of several structs the one that ``content`` names by its tag; any other type as it is."""
    for one in get_args(kind) if get_origin(kind) is UnionType else ():
        config = one.__struct_config__
        if isinstance(content, dict) and content.get(config.tag_field) == config.tag:
            return one
    return kind


def _hint(kind: Any, field: str) -> Any:
    """The type of a field; of several structs, what their tag may be."""
    if get_origin(kind) is UnionType:
        return Literal.__getitem__(tuple(one.__struct_config__.tag for one in get_args(kind)))
    return get_type_hints(kind, include_extras=True).get(field)


def _plain(kind: Any) -> Any:
    """A type without its bounds, and without None beside it."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    others = [one for one in get_args(kind) if one is not NoneType]
    return _plain(others[0]) if NoneType in get_args(kind) and len(others) == 1 else kind


def _fits(content: Any, kind: Any) -> bool:
    try:
        msgspec.convert(content, kind, str_keys=True)
    except (ValueError, LgescarError):
        return False
    return True


def _shown(found: Any) -> str:
    """A value as a message repeats it: printable, and not for pages."""
    text = ascii(found)
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}..."
