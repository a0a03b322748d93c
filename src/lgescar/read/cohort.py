"""Folders of patients with a reference: ``images/NAME.nii.gz`` and ``labels/NAME.nii.gz``.

Called by train/ and evaluate/ only: nothing on the way from study to report may see a reference.
The files are the reader's own, so they are read in this process.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import InputError, UsageError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.read.labels import label_maps, read_label_volume
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
    images = {p.name for p in (folder / "images").glob("*.nii.gz")}
    labelled = images & {p.name for p in (folder / "labels").glob("*.nii.gz")}
    if not labelled:
        raise InputError("a cohort needs images/NAME.nii.gz and labels/NAME.nii.gz")
    return sorted((name.removesuffix(".nii.gz") for name in labelled), key=natural_key)


def read_case(folder: Path, name: str) -> tuple[Study, tuple[LabelMap, ...]]:
    """One patient and the reference of each slice, whichever of the known codings it uses.

    Raises:
        InputError: a file that cannot be read, or codes of no known coding.
    """
    study = read_nifti(folder / "images" / f"{name}.nii.gz")
    volume = read_label_volume(folder / "labels" / f"{name}.nii.gz")
    return study, label_maps(replace(volume, codes=_recoded(volume.codes)), study)


def _recoded(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    found = [int(code) for code in np.unique(codes)]
    for coding in (OWN, MYOPS):
        if set(found) <= set(coding):
            recoded = np.zeros_like(codes)
            for code in found:
                recoded[codes == code] = coding[code]
            return recoded
    raise InputError(f"label codes {found[:8]} belong to no known cohort")
