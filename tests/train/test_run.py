"""A whole small run, as a user would make it: simulate, split, train, kill, resume, export, use."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from lgescar.cli.main import main
from lgescar.core.errors import InputError, UsageError
from lgescar.read.cohort import cohort_folders
from lgescar.read.splits import Split, sha256_of_file, write_split
from lgescar.train.kinds import LOCK, read_any, train
from lgescar.train.loop import averaged_weights
from lgescar.train.prompter import first_decoder
from lgescar.train.recipe import Recipe, read_recipe
from lgescar.train.segmenter import build

RECIPE = """
name = "small"
licence = "Apache-2.0"
seed = 3
threads = 1

[data]
split = "split.json"
share = { made = 0.7, simulated = 0.3 }
simulated = 1

[localizer]
widths = [2, 2, 4, 4, 4]

[localizer.schedule]
steps = 2
batch = 2
checkpoint_every = 1

[segmenter]
widths = [2, 2, 4, 4, 4]
decoder_widths = [2, 2, 4]

[segmenter.schedule]
steps = 4
batch = 2
precision = "float32"
checkpoint_every = 1

[prompter]
rounds = 2
widths = [2, 4, 4]

[prompter.schedule]
steps = 3
batch = 2
precision = "float32"
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three simulated patients in ``made/``."""
    folder = tmp_path_factory.mktemp("data") / "made"
    assert main(["simulate", "--out", str(folder), "--patients", "3", "--seed", "1",
                 "--scar", "chronic"]) == 0  # fmt: skip
    return folder


@pytest.fixture
def recipe(cohort: Path, tmp_path: Path) -> Path:
    names = [f"made/{p.name.removesuffix('.nii.gz')}" for p in (cohort / "images").iterdir()]
    names.sort()
    parts = dict(zip(("train", "tune", "validation"), ((n,) for n in names), strict=True))
    sha256 = {n: sha256_of_file(cohort / "labels" / f"{n[5:]}.nii.gz") for n in names}
    write_split(Split(1, parts, sha256), tmp_path / "split.json")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


def test_a_run_becomes_a_bundle_that_segments(recipe: Path, cohort: Path, tmp_path: Path) -> None:
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    command = ["train", "run", "--recipe", str(recipe), "--data", str(cohort)]
    assert main([*command, "--out", str(run)]) == 0
    assert main(["export", str(run), "--out", str(bundle)]) == 0
    card = json.loads((bundle / "card.json").read_text())
    assert card["licence"] == "Apache-2.0"
    before, after = (averaged_weights(run / part) for part in ("segmenter", "prompter"))
    assert any(not torch.equal(after[k], before[f"decoder.{k}"]) for k in after)
    graph = (bundle / "decoder.onnx").read_bytes()
    kernel = next(v for k, v in after.items() if k.endswith("head.bias"))
    assert kernel.numpy().tobytes() in graph
    assert card["data"]["patients"] == {"train": 1, "tune": 1, "validation": 1}
    assert card["recipe_sha256"] == read_recipe(recipe, Recipe)[2]
    image = next((cohort / "images").iterdir())
    out = tmp_path / "out"
    assert main(["segment", str(image), "--out", str(out), "--bundle", str(bundle)]) == 0


def test_a_prompter_goes_on_with_the_decoder_unless_it_has_widths_of_its_own(recipe: Path) -> None:
    found, _, _ = read_recipe(recipe, Recipe)
    network, how = build(found.segmenter), found.prompter
    assert how is not None
    assert first_decoder(network, found.segmenter, replace(how, widths=None)) is network.decoder
    anew = first_decoder(network, found.segmenter, how).state_dict()
    own = network.decoder.state_dict()
    assert sum(w.numel() for w in anew.values()) > sum(w.numel() for w in own.values())


@pytest.mark.slow
def test_a_run_killed_outright_and_resumed_exports_the_same_bytes(
    recipe: Path, cohort: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "lgescar", "train", "run", "--recipe", str(recipe)]
    command += ["--data", str(cohort), "--out"]
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    killed = tmp_path / "killed"
    child = subprocess.Popen([*command, str(killed)], stderr=subprocess.DEVNULL)
    while child.poll() is None and not list((killed / "segmenter").glob("?.json")):
        time.sleep(0.01)  # the run itself decides when its first checkpoint is there
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    subprocess.run([*command, str(killed), "--resume"], check=True, capture_output=True)
    for run in ("whole", "killed"):
        assert main(["export", str(tmp_path / run), "--out", str(tmp_path / f"{run}-b")]) == 0
    files = [json.loads((tmp_path / f"{run}-b" / "card.json").read_text())["files"]
             for run in ("whole", "killed")]  # fmt: skip
    assert files[0] == files[1]


def test_a_second_run_in_the_same_folder_is_refused_without_resume(
    recipe: Path, cohort: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.toml").write_text("")
    with pytest.raises(UsageError, match="--resume"):
        train(recipe, [cohort], tmp_path / "run", resume=False)
    with pytest.raises(UsageError, match="another recipe"):
        train(recipe, [cohort], tmp_path / "run", resume=True)


def test_labels_that_changed_since_the_split_are_refused(
    recipe: Path, cohort: Path, tmp_path: Path
) -> None:
    content = json.loads((recipe.parent / "split.json").read_text())
    name = content["parts"]["train"][0]
    content["labels_sha256"][name] = "0" * 64
    (recipe.parent / "split.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=name):
        train(recipe, [cohort], tmp_path / "run", resume=False)


def test_a_patient_in_two_parts_is_refused(recipe: Path) -> None:
    content = json.loads((recipe.parent / "split.json").read_text())
    content["parts"]["tune"] = content["parts"]["train"]
    (recipe.parent / "split.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="in part"):
        read_recipe(recipe, Recipe)


def test_folders_without_images_and_labels_are_no_cohort(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="images/ and labels/"):
        cohort_folders([tmp_path])


@pytest.mark.parametrize("path", sorted((ROOT / "recipes").glob("*/recipe.toml")), ids=str)
def test_every_recipe_loads_with_its_split(path: Path) -> None:
    recipe, split, _ = read_any(path)
    assert recipe.name == path.parent.name
    assert all(split.parts.values()) or recipe.data.simulated_tune


def test_a_folder_that_another_process_trains_in_is_refused(
    recipe: Path, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    command = ["train", "run", "--recipe", str(recipe), "--data", str(cohort)]
    with FileLock(run / LOCK):
        assert main([*command, "--out", str(run)]) == 2
    assert "another process trains in" in capsys.readouterr().err
    assert not (run / "recipe.toml").exists()


def test_simulated_patients_alone_train_and_calibrate_without_data(tmp_path: Path) -> None:
    text = RECIPE.replace("{ made = 0.7, simulated = 0.3 }", "{ simulated = 1.0 }")
    text = text.replace("simulated = 1\n", "simulated = 2\nsimulated_tune = 1\n")
    (tmp_path / "recipe.toml").write_text(text)
    nobody: dict[str, tuple[str, ...]] = {"train": (), "tune": (), "validation": ()}
    write_split(Split(1, nobody, {}), tmp_path / "split.json")
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    words = ["train", "run", "--recipe", str(tmp_path / "recipe.toml"), "--out", str(run)]
    assert main(words) == 0
    assert set(json.loads((run / "calibration.json").read_text())) == {
        "temperature", "scar_cutoff", "least_lesion_percent", "mvo_cutoff", "lenient", "strict",
    }  # fmt: skip
    assert main(["export", str(run), "--out", str(bundle)]) == 0
    data = json.loads((bundle / "card.json").read_text())["data"]
    assert data["labels_sha256"] == []
    assert data["simulated_patients"] == {"train": 2, "tune": 1}


def test_a_recipe_that_names_nobody_and_simulates_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.replace("simulated = 1\n", "simulated = 0\n"))
    nobody: dict[str, tuple[str, ...]] = {"train": (), "tune": (), "validation": ()}
    write_split(Split(1, nobody, {}), tmp_path / "split.json")
    with pytest.raises(UsageError, match="simulates nobody"):
        train(tmp_path / "recipe.toml", [], tmp_path / "run", resume=False)
