"""Files and folders that appear whole or not at all, also where several processes write the same.

What is written lies beside its place under a name of its own until it is complete and on the disc;
one rename then puts it there. Of several writers the last whole result stands, and none fails.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

LEFT_OVER_S = 24 * 3600.0
"""No result is written for so long: an older part is of a process that was killed. Ours."""
_PART = re.compile(r"\.part-\d+-[0-9a-f]{8}-.+", re.DOTALL)
_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE. Source: renameat2(2) of the Linux manual pages."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; its file becomes ``path`` at the end, or is gone where the body raises.

    Raises:
        OSError: nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(path)
    try:
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """``content`` as the file ``path``, for those whom ``mode`` and the process's mask allow.

    Raises:
        OSError: nothing can be written there.
    """
    with whole_file(path) as part:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder to fill; it becomes ``path`` at the end, or is gone where the body raises.

    What stood at ``path`` is replaced: readers find the one or the other, never a mixture.

    Raises:
        OSError: nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part_of(path)
    part.mkdir()
    try:
        yield part
        for inner, _, names in os.walk(part):
            for name in names:
                with (Path(inner) / name).open("r+b") as file:
                    os.fsync(file.fileno())
            _sync_folder(Path(inner))
        replace_folder(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """The files as the folder ``path``, named relative to it.

    Raises:
        OSError: nothing can be written there.
    """
    with whole_folder(path) as part:
        for relative, content in files.items():
            file = part / relative
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def replace_folder(part: Path, path: Path) -> None:
    """Rename the folder ``part`` to ``path``, whatever other writers do there meanwhile.

    Where the system can exchange two names, ``path`` is never missing. Elsewhere an earlier folder
    steps aside first, and comes back where ``part`` cannot take its place.

    Raises:
        OSError: the folder cannot stand there.
    """
    aside = part.with_name(f"{part.name}.old")
    while not _renamed(part, path):
        try:
            if _exchanged(part, path):
                shutil.rmtree(part, ignore_errors=True)
                return
            path.rename(aside)
        except FileNotFoundError:  # another writer took it aside
            continue
        try:
            placed = _renamed(part, path)
        except OSError:
            with contextlib.suppress(OSError):
                aside.rename(path)
            raise
        shutil.rmtree(aside, ignore_errors=True)
        if placed:
            return


def _renamed(part: Path, path: Path) -> bool:
    """Whether the folder could be renamed: nothing, or an empty folder, was in the way."""
    try:
        part.rename(path)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def _exchanged(one: Path, other: Path) -> bool:
    """Whether two names could be exchanged in one step; some file systems cannot."""
    swap = _renameat2()
    if swap is None:
        return False
    if not swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        return True
    code = ctypes.get_errno()
    if code == errno.ENOENT:
        raise FileNotFoundError(code, os.strerror(code))
    return False


@cache
def _renameat2() -> Any:
    """The system's call, None where there is none."""
    if os.name == "nt":
        return None
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if swap is not None:
        name = (ctypes.c_int, ctypes.c_char_p)
        swap.argtypes = [*name, *name, ctypes.c_uint]
    return swap


def _part_of(path: Path) -> Path:
    """A name beside ``path`` that no other writer has; the file's ending stays."""
    _clear_left_over(path.parent)
    return path.with_name(f".part-{os.getpid()}-{secrets.token_hex(4)}-{path.name}")


@cache
def _clear_left_over(folder: Path) -> None:
    """Removes, once in a process, the parts that killed processes left in a folder.

    By age: a process id says nothing about a writer on another machine or in another container.
    """
    with contextlib.suppress(OSError):
        old = time.time() - LEFT_OVER_S
        for one in folder.iterdir():
            if not _PART.fullmatch(one.name) or one.lstat().st_mtime > old:
                continue
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Makes names durable where the system lets a folder be synchronised (not on Windows)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
