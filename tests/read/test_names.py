"""Names that are safe to show and to write."""

import pytest

from lgescar.read.names import natural_key, safe_uid, study_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/Case_P035.nii.gz", "Case_P035"),
        ("b/MÜLLER <b>.zip", "MÜLLER_b"),
        ("b/MU\u0308LLER.zip", "MÜLLER"),
        ("b/患者一.nii.gz", "患者一"),
        ("b/right\u202eto\udcffleft\n.png", "right_to_left"),
        ("c/...", "study"),
        ("d/scan.2.dcm", "scan.2"),
    ],
)
def test_a_study_is_named_after_its_file_in_letters_and_digits(tmp_path, path, name):
    assert study_name(tmp_path / path) == name


def test_names_are_ordered_as_people_count():
    assert sorted(["s10", "s9", "S1", "s"], key=natural_key) == ["s", "S1", "s9", "s10"]


@pytest.mark.parametrize("text", ["../x", "1..2", "1.2.", "<b>", "", None, "1" * 65])
def test_what_is_no_uid_is_left_out(text):
    assert safe_uid(text) is None


def test_a_uid_loses_its_padding_only():
    assert safe_uid(" 1.2.840 ") == "1.2.840"
