"""Files made for the readers: NIfTI by nibabel and DICOM by pydicom, both second opinions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"

# Oblique: the columns of a rotation whose third leads from base to apex (LPS).
APEX = np.array([0.55, -0.65, -0.52]) / np.linalg.norm([0.55, -0.65, -0.52])
ACROSS = np.cross(APEX, [0.1, 0.2, 0.97]) / np.linalg.norm(np.cross(APEX, [0.1, 0.2, 0.97]))
DOWN = np.cross(APEX, ACROSS)


@pytest.fixture
def apex() -> Any:
    """Direction from base to apex, LPS."""
    return APEX


@pytest.fixture
def oblique() -> Any:
    """NIfTI affine (RAS) of axes (row, col, slice), 1.5 x 1.25 x 8 mm, base to apex."""
    affine = np.eye(4)
    affine[:3, :3] = np.stack([DOWN * 1.5, ACROSS * 1.25, APEX * 8.0], axis=1)
    affine[:3, 3] = [-30.0, 12.0, 55.0]
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


@pytest.fixture
def nifti_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes an array as NIfTI; ``header`` changes fields of its header."""

    def write(
        array: Any, affine: Any, name: str = "heart.nii.gz", code: int = 1, **header: Any
    ) -> Path:
        image = nib.Nifti1Image(array, affine)
        image.header.set_xyzt_units("mm")
        image.set_sform(affine, code=code)
        image.set_qform(None, code=0)
        for field, value in header.items():
            image.header[field] = value
        path = tmp_path / name
        nib.save(image, path)
        return path

    return write


def mr_image(pixels: Any, **fields: Any) -> Dataset:
    """One MR image in memory; ``fields`` are DICOM keywords, None removes one."""
    pixels = np.asarray(pixels)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = MR
    data.SOPInstanceUID = generate_uid()
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.PatientName = "Secret^Patient"
    data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.9"
    data.Modality, data.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M"]
    data.InversionTime, data.SeriesNumber = 300, 5
    data.Rows, data.Columns = pixels.shape[-2:]
    data.PixelSpacing = [1.5, 1.25]
    data.ImageOrientationPatient = [round(float(v), 12) for v in (*ACROSS, *DOWN)]
    data.ImagePositionPatient = [0.0, 0.0, 0.0]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = 8 * pixels.dtype.itemsize
    data.BitsStored = data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.PixelData = pixels.tobytes()
    for keyword, value in fields.items():
        if value is None:
            delattr(data, keyword)
        else:
            setattr(data, keyword, value)
    return data


@pytest.fixture
def image() -> Callable[..., Dataset]:
    """Makes one MR image in memory."""
    return mr_image


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes images into a folder and returns it."""

    def write(images: list[Dataset], folder: str = "study", first: int = 1) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        for number, data in enumerate(images, first):
            pydicom.dcmwrite(
                tmp_path / folder / f"IM{number:03}.dcm", data, enforce_file_format=True
            )
        return tmp_path / folder

    return write


@pytest.fixture
def stack() -> Callable[..., list[Dataset]]:
    """Makes ``count`` slices every ``step`` mm from base to apex; slice i holds 100 * i + col."""

    def make(count: int = 4, step: float = 8.0, start: float = 0.0, **fields: Any) -> list[Dataset]:
        return [
            mr_image(
                100 * i + np.tile(np.arange(6, dtype=np.uint16), (5, 1)),
                InstanceNumber=i + 1,
                **{
                    "ImagePositionPatient": [round(float(v), 9) for v in APEX * (start + step * i)],
                    **fields,
                },
            )
            for i in range(count)
        ]

    return make


@pytest.fixture
def enhanced() -> Callable[[list[Dataset]], Dataset]:
    """Makes one enhanced multi-frame image of classic ones."""

    def make(images: list[Dataset]) -> Dataset:
        first = images[0]
        data = mr_image(
            np.stack(
                [np.frombuffer(i.PixelData, np.uint16).reshape(i.Rows, i.Columns) for i in images]
            ),
            SOPClassUID=ENHANCED_MR,
            PixelSpacing=None,
            ImageOrientationPatient=None,
            ImagePositionPatient=None,
            NumberOfFrames=len(images),
        )
        data.file_meta.MediaStorageSOPClassUID = ENHANCED_MR
        shared, measures, plane = Dataset(), Dataset(), Dataset()
        measures.PixelSpacing = first.PixelSpacing
        plane.ImageOrientationPatient = first.ImageOrientationPatient
        shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
        data.SharedFunctionalGroupsSequence = [shared]
        data.PerFrameFunctionalGroupsSequence = []
        for image in images:
            own, place, values = Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = image.ImagePositionPatient
            values.RescaleSlope = image.get("RescaleSlope", 1)
            values.RescaleIntercept = image.get("RescaleIntercept", 0)
            own.PlanePositionSequence = [place]
            own.PixelValueTransformationSequence = [values]
            data.PerFrameFunctionalGroupsSequence.append(own)
        return data

    return make
