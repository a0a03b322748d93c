"""A file of boxes by slice; anything else is refused."""

from pathlib import Path

import pytest

from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.read.boxes import read_boxes


def test_boxes_are_those_of_each_slice(tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    path.write_text('{"3": [[1, 2.5, 4, 6]], "0": []}')
    assert read_boxes(path) == {3: (Box(1.0, 2.5, 4.0, 6.0),), 0: ()}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", r"boxes\.json is an object with keys"),
        ("{", "cannot be read as JSON"),
        ('{"a": []}', "whole number"),
        ('{"0": [[1, 2, 3]]}', r"0\[0\] has 4 values, found 3"),
        ('{"0": [[1, 2, 3, "4"]]}', r"0\[0\]\[3\] is a number, found '4'"),
        ('{"0": [[5, 5, 1, 1]]}', "top < bottom"),
        ('{"0": [[0, 0, 1, 1e999]]}', "1e999 is no finite number"),
        ('{"0": [[0, 0, 1, NaN]]}', "NaN is no finite number"),
        ('{"0": 3}', "0 is a list, found 3"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_another_file_holds_no_boxes(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "boxes.json"
    path.write_text(text)
    with pytest.raises(PromptError, match=r"boxes\.json does not hold boxes") as refused:
        read_boxes(path)
    assert refused.match(reason)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="cannot be read"):
        read_boxes(tmp_path / "boxes.json")
