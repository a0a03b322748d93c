"""Cards of every kind: what is refused, and the sentence that says why."""

import json

import pytest

from lgescar.bundle.card import KINDS, read_card
from lgescar.bundle.open import EMBEDDED
from lgescar.core.errors import ModelError

DEEP = "[" * 200_000
"""JSON nested deeper than Python's parser goes."""
DEFAULT = json.loads((EMBEDDED / "default" / "card.json").read_text("utf-8"))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "{}", "\ud800", "NaN", DEEP])
def test_a_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="bundle made: the card is damaged"):
        read_card(text, "bundle made")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "other/1"}, "format is one of 'lgescar-bundle/2', .*, found 'other/1'"),
        ({"format": 3}, "format is a string, found 3"),
        ({"licenc": "MIT"}, "unknown key 'licenc'; did you mean 'licence'?"),
        ({"temperature": 0}, "temperature is a number above 0, found 0"),
        ({"classes": "scar"}, "classes is a list, found 'scar'"),
        ({"likely_cutoffs": [0.5]}, "likely_cutoffs has 2 values, found 1"),
        ({"files": {"x.onnx": "0"}}, "files are localizer.onnx, .*, found x.onnx"),
        ({"files": {"encoder.onnx": 1}}, "files.encoder.onnx is a string, found 1"),
    ],
)
def test_a_refusal_names_the_key_what_was_found_and_what_was_expected(
    change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        read_card(json.dumps(DEFAULT | change), "bundle made")


def test_a_missing_key_and_one_inside_a_table_are_named() -> None:
    with pytest.raises(ModelError, match="recipe must be given"):
        read_card(json.dumps({k: v for k, v in DEFAULT.items() if k != "recipe"}), "bundle made")
    prepared = DEFAULT["preparation"]
    with pytest.raises(ModelError, match="preparation: unknown key 'far'; did you mean 'far_mm'"):
        read_card(json.dumps(DEFAULT | {"preparation": prepared | {"far": 1}}), "bundle made")
    with pytest.raises(ModelError, match=r"preparation\.radii is a whole number, found 4.5"):
        read_card(json.dumps(DEFAULT | {"preparation": prepared | {"radii": 4.5}}), "bundle made")


@pytest.mark.parametrize("name", ["default", "simulated"])
def test_a_card_survives_its_own_text(name: str) -> None:
    text = (EMBEDDED / name / "card.json").read_text("utf-8")
    card = read_card(text, name)
    assert read_card(card.to_json(), name) == card
    assert json.loads(card.to_json()) == json.loads(text)


def test_every_kind_of_card_has_its_own_format() -> None:
    assert [kind.__struct_config__.tag for kind in KINDS] == [
        *("lgescar-bundle/2", "lgescar-sam/1", "lgescar-model/1")
    ]
