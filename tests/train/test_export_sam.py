import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

pytest.importorskip("transformers")

from lgescar.bundle import SamBundle, SamCard, open_model
from lgescar.core.box import Box
from lgescar.core.errors import ModelError, PromptError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.prompt import Point, Prompt
from lgescar.networks.sam import Mode, Sam
from lgescar.outline.sam import SamSegmenter
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import seen_through
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.prepare.prompt_tokens import prompt_tokens
from lgescar.train import graph
from lgescar.train.calibrate import store_calibration, stored_calibration
from lgescar.train.dataset import LabelledSlice
from lgescar.train.kinds import export, train
from lgescar.train.loop import fit
from lgescar.train.recipe import read_recipe
from lgescar.train.sam import SamTask
from lgescar.train.sam_network import NETWORK_FILE, build, stored_network
from lgescar.train.sam_recipe import SamRecipe

RECIPE = """
name = "tiny"
kind = "sam"
licence = "none"
seed = 3
data = { split = "split.json", share = { made = 1.0 } }
view = { canvas_px = 64, view_px = 48 }

[network]
mode = "MODE"
rank = 2
shape = { image_px = 64, patch_px = 8, width = 24, layers = 2, heads = 2, channels = 16 }

[schedule]
steps = 2
batch = 2
precision = "float32"
"""
SPLIT = (
    '{"format": "lgescar-split/1", "seed": 1, "parts": {"train": [], "tune": [], "validation": []}}'
)
BOX, INSIDE = Box(10.0, 12.0, 30.0, 28.0), Point(20.5, 20.5)


def run_folder(folder: Path, slice_: LabelledSlice, mode: Mode = "full") -> SamRecipe:
    """A finished run of two steps, as ``lgescar train`` leaves it."""
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE.replace("MODE", mode))
    (folder / "split.json").write_text(SPLIT)
    recipe, _, _ = read_recipe(folder / "recipe.toml", SamRecipe)
    torch.manual_seed(0)
    network, about = build(recipe.network, recipe.view.view_px)
    (folder / NETWORK_FILE).write_text(json.dumps(about))
    fit(network, SamTask(recipe, ([slice_], [slice_])), folder)
    return recipe


@pytest.fixture
def image(heart_slice: LabelledSlice) -> Slice:
    geometry = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.4, 1.4))
    return Slice("1.2.3", heart_slice.image, geometry)


@pytest.fixture(scope="module")
def exported(heart_slice: LabelledSlice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run and its bundle."""
    folder = tmp_path_factory.mktemp("exported")
    run_folder(folder / "run", heart_slice)
    export(folder / "run", folder / "bundle")
    return folder


@pytest.fixture(scope="module")
def torch_and_bundle(exported: Path) -> tuple[Sam, SamBundle]:
    recipe, _, _ = read_recipe(exported / "run" / "recipe.toml", SamRecipe)
    return stored_network(exported / "run", recipe)[0], open_model(exported / "bundle")


def frame_on(image: Slice, bundle: SamBundle) -> Frame:
    """The bundle's frame over a slice whose pixels are as large as its samples."""
    return Frame(shape=image.shape, centre=(32.0, 32.0), step=(1.0, 1.0), size=bundle.card.frame_px)


def segmenter(bundle: SamBundle, image: Slice) -> SamSegmenter:
    return SamSegmenter(bundle, image, frame_on(image, bundle))


@torch.no_grad()
def test_the_bundle_answers_a_slice_as_torch_does(
    torch_and_bundle: tuple[Sam, SamBundle], image: Slice
) -> None:
    """On the frame's own grid: 48 samples of 1.4 mm in the middle of 64 pixels of 1.4 mm."""
    network, bundle = torch_and_bundle
    found = segmenter(bundle, image).scar(Prompt(boxes=(BOX,), points=(INSIDE,)))
    frame = frame_on(image, bundle)
    seen = torch.from_numpy(seen_through(frame, image))[None, None]
    box = frame.box_to_frame(BOX)
    at, kinds = prompt_tokens(box, (Point(12.5, 12.5),))  # 20.5 - 8
    logits = network(seen, torch.from_numpy(at)[None, None], torch.from_numpy(kinds)[None, None])
    expected = torch.sigmoid(logits)[0, 0].numpy() * near_boxes(48, [box])
    np.testing.assert_allclose(found[8:56, 8:56], expected, atol=1e-4)
    assert float(found.max()) > 0.01


def test_two_boxes_are_two_scars_and_nothing_is_found_away_from_them(
    torch_and_bundle: tuple[Sam, SamBundle], image: Slice
) -> None:
    one, other = BOX, Box(36.0, 36.0, 50.0, 50.0)
    ask = segmenter(torch_and_bundle[1], image)
    both = ask.scar(Prompt(boxes=(one, other)))
    alone = [ask.scar(Prompt(boxes=(b,))) for b in (one, other)]
    np.testing.assert_array_equal(both, np.maximum(*alone))
    assert float(both[:8].max()) == 0.0


def test_a_point_belongs_to_the_smallest_box_that_holds_it(
    torch_and_bundle: tuple[Sam, SamBundle], image: Slice
) -> None:
    ask = segmenter(torch_and_bundle[1], image)
    wide = Box(9.0, 9.0, 55.0, 55.0)
    free = Point(50.5, 12.5)
    rows = ask._rows(Prompt(boxes=(wide, BOX), points=(INSIDE, Point(9.5, 9.5, inside=False))))
    assert [[p.inside for p in points] for _, points in rows] == [[False], [True, False]]
    rows = ask._rows(Prompt(boxes=(BOX,), points=(free,)))
    assert [(box is None, len(points)) for box, points in rows] == [(False, 0), (True, 1)]


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(points=(Point(20.5, 20.5, inside=False),)),
        Prompt(boxes=(Box(200.0, 200.0, 220.0, 220.0),)),
        Prompt(points=(Point(400.0, 3.0),)),
        Prompt(previous=np.ones((64, 64), np.float32)),
    ],
)
def test_a_prompt_that_names_no_scar_is_refused(
    torch_and_bundle: tuple[Sam, SamBundle], image: Slice, prompt: Prompt
) -> None:
    with pytest.raises(PromptError, match="on the scar"):
        segmenter(torch_and_bundle[1], image).scar(prompt)


def test_the_card_holds_the_calibration_of_the_run(exported: Path, tmp_path: Path) -> None:
    uncalibrated = open_model(exported / "bundle").card
    assert isinstance(uncalibrated, SamCard)
    assert uncalibrated.scar_cutoff == 0.5
    run = Path(shutil.copytree(exported / "run", tmp_path / "run"))
    store_calibration({"temperature": 1.7, "scar_cutoff": 0.35}, run)
    export(run, tmp_path / "bundle")
    card = open_model(tmp_path / "bundle").card
    assert isinstance(card, SamCard)
    assert (card.temperature, card.scar_cutoff) == (1.7, 0.35)


def test_a_whole_run_ends_calibrated(cohort: Path, tmp_path: Path) -> None:
    recipe = RECIPE.replace("MODE", "full").replace("made = 1.0", "simulated = 1.0")
    (tmp_path / "recipe.toml").write_text(recipe)
    shutil.copyfile(cohort.parent / "split.json", tmp_path / "split.json")
    scores = train(tmp_path / "recipe.toml", [cohort], tmp_path / "run", resume=False)
    found = stored_calibration(tmp_path / "run")
    assert found == {name: scores[name] for name in ("temperature", "scar_cutoff")}
    assert found != {"temperature": 1.0, "scar_cutoff": 0.5}


def products(path: Path) -> int:
    return sum(node.op_type in ("MatMul", "Gemm") for node in onnx.load(path).graph.node)


def test_low_rank_changes_are_folded_in(
    heart_slice: LabelledSlice, exported: Path, tmp_path: Path
) -> None:
    run_folder(tmp_path / "run", heart_slice, "lora")
    export(tmp_path / "run", tmp_path / "bundle")
    counts = [products(f / "bundle" / "encoder.onnx") for f in (tmp_path, exported)]
    assert counts[0] == counts[1] > 0


def test_a_graph_that_differs_from_torch_is_not_written(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "PARITY", -1.0)
    with pytest.raises(ModelError, match="differs from torch"):
        export(exported / "run", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_damaged_bundle_is_refused(exported: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported / "bundle", tmp_path / "bundle"))
    whole = (folder / "decoder.onnx").read_bytes()
    (folder / "decoder.onnx").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelError, match="checksum"):
        open_model(folder)
    card = json.loads((folder / "card.json").read_text())
    for change in ({"format": "lgescar-bundle/1"}, {"files": {}}, {"surprise": 1}):
        (folder / "card.json").write_text(json.dumps({**card, **change}))
        with pytest.raises(ModelError):
            open_model(folder)
    (folder / "card.json").unlink()
    with pytest.raises(ModelError, match="no bundle"):
        open_model(folder)
