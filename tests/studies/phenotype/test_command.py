"""``lgescar study phenotype`` from the command line, on scars drawn by hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from lgescar.cli.main import main
from lgescar.core.tissue import Tissue

EACH = 8
QUICK = """
seeds = [1]
folds = 2

[features]
paper = ["area_mm2", "components", "solidity", "circularity"]

[boosting]
rounds = 10
"""


def write_mask(path: Path, codes: np.ndarray) -> None:
    """A label file of 2 x 2 mm pixels every 10 mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made: Any = nib.Nifti1Image
    image = made(codes.astype(np.uint8), np.diag([2.0, 2.0, 10.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


def ring(scar: int, patches: int = 1) -> np.ndarray:
    """Three slices of a round wall with ``patches`` square scars of side ``scar``."""
    rows, cols = np.mgrid[:48, :48]
    radius = np.hypot(rows - 23.5, cols - 23.5)
    plane = np.where(radius < 10, Tissue.BLOOD_POOL, np.where(radius < 20, Tissue.VIABLE, 0))
    for top in (5, 35)[:patches]:
        plane[top : top + scar, 20 : 20 + scar] = Tissue.SCAR
    return np.stack([plane] * 3, axis=2)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Small single scars, as a folder of files; large double ones, as ``segment`` writes them."""
    small, large = tmp_path / "few", tmp_path / "many"
    for number in range(EACH):
        write_mask(small / f"S{number}.nii.gz", ring(2 + number % 3))
        write_mask(large / f"L{number}" / "labels.nii.gz", ring(5 + number % 3, 2))
    write_mask(small / "HEALTHY.nii.gz", ring(0))
    return small, large


def studied(capsys: Any, folders: tuple[Path, Path], out: Path) -> dict[str, Any]:
    groups = [f"small={folders[0]}", f"large={folders[1]}"]
    recipe = out.with_suffix(".toml")
    recipe.write_text(QUICK, encoding="utf-8")
    words = ["--recipe", str(recipe), "--groups", *groups, "--out", str(out), "--json"]
    capsys.readouterr()
    assert main(["study", "phenotype", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_two_folders_of_masks_are_told_apart(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "out"
    found = studied(capsys, folders, out)
    masks = found["masks"]["given masks"]
    assert masks["with_scar"] == {"small": EACH, "large": EACH}
    assert masks["without_scar"] == {"small": 1, "large": 0}
    assert masks["learned"]["paper"]["logistic"]["auc"]["value"] == 1.0
    assert len(found["evaluated"]["given masks"]) == 2 * EACH + 1
    assert found["looked_for"] == "large"
    pictures = ("study.png", "shap.png", "dependence.png")
    assert all((out / name).stat().st_size > 10_000 for name in pictures)
    page = (out / "study.md").read_text("utf-8")
    assert "8 small and 8 large patients with scar (1 small without left out)" in page
    rows = list(csv.DictReader((out / "features.csv").read_text("utf-8").splitlines()))
    assert {row["patient"] for row in rows if row["group"] == "large"} == {
        f"L{number}" for number in range(EACH)
    }
    # Scars of side 2 in 2 mm pixels, on each slice.
    assert float(rows[0]["area_mm2"]) == pytest.approx(16.0)


def test_features_are_compared_one_by_one_and_adjusted_together(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    found = studied(capsys, folders, tmp_path / "out")["masks"]["given masks"]["contrasts"]
    by_name = {one["feature"]: one for one in found}
    area = by_name["area_mm2"]
    sides = [2 + number % 3 for number in range(EACH)]
    small, large = ([4.0 * s**2 for s in sides], [2 * 4.0 * (s + 3) ** 2 for s in sides])
    assert area["first"] == pytest.approx(list(np.quantile(small, [0.25, 0.5, 0.75])))
    assert area["larger_in_second"] == 1.0
    assert area["p"] == pytest.approx(stats.mannwhitneyu(large, small).pvalue)
    assert by_name["mvo_ml"]["p_holm"] == 1.0  # nobody has any
    order = sorted(found, key=lambda one: one["p"])
    assert order[0]["p_holm"] == pytest.approx(order[0]["p"] * len(found))


def test_the_same_command_says_the_same(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    told = [studied(capsys, folders, tmp_path / name)["masks"] for name in ("one", "two")]
    assert told[0] == told[1]


def test_a_patient_in_both_groups_is_reported(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any
) -> None:
    write_mask(folders[1] / "S0" / "labels.nii.gz", ring(6, 2))
    found = studied(capsys, folders, tmp_path / "out")
    assert found["masks"]["given masks"]["in_both"] == 1
    assert "1 patients, known by file name, are in both groups" in " ".join(found["remarks"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "needs --recipe"),
        (["--groups", "a=none", "b=none"], "NAME=DIR"),
        (["--groups", "a=few", "a=many"], "different names"),
        (["--groups", "a=few", "b=few"], "different names"),
        (["--groups", "a=few", "b=empty"], "no labels in empty"),
        (["--groups", "a=few", "b=two"], "group b has 2 patients with scar"),
    ],
)
def test_what_means_nothing_is_refused(
    folders: tuple[Path, Path],
    tmp_path: Path,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    for number in range(2):
        write_mask(Path("two") / f"T{number}.nii.gz", ring(3))
    assert main(["study", "phenotype", *words, "--out", "out"]) == 2
    assert message in capsys.readouterr().err


def test_an_unknown_feature_is_refused(tmp_path: Path, capsys: Any) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[features]\nown = ["solidity", "colour"]\n')
    words = ["--recipe", str(recipe), "--out", str(tmp_path / "out")]
    assert main(["study", "phenotype", *words]) == 2
    assert "features.own: unknown 'colour'" in capsys.readouterr().err


@pytest.mark.slow
def test_simulated_patients_by_their_true_and_their_predicted_masks(
    tmp_path: Path, capsys: Any
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        "seeds = [1]\nfolds = 2\n[simulated]\npatients = 9\n[features]\n"
        'mvo = ["mvo_ml", "volume_ml"]\n'
    )
    out = tmp_path / "out"
    words = ["--recipe", str(recipe), "--out", str(out), "--json"]
    capsys.readouterr()
    assert main(["study", "phenotype", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["masks"]) == ["true masks", "predicted masks"]
    by_name = {c["feature"]: c for c in found["masks"]["true masks"]["contrasts"]}
    assert by_name["mvo_ml"]["second"] == [0.0, 0.0, 0.0]  # no MVO in chronic scar
    assert len(found["predicted_by"]["sha256"]) == 64
    masks = sorted((out / "predicted").rglob("*.nii.gz"))
    assert len(masks) == 18
    before = [path.stat().st_mtime_ns for path in masks]
    assert main(["study", "phenotype", *words]) == 0
    assert [path.stat().st_mtime_ns for path in masks] == before
