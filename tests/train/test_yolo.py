"""Files for ultralytics, and a whole run of it where it is installed."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lgescar.bundle import open_model
from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.train.cards import export as export_single
from lgescar.train.dataset import LabelledSlice
from lgescar.train.kinds import read_any, train
from lgescar.train.recipe import DetectorRecipe
from lgescar.train.yolo import as_picture, offline_settings, write_yolo_data, yolo_line
from lgescar.train.yolo_steps import YoloBoxes, jittered_shares

Recipe = Callable[..., Path]


def needs(package: str) -> None:
    """Skip where an extra is not installed; nothing is imported here."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


@pytest.fixture
def recipe(shortened: Recipe) -> DetectorRecipe:
    recipe, _, _ = read_any(shortened("yolo12"))
    assert isinstance(recipe, DetectorRecipe)
    return replace(recipe, view_px=64, canvas_px=64)


def test_a_box_is_written_as_shares_of_the_picture() -> None:
    assert yolo_line(Box(10, 20, 30, 60), 80) == "0 0.500000 0.250000 0.500000 0.250000"


def test_every_slice_has_a_picture_and_a_label_file_also_without_scar(
    heart_slice: LabelledSlice, recipe: DetectorRecipe, tmp_path: Path
) -> None:
    healthy = replace(heart_slice, codes=np.minimum(heart_slice.codes, 2))
    path = write_yolo_data(recipe, [heart_slice, healthy], [heart_slice], tmp_path / "data")
    assert '"names": {"0": "scar"}' in path.read_text()
    labels = sorted((tmp_path / "data" / "labels" / "train").iterdir())
    assert [p.stem for p in labels] == [
        p.stem for p in sorted((tmp_path / "data" / "images" / "train").iterdir())
    ]
    assert [len(p.read_text().splitlines()) for p in labels] == [1, 0]
    tuned = (tmp_path / "data" / "labels" / "tune" / "00-00000.txt").read_text()
    rows, cols = np.nonzero(heart_slice.codes == 3)
    box = Box(rows.min(), cols.min(), rows.max() + 1, cols.max() + 1)
    assert tuned == yolo_line(box, 64)
    with Image.open(tmp_path / "data" / "images" / "tune" / "00-00000.png") as picture:
        assert picture.size == (64, 64)
        assert picture.mode == "RGB"


def test_the_network_sees_in_use_what_it_saw_as_pictures() -> None:
    image = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)

    class Echo(torch.nn.Module):
        def forward(self, shown: torch.Tensor) -> torch.Tensor:
            self.shown = shown
            # one box: centre (x 4, y 2), width 6, height 2, score 0.5
            return torch.tensor([[[4.0], [2.0], [6.0], [2.0], [0.5]]])

    echo = Echo()
    boxes, scores = YoloBoxes(echo)(torch.from_numpy(image)[None, None])
    assert echo.shown.shape == (1, 3, 8, 8)
    assert np.allclose(echo.shown[0, 1].numpy() * 255, as_picture(image), atol=0.51)
    assert boxes.tolist() == [[[1.0, 1.0, 3.0, 7.0]]]
    assert scores.tolist() == [[0.5]]


def test_jitter_moves_edges_by_no_more_than_the_recipe_says_and_keeps_boxes_in_the_picture() -> (
    None
):
    torch.manual_seed(0)
    boxes = torch.tensor([[0.5, 0.5, 0.2, 0.3], [0.02, 0.9, 0.04, 0.2]]).repeat(200, 1)
    moved = jittered_shares(boxes, 0.05)
    low, high = moved[:, :2] - moved[:, 2:] / 2, moved[:, :2] + moved[:, 2:] / 2
    was_low, was_high = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    assert float((low - was_low).abs().max()) <= 0.05 + 1e-6
    assert float((high - was_high).abs().max()) <= 0.05 + 1e-6
    assert float((low - was_low)[:, 0].abs().max()) > 0.03
    assert float(low.min()) >= 0.0
    assert float(high.max()) <= 1.0 + 1e-6
    assert bool((moved[:, 2:] > 0).all())
    assert torch.equal(jittered_shares(boxes, 0.0), boxes)


def test_weights_that_are_not_there_are_refused_and_never_fetched(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    needs("ultralytics")
    file = shortened("yolo12", weights='"yolo12n.pt"')
    with pytest.raises(UsageError, match=r"no weights at yolo12n\.pt"):
        train(file, [cohort], tmp_path / "run", resume=False)


def test_the_steps_refuse_any_connection_that_leaves_the_machine(tmp_path: Path) -> None:
    words = (
        "import sys, socket; from lgescar.train.yolo_steps import stay_home;"
        "sys.addaudithook(stay_home);"
        "socket.create_connection(('192.0.2.1', 80), timeout=1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", words],
        env={**os.environ, **offline_settings(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "training does not use the network" in done.stderr


@pytest.mark.slow
def test_yolo12_trains_an_epoch_from_scratch_and_its_graph_is_used_without_ultralytics(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    needs("ultralytics")
    file = shortened("yolo12", view_px="64", canvas_px="96", pixel_mm="2.0")
    run = tmp_path / "run"
    scores = train(file, [cohort], run, resume=False)
    assert 0.0 <= scores["ap50"] <= 1.0
    card = export_single(run, tmp_path / "detector")
    assert card.network == "yolo12"
    assert "AGPL-3.0" in card.licence
    model = open_model(tmp_path / "detector")
    boxes, chance = model.answer({"image": np.zeros((1, 1, 64, 64), np.float32)})
    # strides 8, 16 and 32 of 64 samples: 64 + 16 + 4 cells
    assert boxes.shape == (1, 84, 4)
    assert chance.shape == (1, 84)
    assert train(file, [cohort], run, resume=True) == scores
