"""A folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from lgescar.core.errors import UsageError

MARK = "report.json"
"""The file of a study's result that tells of it."""
MARKS = {MARK: b'"lgescar-report/', "reading.json": b'"lgescar-reading/'}
"""Files by which a folder is known as a result of ours, and may be replaced, and what their first
``MARK_BYTES`` hold in every version of their format."""
MARK_BYTES = 4096
LONGEST_NAME = 80
"""Characters; leaves room for the temporary ending within the 255 bytes file systems allow."""
_FORBIDDEN_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def folder_name(name: str) -> str:
    """A study's name as a folder that is harmless on every file system.

    Letters of any script, digits, ``-``, ``_`` and inner ``.`` stay; all else becomes ``_``.
    """
    harmless = re.sub(r"[^\w.-]+", "_", name).strip("._ ").lstrip("-")
    while len(harmless.encode()) > LONGEST_NAME:
        harmless = harmless[:-1]
    if _FORBIDDEN_ON_WINDOWS.fullmatch(harmless):
        harmless = f"_{harmless}"
    return harmless.rstrip("._ ") or "study"


def write_folder(out: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """The files in ``out/name``, built beside it under a hidden name and then renamed.

    Raises:
        UsageError: nothing can be written there, or the folder exists and is not a result.
    """
    target = out / name
    hidden = out / f".{name}.{secrets.token_hex(4)}.part"
    try:
        out.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(target)
        hidden.mkdir()
        try:
            for relative, content in files.items():
                _write_durably(hidden, relative, content)
            _sync_folder(hidden)
            _put_in_place(hidden, target)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
        _sync_folder(out)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            f"the result {name!r} cannot be written: {reason}; check the --out folder"
        ) from error
    return target


def _refuse_foreign(target: Path) -> None:
    """An input folder of the same name must never be taken for a previous result."""
    if not os.path.lexists(target):
        return
    ours = target.is_dir() and not target.is_symlink()
    if not ours or (any(target.iterdir()) and not any(map(partial(_marked, target), MARKS))):
        raise UsageError(
            f"{target.name!r} exists in the --out folder and is no earlier result (it holds no "
            f"{' or '.join(MARKS)} of lgescar); move it away or choose another --out"
        )


def _marked(folder: Path, name: str) -> bool:
    """Other programs write a report.json too: ours names its format."""
    mark = folder / name
    if not mark.is_file():
        return False
    with mark.open("rb") as file:
        return MARKS[name] in file.read(MARK_BYTES)


def _write_durably(folder: Path, relative: str, content: bytes) -> None:
    parts = PurePosixPath(relative).parts
    if not parts or ".." in parts or parts[0] == "/" or "\\" in relative:
        raise UsageError(f"a result has no file {relative!r}: names stay inside its folder")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(hidden: Path, target: Path) -> None:
    """Renames ``hidden`` to ``target``; an earlier result steps aside and comes back on failure."""
    if not target.exists():
        hidden.rename(target)
        return
    aside = hidden.with_suffix(".old")
    target.rename(aside)
    try:
        hidden.rename(target)
    except BaseException:
        if not target.exists():
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Makes names durable where the system lets a folder be synchronised (not on Windows)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
