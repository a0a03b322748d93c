"""Simulated DICOM reads back as the patient it came from, and is valid."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from lgescar.simulate import SimulatedPatient, simulate_patient
from lgescar.simulate.write_dicom import write_patient_dicom

VENDORS = ("siemens", "philips", "ge")


@pytest.fixture(scope="module", params=["psir", "magnitude"])
def patients(
    request: pytest.FixtureRequest, acute: list[SimulatedPatient], chronic: list[SimulatedPatient]
) -> list[SimulatedPatient]:
    """One patient of each vendor."""
    return (acute if request.param == "psir" else chronic)[:3]


def true_pixels(header: pydicom.Dataset) -> np.ndarray:
    """Stored values through slope and intercept, where there are any."""
    slope, offset = header.get("RescaleSlope", 1), header.get("RescaleIntercept", 0)
    return header.pixel_array.astype(float) * float(slope) + float(offset)


def test_a_classic_series_holds_pixels_and_positions(
    patients: list[SimulatedPatient], tmp_path: Path
) -> None:
    for patient in patients:
        folder = tmp_path / patient.protocol.vendor
        write_patient_dicom(patient, folder)
        headers = [pydicom.dcmread(f) for f in sorted(folder.iterdir())]
        assert len(headers) == len(patient.study.slices)
        assert len({h.SOPInstanceUID for h in headers}) == len(headers)
        assert {h.SeriesInstanceUID for h in headers} == {patient.study.series_uid}
        for header, piece in zip(headers, patient.study.slices, strict=True):
            assert np.array_equal(true_pixels(header), piece.pixels)
            plane = piece.geometry
            assert list(header.ImagePositionPatient) == pytest.approx(plane.origin_mm, abs=1e-4)
            stated = [*plane.across, *plane.down]
            assert list(header.ImageOrientationPatient) == pytest.approx(stated, abs=1e-6)
            assert list(header.PixelSpacing) == pytest.approx(plane.spacing_mm, abs=1e-6)
            assert header.SpacingBetweenSlices == pytest.approx(patient.protocol.step_mm)
            assert header.InversionTime == round(patient.inversion_time_ms)
            assert str(header.PatientName) == "Simulated^Patient"


def test_an_enhanced_object_holds_every_frame(
    patients: list[SimulatedPatient], tmp_path: Path
) -> None:
    for patient in patients:
        folder = tmp_path / patient.protocol.vendor
        write_patient_dicom(patient, folder, enhanced=True)
        (file,) = folder.iterdir()
        header = pydicom.dcmread(file)
        shared = header.SharedFunctionalGroupsSequence[0]
        change = shared.PixelValueTransformationSequence[0]
        pixels = header.pixel_array * float(change.RescaleSlope) + float(change.RescaleIntercept)
        assert np.array_equal(pixels, np.stack([s.pixels for s in patient.study.slices]))
        for frame, piece in zip(
            header.PerFrameFunctionalGroupsSequence, patient.study.slices, strict=True
        ):
            position = frame.PlanePositionSequence[0].ImagePositionPatient
            assert list(position) == pytest.approx(piece.geometry.origin_mm, abs=1e-4)


def test_psir_says_so_and_magnitude_has_no_sign(
    acute: list[SimulatedPatient], chronic: list[SimulatedPatient], tmp_path: Path
) -> None:
    for patient, kind in ((acute[0], "PSIR"), (chronic[0], "M")):
        write_patient_dicom(patient, tmp_path / kind)
        header = pydicom.dcmread(tmp_path / kind / "IM0001.dcm")
        assert header.ImageType[2] == kind
        assert "LGE" in header.SeriesDescription
    assert header.PixelRepresentation == 0


def test_signed_and_offset_pixels_both_occur(acute: list[SimulatedPatient], tmp_path: Path) -> None:
    found = {}
    for patient in acute[:3]:
        write_patient_dicom(patient, tmp_path / patient.protocol.vendor)
        header = pydicom.dcmread(tmp_path / patient.protocol.vendor / "IM0001.dcm")
        found[patient.protocol.vendor] = (header.PixelRepresentation, "RescaleIntercept" in header)
    assert found == {"siemens": (0, True), "philips": (0, True), "ge": (1, False)}


def test_the_same_patient_gives_the_same_file(tmp_path: Path) -> None:
    for out in ("a", "b"):
        write_patient_dicom(simulate_patient(4, vendor="siemens"), tmp_path / out)
    one, other = (tmp_path / out / "IM0001.dcm" for out in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.tool
@pytest.mark.parametrize("enhanced", [False, True])
def test_dciodvfy_finds_no_error(
    enhanced: bool, patients: list[SimulatedPatient], tmp_path: Path
) -> None:
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy is not here (Debian package dicom3tools)")
    for patient in patients:
        folder = tmp_path / patient.protocol.vendor
        write_patient_dicom(patient, folder, enhanced=enhanced)
        told = subprocess.run(
            [tool, str(sorted(folder.iterdir())[0])], capture_output=True, text=True, check=False
        )
        said = (told.stdout + told.stderr).splitlines()
        assert any("MRImage" in line for line in said), "the validator knew the object"
        assert [line for line in said if line.startswith("Error")] == []
