"""The detectors, from recipe to boxes through ONNX Runtime."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lgescar.bundle import open_model
from lgescar.core.errors import ModelError, UsageError
from lgescar.outline.detector import detect
from lgescar.outline.heart import Place
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid
from lgescar.simulate import simulate_patient
from lgescar.train.cards import export as export_single
from lgescar.train.kinds import train

Recipe = Callable[..., Path]


def test_the_small_recipe_trains_two_steps_and_its_detector_is_used_without_torch(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    scores = train(shortened("detector_small"), [cohort], run, resume=False)
    assert 0.0 <= scores["ap50"] <= 1.0
    assert json.loads((run / "cohorts.json").read_text())["rows"]
    card = export_single(run, tmp_path / "detector")
    assert card.network == "centres"
    model = open_model(tmp_path / "detector")
    study = simulate_patient(7, scar="chronic").study
    shape = study.slices[0].shape
    disc = PolarGrid(shape, (90.0, 90.0), (40.0, 40.0), 8, 4)
    place = Place(Frame(shape, (90.0, 90.0), (1.0, 1.0), 96), disc, 1.4)
    boxes = [detect(model, image, place, lowest=0.0) for image in study.slices]
    assert any(boxes)
    for found in boxes:
        assert [b.score for b in found] == sorted((b.score for b in found), reverse=True)


def test_a_run_is_resumed_with_its_own_recipe_only(
    shortened: Recipe, cohort: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    first = train(shortened("detector_small"), [cohort], run, resume=False)
    with pytest.raises(UsageError, match="--resume"):
        train(shortened("detector_small"), [cohort], run, resume=False)
    assert train(shortened("detector_small"), [cohort], run, resume=True) == first
    with pytest.raises(UsageError, match="another recipe"):
        train(shortened("detector_small", seed="2"), [cohort], run, resume=True)


def test_an_unfinished_run_cannot_be_exported(shortened: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no finished model"):
        export_single(shortened("detector_small").parent, tmp_path / "out")
