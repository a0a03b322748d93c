import pytest

from lgescar.bundle.card import card_content, read_card
from lgescar.bundle.single import read_single_card
from lgescar.core.errors import ModelError

DEEP = "[" * 200_000
"""JSON nested deeper than Python's parser goes."""


@pytest.mark.parametrize("read", [read_card, read_single_card])
@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "{}", DEEP])
def test_a_text_that_is_no_card_is_refused_for_every_kind_of_bundle(read, text: str) -> None:
    with pytest.raises(ModelError, match="damaged"):
        read(text)


def test_a_card_of_another_format_names_both() -> None:
    with pytest.raises(ModelError, match=r"'other/1', expected 'mine/1'"):
        card_content('{"format": "other/1"}', "mine/1")
