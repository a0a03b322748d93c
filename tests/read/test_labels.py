"""Label maps on the grid of a study."""

import numpy as np
import pytest

from lgescar.core.errors import GeometryError, InputError
from lgescar.read.labels import label_maps, read_label_volume
from lgescar.read.nifti import read_nifti

SHAPE = (6, 5, 4)


@pytest.fixture
def study(nifti_file, oblique):
    oblique[:3, 2] *= -1  # stored from the apex, so that order matters
    return read_nifti(nifti_file(np.arange(120, dtype=np.int16).reshape(SHAPE), oblique))


def read(nifti_file, study, codes, affine=None):
    path = nifti_file(codes, study.grid.affine if affine is None else affine, "labels.nii.gz")
    return label_maps(read_label_volume(path), study)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float64])
def test_each_slice_gets_its_own_codes(nifti_file, study, dtype):
    codes = np.zeros(SHAPE, dtype)
    codes[2, 3, 1] = 3
    labels = read(nifti_file, study, codes)
    assert study.indices == (3, 2, 1, 0)
    assert [int(label.scar.sum()) for label in labels] == [0, 0, 1, 0]
    assert labels[2].scar[2, 3]


def test_an_empty_map_is_empty(nifti_file, study):
    labels = read(nifti_file, study, np.zeros(SHAPE, np.uint8))
    assert not any(label.wall.any() or label.scar.any() for label in labels)


@pytest.mark.parametrize("code", [5, 2221, -1])
def test_foreign_codes_are_refused(nifti_file, study, code):
    with pytest.raises(InputError, match="codes run from 0 to 4"):
        read(nifti_file, study, np.full(SHAPE, code, np.int16))


@pytest.mark.parametrize("code", [0.5, np.nan, np.inf])
def test_codes_that_are_not_whole_are_refused(nifti_file, study, code):
    with pytest.raises(InputError, match="whole numbers"):
        read(nifti_file, study, np.full(SHAPE, code, np.float32))


def test_another_shape_is_refused(nifti_file, study):
    with pytest.raises(GeometryError, match="shape"):
        read(nifti_file, study, np.zeros((6, 5, 3), np.uint8))


def test_another_place_is_refused_and_rounding_is_not(nifti_file, study):
    moved = study.grid.affine.copy()
    moved[0, 3] += 0.01
    read(nifti_file, study, np.zeros(SHAPE, np.uint8), moved)
    moved[0, 3] += 1.0
    with pytest.raises(GeometryError, match="affines"):
        read(nifti_file, study, np.zeros(SHAPE, np.uint8), moved)
