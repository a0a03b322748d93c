"""Simulated NIfTI files hold the patient."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from lgescar.simulate import SimulatedPatient
from lgescar.simulate.write_nifti import write_patient_nifti


def test_files_hold_pixels_labels_and_geometry(
    acute: list[SimulatedPatient], tmp_path: Path
) -> None:
    patient = acute[0]
    write_patient_nifti(patient, tmp_path, "SIM0001")
    image = nib.load(tmp_path / "images" / "SIM0001.nii.gz")
    expected = np.stack([s.pixels for s in patient.study.slices], -1)
    assert np.array_equal(np.asarray(image.dataobj), expected)
    assert np.allclose(image.affine, patient.study.grid.affine, atol=1e-3)
    assert image.header.get_xyzt_units()[0] == "mm"
    for folder, labels in (("labels", patient.truth), ("noisy", patient.noisy)):
        stored = nib.load(tmp_path / folder / "SIM0001.nii.gz")
        assert np.array_equal(np.asarray(stored.dataobj), np.stack([t.codes for t in labels], -1))
        assert stored.get_data_dtype() == np.uint8


def test_the_same_patient_gives_the_same_file(
    acute: list[SimulatedPatient], tmp_path: Path
) -> None:
    for out in ("a", "b"):
        write_patient_nifti(acute[0], tmp_path / out, "SIM0001")
    one, other = (tmp_path / out / "images" / "SIM0001.nii.gz" for out in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
