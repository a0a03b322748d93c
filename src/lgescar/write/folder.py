"""Names of results, and their folders, which appear whole or not at all."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from lgescar.core import atomic
from lgescar.core.errors import UsageError

MARK = "report.json"
"""The file that describes a study's result."""
MARKS = {MARK: b'"lgescar-report/', "reading.json": b'"lgescar-reading/'}
"""Files by which a folder is known as a result of ours, and may be replaced, and what their first
``MARK_BYTES`` hold in every version of their format."""
MARK_BYTES = 4096
LONGEST_NAME = 80
"""Characters; leaves room for the temporary beginning within the 255 bytes file systems allow."""
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


def distinct_names(names: Iterable[str]) -> list[str]:
    """Folder names of studies, in their order; one that was there gets ``-2``, ``-3``.

    Compared without case, as some file systems do.
    """
    taken: set[str] = set()
    found = []
    for bare in map(folder_name, names):
        name, number = bare, 1
        while name.casefold() in taken:
            number += 1
            name = f"{bare}-{number}"
        taken.add(name.casefold())
        found.append(name)
    return found


def refuse_replacing(inputs: Iterable[Path], results: Iterable[Path]) -> None:
    """Refuse results that would take the place of an input, or of a folder that holds one.

    Raises:
        UsageError: one would.
    """
    taken = {p for path in inputs for p in (path.resolve(), *path.resolve().parents)}
    for result in results:
        if result.resolve() in taken:
            name = result.name.removesuffix(".nii.gz")
            raise UsageError(f"the result would replace the input {name!r}; choose another --out")


def write_folder(out: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """The files in ``out/name``, whole or not at all; an earlier result there is replaced.

    Raises:
        UsageError: nothing can be written there, or the folder exists and is not a result.
    """
    target = out / name
    for relative in files:
        parts = PurePosixPath(relative).parts
        if not parts or ".." in parts or parts[0] == "/" or "\\" in relative:
            raise UsageError(f"a result has no file {relative!r}: names stay inside its folder")
    try:
        _refuse_foreign(target)
        atomic.write_folder(target, files)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            f"the result {name!r} cannot be written: {reason}; check the --out folder"
        ) from error
    return target


def _refuse_foreign(target: Path) -> None:
    """An input folder of the same name must never be taken for a previous result."""
    while True:
        before = _identity(target)
        if before is None or _is_result(target):
            return
        if _identity(target) == before:  # else another writer replaced it meanwhile: look again
            raise UsageError(
                f"{target.name!r} exists in the --out folder and is no earlier result (it holds no "
                f"{' or '.join(MARKS)} of lgescar); move it away or choose another --out"
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _is_result(folder: Path) -> bool:
    """Whether it is a folder that is empty or bears our mark; others write a report.json, too."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    with contextlib.suppress(FileNotFoundError):  # replaced meanwhile
        if not any(folder.iterdir()):
            return True
    for name, sign in MARKS.items():
        path = folder / name
        with contextlib.suppress(FileNotFoundError, IsADirectoryError), path.open("rb") as file:
            if sign in file.read(MARK_BYTES):
                return True
    return False
