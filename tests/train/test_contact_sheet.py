from pathlib import Path

import numpy as np
from PIL import Image

from lgescar.train.augment import Augmentation
from lgescar.train.contact_sheet import (
    OUTLINES,
    contact_sheet,
    recipe_sheet,
    simulated_slices,
    square_views,
)
from lgescar.train.dataset import LabelledSlice, disc_slices

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def test_a_sheet_has_a_row_a_slice_and_the_outlines_in_colour(heart_slice: LabelledSlice) -> None:
    sheet = contact_sheet([heart_slice] * 2, square_views(48), Augmentation(), seed=1, columns=3)
    assert sheet.shape == (2 * 96, 4 * 96, 3)
    for colour in OUTLINES.values():
        assert (sheet[:96, :96] == colour).all(axis=2).sum() > 20


def test_views_of_another_size_fit_the_sheet(heart_slice: LabelledSlice) -> None:
    how = Augmentation(multi_scale=0.8)
    assert contact_sheet([heart_slice], square_views(48), how, seed=2, columns=4).shape == (
        96,
        5 * 96,
        3,
    )


def test_simulated_slices_show_scar_and_say_their_sequence() -> None:
    slices = simulated_slices(2, disc_slices, seed=900)
    assert [s.sequence for s in slices] == ["psir", "magnitude"]
    assert all((s.codes >= 3).any() for s in slices)


def test_the_sheet_of_a_recipe_is_a_picture(tmp_path: Path) -> None:
    path = recipe_sheet(RECIPES / "default" / "recipe.toml", None, tmp_path / "views.png", 1)
    with Image.open(path) as picture:
        assert picture.size == (8 * 2 * 48, 4 * 2 * 128)
        assert np.asarray(picture).std() > 20
