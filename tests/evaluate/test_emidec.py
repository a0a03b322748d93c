"""The EMIDEC challenge's numbers, by hand and on the two annotations of one patient."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main

SPACING = (1.5, 2.0, 10.0)


def heart(scar_cols: int, moved: tuple[int, int] = (0, 0)) -> Any:
    """A 12 x 12 block of wall with a 4 x 4 cavity on each of 4 slices; 3 rows of scar on one."""
    codes = np.zeros((30, 32, 4), np.uint8)
    codes[8:20, 8:20] = 2
    codes[12:16, 12:16] = 1
    codes[8:11, 8 : 8 + scar_cols, 1] = 3
    return np.roll(codes, moved, (0, 1))


def save(path: Path, codes: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(codes, np.diag([*SPACING, 1.0])), path)


def scored(
    tmp_path: Path, pairs: dict[str, tuple[Any, Any]]
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """The record and the rows by patient of references and predictions."""
    for name, (reference, predicted) in pairs.items():
        save(tmp_path / "one/labels" / f"{name}.nii.gz", reference)
        save(tmp_path / "found" / f"{name}.nii.gz", predicted)
    return evaluated(tmp_path / "found", tmp_path / "one", tmp_path / "out")


def evaluated(
    predictions: Path, references: Path, out: Path
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    words = ["--predictions", str(predictions), "--references", str(references)]
    assert main(["evaluate", *words, "--out", str(out), "--emidec-compatible"]) == 0
    with (out / "emidec.csv").open() as file:
        rows = {row["patient"]: row for row in csv.DictReader(file)}
    return json.loads((out / "scores.json").read_text()), rows


def test_volumes_are_absolute_in_mm3_and_as_a_share_of_the_reference_wall(tmp_path: Path) -> None:
    _, rows = scored(tmp_path, {"a": (heart(6), heart(4))})
    # 3 x 2 pixels of 1.5 x 2 x 10 mm, of 4 x (144 - 16) pixels of wall.
    assert float(rows["a"]["volume_difference_infarct_mm3"]) == pytest.approx(6 * 30.0)
    assert float(rows["a"]["volume_difference_infarct_of_wall"]) == pytest.approx(6 / 512)
    assert float(rows["a"]["dice_infarct"]) == pytest.approx(24 / 30)
    assert float(rows["a"]["volume_difference_wall_mm3"]) == 0.0


def test_empty_and_empty_is_one_for_everyone_and_told_apart(tmp_path: Path) -> None:
    pairs = {"a": (heart(6), heart(4)), "b": (heart(0), heart(0)), "c": (heart(0), heart(2))}
    record, rows = scored(tmp_path, pairs)
    assert [float(rows[name]["dice_infarct"]) for name in "abc"] == pytest.approx([0.8, 1.0, 0.0])
    one = record["emidec"]["one"]
    assert one["everyone"]["dice_infarct"]["mean"] == pytest.approx(1.8 / 3)
    assert one["with_scar"]["dice_infarct"]["mean"] == pytest.approx(0.8)
    assert one["without_scar"]["dice_infarct"]["mean"] == pytest.approx(0.5)
    assert "as the EMIDEC challenge scores" in (tmp_path / "out/scores.md").read_text()


def test_the_scripts_order_takes_an_x_pixel_for_a_slice_step(tmp_path: Path) -> None:
    pairs = {"x": (heart(0), heart(0, (1, 0))), "y": (heart(0), heart(0, (0, 1)))}
    _, rows = scored(tmp_path, pairs)
    assert float(rows["x"]["hausdorff_wall_mm"]) == 1.5
    assert float(rows["x"]["hausdorff_wall_script_mm"]) == 10.0
    assert float(rows["y"]["hausdorff_wall_mm"]) == 2.0
    assert float(rows["y"]["hausdorff_wall_script_mm"]) == 2.0


def test_without_the_switch_none_of_it_is_there(tmp_path: Path) -> None:
    scored(tmp_path, {"a": (heart(6), heart(4))})
    words = ["--predictions", str(tmp_path / "found"), "--references", str(tmp_path / "one")]
    assert main(["evaluate", *words, "--out", str(tmp_path / "plain")]) == 0
    assert not (tmp_path / "plain/emidec.csv").exists()
    assert "emidec" not in json.loads((tmp_path / "plain/scores.json").read_text())


@pytest.mark.data
def test_two_annotations_of_a_patient_score_as_two_libraries_say(
    data_dir: Path, tmp_path: Path
) -> None:
    folder = data_dir / "emidec-p100"
    oracle = json.loads((folder / "oracle_P100_two_annotations.json").read_text())
    for key, place in (("reference", "one/labels"), ("test", "found")):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(folder / oracle[key], tmp_path / place / "a.nii.gz")
    _, rows = evaluated(tmp_path / "found", tmp_path / "one", tmp_path / "out")
    wall, infarct = oracle["myocardium(2,3,4)"], oracle["infarction(3,4)"]
    row = {key: float(value) for key, value in rows["a"].items() if key.count("_")}
    assert row["dice_wall"] == pytest.approx(wall["sitk_dice"], abs=1e-3)
    assert row["dice_infarct"] == pytest.approx(infarct["sitk_dice"], abs=1e-3)
    assert row["dice_no_reflow"] == pytest.approx(oracle["noreflow(4)"]["sitk_dice"], abs=1e-3)
    assert row["hausdorff_wall_mm"] == pytest.approx(wall["sitk_hd_mm"], abs=1e-3)
    apart = abs(infarct["vol_test_mm3"] - infarct["vol_ref_mm3"])
    assert row["volume_difference_infarct_mm3"] == pytest.approx(apart, abs=1e-3)
    assert row["volume_difference_infarct_of_wall"] == pytest.approx(
        apart / wall["vol_ref_mm3"], abs=1e-6
    )
    with (tmp_path / "out/patients.csv").open() as file:
        (ours,) = csv.DictReader(file)
    for metric, tool in (
        ("dice_scar", "sitk_dice"),
        ("hausdorff_scar_mm", "sitk_hd_mm"),
        ("hausdorff_95_scar_mm", "medpy_hd95_mm"),
        ("assd_scar_mm", "medpy_assd_mm"),
    ):
        assert float(ours[metric]) == pytest.approx(infarct[tool], abs=1e-3), metric
    assert 1000 * float(ours["scar_volume_ml_reference"]) == pytest.approx(infarct["vol_ref_mm3"])
