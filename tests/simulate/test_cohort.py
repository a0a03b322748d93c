"""A cohort's folder holds what its docs page says, whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from lgescar.cli.main import main
from lgescar.core.errors import UsageError
from lgescar.simulate import cohort, simulate_patient
from lgescar.simulate.cohort import CohortPlan, write_cohort


def names(folder: Path) -> set[str]:
    """Files under a folder."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_nifti_layout_and_truth_of_two_patients(tmp_path: Path) -> None:
    out = tmp_path / "hearts"
    assert main(["simulate", "--out", str(out), "--patients", "2", "--seed", "3"]) == 0
    expected = {f"{d}/SIM000{i}.nii.gz" for d in ("images", "labels", "noisy") for i in (1, 2)}
    assert names(out) == expected | {"truth.csv", "truth.json"}
    with (out / "truth.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    truth = json.loads((out / "truth.json").read_text())
    assert [r["name"] for r in rows] == ["SIM0001", "SIM0002"]
    assert truth["format"] == "lgescar-simulated/1"
    again = simulate_patient(truth["patients"][1]["seed"])
    assert float(rows[1]["scar_mass_g"]) == pytest.approx(again.mass.scar_g, abs=1e-3)
    assert float(rows[1]["lv_mass_g"]) == pytest.approx(again.mass.lv_g, abs=1e-3)


@pytest.mark.parametrize("kind", ["dicom", "dicom-enhanced"])
def test_dicom_layout(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "hearts"
    words = ["simulate", "--out", str(out), "--patients", "1", "--seed", "1", "--format", kind]
    assert main([*words, "--scar", "acute", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (row,) = told["patients"]
    images = row["slices"] if kind == "dicom" else 1
    expected = {f"SIM0001/IM{i + 1:04d}.dcm" for i in range(images)}
    labels = {"truth/SIM0001.nii.gz", "noisy/SIM0001.nii.gz"}
    assert names(out) == expected | labels | {"truth.csv", "truth.json"}
    assert row["kind"] == "acute"


def test_cohorts_of_different_seeds_share_no_patient(tmp_path: Path) -> None:
    rows = [write_cohort(CohortPlan(1, seed), tmp_path / str(seed)) for seed in (1, 2)]
    assert rows[0][0]["seed"] != rows[1][0]["seed"]


def test_an_earlier_cohort_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "hearts"
    write_cohort(CohortPlan(2, 1), out)
    write_cohort(CohortPlan(1, 1), out)
    assert not (out / "images" / "SIM0002.nii.gz").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["hearts"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds something else"):
        write_cohort(CohortPlan(1, 1), tmp_path)
    assert names(tmp_path) == {"thesis.txt"}


def test_nothing_appears_when_a_patient_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cohort.write_patient_nifti

    def fails(patient: object, out: Path, name: str) -> None:
        if name == "SIM0002":
            raise OSError(28, "No space left on device")
        real(patient, out, name)  # type: ignore[arg-type]

    monkeypatch.setattr(cohort, "write_patient_nifti", fails)
    with pytest.raises(OSError, match="No space"):
        write_cohort(CohortPlan(2, 1), tmp_path / "hearts")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["--patients", "0", "--seed", "1"], ["--patients", "1", "--seed", "-1"]]
)
def test_a_senseless_number_is_a_usage_error(words: list[str], tmp_path: Path) -> None:
    assert main(["simulate", "--out", str(tmp_path / "x"), *words]) == 2
    assert not (tmp_path / "x").exists()
