"""Simulated patients as DICOM: one classic LGE series, or one enhanced multi-frame object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

from lgescar.simulate.dicom_frames import add_frames, decimal, inversion_ms
from lgescar.simulate.series import SimulatedPatient, simulated_uid

IMPLEMENTATION_UID = "2.25.187044321980264771943260611735590217486"
PSIR_OFFSET = 2048
"""What unsigned PSIR pixels lie above their signed value; the rescale intercept takes it off."""
MAKER = {"siemens": "SIEMENS", "philips": "Philips Medical Systems", "ge": "GE MEDICAL SYSTEMS"}
SEQUENCE_NAME = {"siemens": "*tfl2d1_25", "philips": "TFE", "ge": "EFGRE3D"}
STUDY_PART, FRAME_PART, ENHANCED_PART = 1, 2, 3


def write_patient_dicom(patient: SimulatedPatient, folder: Path, *, enhanced: bool = False) -> None:
    """Write the series into ``folder``: a file a slice, or one file when ``enhanced``.

    Magnitude pixels are unsigned. PSIR pixels are signed on GE and unsigned with a rescale
    intercept on Siemens and Philips, as found in clinics.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if enhanced:
        header = _header(patient)
        _identify(header, EnhancedMRImageStorage, simulated_uid(patient.seed, ENHANCED_PART))
        add_frames(header, patient, _rescale(patient))
        _pixels(header, np.stack([s.pixels for s in patient.study.slices]), patient)
        header.save_as(folder / "IM0001.dcm", enforce_file_format=True)
        return
    for index, piece in enumerate(patient.study.slices):
        header = _header(patient)
        _identify(header, MRImageStorage, piece.uid)
        _classic(header, patient)
        _place(header, patient, index)
        _pixels(header, piece.pixels, patient)
        header.ContrastBolusAgent, header.ContrastBolusRoute = "Gadolinium", "IV"
        slope, intercept = _rescale(patient)
        if intercept or patient.protocol.vendor == "philips":
            header.RescaleSlope, header.RescaleIntercept = slope, intercept
            header.RescaleType = "US"
        header.save_as(folder / f"IM{index + 1:04d}.dcm", enforce_file_format=True)


def _identify(header: Dataset, kind: UID, uid: str) -> None:
    """Class and instance, and the file's own header."""
    header.SOPClassUID, header.SOPInstanceUID = kind, UID(uid)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, UID(uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    header.file_meta = meta


def _header(patient: SimulatedPatient) -> Dataset:
    """Patient, study, series and equipment: always the same invented person and day."""
    scan = patient.protocol
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    header.PatientName = "Simulated^Patient"
    header.PatientID = "SIMULATED"
    header.PatientBirthDate, header.PatientSex = "", "O"
    header.StudyInstanceUID = simulated_uid(patient.seed, STUDY_PART)
    header.SeriesInstanceUID = simulated_uid(patient.seed)
    header.FrameOfReferenceUID = simulated_uid(patient.seed, FRAME_PART)
    header.PositionReferenceIndicator = ""
    header.StudyDate = header.SeriesDate = header.ContentDate = "20200101"
    header.StudyTime = header.SeriesTime = header.ContentTime = "120000"
    header.StudyID, header.AccessionNumber, header.ReferringPhysicianName = "1", "", ""
    header.StudyDescription = "Simulated heart"
    header.Modality, header.SeriesNumber = "MR", 7
    header.SeriesDescription = f"LGE_{patient.study.sequence}_sax".upper()
    header.ProtocolName = "LGE short axis"
    header.PatientPosition, header.BodyPartExamined = "HFS", "HEART"
    header.Manufacturer = MAKER[scan.vendor]
    header.ManufacturerModelName = "lgescar simulate"
    header.DeviceSerialNumber, header.SoftwareVersions = "0", "lgescar simulate"
    header.MagneticFieldStrength = "1.5"
    return header


def image_type(patient: SimulatedPatient) -> list[str]:
    """ImageType of the series: M for magnitude; PSIR is derived, as scanners write it."""
    if patient.study.sequence == "psir":
        return ["DERIVED", "PRIMARY", "PSIR", "M"]
    return ["ORIGINAL", "PRIMARY", "M", "ND"]


def _classic(header: Dataset, patient: SimulatedPatient) -> None:
    """What the MR Image module of a classic object asks for."""
    scan = patient.protocol
    balanced = scan.readout == "bssfp"
    header.ImageType = image_type(patient)
    header.AcquisitionDate, header.AcquisitionTime = "20200101", "120000"
    header.ScanningSequence, header.SequenceVariant = ["GR", "IR"], "SS" if balanced else "SP"
    header.ScanOptions, header.MRAcquisitionType = "", "2D"
    header.SequenceName = SEQUENCE_NAME[scan.vendor]
    header.RepetitionTime, header.EchoTime = ("3.0", "1.4") if balanced else ("9.6", "4.4")
    header.EchoTrainLength, header.FlipAngle = 25, "50" if balanced else "25"
    header.InversionTime = inversion_ms(patient)
    header.ImagingFrequency, header.ImagedNucleus = "63.67", "1H"
    header.NumberOfAverages, header.PixelBandwidth = "1", "140"
    header.PercentSampling = decimal(100.0 * scan.phase_share)
    header.AcquisitionMatrix = [0, scan.rows, round(scan.cols * scan.phase_share), 0]
    header.InPlanePhaseEncodingDirection = "ROW"


def _place(header: Dataset, patient: SimulatedPatient, index: int) -> None:
    """Where one slice lies."""
    scan, plane = patient.protocol, patient.study.slices[index].geometry
    header.InstanceNumber = header.AcquisitionNumber = index + 1
    header.ImagePositionPatient = [decimal(x) for x in plane.origin_mm]
    header.ImageOrientationPatient = [decimal(x) for x in (*plane.across, *plane.down)]
    header.PixelSpacing = [decimal(scan.spacing_mm)] * 2
    header.SliceThickness = decimal(scan.thickness_mm)
    header.SpacingBetweenSlices = decimal(scan.step_mm)
    header.SliceLocation = decimal(plane.position_mm)


def _signed(patient: SimulatedPatient) -> bool:
    """Whether pixels are stored with a sign."""
    return patient.study.sequence == "psir" and patient.protocol.vendor == "ge"


def _rescale(patient: SimulatedPatient) -> tuple[int, int]:
    """Slope and intercept from stored to true values."""
    unsigned = patient.study.sequence == "psir" and not _signed(patient)
    return 1, -PSIR_OFFSET if unsigned else 0


def _pixels(header: Dataset, values: NDArray[np.float32], patient: SimulatedPatient) -> None:
    """Pixels (rows, cols) or (frames, rows, cols), their description and a window to see them."""
    signed = _signed(patient)
    stored = np.rint(values - _rescale(patient)[1]).astype("<i2" if signed else "<u2")
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.Rows, header.Columns = patient.protocol.shape
    header.BitsAllocated = 16
    header.BitsStored, header.HighBit = (16, 15) if signed else (12, 11)
    header.PixelRepresentation = int(signed)
    if "SharedFunctionalGroupsSequence" not in header:
        low, high = (float(q) for q in np.percentile(values, (1.0, 99.5)))
        header.WindowCenter, header.WindowWidth = decimal((low + high) / 2), decimal(high - low)
    header.PixelData = stored.tobytes()
