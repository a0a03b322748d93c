"""Every recipe, shortened, runs from the command's own door on simulated patients."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("transformers")

from lgescar.core.errors import ModelError, UsageError
from lgescar.networks.sam import SamShape, fresh_model, small_config
from lgescar.read.cohort import cases
from lgescar.read.splits import Split, sha256_of_file, write_split
from lgescar.simulate.cohort import CohortPlan, write_cohort
from lgescar.train.kinds import read_any, train
from lgescar.train.loop import TUNE_SLICES, averaged_weights

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
SAM = ("sam_small", "paper_sam_b", "medsam_box_points")
VIT = SamShape(image_px=64, patch_px=16, width=24, layers=4, heads=2, window=3, channels=16)


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three simulated patients and a split of them."""
    folder = tmp_path_factory.mktemp("data")
    write_cohort(CohortPlan(patients=3, seed=7, scar="chronic"), folder / "made")
    names = [f"made/{name}" for name in cases(folder / "made")]
    labels = folder / "made" / "labels"
    sha256 = {n: sha256_of_file(labels / f"{n.split('/')[1]}.nii.gz") for n in names}
    parts = dict(zip(("train", "tune", "validation"), ((n,) for n in names), strict=True))
    write_split(Split(1, parts, sha256), folder / "split.json")
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as the hub lays them out, of a SAM with three channels but few of anything else."""
    config = small_config(VIT)
    config.vision_config.num_channels = 3
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    fresh_model(config).save_pretrained(folder)
    return folder


def shortened(name: str, folder: Path, weights: Path) -> Path:
    """The recipe, two steps long, at a small input size, with weights that are here."""
    text = (RECIPES / name / "recipe.toml").read_text()
    for pattern, value in (
        (r"^steps = .*", "steps = 2"),
        (r"^batch = .*", "batch = 2"),
        (r"^simulated = .*", "simulated = 0"),
        (r"^share = .*", "share = { made = 1.0 }"),
        (r"^split = .*", 'split = "split.json"'),
        (r"^device = .*", 'device = "cpu"'),
        (r"^image_px = .*", "image_px = 96"),
        (r"^checkpoint = .*", f'checkpoint = "{weights.as_posix()}"'),
    ):
        text = re.sub(pattern, value, text, flags=re.MULTILINE)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", SAM)
def test_a_recipe_runs_two_steps(name: str, cohorts: Path, weights: Path, tmp_path: Path) -> None:
    recipe = shortened(name, cohorts, weights)
    scores = train(recipe, [cohorts / "made"], tmp_path / "run", resume=False)
    assert set(scores) == {"made_scar_in_boxes", "scar_cutoff", "temperature"}
    trained = averaged_weights(tmp_path / "run" / "segmenter")
    assert all(bool(torch.isfinite(w).all()) for w in trained.values())
    about = json.loads((tmp_path / "run" / "network.json").read_text())
    sha256 = "" if name == "sam_small" else sha256_of_file(weights / "model.safetensors")
    assert about["checkpoint_sha256"] == sha256
    curves = list((tmp_path / "run" / "segmenter").glob("curves/*"))
    assert bool(curves) == (name != "sam_small")
    assert all(TUNE_SLICES.encode() in path.read_bytes() for path in curves)


@pytest.mark.parametrize("name", ["paper_sam_b", "medsam_box_points"])
def test_without_its_weights_a_recipe_says_how_to_fetch_them(
    name: str, cohorts: Path, tmp_path: Path
) -> None:
    recipe = shortened(name, cohorts, tmp_path / "nowhere")
    with pytest.raises(ModelError, match="hf download"):
        train(recipe, [cohorts / "made"], tmp_path / "run", resume=False)


def test_the_paper_s_recipe_holds_the_paper_s_loss() -> None:
    loss = read_any(RECIPES / "paper_sam_b" / "recipe.toml")[0].loss
    assert (loss.dice, loss.entropy, loss.kl, loss.sigma_px) == (0.2, 0.2, 0.6, 2.0)


def test_the_split_of_the_default_recipe_serves_all() -> None:
    splits = [read_any(RECIPES / name / "recipe.toml")[1] for name in ("default", *SAM)]
    assert all(split == splits[0] for split in splits)
    assert np.unique([len(s.parts["train"]) for s in splits]).size == 1


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text('kind = "sma"\n')
    with pytest.raises(UsageError, match="promptable, sam"):
        read_any(tmp_path / "recipe.toml")
    with pytest.raises(UsageError, match="cannot read"):
        read_any(tmp_path / "absent.toml")
