"""Folders of patients with a reference: ``images/NAME.nii.gz`` and ``labels/NAME.nii.gz``.

Called by train/ and evaluate/ only: nothing on the way from study to report may see a reference.
The files are the reader's own, so they are read in this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lgescar.core.errors import InputError, UsageError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.read.labels import LabelVolume, label_maps, read_label_volume
from lgescar.read.names import natural_key
from lgescar.read.nifti import read_nifti

Coding = dict[int, Tissue]
"""What each code of a label file means."""

OWN: Coding = {int(t): t for t in Tissue}
"""EMIDEC's codes are ours. Source: Lalande et al., Data 2020, 5(4):89."""
MYOPS: Coding = {
    0: Tissue.BACKGROUND,
    200: Tissue.VIABLE,
    500: Tissue.BLOOD_POOL,
    600: Tissue.BACKGROUND,
    1220: Tissue.VIABLE,
    2221: Tissue.SCAR,
}
"""600 is the right ventricle; 1220 is oedema, seen on T2 only and part of the wall.
Source: Zhuang, TPAMI 2019; Li et al., MedIA 2023."""


def cohort_folders(data: Iterable[Path]) -> list[Path]:
    """Every folder in ``data``, or right below it, that holds ``images`` and ``labels``.

    Raises:
        UsageError: none.
    """
    data = list(data)
    candidates = [p for d in data for p in (d, *(sorted(d.iterdir()) if d.is_dir() else ()))]
    found = [p for p in candidates if (p / "images").is_dir() and (p / "labels").is_dir()]
    if not found:
        raise UsageError("no cohort found: expected folders with images/ and labels/ in --data")
    return found


def cases(folder: Path) -> list[str]:
    """Names of the patients that have an image and a reference, in natural order.

    Raises:
        InputError: the folder holds none.
    """
    found = named(folder / "images") & named(folder / "labels")
    if not found:
        raise InputError("a cohort needs images/NAME.nii.gz and labels/NAME.nii.gz")
    return sorted(found, key=natural_key)


def named(folder: Path) -> set[str]:
    """Names of the NIfTI files of a folder."""
    return {path.name.removesuffix(".nii.gz") for path in folder.glob("*.nii.gz")}


def read_case(folder: Path, name: str) -> tuple[Study, tuple[LabelMap, ...]]:
    """One patient and the reference of each slice, whichever of the known codings it uses.

    Raises:
        InputError: a file that cannot be read, or codes of no known coding.
    """
    study = read_nifti(folder / "images" / f"{name}.nii.gz")
    volume = read_label_volume(folder / "labels" / f"{name}.nii.gz")
    return study, label_maps(recoded(volume), study)


def recoded(
    volume: LabelVolume, codings: Sequence[Coding] = (OWN, MYOPS), name: str = ""
) -> LabelVolume:
    """The volume in codes of ``Tissue``, by the first coding that knows all of its codes.

    ``name`` is what messages call the volume.

    Raises:
        InputError: none does.
    """
    found = set(np.unique(volume.codes).tolist())
    for coding in codings:
        if found <= set(coding):
            codes = np.zeros_like(volume.codes)
            for code in found:
                codes[volume.codes == code] = coding[code]
            return replace(volume, codes=codes)
    odd = sorted(found.difference(*codings) or found)[:8]
    known = " or ".join(", ".join(map(str, coding)) for coding in codings)
    whose = f"label codes {odd} of {name}" if name else f"label codes {odd}"
    raise InputError(f"{whose} belong to no known cohort; expected {known}")
