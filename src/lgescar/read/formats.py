"""Which reader a file or folder belongs to, by its first bytes and never by its name alone."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from lgescar.core.errors import ChoiceError, InputError
from lgescar.core.study import Note, Study
from lgescar.read.kinds import Kind, first_bytes, kind_of
from lgescar.read.limits import MAX_FILES
from lgescar.read.names import is_litter, natural_key, plain
from lgescar.read.spacing import SPACING_FILE, read_spacing

MAX_DEPTH = 8
"""Deepest folder that is looked into."""
MOST_NAMES = 5
"""Skipped files that a note names."""


def files_below(folder: Path) -> list[Path]:
    """Regular files in a folder and those below, in natural order; litter and links left out.

    Raises:
        InputError: more files than the limit.
    """
    found: list[Path] = []
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            entries = sorted(here.iterdir(), key=lambda p: natural_key(p.name))
        except OSError:
            continue
        for entry in entries:
            if entry.is_symlink() or is_litter(entry):
                continue
            if entry.is_dir():
                if depth < MAX_DEPTH:
                    waiting.append((entry, depth + 1))
            elif entry.is_file():
                found.append(entry)
        if len(found) > MAX_FILES:
            raise InputError(f"the folder holds more than {MAX_FILES} files; give one study")
    return sorted(found, key=lambda p: natural_key(p.relative_to(folder).as_posix()))


def read_trusted(
    path: Path,
    spacing_mm: tuple[float, float, float] | None = None,
    series: str | None = None,
    strict: bool = False,
) -> Study:
    """The study at ``path``, decoded in this process: for files one has made oneself.

    Where ``spacing_mm`` is None, that in a folder's ``spacing.json`` takes its place.

    Raises:
        InputError: nothing there that can be read, or that file means nothing.
        ChoiceError: several studies fit.
    """
    if not path.exists():
        raise InputError("the input does not exist")
    files = files_below(path) if path.is_dir() else [path]
    if not path.is_dir() and not path.is_file():
        raise InputError("the input is neither a file nor a folder")
    beside = path / SPACING_FILE
    if beside in files:
        files.remove(beside)
        spacing_mm = spacing_mm or read_spacing(beside)
    heads = {file: kind_of(first_bytes(file.resolve() if file == path else file)) for file in files}
    of_kind = {kind: [f for f in files if heads[f] == kind] for kind in set(heads.values())}
    with warnings.catch_warnings():
        # Damaged files make libraries warn; what matters to the user becomes a note or an error.
        warnings.simplefilter("ignore")
        kind, study = _read(path, of_kind, spacing_mm, (series, strict))
    left = [file for file in files if heads[file] != kind]
    more = [_skipped(left)] if left else []
    if series is not None and kind not in ("dicom", "zip"):
        text = "a series was named, but the input holds none; it was taken as it is"
        more.append(Note("series-ignored", text))
    return replace(study, notes=(*study.notes, *more))


def _skipped(files: list[Path]) -> Note:
    names = ", ".join(plain(file.name) or "unnamed" for file in files[:MOST_NAMES])
    more = ", ..." if len(files) > MOST_NAMES else ""
    text = f"{len(files)} files are no images of this study's format or unreadable: {names}{more}"
    return Note("files-skipped", text)


def _read(
    path: Path,
    of_kind: dict[Kind, list[Path]],
    spacing_mm: tuple[float, float, float] | None,
    choice: tuple[str | None, bool],
) -> tuple[Kind, Study]:
    if dicom := of_kind.get("dicom"):
        from lgescar.read.dicom import read_dicom

        return "dicom", read_dicom(path, dicom, spacing_mm, *choice)
    if path.is_file() and "zip" in of_kind:
        from lgescar.read.dicom import read_dicom_zip

        return "zip", read_dicom_zip(path, spacing_mm, *choice)
    if nifti := of_kind.get("nifti"):
        from lgescar.read.nifti import read_nifti

        if len(nifti) > 1:
            names = tuple(f.name for f in nifti)
            raise ChoiceError(f"the folder holds {len(nifti)} NIfTI files; give one of them", names)
        return "nifti", read_nifti(nifti[0], spacing_mm)
    if images := of_kind.get("image"):
        from lgescar.read.png import read_images

        return "image", read_images(path, images, spacing_mm)
    raise InputError("no DICOM, NIfTI, PNG or TIFF image was found in the input")
