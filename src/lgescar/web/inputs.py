"""Which studies a folder holds, by the first bytes of its files; nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lgescar.read.formats import MAX_DEPTH
from lgescar.read.kinds import first_bytes, kind_of
from lgescar.read.names import is_litter, natural_key

NOT_STUDIES = frozenset({"labels", "masks", "segmentations", "overlays", "truth", "noisy"})
"""Folders of cohorts that hold outlines, not images."""
LOOKED_AT = 200
"""Files of a folder whose first bytes are read."""


def studies_below(folder: Path, depth: int = 0) -> Iterator[Path]:
    """Every study of a folder: NIfTI files and zips one by one, folders of DICOM or PNG whole.

    All that lies below one folder of ``folder`` in DICOM is one exam, hence one study.
    """
    files, folders = _listed(folder)
    if any(_kind(file) in ("dicom", "image") for file in files[:LOOKED_AT]):
        yield folder
        return
    yield from (file for file in files if _kind(file) in ("nifti", "zip"))
    for one in folders if depth <= MAX_DEPTH else ():
        exam = depth == 0 and _holds_dicom(one)
        yield from [one] if exam else studies_below(one, depth + 1)


def _holds_dicom(folder: Path, depth: int = 0) -> bool:
    files, folders = _listed(folder)
    if any(_kind(file) == "dicom" for file in files[:LOOKED_AT]):
        return True
    return depth < MAX_DEPTH and any(_holds_dicom(one, depth + 1) for one in folders)


def _kind(file: Path) -> str:
    return kind_of(first_bytes(file))


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders in natural order; litter and links left out."""
    try:
        found = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
    except OSError:
        return [], []
    listed = [path for path in found if not path.is_symlink() and not is_litter(path)]
    folders = [p for p in listed if p.is_dir() and p.name.lower() not in NOT_STUDIES]
    return [p for p in listed if p.is_file()], folders
