"""The small picture of a study lies as its slices are read, however they are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from lgescar.read import read_study
from lgescar.web.routes.worklist import _png


@pytest.mark.parametrize("stored", ["mirrored", "upside down", "transposed"])
def test_pictures_of_one_heart_are_the_same_however_it_is_stored(
    patients: tuple[Path, ...], tmp_path: Path, stored: str
) -> None:
    whole: Any = nibabel.load(patients[0])
    other = {
        "mirrored": lambda: whole.slicer[::-1],
        "upside down": lambda: whole.slicer[:, ::-1],
        "transposed": lambda: nibabel.Nifti1Image(
            np.asarray(whole.dataobj).swapaxes(0, 1), whole.affine[:, [1, 0, 2, 3]]
        ),
    }[stored]()
    nibabel.save(other, tmp_path / "other.nii.gz")
    assert not np.array_equal(np.asarray(whole.dataobj), np.asarray(other.dataobj))
    assert _png(read_study(tmp_path / "other.nii.gz")) == _png(read_study(patients[0]))
