"""What a report says of ``--spacing`` and ``--series`` that were used, or could not be."""

import numpy as np
import pytest
from PIL import Image

from lgescar.read.formats import read_trusted

GIVEN = (1.5, 1.25, 8.0)


def said(study):
    """Notes about what was given, by code."""
    codes = ("spacing-given", "spacing-ignored", "series-ignored")
    return {n.code: n.message for n in study.notes if n.code in codes}


@pytest.fixture
def numbered():
    return np.arange(120, dtype=np.int16).reshape(6, 5, 4)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(path)
    return path


def test_a_nifti_file_that_knows_its_spacing_keeps_it(nifti_file, oblique, numbered):
    study = read_trusted(nifti_file(numbered, oblique), (3.0, 3.0, 3.0))
    assert study.spacing_mm == pytest.approx((1.5, 1.25))
    assert list(said(study)) == ["spacing-ignored"]
    assert (
        "pixel spacing 3 x 3 mm and distance between slices 3 mm" in said(study)["spacing-ignored"]
    )


def test_a_nifti_file_that_knows_half_gets_both_notes(nifti_file, oblique, numbered):
    path = nifti_file(numbered, np.diag([1.0, 1.0, 8.0, 1.0]), xyzt_units=0)
    study = read_trusted(path, GIVEN)  # 1.0 without a unit is a placeholder
    assert study.spacing_mm == (1.5, 1.25)
    assert study.slice_step_mm == 8.0
    assert sorted(said(study)) == ["spacing-given", "spacing-ignored"]
    assert said(study)["spacing-given"].startswith("pixel spacing 1.5 x 1.25 mm: given by hand")
    assert said(study)["spacing-ignored"].startswith("distance between slices 8 mm: given")


def test_a_picture_takes_what_is_given_and_one_slice_has_no_step(picture):
    study = read_trusted(picture, GIVEN)
    assert said(study) == {
        "spacing-given": "pixel spacing 1.5 x 1.25 mm: given by hand; the input does not say"
    }


@pytest.mark.parametrize("spacing", [[1.5, 1.25], None])
def test_dicom_says_which_spacing_was_used(save, stack, spacing):
    study = read_trusted(save(stack(PixelSpacing=spacing)), (3.0, 3.0, 3.0))
    ignored = "distance between slices 3 mm: given by hand and not used; the input says its own"
    if spacing is None:
        assert study.spacing_mm == (3.0, 3.0)
        assert said(study)["spacing-ignored"] == ignored
        assert said(study)["spacing-given"].startswith("pixel spacing 3 x 3 mm")
    else:
        assert study.spacing_mm == pytest.approx((1.5, 1.25))
        assert said(study) == {"spacing-ignored": f"pixel spacing 3 x 3 mm and {ignored}"}


def test_a_series_is_ignored_with_a_note_where_there_is_none(
    nifti_file, oblique, numbered, picture
):
    for path in (nifti_file(numbered, oblique), picture):
        assert list(said(read_trusted(path, series="1.2.3"))) == ["series-ignored"]


def test_a_series_that_is_there_is_taken_without_a_note(save, stack):
    assert said(read_trusted(save(stack()), series="1.2.3")) == {}


def test_nothing_given_nothing_said(nifti_file, oblique, numbered, picture):
    for path in (nifti_file(numbered, oblique), picture):
        assert said(read_trusted(path)) == {}
