"""Which stack of a mixed folder is taken."""

import pytest

from lgescar.core.errors import ChoiceError, InputError
from lgescar.read.formats import read_trusted

PSIR = ["DERIVED", "PRIMARY", "PSIR"]


def codes(study):
    return [note.code for note in study.notes]


def firsts(study):
    return [float(s.pixels[0, 0]) for s in study.slices]


def test_two_series_are_never_interleaved(stack, save):
    one, two = stack(3), stack(4, start=4.0, SeriesInstanceUID="1.2.4", SeriesNumber=6)
    folder = save([image for pair in zip(one, two[:3], strict=True) for image in pair] + two[3:])
    study = read_trusted(folder)
    assert (study.series_uid, len(study.slices)) == ("1.2.4", 4)  # more slices
    assert codes(study) == ["series-chosen"]
    assert read_trusted(folder, series="1.2.3").slice_step_mm == pytest.approx(8.0)


def test_strict_refuses_to_choose_and_names_the_series(stack, save):
    folder = save(stack(3) + stack(3, SeriesInstanceUID="1.2.4"))
    with pytest.raises(ChoiceError) as caught:
        read_trusted(folder, strict=True)
    assert set(caught.value.options) == {"1.2.3", "1.2.4"}
    assert read_trusted(folder, series="1.2.4", strict=True).series_uid == "1.2.4"


def test_an_unknown_series_is_refused(stack, save):
    with pytest.raises(InputError, match="SeriesInstanceUID"):
        read_trusted(save(stack(3)), series="9.9")


def test_psir_is_taken_before_magnitude_in_one_series_and_said(stack, save):
    study = read_trusted(save(stack(5) + stack(5, ImageType=PSIR)))
    assert (study.sequence, len(study.slices)) == ("psir", 5)
    (note,) = study.notes
    assert note.code == "series-chosen"
    assert "the phase-sensitive (PSIR) one of 5 images" in note.message


def test_late_enhancement_is_taken_before_cine(stack, save):
    cine = stack(8, SeriesInstanceUID="1.2.4", SeriesDescription="cine_sax", ImageType=PSIR)
    study = read_trusted(save(stack(3) + cine), strict=True)
    assert study.series_uid == "1.2.3"
    assert codes(study) == ["images-left-out"]


def test_short_axis_is_taken_before_other_views(stack, save):
    long_axis = [0.6, -0.6, -0.529, 0.5297, 0.7945, -0.2966]
    other = stack(9, SeriesInstanceUID="1.2.4", ImageOrientationPatient=long_axis)
    study = read_trusted(save(stack(3) + other), strict=True)
    assert study.series_uid == "1.2.3"


def test_headers_without_a_word_of_lge_are_noted(stack, save):
    assert codes(read_trusted(save(stack(3, InversionTime=None)))) == ["lge-unconfirmed"]


@pytest.mark.parametrize(
    "keyword", ["EchoTime", "TriggerTime", "AcquisitionNumber", "TemporalPositionIdentifier"]
)
def test_repeats_at_one_position_are_told_apart_by_time(stack, save, keyword):
    later = stack(3, **{keyword: 20})
    for data in later:
        data.PixelData = bytes(60)
    study = read_trusted(save(later + stack(3, **{keyword: 10})))
    assert firsts(study) == [0, 100, 200]
    assert codes(study) == ["series-chosen"]


def test_phases_whose_times_differ_by_slice_go_by_rank(stack, save):
    early, late = stack(3), stack(3)
    for i, (a, b) in enumerate(zip(early, late, strict=True)):
        a.TriggerTime, b.TriggerTime = 10 + 7 * i, 31 + 7 * i
        b.PixelData = bytes(60)
    late[0].TriggerTime = 17  # the time that slice 1 has in its first phase
    assert firsts(read_trusted(save(late + early))) == [0, 100, 200]


def test_trigger_times_that_differ_between_slices_do_not_split_a_stack(stack, save):
    images = stack(4)
    for i, data in enumerate(images):
        data.TriggerTime, data.AcquisitionNumber = 600 + 5 * i, i + 1
    study = read_trusted(save(images), strict=True)
    assert (len(study.slices), study.notes) == (4, ())


def test_one_slice_per_series_is_joined(stack, save):
    images = stack(4)
    for i, data in enumerate(images):
        data.SeriesInstanceUID = f"1.2.3.{i}"
    study = read_trusted(save(images), strict=True)
    assert (len(study.slices), study.series_uid) == (4, None)
    assert codes(study) == ["series-joined"]


def test_slices_of_another_frame_of_reference_are_not_joined(stack, save):
    images = stack(4)
    for i, data in enumerate(images):
        data.SeriesInstanceUID = f"1.2.3.{i}"
        data.FrameOfReferenceUID = f"1.2.9.{i // 3}"
    assert len(read_trusted(save(images)).slices) == 3


def test_a_slice_of_another_orientation_is_left_out_and_counted(stack, save):
    localiser = stack(1, ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    study = read_trusted(save(stack(4) + localiser))
    assert len(study.slices) == 4
    (note,) = study.notes
    assert note.message.startswith("1 images of other views")


@pytest.mark.parametrize(
    ("kinds", "description", "sequence"),
    [
        (["ORIGINAL", "PRIMARY", "M"], "lge_psir_PSIR", "psir"),
        (["ORIGINAL", "PRIMARY", "M"], "lge_psir_MAG", "magnitude"),
        (["ORIGINAL", "PRIMARY", "CR", "M", "IR"], "", "psir"),
        (["ORIGINAL", "PRIMARY", "M_IR"], "", "magnitude"),
        (["ORIGINAL", "PRIMARY", "OTHER"], "", None),
        (["ORIGINAL", "PRIMARY", "P"], "", None),
    ],
)
def test_contrast_is_read_from_image_type_then_description(
    stack, save, kinds, description, sequence
):
    study = read_trusted(save(stack(2, ImageType=kinds, SeriesDescription=description)))
    assert study.sequence == sequence


def test_a_view_between_the_two_is_taken_before_another_view(stack, save):
    # Sagittal slices lie 52 degrees from the short axis, transverse ones 60.
    sagittal = stack(2, ImageOrientationPatient=[0, 1, 0, 0, 0, 1])
    transverse = stack(4, SeriesInstanceUID="1.2.4", ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    study = read_trusted(save(sagittal + transverse), strict=True)
    assert (study.series_uid, study.view) == ("1.2.3", "unknown")


def test_the_note_on_a_choice_counts_the_stacks_and_names_both_series(stack, save):
    study = read_trusted(save(stack(3) + stack(3, SeriesInstanceUID="1.2.4")))
    (note,) = study.notes
    assert "2 stacks fit (2 x magnitude of 3)" in note.message
    assert "--series, one of 1.2.3, 1.2.4" in note.message
