"""``lgescar study`` from the command line, on networks of two steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lgescar.cli.main import main
from lgescar.read.splits import Split, sha256_of_file, write_split
from lgescar.studies.material import simulated_material
from lgescar.studies.recipe import Simulated

BOXES = """
name = "boxes"
seeds = [1, 2]
jitter_mm = 0.0
shift_mm = [0.0, 40.0]
scale = [1.0]
dropped = [0.0, 1.0]
spurious = [0.0]

[simulated]
train = 0
tune = 0
evaluate = 1
scar = "chronic"
"""


def studied(capsys: Any, *words: str) -> dict[str, Any]:
    """What a study says in JSON."""
    capsys.readouterr()
    assert main(["study", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def dice(found: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Mean Dice by group and variant."""
    rows = (m for m in found["means"] if m["metric"] == "dice")
    return {(m["group"], m["variant"]): m["mean"] for m in rows}


def test_the_boxes_of_the_default_bundle_are_spoilt_by_degrees(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "boxes.toml").write_text(BOXES)
    words = ["--recipe", str(tmp_path / "boxes.toml"), "--out", str(tmp_path / "out")]
    found = studied(capsys, "boxes", *words)
    mean = dice(found)
    assert mean["share of boxes dropped", "1"] == 0.0
    assert mean["shift, mm", "40"] < 0.2 < mean["shift, mm", "0"]
    assert (
        mean["shift, mm", "0"] == mean["scale of sides", "1"] == mean["share of boxes dropped", "0"]
    )
    assert (tmp_path / "out" / "study.png").is_file()
    stored = json.loads((tmp_path / "out" / "scores" / "shift-40-2.json").read_text())
    assert {"command", "machine", "version", "seeds", "evaluated", "recipe_sha256"} <= set(stored)
    assert all(len(digest) == 64 for digest in stored["evaluated"].values())


def test_an_option_of_another_study_is_refused(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    recipe = study_file('baseline = "dice"\n')
    words = ["--recipe", str(recipe), "--out", str(tmp_path / "out"), "--data", str(tmp_path)]
    assert main(["study", "noise", *words]) == 2
    assert "unrecognized arguments: --data" in capsys.readouterr().err


def test_a_variant_that_means_nothing_is_refused_before_anything_is_trained(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    recipe = study_file('baseline = "dice"\n')
    recipe.write_text(recipe.read_text().replace("kl = 1.0", "kk = 1.0"))
    out = tmp_path / "out"
    assert main(["study", "ablation", "--recipe", str(recipe), "--out", str(out)]) == 2
    assert "unknown key 'kk'" in capsys.readouterr().err
    assert not (out / "runs").exists()


@pytest.mark.slow
def test_an_ablation_of_simulated_patients(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    pytest.importorskip("transformers")
    out = tmp_path / "out"
    words = ["--recipe", str(study_file('baseline = "dice"\n')), "--out", str(out)]
    found = studied(capsys, "ablation", *words)
    assert set(dice(found)) == {("", "dice"), ("", "kl")}
    assert "kl = 1.0" in (out / "runs" / "kl-1" / "recipe.toml").read_text()
    before = (out / "scores" / "kl-1.json").read_bytes()
    assert studied(capsys, "ablation", *words)["means"] == found["means"]
    assert (out / "scores" / "kl-1.json").read_bytes() == before


@pytest.mark.slow
def test_a_cohort_of_ones_own_is_trained_on_and_evaluated(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    pytest.importorskip("transformers")
    made = simulated_material(Simulated(1, 1, 1, "chronic", 7), tmp_path / "data" / "mine")
    write_split(made.split, tmp_path / "split.json")
    words = ["--recipe", str(study_file('baseline = "dice"\n')), "--out", str(tmp_path / "out")]
    words += ["--data", str(tmp_path / "data"), "--split", str(tmp_path / "split.json")]
    found = studied(capsys, "ablation", *words)
    assert list(found["evaluated"]) == ["mine/SIM9"]
    recipe = (tmp_path / "out" / "runs" / "kl-1" / "recipe.toml").read_text()
    assert "[data.share]\nmine = 1.0\n" in recipe


@pytest.mark.slow
def test_networks_of_noisy_readers_are_scored_against_the_truth(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    pytest.importorskip("transformers")
    out = tmp_path / "out"
    words = ["--recipe", str(study_file('baseline = "dice"\nreaders = [2.0]\n')), "--out", str(out)]
    found = studied(capsys, "noise", *words)
    assert set(dice(found)) == {(g, v) for g in ("truth", "reader-2") for v in ("dice", "kl")}
    assert "Training labels of reader-2" in found["remarks"][0]
    truth = sha256_of_file(out / "cohorts" / "simulated" / "labels" / "SIM20002.nii.gz")
    assert found["evaluated"] == {"simulated/SIM20002": truth}
    split = json.loads((out / "runs" / "reader-2-kl-1" / "split.json").read_text())
    assert split["parts"]["validation"] == []


@pytest.mark.slow
def test_chronic_scar_is_trained_on_and_acute_scar_evaluated(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    pytest.importorskip("transformers")
    words = ["--recipe", str(study_file("", False)), "--out", str(tmp_path / "out")]
    found = studied(capsys, "generalise", *words)
    same, other = "trained on the same kind", "trained on the other kind"
    assert set(dice(found)) == {(g, v) for g in ("chronic", "acute") for v in (same, other)}
    split = json.loads((tmp_path / "out/runs/trained-on-chronic-1/split.json").read_text())
    assert [p.split("/")[0] for p in split["parts"]["train"]] == ["chronic"]


@pytest.mark.slow
def test_a_cohort_is_held_out_and_evaluated(
    study_file: Callable[..., Path], tmp_path: Path, capsys: Any
) -> None:
    pytest.importorskip("transformers")
    parts: dict[str, tuple[str, ...]] = {"train": (), "tune": (), "validation": ()}
    sha256: dict[str, str] = {}
    for place, name in enumerate(("one", "two")):
        plan = Simulated(1, 1, 1, "chronic", 50 + 10 * place)
        split = simulated_material(plan, tmp_path / "data" / name).split
        parts = {part: parts[part] + split.parts[part] for part in parts}
        sha256 |= split.labels_sha256
    write_split(Split(1, parts, sha256), tmp_path / "split.json")
    words = ["--recipe", str(study_file("", False)), "--out", str(tmp_path / "out")]
    words += ["--data", str(tmp_path / "data"), "--split", str(tmp_path / "split.json")]
    found = studied(capsys, "generalise", *words)
    seen, unseen = "trained on it too", "not trained on it"
    assert set(dice(found)) == {(g, v) for g in ("one", "two") for v in (seen, unseen)}
    split_of = {
        run: json.loads((tmp_path / "out/runs" / run / "split.json").read_text())["parts"]["train"]
        for run in ("trained-on-one-two-1", "trained-on-one-1", "trained-on-two-1")
    }
    assert [len(names) for names in split_of.values()] == [2, 1, 1]
    assert split_of["trained-on-two-1"][0].startswith("two/")
