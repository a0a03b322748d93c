"""NIfTI volumes, as nibabel writes them."""

import gzip
import itertools
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import GeometryError, InputError
from lgescar.read.nifti import read_nifti, slice_axis


def codes(study):
    return [note.code for note in study.notes]


def numbered(shape=(6, 5, 4)):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def places(study):
    """Where each pixel value lies (LPS, mm); the arrays here hold each value once."""
    found = {}
    for image in study.slices:
        g = image.geometry
        for (row, col), value in np.ndenumerate(image.pixels):
            offset = row * g.spacing_mm[0] * np.array(g.down)
            offset += col * g.spacing_mm[1] * np.array(g.across)
            found[float(value)] = np.array(g.origin_mm) + offset
    return np.array([found[value] for value in sorted(found)])


def test_the_usual_layout_keeps_array_axes_as_rows_cols_and_slices(nifti_file, oblique):
    array = numbered()
    study = read_nifti(nifti_file(array, oblique))
    assert study.indices == (0, 1, 2, 3)
    assert all(np.array_equal(study.slices[i].pixels, array[:, :, i]) for i in range(4))
    assert study.spacing_mm == pytest.approx((1.5, 1.25))
    assert study.slice_step_mm == pytest.approx(8.0)
    assert (study.view, study.order_known, study.oriented) == ("short-axis", True, True)
    assert study.notes == ()


def test_all_48_axis_orders_put_every_pixel_at_the_same_place(nifti_file, oblique, apex):
    array = numbered()
    expected = None
    for order in itertools.permutations(range(3)):
        for flips in itertools.product((False, True), repeat=3):
            affine, turned = oblique.copy(), array.transpose(order)
            affine[:3, :3] = oblique[:3, order]
            for axis in np.flatnonzero(flips):
                affine[:3, 3] += affine[:3, axis] * (turned.shape[axis] - 1)
                affine[:3, axis] *= -1
                turned = np.flip(turned, axis)
            study = read_nifti(nifti_file(np.ascontiguousarray(turned), affine, "turned.nii"))
            expected = places(study) if expected is None else expected
            np.testing.assert_allclose(places(study), expected, atol=1e-3)
            along = [float(np.dot(apex, s.geometry.origin_mm)) for s in study.slices]
            assert along == sorted(along)
    # Independent of our code: voxel (0, 0, 0) lies at the affine's origin, turned to LPS.
    np.testing.assert_allclose(expected[0], oblique[:3, 3] * [-1, -1, 1], atol=1e-3)


def test_spacing_is_the_decimal_that_was_meant_when_it_was_stored(nifti_file, oblique):
    oblique[:3, 0] *= 0.76172 / 1.5
    assert read_nifti(nifti_file(numbered(), oblique)).spacing_mm == (0.76172, 1.25)


def test_a_stack_stored_from_the_apex_is_turned_and_remembers_its_indices(nifti_file, oblique):
    oblique[:3, 2] *= -1
    array = numbered()
    study = read_nifti(nifti_file(array, oblique))
    assert study.indices == (3, 2, 1, 0)
    assert np.array_equal(study.slices[0].pixels, array[:, :, 3])


@pytest.mark.parametrize(
    ("shape", "spacing", "axis"),
    [
        ((256, 256, 7), (1.4, 1.4, 10.0), 2),
        ((7, 256, 200), (10.0, 1.4, 1.4), 0),
        ((20, 60, 20), (1.4, 8.0, 1.4), 1),  # step wins over number of samples
        ((256, 9, 256), (None, None, None), 1),
        ((64, 64, 64), (1.0, 1.0, 1.0), 2),
        ((256, 1, 256), (1.4, 1.4, 1.4), 1),
    ],
)
def test_the_slice_axis_follows_the_documented_rule(shape, spacing, axis):
    assert slice_axis(shape, spacing) == axis


@pytest.mark.parametrize(
    ("slope", "inter", "expected"),
    [(2.0, -5.0, 15.0), (0.0, 7.0, 10.0), (np.nan, 7.0, 10.0), (2.0, np.nan, 20.0)],
)
def test_slope_and_intercept_follow_the_standard(nifti_file, oblique, slope, inter, expected):
    path = nifti_file(np.full((4, 4, 2), 10, np.int16), oblique, "scaled.nii")
    patch(path, 112, "<f4", slope)
    patch(path, 116, "<f4", inter)
    assert read_nifti(path).slices[0].pixels[0, 0] == expected


def patch(path, offset, dtype, value):
    content = bytearray(path.read_bytes())
    stored = np.array(value, dtype).tobytes()
    content[offset : offset + len(stored)] = stored
    path.write_bytes(content)


def test_an_infinite_slope_is_refused(nifti_file, oblique):
    path = nifti_file(numbered(), oblique, "scaled.nii")
    patch(path, 112, "<f4", np.inf)
    with pytest.raises(InputError, match="infinity"):
        read_nifti(path)


def test_broken_pixels_become_the_smallest_finite_value_and_are_counted(nifti_file, oblique):
    array = numbered() - 3
    array[0, 0, 1], array[1, 1, 1] = np.nan, np.inf
    study = read_nifti(nifti_file(array, oblique))
    assert study.slices[1].pixels[0, 0] == study.slices[1].pixels[1, 1] == -3
    (note,) = study.notes
    assert note.code == "nonfinite-pixels"
    assert note.message.startswith("2 pixels")


def test_an_image_of_nan_is_refused(nifti_file, oblique):
    with pytest.raises(InputError, match="no pixel"):
        read_nifti(nifti_file(np.full((4, 4, 2), np.nan, np.float32), oblique))


def test_a_constant_image_is_read_and_noted(nifti_file, oblique):
    assert codes(read_nifti(nifti_file(np.ones((4, 4, 2), np.uint8), oblique))) == ["no-signal"]


def test_a_4d_file_of_one_phase_is_read_and_of_two_refused(nifti_file, oblique):
    array = numbered()
    study = read_nifti(nifti_file(array[..., None, None], oblique))
    assert np.array_equal(study.slices[2].pixels, array[:, :, 2])
    with pytest.raises(InputError, match="4 axes"):
        read_nifti(nifti_file(np.stack([array, array], axis=3), oblique))


def test_a_single_slice_has_no_step(nifti_file, oblique):
    study = read_nifti(nifti_file(numbered((6, 5, 1)), oblique))
    assert (len(study.slices), study.slice_step_mm, codes(study)) == (1, None, ["single-slice"])
    assert not study.order_known


def test_other_byte_order_and_nifti_2_give_the_same_study(nifti_file, oblique, tmp_path):
    array = numbered()
    expected = places(read_nifti(nifti_file(array, oblique)))
    little = nib.load(nifti_file(array, oblique))
    big = nib.Nifti1Image(array, oblique, little.header.as_byteswapped(">"))
    nib.save(big, tmp_path / "big.nii")
    assert (tmp_path / "big.nii").read_bytes()[:4] == b"\x00\x00\x01\x5c"
    second = nib.Nifti2Image(array, oblique)
    second.header.set_xyzt_units("mm")
    nib.save(second, tmp_path / "second.nii")
    for name in ("big.nii", "second.nii"):
        np.testing.assert_allclose(places(read_nifti(tmp_path / name)), expected, atol=1e-3)


@pytest.mark.parametrize("name", ["cut.nii", "cut.nii.gz"])
def test_a_file_cut_anywhere_is_refused(nifti_file, oblique, name):
    path = nifti_file(numbered(), oblique, name)
    whole = path.read_bytes()
    for length in [*range(0, len(whole) - 1, 7), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_nifti(path)


def test_a_wrong_checksum_is_refused(nifti_file, oblique):
    path = nifti_file(numbered(), oblique)
    whole = bytearray(path.read_bytes())
    whole[-8] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(InputError, match="damaged"):
        read_nifti(path)


def test_a_header_that_claims_too_much_is_refused_before_reading(nifti_file, oblique):
    path = nifti_file(numbered(), oblique, "huge.nii")
    patch(path, 42, "<i2", [4096, 4096, 4096])
    with pytest.raises(InputError, match="at most"):
        read_nifti(path)


def test_a_gz_that_unpacks_to_far_more_than_its_size_is_refused(nifti_file, oblique, tmp_path):
    small = nifti_file(numbered(), oblique, "small.nii").read_bytes()
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(small + bytes(100 * 2**20)))
    with pytest.raises(InputError, match="unpacks"):
        read_nifti(path)


def test_colour_and_pairs_are_refused(nifti_file, oblique):
    path = nifti_file(numbered(), oblique, "colour.nii")
    patch(path, 70, "<i2", 128)
    with pytest.raises(InputError, match="plain number"):
        read_nifti(path)
    path = nifti_file(numbered(), oblique, "pair.nii")
    patch(path, 344, "S4", b"ni1")
    with pytest.raises(InputError, match="pair"):
        read_nifti(path)


def test_given_spacing_stands_in_only_where_the_file_knows_none(nifti_file, oblique):
    known = read_nifti(nifti_file(numbered(), oblique), (2.0, 3.0, 9.0))
    assert (*known.spacing_mm, known.slice_step_mm) == pytest.approx((1.5, 1.25, 8.0))
    path = nifti_file(numbered(), np.diag([1.0, 1.0, 10.0, 1.0]), xyzt_units=0)
    given = read_nifti(path, (2.0, 3.0, 9.0))
    assert (*given.spacing_mm, given.slice_step_mm) == (2.0, 3.0, 10.0)


def test_a_leaning_stack_uses_the_distance_across_it_and_says_so(nifti_file, oblique):
    oblique[:3, 2] += oblique[:3, 0] / 1.5 * 6.0  # 6 mm sideways for 8 mm forward: 10 mm long
    study = read_nifti(nifti_file(numbered(), oblique))
    assert study.slice_step_mm == pytest.approx(8.0, rel=1e-5)
    assert codes(study) == ["sheared-stack"]


def test_pixels_that_are_no_rectangles_and_flat_affines_are_refused(nifti_file, oblique):
    sheared = oblique.copy()
    sheared[:3, 0] += 0.3 * sheared[:3, 1]
    with pytest.raises(GeometryError, match="sheared"):
        read_nifti(nifti_file(numbered(), sheared))
    oblique[:3, 1] = oblique[:3, 0]
    with pytest.raises(GeometryError, match="singular"):
        read_nifti(nifti_file(numbered(), oblique))


@pytest.mark.data
def test_the_published_file_with_a_placeholder_sform_keeps_its_true_size(data_dir: Path):
    study = read_nifti(data_dir / "emidec-p100" / "Case_P100_image.nii.gz")
    assert (*study.spacing_mm, study.slice_step_mm) == (1.40625, 1.40625, 13.0)
    assert codes(study) == ["affine-conflict", "orientation-unknown", "units-assumed"]
    assert not study.oriented
