"""Named users: a file of names and scrypt hashes, and who knows which password."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated

from msgspec import Meta

from lgescar.core.atomic import write_file
from lgescar.core.errors import UsageError
from lgescar.read.reading import WORD
from lgescar.strict import read_json

FORMAT = "lgescar-users/1"
COST = {"n": 2**15, "r": 8, "p": 1}
"""32 MiB and some 0.1 s a try. Source: Percival and Josefsson, RFC 7914; n of OWASP's advice."""
MEMORY_BYTES = 64 * 2**20
Hex = Annotated[str, Meta(pattern="^([0-9a-f]{2})+$")]
SHORTEST = 10
LONGEST = 200
MOST_TRIES, PAUSE_S = 5, 60.0
"""Wrong passwords for a name before it must wait."""


class Users:
    """Who may log in; safe between threads."""

    def __init__(
        self, hashes: dict[str, dict[str, str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hashes = hashes
        self._clock = clock
        self._wrong: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def knows(self, name: str, password: str) -> bool:
        """Whether that is the name's password. A name nobody has takes as long to refuse.

        After ``MOST_TRIES`` wrong ones every password of a name is refused for ``PAUSE_S``.
        """
        with self._lock:  # one try at a time, over all names
            tries, last = self._wrong.get(name, (0, 0.0))
            if tries >= MOST_TRIES and self._clock() - last < PAUSE_S:
                return False
            stored = self._hashes.get(name, {"salt": "00" * 16, "hash": "00" * 32})
            found = _scrypt(password[:LONGEST], bytes.fromhex(stored["salt"]))
            right = hmac.compare_digest(found, bytes.fromhex(stored["hash"]))
            if right and name in self._hashes:
                self._wrong.pop(name, None)
                return True
            if name in self._hashes:
                self._wrong[name] = (tries + 1, self._clock())
            return False


@dataclass(frozen=True, slots=True)
class _Hash:
    salt: Hex
    hash: Hex


@dataclass(frozen=True, slots=True)
class _File:
    users: Annotated[dict[str, _Hash], Meta(min_length=1)]


def read_users(path: Path) -> Users:
    """The users of a file.

    Raises:
        UsageError: no such file, or one that ``--add-user`` did not write.
    """
    return Users(_read(path))


def add_user(path: Path, name: str, password: str) -> None:
    """Write a user, or another password of one, to the file; only its owner may read it.

    Raises:
        UsageError: a name or a password that cannot be used.
    """
    if not WORD.fullmatch(name):
        raise UsageError("a user's name is up to 40 letters, digits, '.', '_', '-'")
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST} characters")
    users = _read(path) if path.exists() else {}
    salt = secrets.token_bytes(16)
    users[name] = {"salt": salt.hex(), "hash": _scrypt(password, salt).hex()}
    text = json.dumps({"format": FORMAT, "users": users}, indent=1) + "\n"
    write_file(path, text.encode(), 0o600)


def _read(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        raise UsageError("--users names no file; write one with --add-user")
    try:
        users = read_json(path, _File, UsageError, format_name=FORMAT).users
    except UsageError:  # its sentence may repeat a piece of a hash
        raise UsageError("--users names no file that --add-user wrote") from None
    return {name: {"salt": one.salt, "hash": one.hash} for name, one in users.items()}


def _scrypt(password: str, salt: bytes) -> bytes:
    spelled = password.encode(errors="surrogatepass")
    return hashlib.scrypt(spelled, salt=salt, maxmem=MEMORY_BYTES, dklen=32, **COST)
