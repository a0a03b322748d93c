import numpy as np

from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng
from lgescar.train.prompts import reader_prompt

NOTHING = np.zeros((64, 64), np.float32)


def prompts(slice_: LabelledSlice, count: int = 200) -> list[tuple[np.ndarray, np.ndarray]]:
    scar, wall = slice_.codes == 3, slice_.codes >= 2
    return [reader_prompt(scar, wall, NOTHING, 3.0, batch_rng(0, i)) for i in range(count)]


def test_what_is_meant_is_scar_and_boxes_and_points_lie_on_it(heart_slice: LabelledSlice) -> None:
    scar = heart_slice.codes == 3
    for maps, meant in prompts(heart_slice):
        assert not (meant & ~scar).any()
        if meant.any() and maps[0].any():
            # the box was jittered by at most 3 pixels on each side
            assert maps[0][meant].mean() > 0.3
        if meant.any() and maps[1].any():
            peak = np.unravel_index(maps[1].argmax(), maps[1].shape)
            assert scar[peak]


def test_some_prompts_ask_about_wall_without_scar(heart_slice: LabelledSlice) -> None:
    empty = [maps for maps, meant in prompts(heart_slice) if not meant.any()]
    assert 1 <= len(empty) <= 20


def test_without_scar_nothing_is_meant(heart_slice: LabelledSlice) -> None:
    none = np.zeros((64, 64), bool)
    wall = heart_slice.codes >= 2
    answers = [reader_prompt(none, wall, NOTHING, 3.0, batch_rng(0, i))[1] for i in range(20)]
    assert not any(a.any() for a in answers)


def test_the_slice_itself_is_not_changed(heart_slice: LabelledSlice) -> None:
    before = heart_slice.codes.copy()
    prompts(heart_slice, 20)
    assert (heart_slice.codes == before).all()
