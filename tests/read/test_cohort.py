"""Patients with a reference: the development cohorts, and folders laid out like them."""

import csv
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from lgescar.core.errors import InputError
from lgescar.core.tissue import Tissue
from lgescar.read.cohort import cases, read_case


@pytest.fixture
def folder(tmp_path: Path, oblique):
    def make(codes):
        for room, array in (("images", np.arange(48)), ("labels", np.resize(codes, 48))):
            (tmp_path / room).mkdir(exist_ok=True)
            image = nib.Nifti1Image(array.astype(np.int16).reshape(4, 4, 3), oblique)
            nib.save(image, tmp_path / room / "one.nii.gz")
        return tmp_path

    return make


def test_myops_codes_become_ours(folder):
    codes = [0, 200, 500, 600, 1220, 2221]
    _, labels = read_case(folder(codes), "one")
    found = np.stack([label.codes for label in labels], axis=2).ravel()
    expected = [0, 2, 1, 0, 2, 3]  # outside, wall, blood pool, right ventricle, oedema, scar
    assert found.tolist() == np.resize(expected, 48).tolist()


def test_our_own_codes_stay(folder):
    _, labels = read_case(folder(list(Tissue)), "one")
    found = np.stack([label.codes for label in labels], axis=2).ravel()
    assert found.tolist() == np.resize(range(5), 48).tolist()


def test_codes_of_no_cohort_are_refused(folder):
    with pytest.raises(InputError, match="no known cohort"):
        read_case(folder([0, 1, 200]), "one")


def test_only_patients_with_image_and_reference_count(folder):
    root = folder([0])
    (root / "images" / "two.nii.gz").touch()
    assert cases(root) == ["one"]
    (root / "labels" / "one.nii.gz").unlink()
    with pytest.raises(InputError, match="cohort"):
        cases(root)


@pytest.mark.data
def test_every_patient_of_the_cohorts_has_the_size_and_scar_that_the_table_states(data_dir):
    with (data_dir / "cases.csv").open() as file:
        rows = list(csv.DictReader(file))
    for cohort in ("emidec", "myops"):
        names = [row["case"] for row in rows if row["cohort"] == cohort]
        assert cases(data_dir / cohort) == names
    for row in rows:
        study, labels = read_case(data_dir / row["cohort"], row["case"])
        pixel, step = (float(row[k]) if row[k] else None for k in ("pixel_mm", "slice_step_mm"))
        assert len(study.slices) == len(labels) == int(row["slices"])
        assert study.spacing_mm == (pixel and pytest.approx((pixel, pixel), rel=1e-5)), row
        assert study.slice_step_mm == (step and pytest.approx(step, rel=1e-5)), row
        assert study.order_known == (row["cohort"] == "myops")
        scar, wall = (sum(int(getattr(la, k).sum()) for la in labels) for k in ("scar", "wall"))
        assert scar / wall == pytest.approx(float(row["scar_fraction_of_wall"]), abs=5e-5)


@pytest.mark.data
def test_base_comes_first_in_every_myops_patient(data_dir):
    # The blood pool of a left ventricle narrows towards the apex.
    for name in cases(data_dir / "myops"):
        _, labels = read_case(data_dir / "myops", name)
        assert labels[0].blood_pool.sum() > labels[-1].blood_pool.sum(), name
