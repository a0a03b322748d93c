"""What one DICOM image says about itself, vetted before its pixels are touched."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from lgescar.core.errors import InputError
from lgescar.core.image import Vector, vector
from lgescar.read.dicom_pixels import lost_detail
from lgescar.read.dicom_source import check_deflated
from lgescar.read.limits import MAX_FRAMES, check_image_size
from lgescar.read.names import safe_uid

Contrast = Literal["psir", "magnitude", "phase"]

_TAGS = [
    "SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesNumber",
    "FrameOfReferenceUID", "Modality", "ImageType", "ComplexImageComponent", "Rows", "Columns",
    "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "BurnedInAnnotation", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "ImagePositionPatient", "ImageOrientationPatient", "TriggerTime", "EchoTime",
    "AcquisitionNumber", "TemporalPositionIdentifier", "InstanceNumber", "InversionTime",
    "ScanningSequence", "SeriesDescription", "ProtocolName", "SequenceName", "RescaleSlope",
    "RescaleIntercept", "LossyImageCompression", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence", "MediaStorageSOPClassUID",
]  # fmt: skip

_OTHER_MODALITIES = {
    "CR", "CT", "DOC", "DX", "ECG", "IVUS", "KO", "MG", "NM", "OT", "PR", "PT", "REG", "RF",
    "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "SEG", "SR", "US", "XA", "XC",
}  # fmt: skip
"""Those a message may name: a damaged header can hold a patient's name in this place."""
CUT_SHORT = "a DICOM file is damaged or cut short"
"""Said of a file that may have been a slice of the stack: its absence leaves no volume."""
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_LGE = re.compile(r"lge|psir|viab|delay|late|mde|(?<![a-z])(de|ir|ce)(?![a-z])", re.I)
_NOT_LGE = re.compile(r"scout|locali[sz]er|survey|molli|map|cine|perf|flow|(?<![a-z])t2", re.I)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """One image: where it is stored, where it lies (LPS, mm), when and how it was taken.

    ``frame`` counts from 0 within the file. What the file does not say is None.
    """

    source: int
    frame: int
    uid: str | None
    series: str
    series_number: int
    frame_of_reference: str
    rows: int
    cols: int
    bits: int
    contrast: Contrast | None
    lge: bool
    lossy: bool
    position: Vector | None
    across: Vector | None
    down: Vector | None
    spacing_mm: tuple[float, float] | None
    thickness_mm: float | None
    between_mm: float | None
    echo_ms: float | None
    temporal: float | None
    trigger_ms: float | None
    acquisition: float | None
    instance: float | None
    slope: float
    intercept: float


def read_headers(content: bytes, index: int) -> list[FrameHeader]:
    """The images in one DICOM file, the ``index``-th of its study.

    Raises:
        InputError: a file that cannot be parsed, or images that lgescar does not read.
    """
    check_deflated(content)
    try:
        data = pydicom.dcmread(
            io.BytesIO(content), stop_before_pixels=True, force=True, specific_tags=list(_TAGS)
        )
        _refuse_other_kinds(data)
        return list(_frames(data, len(content), index))
    except InputError:
        raise
    except Exception as error:  # pydicom raises nearly every class there is on damaged files
        raise InputError(CUT_SHORT) from error


def _refuse_other_kinds(data: Dataset) -> None:
    modality = str(data.get("Modality") or "")
    if modality in ("", "MR") and "PhotometricInterpretation" not in data:
        raise InputError(CUT_SHORT)
    if modality != "MR":
        named = modality if modality in _OTHER_MODALITIES else "unknown"
        raise InputError(f"modality {named} is not read; LGE images have modality MR")
    if str(data.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE):
        raise InputError("secondary captures (screen shots) are not measured")
    if data.get("SamplesPerPixel", 1) != 1 or data.get("PhotometricInterpretation") not in (
        "MONOCHROME1",
        "MONOCHROME2",
    ):
        raise InputError("colour images are not measured; export the original grey images")
    if str(data.get("BurnedInAnnotation", "NO")).upper() == "YES":
        raise InputError("images with burnt-in annotation are not measured")


def _frames(data: Dataset, stored_bytes: int, index: int) -> Iterator[FrameHeader]:
    count = int(data.get("NumberOfFrames") or 1)
    rows, cols = int(data.get("Rows") or 0), int(data.get("Columns") or 0)
    bits = int(data.get("BitsAllocated") or 0)
    if bits not in (8, 12, 16, 32):
        raise InputError(f"DICOM pixels of {bits} bits are not read")
    check_image_size(rows, cols, count, bytes_per_pixel=bits / 8, stored_bytes=stored_bytes)
    per_frame = data.get("PerFrameFunctionalGroupsSequence") or []
    if count > 1 and len(per_frame) != count:
        raise InputError(
            f"{count} frames of a multi-frame DICOM file have {len(per_frame)} descriptions"
        )
    shared = (data.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    for frame in range(min(count, MAX_FRAMES)):
        own = per_frame[frame] if per_frame else Dataset()
        yield _frame(_Lookup(data, shared, own), source=index, frame=frame, multi=count > 1)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A value from the frame's own groups, else the shared ones, else the image itself."""

    image: Dataset
    shared: Dataset
    own: Dataset

    def value(self, keyword: str, group: str = "", nested: str = "") -> Any:
        for groups in (self.own, self.shared):
            for item in groups.get(group) or []:
                if (found := item.get(nested or keyword)) is not None:
                    return found
        return self.image.get(keyword)

    def number(self, keyword: str, group: str = "", nested: str = "") -> float | None:
        return _number(self.value(keyword, group, nested))


def _number(value: Any) -> float | None:
    if isinstance(value, pydicom.multival.MultiValue | list):
        value = value[0] if len(value) else None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _numbers(value: Any, count: int) -> list[float] | None:
    try:
        numbers = [float(v) for v in value]
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _frame(at: _Lookup, *, source: int, frame: int, multi: bool) -> FrameHeader:
    position = _numbers(at.value("ImagePositionPatient", "PlanePositionSequence"), 3)
    cosines = _numbers(at.value("ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    spacing = _numbers(at.value("PixelSpacing", "PixelMeasuresSequence"), 2)
    uid = safe_uid(at.image.get("SOPInstanceUID"))
    transform = "PixelValueTransformationSequence"
    return FrameHeader(
        source=source,
        frame=frame,
        uid=f"{uid}#{frame + 1}" if uid and multi else uid,
        series=safe_uid(at.image.get("SeriesInstanceUID")) or "",
        series_number=int(_number(at.image.get("SeriesNumber")) or 0),
        frame_of_reference=str(at.image.get("FrameOfReferenceUID") or ""),
        rows=int(at.image.Rows),
        cols=int(at.image.Columns),
        bits=int(at.image.BitsAllocated),
        contrast=_contrast(at),
        lge=_looks_late_enhanced(at),
        lossy=lost_detail(at.image),
        position=vector(position) if position else None,
        across=vector(cosines[:3]) if cosines else None,
        down=vector(cosines[3:]) if cosines else None,
        spacing_mm=(spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None,
        thickness_mm=at.number("SliceThickness", "PixelMeasuresSequence"),
        between_mm=at.number("SpacingBetweenSlices", "PixelMeasuresSequence"),
        echo_ms=at.number("EchoTime", "MREchoSequence", "EffectiveEchoTime"),
        temporal=at.number(
            "TemporalPositionIdentifier", "FrameContentSequence", "TemporalPositionIndex"
        ),
        trigger_ms=at.number(
            "TriggerTime", "CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"
        ),
        acquisition=at.number(
            "AcquisitionNumber", "FrameContentSequence", "FrameAcquisitionNumber"
        ),
        instance=at.number("InstanceNumber"),
        slope=at.number("RescaleSlope", transform) or 1.0,
        intercept=at.number("RescaleIntercept", transform) or 0.0,
    )


def _words(at: _Lookup) -> str:
    """Free text of the header. It decides here and is never shown."""
    return " ".join(
        str(at.image.get(k) or "") for k in ("SeriesDescription", "ProtocolName", "SequenceName")
    )


def _contrast(at: _Lookup) -> Contrast | None:
    """Phase-sensitive, magnitude or phase, from ImageType first and the description last."""
    kinds = at.value("ImageType", "MRImageFrameTypeSequence", "FrameType") or []
    types = {str(kind).strip().upper() for kind in ([kinds] if isinstance(kinds, str) else kinds)}
    component = str(at.value("ComplexImageComponent", "MRImageFrameTypeSequence") or "").upper()
    description = str(at.image.get("SeriesDescription") or "").strip()
    if any("PSIR" in t for t in types) or types & {"CR", "R", "REAL", "R_IR"}:
        return "psir"
    # Siemens ends the names of the two series of one acquisition in _PSIR and _MAG.
    if component == "REAL" or re.search(r"psir$", description, re.I):
        return "psir"
    if component in ("PHASE", "IMAGINARY") or types & {"P", "I", "PHASE", "P_IR", "PHASE MAP"}:
        return "phase"
    if component == "MAGNITUDE" or any(t in ("M", "MAG") or t.startswith("M_") for t in types):
        return "magnitude"
    if re.search(r"(?<![a-z])mag", description, re.I):
        return "magnitude"
    return "psir" if re.search(r"psir", description, re.I) else None


def _looks_late_enhanced(at: _Lookup) -> bool:
    """Whether the header speaks of inversion recovery or late enhancement."""
    words = _words(at)
    if _NOT_LGE.search(words) and not re.search(r"lge|psir", words, re.I):
        return False
    inversion = at.number("InversionTime") or at.number("", "MRModifierSequence", "InversionTimes")
    scanning = at.image.get("ScanningSequence") or []
    codes = {str(s) for s in ([scanning] if isinstance(scanning, str) else scanning)}
    recovery = str(at.value("", "MRModifierSequence", "InversionRecovery") or "")
    return bool(
        (inversion or 0.0) > 0.0 or "IR" in codes or recovery == "YES" or _LGE.search(words)
    )
