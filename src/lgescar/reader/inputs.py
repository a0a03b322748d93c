"""The input of a study: a SHA-256 over all of its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lgescar.core.errors import InputError


def input_sha256(path: Path) -> str:
    """SHA-256 of a file; of a folder, over the paths within it and the SHA-256 of each file.

    Raises:
        InputError: nothing there, or it cannot be read.
    """
    try:
        if path.is_file():
            return _of_file(path)
        files = sorted((p for p in path.rglob("*") if p.is_file()), key=lambda p: p.as_posix())
        if not files:
            raise InputError("the study's input is not where it was; give its path again")
        whole = hashlib.sha256()
        for file in files:
            name = file.relative_to(path).as_posix().encode(errors="surrogateescape")
            whole.update(len(name).to_bytes(4, "big") + name + bytes.fromhex(_of_file(file)))
        return whole.hexdigest()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"the study's input cannot be read: {reason}") from error


def _of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
