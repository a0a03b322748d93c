"""DICOM studies written by pydicom."""

import shutil
import zipfile

import numpy as np
import pytest

from lgescar.core.errors import ChoiceError, GeometryError, InputError
from lgescar.measure.mass import volume_basis
from lgescar.read.formats import read_trusted


def codes(study):
    return [note.code for note in study.notes]


def test_slices_come_from_base_to_apex_whatever_their_names(stack, save, apex):
    images = stack(5)
    study = read_trusted(save([images[i] for i in (3, 0, 4, 1, 2)]))
    assert [float(s.pixels[0, 0]) for s in study.slices] == [0, 100, 200, 300, 400]
    along = [float(np.dot(apex, s.geometry.origin_mm)) for s in study.slices]
    assert along == pytest.approx([0, 8, 16, 24, 32])
    assert study.slice_step_mm == pytest.approx(8.0)
    assert study.spacing_mm == (1.5, 1.25)
    assert (study.view, study.order_known, study.complete) == ("short-axis", True, True)
    assert (study.sequence, study.series_uid, study.name) == ("magnitude", "1.2.3", "study")
    assert study.notes == ()


def test_the_grid_puts_each_voxel_where_its_slice_does(stack, save):
    study = read_trusted(save(stack(3)))
    assert study.grid.shape == (5, 6, 3)
    last = study.slices[2].geometry
    expected = np.array(last.origin_mm) + 4 * 1.5 * np.array(last.down)
    expected += 5 * 1.25 * np.array(last.across)
    found = study.grid.affine @ [4, 5, 2, 1]
    np.testing.assert_allclose(found[:3] * [-1, -1, 1], expected, atol=1e-6)  # RAS to LPS


def test_a_reversed_stack_with_a_turned_normal_is_read_alike(stack, save, apex):
    images = stack(4)
    for data in images:  # rows and columns swapped: the normal points the other way
        cosines = list(data.ImageOrientationPatient)
        data.ImageOrientationPatient = cosines[3:] + cosines[:3]
    study = read_trusted(save(images))
    assert [float(s.pixels[0, 0]) for s in study.slices] == [0, 100, 200, 300]


def test_a_single_file_and_a_zip_are_read_like_the_folder(stack, save, tmp_path):
    folder = save(stack(3))
    whole = read_trusted(folder)
    one = read_trusted(folder / "IM002.dcm")
    assert np.array_equal(one.slices[0].pixels, whole.slices[1].pixels)
    assert one.slice_step_mm is None
    with zipfile.ZipFile(tmp_path / "exam.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, f"DICOM/{file.name}")
        archive.writestr("DICOM/readme.txt", "hello")
    packed = read_trusted(tmp_path / "exam.zip")
    assert packed.name == "exam"
    assert packed.slice_step_mm == whole.slice_step_mm
    assert codes(packed) == ["files-skipped"]
    for ours, theirs in zip(packed.slices, whole.slices, strict=True):
        assert np.array_equal(ours.pixels, theirs.pixels)


def test_enhanced_multi_frame_gives_what_the_classic_export_gives(stack, save, enhanced):
    images = stack(4)
    for i, data in enumerate(images):
        data.RescaleSlope, data.RescaleIntercept = i + 1, -10 * i
    classic = read_trusted(save(images))
    multi = read_trusted(save([enhanced([images[i] for i in (2, 0, 3, 1)])], "multi"))
    assert multi.slice_step_mm == pytest.approx(classic.slice_step_mm)
    assert multi.spacing_mm == classic.spacing_mm
    np.testing.assert_allclose(multi.grid.affine, classic.grid.affine, atol=1e-9)
    for ours, theirs in zip(multi.slices, classic.slices, strict=True):
        assert np.array_equal(ours.pixels, theirs.pixels)
    assert classic.slices[3].pixels[0, 1] == 301 * 4 - 30


def test_negative_values_of_psir_are_kept(image, save):
    data = image(
        np.array([[-2048, -5], [0, 2047]], np.int16),
        BitsStored=12,
        HighBit=11,
        ImageType=["DERIVED", "PRIMARY", "PSIR"],
    )
    study = read_trusted(save([data]))
    assert study.sequence == "psir"
    assert study.slices[0].pixels.tolist() == [[-2048, -5], [0, 2047]]


@pytest.mark.parametrize("spacing", [None, [0, 0], [-1, 1.5], ["nan", "nan"]])
def test_pixel_spacing_that_is_no_length_is_unknown(stack, save, spacing, recwarn):
    images = stack(3, PixelSpacing=None)
    for data in images:
        if spacing:
            data.PixelSpacing = spacing
    folder = save(images)
    study = read_trusted(folder)
    recwarn.clear()
    assert study.spacing_mm is None
    assert study.slice_step_mm == pytest.approx(8.0)
    assert codes(study) == ["spacing-unknown"]
    assert not study.grid.units_known
    given = read_trusted(folder, (2.0, 3.0, 99.0))
    assert (*given.spacing_mm, given.slice_step_mm) == pytest.approx((2.0, 3.0, 8.0))


def test_a_missing_slice_is_noted_with_both_steps_and_files(stack, save):
    images = stack(6)
    study = read_trusted(save(images[:3] + images[4:]))
    assert not study.complete
    assert study.slice_step_mm == pytest.approx(8.0)
    (note,) = study.notes
    assert note.code == "slice-missing"
    for part in ("16.00", "8.00", "IM003", "IM004"):
        assert part in note.message


def test_an_uneven_step_is_noted(stack, save):
    images = stack(3) + stack(1, start=28.0)
    study = read_trusted(save(images))
    assert (codes(study), study.complete) == (["steps-uneven"], False)


@pytest.mark.parametrize(
    ("step", "last", "even"),
    [
        (8.0, 8.0 * 1.018, True),
        (8.0, 8.0 * 1.022, False),  # 2 % of 8 mm are 0.16 mm
        (2.0, 2.0 + 0.09, True),
        (2.0, 2.0 + 0.11, False),  # 2 % of 2 mm are less than 0.1 mm
    ],
)
def test_steps_are_even_within_the_larger_of_2_percent_and_a_tenth_of_a_millimetre(
    stack, save, step, last, even
):
    study = read_trusted(save(stack(4, step) + stack(1, start=3 * step + last)))
    assert study.complete is even
    assert codes(study) == ([] if even else ["steps-uneven"])
    # Grams only where the distance between the slices is one.
    assert (volume_basis(study)[0] is not None) is even


def test_positions_win_over_thickness_and_spacing_between_slices(stack, save):
    study = read_trusted(save(stack(3, SliceThickness=6, SpacingBetweenSlices=8)))
    assert study.slice_step_mm == pytest.approx(8.0)
    (note,) = study.notes
    assert (note.code, "6.00" in note.message, "8.00" in note.message) == (
        "step-differs",
        True,
        True,
    )


def test_the_same_image_twice_counts_once(stack, save):
    folder = save(stack(3))
    shutil.copy(folder / "IM002.dcm", folder / "copy.dcm")
    study = read_trusted(folder)
    assert (len(study.slices), study.notes) == (3, ())


def test_two_different_images_at_one_place_are_refused(stack, save, image):
    images = stack(3)
    twin = image(np.ones((5, 6), np.uint16), InstanceNumber=9)
    twin.ImagePositionPatient = images[1].ImagePositionPatient
    with pytest.raises(ChoiceError, match="one position") as caught:
        read_trusted(save([*images, twin]))
    assert caught.value.options == ("1.2.3",)


def test_images_without_positions_keep_their_numbers_order(stack, save):
    images = stack(3, ImagePositionPatient=None)
    images[0].InstanceNumber, images[2].InstanceNumber = 3, 1
    study = read_trusted(save(images))
    assert [float(s.pixels[0, 0]) for s in study.slices] == [200, 100, 0]
    assert (study.slice_step_mm, study.oriented, study.order_known) == (None, False, False)
    assert codes(study) == ["step-unknown", "positions-missing"]


def test_directions_that_are_not_perpendicular_are_refused(stack, save):
    images = stack(2, ImageOrientationPatient=[1, 0, 0, 0.7, 0.7, 0])
    with pytest.raises(GeometryError, match="perpendicular"):
        read_trusted(save(images))


def test_a_long_axis_stack_is_read_and_noted(stack, save):
    study = read_trusted(
        save(stack(1, ImageOrientationPatient=[0.6, -0.6, -0.529, 0.5297, 0.7945, -0.2966]))
    )
    assert study.view == "other"
    assert "not-short-axis" in codes(study)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"Modality": "CT"}, "modality CT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "secondary"),
        ({"PhotometricInterpretation": "RGB"}, "colour"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"BurnedInAnnotation": "YES"}, "burnt-in"),
        ({"Rows": 5000, "Columns": 5000}, "at most"),
        ({"Rows": 4000, "Columns": 4000, "NumberOfFrames": 4000}, "at most"),
        ({"BitsAllocated": 1}, "bits"),
        ({"PixelData": None}, "no pixels"),
        ({"PixelData": b"\0" * 10}, "cut short"),
    ],
)
def test_what_is_no_lge_image_is_refused_with_a_reason(image, save, fields, word):
    data = image(np.ones((5, 6), np.uint16), **fields)
    with pytest.raises(InputError, match=word) as caught:
        read_trusted(save([data]) / "IM001.dcm")
    assert "Secret" not in str(caught.value)


def test_lossy_compression_is_noted(stack, save):
    assert codes(read_trusted(save(stack(2, LossyImageCompression="01")))) == ["lossy-compression"]


def test_litter_and_foreign_files_are_left_out_and_counted(stack, save, image):
    folder = save(stack(3))
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    save([image(np.ones((5, 6), np.uint16), Modality="OT")], first=9)
    study = read_trusted(folder)
    assert len(study.slices) == 3
    (note,) = study.notes
    assert note.message == "1 files skipped: modality OT is not read; LGE images have modality MR"


def test_uids_that_are_no_uids_go_no_further(stack, save, tmp_path):
    folder = save(stack(2))
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"1.2.3\0", b"../../"))
    study = read_trusted(folder)
    assert study.series_uid is None


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "slices", "step", "pixel", "view"),
    [
        # SliceLocation steps by 4.13 mm here; the positions by 5.0 (PROVENANCE.md).
        ("cine-dicom-ge/sax-phase01", 20, 5.0, 0.8203, "unknown"),
        ("cine-dicom-ge/lax-phase01", 14, 5.0, 0.8203, "other"),
        # One series per slice, 6 mm thick, every 17.7 mm (PROVENANCE.md).
        ("cine-dicom-siemens/sax-phase01", 6, 17.7, 1.40625, "short-axis"),
    ],
)
def test_real_series_step_as_their_positions_say(data_dir, folder, slices, step, pixel, view):
    study = read_trusted(data_dir / folder)
    assert len(study.slices) == slices
    assert study.slice_step_mm == pytest.approx(step, abs=1e-3)
    assert study.spacing_mm == (pixel, pixel)
    assert study.view == view


@pytest.mark.data
def test_a_real_cine_is_not_interleaved(data_dir):
    folder = data_dir / "cine-dicom-siemens"
    study = read_trusted(folder)
    assert len(study.slices) == 6
    assert {"series-chosen", "images-left-out", "series-joined", "lge-unconfirmed"} <= set(
        codes(study)
    )
    with pytest.raises(ChoiceError):
        read_trusted(folder / "sax-Se2-cine", strict=True)


@pytest.mark.parametrize("keyword", ["SpacingBetweenSlices", "SliceThickness"])
def test_a_distance_is_another_from_1_percent_of_the_step_on(stack, save, keyword):
    # 1 % of 8 mm are 0.08 mm
    assert codes(with_distance(save, stack, keyword, 8.07)) == []
    (note,) = with_distance(save, stack, keyword, 8.09).notes
    assert (note.code, note.message.split()[0]) == ("step-differs", keyword)


def with_distance(save, stack, keyword, stated_mm):
    return read_trusted(save(stack(3, **{keyword: stated_mm}), f"stated-{stated_mm}"))


@pytest.mark.parametrize("cosines", [[1, 0, 0, 0.05, 0.99875, 0], [1.05, 0, 0, 0, 1, 0]])
def test_directions_that_are_a_little_off_are_refused(stack, save, cosines):
    with pytest.raises(GeometryError, match="perpendicular"):
        read_trusted(save(stack(2, ImageOrientationPatient=cosines)))


@pytest.mark.parametrize("numbers", [(1, 2, 2), (1, None, 3)])
def test_images_without_positions_need_numbers_of_their_own(stack, save, numbers):
    images = stack(3, ImagePositionPatient=None)
    for data, number in zip(images, numbers, strict=True):
        data.InstanceNumber = number
    with pytest.raises(GeometryError, match="instance numbers"):
        read_trusted(save(images))


def test_a_position_without_directions_is_no_place(stack, save):
    study = read_trusted(save(stack(3, ImageOrientationPatient=None)))
    assert (study.oriented, study.slice_step_mm) == (False, None)
    first = study.slices[0].geometry
    assert (first.origin_mm, first.down, first.across) == ((0, 0, 0), (0, 1, 0), (1, 0, 0))
