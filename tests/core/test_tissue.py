import numpy as np
import pytest

from lgescar.core.errors import InputError
from lgescar.core.tissue import LabelMap, Tissue

ONE_OF_EACH = LabelMap(np.array([[0, 1, 2, 3, 4]], np.uint8))


def test_mvo_counts_as_scar_and_scar_counts_as_wall() -> None:
    assert ONE_OF_EACH.mvo.tolist() == [[False, False, False, False, True]]
    assert ONE_OF_EACH.scar.tolist() == [[False, False, False, True, True]]
    assert ONE_OF_EACH.wall.tolist() == [[False, False, True, True, True]]
    assert ONE_OF_EACH.viable.tolist() == [[False, False, True, False, False]]
    assert ONE_OF_EACH.blood_pool.tolist() == [[False, True, False, False, False]]


@pytest.mark.parametrize("codes", [[[5]], [[-1]], [[255]]])
def test_a_foreign_code_is_refused(codes: list[list[int]]) -> None:
    with pytest.raises(InputError, match="label codes run from 0 to 4"):
        LabelMap(np.array(codes))


def test_a_volume_is_no_label_map() -> None:
    with pytest.raises(InputError, match="2 axes"):
        LabelMap(np.zeros((2, 2, 2), np.uint8))


def test_a_window_holds_the_heart_and_a_margin_within_the_slice() -> None:
    codes = np.zeros((20, 30), np.uint8)
    assert LabelMap(codes).window(4) == (slice(None), slice(None))
    codes[3, 5], codes[6, 9] = Tissue.BLOOD_POOL, Tissue.MVO
    assert LabelMap(codes).window(0) == (slice(3, 7), slice(5, 10))
    assert LabelMap(codes).window(4) == (slice(0, 11), slice(1, 14))
