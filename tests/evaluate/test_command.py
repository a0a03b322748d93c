"""``lgescar evaluate`` on folders of small label maps."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.read.splits import Split, write_split

MYOPS = np.array([0, 500, 200, 2221, 1220], np.int16)


def heart(scar_cols: int, mvo: int = 0) -> Any:
    """A 12 x 12 block of wall with a 4 x 4 cavity on each of 4 slices; 3 rows of scar on one."""
    codes = np.zeros((30, 32, 4), np.int16)
    codes[8:20, 8:20] = 2
    codes[12:16, 12:16] = 1
    codes[8:11, 8 : 8 + scar_cols, 1] = 3
    codes[8:11, 8 : 8 + mvo, 1] = 4
    return codes


def save(path: Path, codes: Any, *, known: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([1.5, 1.5, 10.0, 1.0]) if known else np.eye(4)
    image = nib.Nifti1Image(codes.astype(np.int16), affine)
    image.header.set_xyzt_units("mm" if known else "unknown")
    nib.save(image, path)


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    """Two cohorts: found, missed, invented and clear in one, another coding in the other."""
    references, predictions = tmp_path / "references", tmp_path / "predictions"
    one = {"found": (6, 4), "missed": (5, 0), "invented": (0, 5), "clear": (0, 0)}
    for name, (reference, predicted) in one.items():
        save(references / "one/labels" / f"{name}.nii.gz", heart(reference))
        save(predictions / "one" / name / "labels.nii.gz", heart(predicted))
    save(references / "other/labels/a.nii.gz", MYOPS[heart(6)], known=False)
    save(predictions / "a.nii.gz", heart(6), known=False)
    return ["--predictions", str(predictions), "--references", str(references)]


def evaluated(folders: list[str], out: Path, *more: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record, and the rows by patient."""
    assert main(["evaluate", *folders, "--out", str(out), *more]) == 0
    with (out / "patients.csv").open() as file:
        rows = {row["patient"]: row for row in csv.DictReader(file)}
    return json.loads((out / "scores.json").read_text()), rows


def test_a_patient_is_found_missed_invented_or_clear(folders: list[str], tmp_path: Path) -> None:
    record, rows = evaluated(folders, tmp_path / "out")
    assert {name: rows[name]["outcome"] for name in rows if name != "a"} == {
        name: name for name in ("found", "missed", "invented", "clear")
    }
    one = record["cohorts"]["one"]
    assert one["outcomes"] == {"found": 1, "missed": 1, "invented": 1, "clear": 1}
    # 15 of 4 x 128 pixels of wall are 2.9 %.
    assert one["invented_over_2_percent"] == 1


def test_scar_predicted_beside_the_reference_finds_nothing(
    folders: list[str], tmp_path: Path
) -> None:
    elsewhere = heart(0)
    elsewhere[17:20, 17:20, 1] = 3
    save(tmp_path / "predictions/one/found/labels.nii.gz", elsewhere)
    assert evaluated(folders, tmp_path / "out")[1]["found"]["outcome"] == "missed"


def test_a_rows_numbers_are_those_counted_by_hand(folders: list[str], tmp_path: Path) -> None:
    row = evaluated(folders, tmp_path / "out")[1]["found"]
    # Reference 3 x 6 pixels of scar, predicted 3 x 4 of them.
    assert float(row["dice_scar"]) == pytest.approx(24 / 30)
    assert float(row["area_similarity_scar"]) == pytest.approx(1 - 6 / 30)
    # Two columns of 1.5 mm are missing.
    assert float(row["hausdorff_scar_mm"]) == pytest.approx(3.0)
    assert float(row["scar_percent_reference"]) == pytest.approx(100 * 18 / 512)
    assert float(row["scar_mass_g_predicted"]) == pytest.approx(12 * 0.0225 * 1.05)
    assert float(row["dice_wall"]) == 1.0


def test_distances_are_those_counted_by_hand(folders: list[str], tmp_path: Path) -> None:
    row = evaluated(folders, tmp_path / "out")[1]["found"]
    # In 3-D the one scarred slice is all border: 18 and 12 pixels, of which three lie 1.5 mm and
    # three lie 3 mm from the other border.
    assert float(row["assd_scar_mm"]) == pytest.approx((3 * 1.5 + 3 * 3.0) / 30)
    assert float(row["hausdorff_95_scar_mm"]) == 3.0
    # On the slice 14 and 10 pixels are border: two of column 12, three of column 13, and one of
    # the prediction's last column, which lies inside the reference.
    assert float(row["assd_slices_scar_mm"]) == pytest.approx((2 * 1.5 + 3 * 3.0 + 1.5) / 24)
    assert float(row["hausdorff_95_slices_scar_mm"]) == 3.0
    assert row["hausdorff_95_slices_scar_px"] == row["assd_slices_scar_px"] == ""


def test_differences_are_predicted_minus_reference(folders: list[str], tmp_path: Path) -> None:
    row = evaluated(folders, tmp_path / "out")[1]["found"]
    assert float(row["scar_volume_ml_reference"]) == pytest.approx(18 * 0.0225)
    assert float(row["scar_volume_ml_difference"]) == pytest.approx(-6 * 0.0225)
    assert float(row["scar_mass_g_difference"]) == pytest.approx(-6 * 0.0225 * 1.05)
    assert float(row["scar_percent_difference"]) == pytest.approx(-100 * 6 / 512)
    assert float(row["lv_mass_g_difference"]) == 0.0


def test_outlines_are_compared_on_the_slices_where_both_show_scar(
    folders: list[str], tmp_path: Path
) -> None:
    two = heart(4)
    two[17:20, 17:20, 2] = 3
    save(tmp_path / "predictions/one/found/labels.nii.gz", two)
    row = evaluated(folders, tmp_path / "out")[1]["found"]
    assert row["components_reference"] == row["components_predicted"] == "1.0"
    # A rectangle without its four corner triangles of 1/8 pixel; each cut is √½ long.
    corner, slope = 4 / 8, 4 * 0.5**0.5
    ours, theirs = (18 - corner, 14 + slope), (12 - corner, 10 + slope)
    assert float(row["perimeter2_over_area_reference"]) == pytest.approx(ours[1] ** 2 / ours[0])
    assert float(row["circularity_predicted"]) == pytest.approx(
        4 * np.pi * theirs[0] / theirs[1] ** 2
    )


def test_lesions_are_found_by_size_or_invented(folders: list[str], tmp_path: Path) -> None:
    record, rows = evaluated(folders, tmp_path / "out")
    counts = [rows["missed"][f"lesions_{c}"] for c in ("reference", "found", "predicted")]
    assert counts == ["1", "0", "0"]
    assert rows["invented"]["lesions_invented"] == "1"
    lesions = record["cohorts"]["one"]["lesions"]
    assert (lesions["reference"], lesions["found"], lesions["invented"]) == (2, 1, 1)
    # 18 and 15 pixels of 2.25 mm² are below 50 mm².
    sizes = lesions["by_size"]
    assert (sizes[0]["lesions"], sizes[0]["found"]) == (2, 1)
    assert (sizes[2]["low_mm2"], sizes[2]["high_mm2"]) == (200.0, None)
    assert record["cohorts"]["other"]["lesions"]["unknown_size"] == 1
    page = (tmp_path / "out/scores.md").read_text()
    assert "| 0 to 50 mm² | 2 | 1 | 0.50 |" in page
    assert "| of unknown size | 1 | 1 | 1.00 |" in page
    assert "| predicted that hit nothing, of 2 |  | 1 | 0.50 |" in page


def test_a_slice_without_labels_between_others_withholds_no_grams(tmp_path: Path) -> None:
    gap = heart(6)
    gap[:, :, 2] = 0
    save(tmp_path / "only/a.nii.gz", gap)
    save(tmp_path / "found/a.nii.gz", gap)
    folders = ["--predictions", str(tmp_path / "found"), "--references", str(tmp_path / "only")]
    row = evaluated(folders, tmp_path / "out")[1]["a"]
    assert float(row["scar_mass_g_reference"]) == pytest.approx(18 * 0.0225 * 1.05)


def test_an_undefined_metric_is_empty_and_counted(folders: list[str], tmp_path: Path) -> None:
    record, rows = evaluated(folders, tmp_path / "out")
    assert rows["clear"]["dice_scar"] == ""
    assert rows["missed"]["hausdorff_scar_mm"] == ""
    spread = record["cohorts"]["one"]["with_scar"]["hausdorff_scar_mm"]
    assert (spread["patients"], spread["undefined"], spread["mean"]) == (2, 1, 3.0)


def test_patients_without_scar_are_in_no_mean_of_those_with(
    folders: list[str], tmp_path: Path
) -> None:
    one = evaluated(folders, tmp_path / "out")[0]["cohorts"]["one"]
    assert one["with_scar"]["dice_scar"]["mean"] == pytest.approx(0.8 / 2)
    assert one["without_scar"]["dice_scar"]["mean"] == 0.0
    assert one["without_scar"]["dice_scar"]["undefined"] == 1


def test_another_coding_is_understood_and_unknown_spacing_gives_pixels(
    folders: list[str], tmp_path: Path
) -> None:
    row = evaluated(folders, tmp_path / "out")[1]["a"]
    assert float(row["dice_scar"]) == 1.0
    assert float(row["hausdorff_slices_scar_px"]) == 0.0
    assert row["hausdorff_slices_scar_mm"] == row["hausdorff_scar_mm"] == ""
    assert row["scar_mass_g_reference"] == ""


def test_the_record_says_what_was_run(folders: list[str], tmp_path: Path) -> None:
    record, _ = evaluated(folders, tmp_path / "out", "--seed", "9")
    assert record["seeds"] == {"bootstrap": 9}
    assert record["patients"] == 5
    assert record["version"]
    assert record["command"].startswith("lgescar evaluate --predictions ")
    assert record["command"].endswith("--seed 9")
    assert {"processor", "cores"} <= set(record["machine"])
    assert "node" not in record["machine"]


def test_the_record_holds_the_hash_of_every_label_file(folders: list[str], tmp_path: Path) -> None:
    record, _ = evaluated(folders, tmp_path / "out")
    for kind in ("predictions", "references"):
        folder = Path(folders[folders.index(f"--{kind}") + 1])
        stored = record["labels_sha256"][kind]
        there = {hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.nii.gz")}
        assert len(stored) == 5
        assert set(stored.values()) <= there


def test_the_page_shows_both_groups(folders: list[str], tmp_path: Path, capsys: Any) -> None:
    evaluated(folders, tmp_path / "out")
    page = (tmp_path / "out/scores.md").read_text()
    assert page in capsys.readouterr().out
    assert "patients with scar" in page
    assert "patients without scar" in page
    assert "1 found, 1 missed, 1 invented, 1 clear" in page


def test_a_missing_prediction_is_an_error(folders: list[str], tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "predictions/one/missed/labels.nii.gz").unlink()
    assert main(["evaluate", *folders, "--out", str(tmp_path / "out")]) == 3
    assert "one/missed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_part_of_a_split_is_evaluated_alone(folders: list[str], tmp_path: Path) -> None:
    split = Split(1, {"train": ("one/found",), "validation": ("one/clear", "other/a")})
    write_split(split, tmp_path / "split.json")
    _, rows = evaluated(folders, tmp_path / "out", "--split", str(tmp_path / "split.json"))
    assert sorted(rows) == ["a", "clear"]


def test_a_part_that_is_not_there_is_refused(
    folders: list[str], tmp_path: Path, capsys: Any
) -> None:
    write_split(Split(1, {"train": ("one/found",)}), tmp_path / "split.json")
    more = ["--out", str(tmp_path / "out"), "--split", str(tmp_path / "split.json")]
    assert main(["evaluate", *folders, *more]) == 2
    assert "no part validation" in capsys.readouterr().err


def test_a_prediction_on_another_grid_is_refused_by_name(
    folders: list[str], tmp_path: Path, capsys: Any
) -> None:
    save(tmp_path / "predictions/one/found/labels.nii.gz", heart(4)[:-1])
    assert main(["evaluate", *folders, "--out", str(tmp_path / "out")]) == 3
    assert "prediction of one/found: the label map has shape" in capsys.readouterr().err


def test_a_damaged_reference_is_named(folders: list[str], tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "references/one/labels/clear.nii.gz").write_bytes(b"no picture")
    assert main(["evaluate", *folders, "--out", str(tmp_path / "out")]) == 3
    assert "reference of one/clear: " in capsys.readouterr().err


def test_codes_of_no_coding_are_named(folders: list[str], tmp_path: Path, capsys: Any) -> None:
    save(tmp_path / "predictions/one/found/labels.nii.gz", heart(4) + 7)
    assert main(["evaluate", *folders, "--out", str(tmp_path / "out")]) == 3
    assert "prediction of one/found: label codes [7, 8, 9, 10]" in capsys.readouterr().err


def test_one_cohort_may_be_a_folder_of_label_files(tmp_path: Path) -> None:
    save(tmp_path / "only/a.nii.gz", heart(6))
    save(tmp_path / "found/a/labels.nii.gz", heart(6, mvo=2))
    folders = ["--predictions", str(tmp_path / "found"), "--references", str(tmp_path / "only")]
    record, rows = evaluated(folders, tmp_path / "out")
    # MVO counts as scar.
    assert float(rows["a"]["dice_scar"]) == 1.0
    assert record["cohorts"].keys() == {"only"}
