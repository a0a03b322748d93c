"""Box-DeepLabV3+ from recipe to a segmenter run by ONNX Runtime."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from lgescar.bundle import open_model
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.prompt import Point, Prompt
from lgescar.outline.boxed import BoxedSegmenter
from lgescar.prepare.frame import Frame
from lgescar.simulate import simulate_patient
from lgescar.train.box_deeplab import EMPTY_BOXES, box_map
from lgescar.train.cards import export as export_single
from lgescar.train.dataset import LabelledSlice
from lgescar.train.kinds import train
from lgescar.train.task import batch_rng

Recipe = Callable[..., Path]


def test_the_box_channel_is_1_inside_the_box_of_the_scar(heart_slice: LabelledSlice) -> None:
    codes = heart_slice.codes.astype(np.int64)
    rows, cols = np.nonzero(codes >= 3)
    expected = np.zeros(codes.shape)
    expected[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1] = 1.0
    assert np.array_equal(box_map(codes, 0.0, None), expected)


def test_few_views_without_scar_get_a_box_all_the_same(heart_slice: LabelledSlice) -> None:
    healthy = np.minimum(heart_slice.codes, 2).astype(np.int64)
    drawn = [bool(box_map(healthy, 3.0, batch_rng(0, i)).any()) for i in range(300)]
    # 300 draws of chance 0.1: 30, give or take four deviations of 5.2
    assert abs(sum(drawn) - 300 * EMPTY_BOXES) < 21
    assert not box_map(healthy, 0.0, None).any()


def test_the_recipe_trains_two_steps_and_its_graph_is_a_segmenter(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    if find_spec("segmentation_models_pytorch") is None:
        pytest.skip("segmentation-models-pytorch is not installed")
    file = shortened("box_deeplab", encoder='"resnet18"', view_px="64")
    scores = train(file, [cohort], tmp_path / "run", resume=False)
    assert 0.0 <= scores["simulated_scar"] <= 1.0
    export_single(tmp_path / "run", tmp_path / "model")
    model = open_model(tmp_path / "model")
    assert model.card.temperature == scores["temperature"] != 1.0
    assert model.card.cutoff == scores["cutoff"]
    image = simulate_patient(7, scar="chronic").study.slices[3]
    segmenter = BoxedSegmenter(model, image, Frame(image.shape, (90.0, 90.0), (1.0, 1.0), 64))
    chance = segmenter.scar(Prompt((Box(80, 80, 100, 100),)))
    assert chance.shape == image.shape
    assert 0.0 < float(chance.max()) <= 1.0
    assert float(chance[:70].max()) == 0.0  # the box begins at row 80
    with pytest.raises(PromptError, match="boxes and nothing else"):
        segmenter.scar(Prompt(points=(Point(90, 90),)))
