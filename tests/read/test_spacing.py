"""``spacing.json`` and ``--spacing``: three lengths; anything else is refused."""

import json
from pathlib import Path

import pytest

from lgescar.core.errors import InputError
from lgescar.read.spacing import LARGEST_BYTES, read_spacing, spacing_of, write_spacing


def test_a_spacing_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_spacing((1.4, 1.25, 10.0), tmp_path)
    assert read_spacing(tmp_path / "spacing.json") == (1.4, 1.25, 10.0)


def test_a_user_writes_three_numbers_with_commas_between() -> None:
    assert spacing_of("1.4, 1.25,10") == (1.4, 1.25, 10.0)


@pytest.mark.parametrize(
    "text", ["", "1.4", "1.4,1.4", "1,1,1,1", "a,b,c", "0,1,1", "1,1,1000", "nan,1,1", "-1,1,1"]
)
def test_another_text_is_no_spacing(text: str) -> None:
    with pytest.raises(InputError, match="a spacing is"):
        spacing_of(text)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"format": "lgescar-spacing/9", "spacing_mm": [1, 1, 1]}, "no spacing; expected"),
        ({"format": "lgescar-spacing/1"}, "spacing_mm must be given"),
        ({"format": "lgescar-spacing/1", "spacing_mm": [1, 1]}, "has 3 values, found 2"),
        ({"format": "lgescar-spacing/1", "spacing_mm": [1, 1, True]}, r"\[2\] is a number"),
        ({"format": "lgescar-spacing/1", "spacing_mm": [1, 1, 0]}, "above 0, found 0"),
        ({"format": "lgescar-spacing/1", "spacing_mm": [1, 1, 2], "x": 1}, "unknown key 'x'"),
        ([1, 1, 1], "no spacing; expected"),
    ],
)
def test_a_file_that_means_nothing_is_refused(
    tmp_path: Path, content: object, sentence: str
) -> None:
    path = tmp_path / "spacing.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=sentence):
        read_spacing(path)


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spacing.json"
    path.write_text("[" * LARGEST_BYTES * 2)
    with pytest.raises(InputError, match="larger than 4096 bytes"):
        read_spacing(path)
    path.write_text("[" * LARGEST_BYTES)
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_spacing(path)
