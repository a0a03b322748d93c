"""Tables by image quality and by grades of readers."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.core.quality import Quality
from lgescar.evaluate.images import PatientQuality
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.strata import Stratum, given_strata, quality_strata

DRAWN = {"a": (6, 6, 4.0), "b": (6, 3, 8.0), "c": (6, 0, 16.0), "d": (0, 2, 32.0)}
"""Columns of scar in reference and prediction, SD of the noise in the image."""


def heart(scar_cols: int) -> Any:
    """A block of wall round a cavity of 16 x 16 pixels on 3 slices; 3 rows of scar on each."""
    codes = np.zeros((44, 44, 3), np.int16)
    codes[8:36, 8:36] = 2
    codes[14:30, 14:30] = 1
    codes[9:12, 9 : 9 + scar_cols] = 3
    return codes


def save(path: Path, voxels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(voxels, np.diag([1.5, 1.5, 10.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Four patients whose images differ in nothing but their noise."""
    rng = np.random.default_rng(1)
    for name, (reference, predicted, sd) in DRAWN.items():
        codes = heart(reference)
        image = np.array([10.0, 300.0, 20.0, 400.0])[codes] + rng.normal(0.0, sd, codes.shape)
        save(tmp_path / "one/labels" / f"{name}.nii.gz", codes)
        save(tmp_path / "one/images" / f"{name}.nii.gz", image.astype(np.float32))
        save(tmp_path / "found" / f"{name}.nii.gz", heart(predicted))
    folders = ["--predictions", str(tmp_path / "found"), "--references", str(tmp_path / "one")]
    return ["evaluate", *folders, "--out", str(tmp_path / "out")]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def score(patient: str, **known: Any) -> PatientScore:
    empty = {field.name: None for field in fields(PatientScore)}
    return PatientScore(**{**empty, "cohort": "one", "patient": patient, **known})


def test_a_patients_row_holds_the_contrast_of_its_image(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "--images", str(tmp_path / "one")]) == 0
    found = {row["patient"]: row for row in rows(tmp_path / "out/patients.csv")}
    for name, (_, _, sd) in DRAWN.items():
        # Blood pool at 300 and wall at 20; 16 x 16 pixels give the noise within 15 %.
        assert float(found[name]["cnr_blood_pool_remote"]) == pytest.approx(280.0 / sd, rel=0.15)
    assert found["d"]["cnr_scar_remote"] == ""
    assert found["a"]["image_quality"] in ("good", "fair", "poor")


def test_the_thirds_of_an_index_have_the_dice_of_their_patients(
    words: list[str], tmp_path: Path
) -> None:
    assert main([*words, "--images", str(tmp_path / "one")]) == 0
    thirds = [r for r in rows(tmp_path / "out/strata.csv") if r["by"] == "cnr_scar_remote"]
    assert [r["stratum"] for r in thirds] == ["lowest", "middle", "highest"]
    # The noisiest scar was missed, the next half found (2 x 3 / (6 + 3)), the clearest wholly.
    assert [float(r["dice_scar_mean"]) for r in thirds] == pytest.approx([0.0, 2 / 3, 1.0])
    assert [r["missed"] for r in thirds] == ["1", "0", "0"]
    # 3 rows x 3 columns x 3 slices of 1.5 x 1.5 x 10 mm are 0.6075 ml, of 1.05 g a ml.
    assert float(thirds[1]["scar_mass_g_difference_mean"]) == pytest.approx(-0.6075 * 1.05)
    assert float(thirds[1]["scar_mass_g_error_mean"]) == pytest.approx(0.6075 * 1.05)


def test_strata_stand_in_the_record_and_on_the_pages(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "--images", str(tmp_path / "one")]) == 0
    record = json.loads((tmp_path / "out/scores.json").read_text())
    assert {s["by"] for s in record["strata"]} >= {"image_quality", "cnr_blood_pool_remote"}
    assert "one, by image quality" in (tmp_path / "out/scores.md").read_text()
    assert "contrast scar $-$ remote" in (tmp_path / "out/scores.tex").read_text()


def test_without_images_and_grades_nothing_is_added(words: list[str], tmp_path: Path) -> None:
    assert main(words) == 0
    assert not (tmp_path / "out/strata.csv").exists()
    assert "image_quality" not in rows(tmp_path / "out/patients.csv")[0]


def test_the_grades_of_a_reader_part_the_patients(words: list[str], tmp_path: Path) -> None:
    table = tmp_path / "grades.csv"
    table.write_text("patient,grade\na,excellent\none/b,bad\nc,bad\n")
    assert main([*words, "--strata", str(table)]) == 0
    found = {r["stratum"]: r for r in rows(tmp_path / "out/strata.csv")}
    assert list(found) == ["bad", "excellent", "not known"]
    assert float(found["bad"]["dice_scar_mean"]) == pytest.approx((2 / 3 + 0.0) / 2)
    assert (found["not known"]["patients"], found["not known"]["with_scar"]) == ("1", "0")
    assert found["not known"]["dice_scar_mean"] == ""


def test_grades_stand_in_the_order_of_their_numbers() -> None:
    scores = [score(n, outcome="found", dice_scar=0.5, scar_percent_difference=0.0) for n in "abc"]
    given = {"grade": {"a": "10", "b": "9", "c": "not known"}}
    assert [s.stratum for s in given_strata(scores, given, seed=1)] == ["9", "10", "not known"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,grade\na,1\n", "column patient"),
        ("patient\na\n", "column patient"),
        ("patient,grade\na,1\na,2\n", "twice"),
        ("patient,grade\nz,1\n", "none of the patients"),
    ],
)
def test_a_table_that_cannot_part_them_is_refused(
    words: list[str], tmp_path: Path, capsys: Any, text: str, told: str
) -> None:
    (tmp_path / "grades.csv").write_text(text)
    assert main([*words, "--strata", str(tmp_path / "grades.csv")]) == 2
    assert told in capsys.readouterr().err


def test_thirds_are_those_of_the_cohorts_own_patients() -> None:
    names = "abcdef"
    scores = [
        score(n, outcome="found", dice_scar=0.1 * i, scar_percent_difference=0.0)
        for i, n in enumerate(names)
    ]
    found = [PatientQuality("one", n, Quality(edge_width_mm=1.0 + i)) for i, n in enumerate(names)]
    strata = {
        s.stratum: s for s in quality_strata(scores, found, seed=1) if s.by != "image_quality"
    }
    assert {name: (s.low, s.high, s.patients) for name, s in strata.items()} == {
        "lowest": (1.0, 2.0, 2),
        "middle": (3.0, 4.0, 2),
        "highest": (5.0, 6.0, 2),
    }
    lowest: Stratum = strata["lowest"]
    assert lowest.dice_scar.mean == pytest.approx(0.05)
