"""Systems compared on hearts whose scars differ by counted pixels."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.metrics.bootstrap import mean_interval

REFERENCE = (6, 6, 6, 6, 6, 6, 0, 0)
"""Columns of scar, three pixels each, of eight patients; the last two have none."""
SYSTEMS = {
    "short": (4, 5, 4, 5, 4, 0, 2, 0),
    "long": (6, 6, 6, 6, 6, 6, 0, 0),
}


def heart(scar_cols: int) -> Any:
    """A 12 x 12 block of wall with a 4 x 4 cavity on each of 4 slices; 3 rows of scar on one."""
    codes = np.zeros((30, 32, 4), np.uint8)
    codes[8:20, 8:20] = 2
    codes[12:16, 12:16] = 1
    codes[8:11, 8 : 8 + scar_cols, 1] = 3
    return codes


def save(folder: Path, columns: tuple[int, ...]) -> str:
    folder.mkdir(parents=True)
    for patient, scar_cols in enumerate(columns):
        image = nib.Nifti1Image(heart(scar_cols), np.diag([1.5, 1.5, 10.0, 1.0]))
        nib.save(image, folder / f"p{patient}.nii.gz")
    return str(folder)


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    references = save(tmp_path / "cohort", REFERENCE)
    given = ["--references", references, "--out", str(tmp_path / "out")]
    for name, columns in SYSTEMS.items():
        given += ["--predictions", save(tmp_path / "systems" / name, columns)]
    return given


def contrasts(out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    found = json.loads((out / "comparison.json").read_text())["contrasts"]
    return {(c["group"], c["metric"]): c for c in found}


DICE = [2 * c / (6 + c) for c in SYSTEMS["short"][:6]]
"""Three rows of c columns inside three rows of six."""


def test_the_difference_is_second_minus_first_over_patients_with_scar(
    words: list[str], tmp_path: Path
) -> None:
    assert main(["evaluate", *words]) == 0
    dice = contrasts(tmp_path / "out")["with scar", "dice_scar"]
    assert (dice["first"], dice["second"]) == ("short", "long")
    assert (dice["patients"], dice["undefined"]) == (6, 0)
    assert dice["mean_first"] == pytest.approx(np.mean(DICE))
    assert dice["difference"] == pytest.approx(1 - np.mean(DICE))
    assert tuple(dice["interval"]) == pytest.approx(mean_interval(1 - np.array(DICE), seed=1))
    # Six differences of one sign: the exact test has 2 of 2^6 ways as far out, were there no ties.
    assert dice["p"] == pytest.approx(2 / 64, abs=0.01)


def test_a_patient_without_a_distance_in_one_system_is_counted_and_left_out(
    words: list[str], tmp_path: Path
) -> None:
    assert main(["evaluate", *words]) == 0
    distance = contrasts(tmp_path / "out")["with scar", "hausdorff_95_scar_mm"]
    assert (distance["patients"], distance["undefined"]) == (5, 1)


def test_errors_are_absolute_and_groups_apart(words: list[str], tmp_path: Path) -> None:
    assert main(["evaluate", *words]) == 0
    found = contrasts(tmp_path / "out")
    # 2, 1, 2, 1, 2 and 6 columns of three pixels are missing, of 4 x 128 pixels of wall.
    missing = 100 * 3 * np.array([2, 1, 2, 1, 2, 6]) / 512
    error = found["with scar", "scar_percent_error"]
    assert error["mean_first"] == pytest.approx(missing.mean())
    assert error["difference"] == pytest.approx(-missing.mean())
    invented = found["without scar", "scar_percent_predicted"]
    assert (invented["patients"], invented["mean_first"]) == (2, pytest.approx(100 * 6 / 512 / 2))


def test_holms_p_counts_every_row_of_the_cohort(words: list[str], tmp_path: Path) -> None:
    assert main(["evaluate", *words]) == 0
    found = list(contrasts(tmp_path / "out").values())
    smallest = min(found, key=lambda c: c["p"])
    assert smallest["holm_p"] == pytest.approx(min(1.0, smallest["p"] * len(found)))
    assert all(c["holm_p"] >= c["p"] for c in found)


def test_each_system_has_its_tables_and_all_four_formats(
    words: list[str], tmp_path: Path, capsys: Any
) -> None:
    assert main(["evaluate", *words]) == 0
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir() if p.is_file()) == [
        "comparison.csv",
        "comparison.json",
        "comparison.md",
        "comparison.tex",
    ]
    assert (out / "short/scores.tex").is_file()
    assert (out / "long/patients.csv").is_file()
    page = (out / "comparison.md").read_text()
    assert page in capsys.readouterr().out
    assert "## cohort: long − short" in page
    with (out / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(contrasts(out))
    assert float(rows[0]["interval_low"]) < float(rows[0]["interval_high"])


def test_systems_of_one_name_want_names_of_their_own(
    words: list[str], tmp_path: Path, capsys: Any
) -> None:
    again = save(tmp_path / "elsewhere" / "long", SYSTEMS["long"])
    assert main(["evaluate", *words, "--predictions", again]) == 2
    assert "--predictions NAME=DIR" in capsys.readouterr().err
    assert main(["evaluate", *words, "--predictions", f"again={again}"]) == 0
    # Three systems are three pairs.
    found = json.loads((tmp_path / "out/comparison.json").read_text())["contrasts"]
    assert {(c["first"], c["second"]) for c in found} == {
        ("short", "long"),
        ("short", "again"),
        ("long", "again"),
    }
