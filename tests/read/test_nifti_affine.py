"""What is believed of a NIfTI header that contradicts itself."""

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import GeometryError
from lgescar.read.nifti import read_nifti, read_volume

ARRAY = np.arange(120, dtype=np.int16).reshape(6, 5, 4)


def codes(study):
    return [note.code for note in study.notes]


def test_a_qform_alone_gives_the_affine_that_nibabel_gives(nifti_file, oblique, tmp_path):
    for flip in (1.0, -1.0):
        affine = oblique.copy()
        affine[:3, 0] *= flip
        image = nib.Nifti1Image(ARRAY, None)
        image.set_qform(affine, code=1)
        nib.save(image, tmp_path / "q.nii")
        expected = nib.load(tmp_path / "q.nii").affine
        np.testing.assert_allclose(
            read_volume(tmp_path / "q.nii").placement.affine, expected, atol=1e-4
        )


def test_sform_wins_over_a_qform_elsewhere_and_both_are_named(nifti_file, oblique, tmp_path):
    path = nifti_file(ARRAY, oblique, "both.nii")
    image = nib.load(path)
    moved = oblique.copy()
    moved[:3, 3] += [0.0, 3.0, 4.0]
    image.set_qform(moved, code=1)
    nib.save(image, tmp_path / "moved.nii")
    study = read_nifti(tmp_path / "moved.nii")
    np.testing.assert_allclose(study.grid.affine, oblique, atol=1e-4)
    (note,) = study.notes
    assert note.code == "affine-conflict"
    assert "5.0 mm" in note.message  # 3, 4, 5


def test_a_unit_sform_yields_to_a_true_qform(oblique, tmp_path):
    image = nib.Nifti1Image(ARRAY, None)
    image.header.set_xyzt_units("mm")
    image.set_qform(oblique, code=1)
    image.header["srow_x"], image.header["srow_y"] = [1, 0, 0, 0], [0, 1, 0, 0]
    image.header["srow_z"], image.header["sform_code"] = [0, 0, 1, 0], 2
    path = tmp_path / "unit.nii"
    path.write_bytes(image.header.binaryblock + bytes(4) + ARRAY.tobytes(order="F"))
    content = bytearray(path.read_bytes())
    content[108:112] = np.array(352, "<f4").tobytes()
    content[344:348] = b"n+1\0"
    path.write_bytes(content)
    study = read_nifti(path)
    np.testing.assert_allclose(study.grid.affine, oblique, atol=1e-4)
    assert codes(study) == ["affine-conflict"]


def test_a_pixdim_far_from_a_true_sform_yields_to_it(nifti_file, oblique):
    study = read_nifti(nifti_file(ARRAY, oblique, pixdim=[1, 3, 3, 3, 1, 1, 1, 1]))
    assert (*study.spacing_mm, study.slice_step_mm) == pytest.approx((1.5, 1.25, 8.0))
    assert codes(study) == ["affine-conflict"]


def test_pixdim_refines_a_rounded_sform_in_silence(nifti_file, oblique):
    study = read_nifti(nifti_file(ARRAY, oblique, pixdim=[1, 1.5001, 1.25, 8, 1, 1, 1, 1]))
    assert study.spacing_mm[0] == pytest.approx(1.5001)
    assert study.notes == ()


@pytest.mark.parametrize(
    ("units", "diagonal", "pixel", "step", "noted"),
    [
        ("mm", (1, 1, 1), (1, 1), 1, []),
        ("unknown", (1, 1, 1), None, None, ["spacing-unknown"]),
        ("unknown", (1, 1, 10), None, 10, ["spacing-unknown", "units-assumed"]),
        ("unknown", (1.4, 1.4, 1), (1.4, 1.4), None, ["step-unknown", "units-assumed"]),
        ("unknown", (1.4, 1.4, 13), (1.4, 1.4), 13, ["units-assumed"]),
        ("meter", (0.0014, 0.0014, 0.01), (1.4, 1.4), 10, []),
        ("micron", (1400, 1400, 10000), (1.4, 1.4), 10, []),
    ],
)
def test_units_decide_what_a_spacing_is_worth(nifti_file, units, diagonal, pixel, step, noted):
    path = nifti_file(
        ARRAY, np.diag([*diagonal, 1.0]), xyzt_units=nib.nifti1.unit_codes.code[units]
    )
    study = read_nifti(path)
    assert study.spacing_mm == (pixel and pytest.approx(pixel))
    assert study.slice_step_mm == (step and pytest.approx(step))
    assert [c for c in codes(study) if c != "orientation-unknown"] == noted


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_pixel_size_that_is_no_length_is_unknown_and_never_1(tmp_path, nifti_file, bad):
    path = nifti_file(ARRAY, np.diag([1.0, 1.0, 1.0, 1.0]), "bad.nii", code=0)
    content = bytearray(path.read_bytes())
    content[80:92] = np.array([bad, 1.4, 10.0], "<f4").tobytes()
    path.write_bytes(content)
    study = read_nifti(path)
    assert study.spacing_mm is None
    assert "spacing-unknown" in codes(study)
    assert not study.grid.units_known


def test_axes_exactly_along_the_patient_are_a_placeholder_even_when_shifted(nifti_file):
    affine = np.diag([1.5, 1.5, 10.0, 1.0])
    affine[:3, 3] = [-30.0, 12.0, 4.0]
    study = read_nifti(nifti_file(ARRAY, affine))
    assert (study.oriented, study.order_known, study.view) == (False, False, "unknown")
    assert study.indices == (0, 1, 2, 3)
    assert codes(study) == ["orientation-unknown"]


def test_a_quaternion_that_is_no_rotation_is_refused(oblique, tmp_path):
    image = nib.Nifti1Image(ARRAY, None)
    image.set_qform(oblique, code=1)
    nib.save(image, tmp_path / "q.nii")
    content = bytearray((tmp_path / "q.nii").read_bytes())
    content[256:268] = np.array([0.9, 0.9, 0.9], "<f4").tobytes()
    (tmp_path / "q.nii").write_bytes(content)
    with pytest.raises(GeometryError, match="quaternion"):
        read_nifti(tmp_path / "q.nii")


@pytest.mark.parametrize(("off", "known"), [(1.005, True), (1.02, False)])
def test_a_scale_is_known_where_pixdim_is_the_sforms_within_1_percent(
    nifti_file, oblique, off, known
):
    path = nifti_file(ARRAY, oblique, pixdim=[1.0, 1.5 * off, 1.25, 8.0, 0, 0, 0, 0])
    study = read_nifti(path)
    assert (codes(study) == []) is known
    assert study.grid.units_known
