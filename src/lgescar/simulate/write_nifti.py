"""Simulated patients as a cohort of NIfTI files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from lgescar.core.atomic import whole_file
from lgescar.core.tissue import LabelMap
from lgescar.simulate.series import SimulatedPatient


def write_patient_nifti(patient: SimulatedPatient, out: Path, name: str) -> None:
    """Write ``images/NAME``, ``labels/NAME`` (the truth) and ``noisy/NAME`` under ``out``.

    Arrays run (row, col, slice), base first; codes are those of ``Tissue``. The image appears
    last, so that a patient whose image is there is complete.
    """
    write_labels(patient, patient.noisy, out / "noisy" / f"{name}.nii.gz")
    write_labels(patient, patient.truth, out / "labels" / f"{name}.nii.gz")
    pixels = {i: s.pixels for i, s in enumerate(patient.study.slices)}
    volume = patient.study.grid.stack(pixels, np.int16)
    _write(patient, volume, out / "images" / f"{name}.nii.gz")


def write_labels(patient: SimulatedPatient, labels: tuple[LabelMap, ...], path: Path) -> None:
    """Write label maps of a patient's slices on the patient's own grid."""
    codes = {i: label.codes for i, label in enumerate(labels)}
    _write(patient, patient.study.grid.stack(codes, np.uint8), path)


def _write(patient: SimulatedPatient, volume: NDArray[Any], path: Path) -> None:
    """One compressed file with qform, sform and millimetres set; it appears whole."""
    nifti: Any = nib.Nifti1Image  # nibabel's classes carry no types
    image = nifti(volume, patient.study.grid.affine)
    image.header.set_xyzt_units("mm")
    image.set_qform(patient.study.grid.affine, code=1)
    image.set_sform(patient.study.grid.affine, code=1)
    with whole_file(path) as part:
        nib.save(image, part)
