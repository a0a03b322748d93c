"""Cohort tables and splits on small label maps."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.core.errors import InputError
from lgescar.read.splits import check_split, read_split
from lgescar.train.cohorts import (
    Cohorts,
    cohort_table,
    markdown,
    split_cohorts,
)

PATIENTS = 20


def save(path: Path, array: np.ndarray, *, known: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nib.Nifti1Image(array.astype(np.int16), np.diag([1.5, 1.5, 10.0, 1.0]))
    image.header.set_xyzt_units("mm" if known else "unknown")
    nib.save(image, path)


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Twenty patients: patient i has 5 i scar pixels of 100 in the wall on one of 3 slices."""
    folder = tmp_path / "made"
    for i in range(PATIENTS):
        codes = np.zeros((20, 20, 3), np.int16)
        codes[5:15, 5:15, 1] = 2
        block = codes[5:15, 5:15, 1].copy().ravel()
        block[: 5 * i] = 3
        codes[5:15, 5:15, 1] = block.reshape(10, 10)
        save(folder / "labels" / f"p{i:02}.nii.gz", codes)
        save(folder / "images" / f"p{i:02}.nii.gz", codes * 50 + i)
    lines = ["name,age,sex,vendor", *(f"p{i:02},{50 + i},{'FM'[i % 2]},Acme" for i in range(10))]
    (folder / "patients.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_split_deals_70_15_15_and_hashes_every_label_file(cohort: Path) -> None:
    split = split_cohorts(Cohorts.of([cohort]), Cohorts.of([cohort]).rows(), seed=3)
    assert {part: len(names) for part, names in split.parts.items()} == {
        "train": 14, "tune": 3, "validation": 3,
    }  # fmt: skip
    files = Cohorts.of([cohort]).files("labels")
    assert set(split.labels_sha256) == set(files)
    check_split(split, files)


def test_one_image_under_two_names_is_refused(cohort: Path) -> None:
    image = (cohort / "images" / "p03.nii.gz").read_bytes()
    (cohort / "images" / "p04.nii.gz").write_bytes(image)
    with pytest.raises(InputError, match=r"made/p03 and made/p04"):
        split_cohorts(Cohorts.of([cohort]), Cohorts.of([cohort]).rows(), seed=3)


def test_the_table_counts_patients_images_and_scar(cohort: Path) -> None:
    rows = Cohorts.of([cohort]).rows()
    split = split_cohorts(Cohorts.of([cohort]), rows, seed=3)
    table = cohort_table(split, rows)
    assert sum(line.patients for line in table) == PATIENTS
    assert sum(line.images for line in table) == 3 * PATIENTS
    assert sum(line.patients_with_scar for line in table) == PATIENTS - 1
    assert sum(line.images_with_scar for line in table) == PATIENTS - 1
    train = table[0]
    numbers = [int(name[-2:]) for name in split.parts["train"]]
    shares = sorted(5.0 * n for n in numbers if n)  # scar pixels of 100 wall pixels
    assert train.scar_percent_of_lv is not None
    assert train.scar_percent_of_lv[0] == shares[0]
    assert train.scar_percent_of_lv[2] == shares[-1]
    assert train.pixel_mm == (1.5, 1.5, 1.5)
    assert sum(sum(line.sex.values()) for line in table) == 10
    assert sum(line.vendor.get("Acme", 0) for line in table) == 10
    assert "made | train | 14 " in markdown(table)


def test_a_patient_without_data_is_refused(cohort: Path) -> None:
    rows = Cohorts.of([cohort]).rows()
    split = split_cohorts(Cohorts.of([cohort]), rows, seed=3)
    del rows["made/p05"]
    with pytest.raises(InputError, match="made/p05"):
        cohort_table(split, rows)


def test_the_command_writes_split_and_table(cohort: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["train", "split", "--data", str(cohort), "--out", str(out), "--seed", "3"]) == 0
    split = read_split(out / "split.json")
    stored = json.loads((out / "cohorts.json").read_text())
    assert split == split_cohorts(Cohorts.of([cohort]), Cohorts.of([cohort]).rows(), seed=3)
    assert sum(row["patients"] for row in stored["rows"]) == PATIENTS
    assert (out / "cohorts.md").read_text().startswith("| cohort | part |")
