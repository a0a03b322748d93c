"""What crosses from the guarded child process: typed values as MessagePack, never pickle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, get_args

import numpy as np
from msgspec import msgpack
from numpy.typing import NDArray

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An error's sentence, its name in ``core/errors``, and what a ``ChoiceError`` names."""

    message: str
    error: str = "InputError"
    options: tuple[str, ...] = ()


def pack(value: Any) -> bytes:
    """One message: a study, a label volume or a refusal."""
    refused = isinstance(value, Unreadable)
    return msgpack.encode((None, value) if refused else (value, None), enc_hook=_spelled)


def unpack(message: bytes, kind: type[T]) -> T | Unreadable:
    """The value of a message; its parts are checked by the types they become.

    Raises:
        ValueError, LgescarError: the message is cut short, or holds another value.
    """
    form: Any = tuple[kind | None, Unreadable | None]  # type: ignore[valid-type]  # known when run
    value, refusal = msgpack.decode(message, type=form, dec_hook=_array)
    if (value is None) == (refusal is None):
        raise ValueError("a message holds one value")
    found: T | Unreadable = refusal if value is None else value
    return found


def _spelled(array: Any) -> Any:
    if isinstance(array, np.generic):
        return array.item()
    return array.shape, array.tobytes()


def _array(kind: Any, spelled: Any) -> NDArray[Any]:
    """An array of the numbers that ``kind`` (``NDArray[np.float32]``) names, and of no others."""
    (number,) = get_args(get_args(kind)[1])
    shape, stored = spelled
    return np.frombuffer(stored, number).reshape(shape)
