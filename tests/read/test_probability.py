"""Probability maps read back onto the study they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import GeometryError, InputError
from lgescar.core.study import Study
from lgescar.read.nifti import read_nifti
from lgescar.read.probability import read_probabilities

AFFINE = np.diag([10.0, 1.5, 1.5, 1.0])
"""Slices lie along the first axis."""
CHANCES = np.array([0.0, 0.25, 1.0], np.float32)[:, None, None] * np.ones((3, 8, 9), np.float32)


def save(path: Path, voxels: Any, affine: Any = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(voxels, affine), path)
    return path


@pytest.fixture
def study(tmp_path: Path) -> Study:
    codes = np.ones((3, 8, 9), np.uint8)
    return read_nifti(save(tmp_path / "labels.nii.gz", codes))


def test_each_slice_of_the_study_gets_its_own_chances(study: Study, tmp_path: Path) -> None:
    found = read_probabilities(save(tmp_path / "chance.nii.gz", CHANCES), study)
    assert [chance.shape for chance in found] == [(8, 9)] * 3
    assert [chance.max() for chance in found] == [CHANCES[i].max() for i in study.indices]


def test_stored_whole_numbers_are_scaled_as_the_header_says(study: Study, tmp_path: Path) -> None:
    image = nib.Nifti1Image((CHANCES * 200).astype(np.uint8), AFFINE)
    image.header.set_slope_inter(0.005, 0.0)
    nib.save(image, tmp_path / "chance.nii.gz")
    found = read_probabilities(tmp_path / "chance.nii.gz", study)
    assert sorted(float(chance.max()) for chance in found) == pytest.approx([0.0, 0.25, 1.0])


def test_a_sum_that_rounding_carried_past_1_is_1(study: Study, tmp_path: Path) -> None:
    over = np.nextafter(CHANCES, np.float32(2.0))
    found = read_probabilities(save(tmp_path / "chance.nii.gz", over), study)
    assert max(float(chance.max()) for chance in found) == 1.0


def test_a_map_of_another_place_is_refused(study: Study, tmp_path: Path) -> None:
    moved = AFFINE.copy()
    moved[1, 3] = 5.0
    with pytest.raises(GeometryError, match="affines may differ"):
        read_probabilities(save(tmp_path / "chance.nii.gz", CHANCES, moved), study)


def test_numbers_below_0_are_no_chances(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no chances"):
        read_probabilities(save(tmp_path / "chance.nii.gz", CHANCES - 0.5), study)
