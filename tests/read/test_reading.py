"""``reading.json``: who read, how long, on what images; anything else is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lgescar.core.errors import InputError
from lgescar.read.reading import LARGEST_BYTES, PatientReading, ReadingRecord, read_reading


def stored(tmp_path: Path, **changes: Any) -> Path:
    content = {
        "format": "lgescar-reading/1",
        "reader": "A",
        "session": "2",
        "patients": {"P1": {"seconds": 61.5, "quality": 3}, "P2": {"seconds": None}},
    }
    path = tmp_path / "reading.json"
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return path


def test_a_reading_is_what_the_file_says(tmp_path: Path) -> None:
    patients = {"P1": PatientReading(61.5, "3"), "P2": PatientReading(None, None)}
    assert read_reading(stored(tmp_path)) == ReadingRecord("A", "2", patients)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"format": "lgescar-reading/9"},
            "no reading; expected JSON with format 'lgescar-reading/1'",
        ),
        ({"readers": "A"}, "unknown key 'readers'"),
        ({"reader": 1}, "reader is a string, found 1"),
        ({"reader": "../A"}, "letters, digits"),
        ({"patients": []}, "patients is an object with keys, found"),
        ({"patients": {"P1": 4}}, r"patients\.P1 is an object with keys, found 4"),
        ({"patients": {"P1": {"second": 4}}}, "unknown key 'second'"),
        (
            {"patients": {"P1": {"seconds": -1}}},
            "seconds is a number of at least 0, found -1",
        ),
        ({"patients": {"P1": {"seconds": float("nan")}}}, "NaN is no finite number"),
        ({"patients": {"P1": {"seconds": 10**400}}}, "seconds: Number out of range"),
        ({"patients": {"P1": {"seconds": True}}}, "seconds is a number or null, found True"),
        (
            {"patients": {"P1": {"quality": 2.5}}},
            "quality is a whole number or a string or null, found 2.5",
        ),
        ({"patients": {"P1": {"quality": "a\nb"}}}, "whole number"),
        ({"patients": {"\ud800": {}}}, "a patient's name"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, changes: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_reading(stored(tmp_path, **changes))


def test_a_file_that_is_no_json_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reading.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_reading(path)
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(InputError, match="larger than"):
        read_reading(path)
