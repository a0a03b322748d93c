"""The multi-frame part of an enhanced MR object: what all frames share and where each one lies."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from lgescar.simulate.series import SimulatedPatient, simulated_uid

DIMENSIONS_PART = 4
STAMP = "20200101120000"
"""Every simulated heart was imaged at this moment."""
HEART_BEAT_MS = 880.0
STACK_ID, IN_STACK_POSITION, FRAME_CONTENT = 0x00209056, 0x00209057, 0x00209111
ALSO_OF_FRAMES = (
    *("PixelPresentation", "VolumetricProperties", "VolumeBasedCalculationTechnique"),
    *("ComplexImageComponent", "AcquisitionContrast"),
)
"""What the image says of itself and each of its frames says again."""


def decimal(value: float) -> str:
    """A number as a DICOM decimal string, at most 16 characters."""
    return f"{value:.9g}" if abs(value) >= 1e-4 else "0"


def inversion_ms(patient: SimulatedPatient) -> str:
    """Inversion time as scanners print it, in whole milliseconds."""
    return str(round(patient.inversion_time_ms))


def add_frames(header: Dataset, patient: SimulatedPatient, rescale: tuple[int, int]) -> None:
    """Add dimensions, shared and per-frame functional groups of an enhanced MR image."""
    signed = patient.study.sequence == "psir"
    kind = ["ORIGINAL", "PRIMARY", "CARDIAC", "NONE"]
    header.ImageType = kind
    header.PixelPresentation, header.VolumetricProperties = "MONOCHROME", "VOLUME"
    header.VolumeBasedCalculationTechnique = "NONE"
    header.ComplexImageComponent = "REAL" if signed else "MAGNITUDE"
    header.AcquisitionContrast = "T1"
    _equipment(header, patient)
    uid = simulated_uid(patient.seed, DIMENSIONS_PART)
    header.DimensionOrganizationSequence = [_item(DimensionOrganizationUID=uid)]
    header.DimensionIndexSequence = [
        _item(
            DimensionOrganizationUID=uid,
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=FRAME_CONTENT,
        )
        for pointer in (STACK_ID, IN_STACK_POSITION)
    ]
    header.NumberOfFrames = len(patient.study.slices)
    header.InstanceNumber = 1
    header.SharedFunctionalGroupsSequence = [_shared(patient, kind, header, rescale)]
    header.PerFrameFunctionalGroupsSequence = Sequence(
        _frame(patient, index) for index in range(len(patient.study.slices))
    )


def _item(**elements: Any) -> Dataset:
    """A dataset from keywords; a dataset as a value is a sequence of that one item."""
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, [value] if isinstance(value, Dataset) else value)
    return item


def _equipment(header: Dataset, patient: SimulatedPatient) -> None:
    """Acquisition facts that an enhanced object states once."""
    header.AcquisitionNumber, header.AcquisitionDateTime = 1, STAMP
    header.AcquisitionDuration = 300.0
    header.ResonantNucleus, header.KSpaceFiltering = "1H", "HANNING"
    header.MagneticFieldStrength = 1.5
    header.ApplicableSafetyStandardAgency = "IEC"
    header.ContentQualification = "RESEARCH"
    header.BurnedInAnnotation, header.LossyImageCompression = "NO", "00"
    header.PresentationLUTShape = "IDENTITY"
    header.AcquisitionContextSequence = []
    header.PulseSequenceName, header.MRAcquisitionType = "LGE", "2D"
    header.EchoPulseSequence, header.TimeOfFlightContrast = "GRADIENT", "NO"
    header.MultiPlanarExcitation, header.PhaseContrast = "NO", "NO"
    header.CardiacSynchronizationTechnique, header.CardiacSignalSource = "PROSPECTIVE", "ECG"
    balanced = patient.protocol.readout == "bssfp"
    header.CardiacRRIntervalSpecified = HEART_BEAT_MS
    header.CardiacBeatRejectionTechnique = "NONE"
    header.LowRRValue = header.HighRRValue = None
    header.IntervalsAcquired = header.IntervalsRejected = None
    header.SteadyStatePulseSequence = "FREE_PRECESSION" if balanced else "NONE"
    header.EchoPlanarPulseSequence, header.SaturationRecovery = "NO", "NO"
    header.SpectrallySelectedSuppression = "NONE"
    header.OversamplingPhase, header.GeometryOfKSpaceTraversal = "NONE", "RECTILINEAR"
    header.SegmentedKSpaceTraversal, header.RectilinearPhaseEncodeReordering = "FULL", "LINEAR"
    header.NumberOfKSpaceTrajectories = 1


def _shared(
    patient: SimulatedPatient, kind: list[str], header: Dataset, rescale: tuple[int, int]
) -> Dataset:
    """Functional groups with one value for all frames."""
    scan = patient.protocol
    plane = patient.study.slices[0].geometry
    groups = _item(
        PixelMeasuresSequence=_item(
            PixelSpacing=[decimal(scan.spacing_mm)] * 2,
            SliceThickness=decimal(scan.thickness_mm),
            SpacingBetweenSlices=decimal(scan.step_mm),
        ),
        PlaneOrientationSequence=_item(
            ImageOrientationPatient=[decimal(x) for x in (*plane.across, *plane.down)]
        ),
        FrameAnatomySequence=_item(
            FrameLaterality="U",
            AnatomicRegionSequence=_item(
                CodeValue="80891009", CodingSchemeDesignator="SCT", CodeMeaning="Heart structure"
            ),
        ),
        PixelValueTransformationSequence=_item(
            RescaleSlope=rescale[0], RescaleIntercept=rescale[1], RescaleType="US"
        ),
        FrameVOILUTSequence=_item(WindowCenter="100", WindowWidth="1000"),
        MRImageFrameTypeSequence=_item(
            FrameType=kind, **{keyword: getattr(header, keyword) for keyword in ALSO_OF_FRAMES}
        ),
    )
    groups.update(_encoding(patient))
    groups.update(_coils())
    return groups


def _encoding(patient: SimulatedPatient) -> Dataset:
    """Functional groups of pulse sequence and k-space."""
    scan = patient.protocol
    balanced = scan.readout == "bssfp"
    return _item(
        MRTimingAndRelatedParametersSequence=_timing(balanced=balanced),
        MRFOVGeometrySequence=_item(
            InPlanePhaseEncodingDirection="ROW",
            MRAcquisitionFrequencyEncodingSteps=scan.rows,
            MRAcquisitionPhaseEncodingStepsInPlane=round(scan.cols * scan.phase_share),
            PercentSampling=decimal(100.0 * scan.phase_share),
            PercentPhaseFieldOfView=decimal(100.0 * scan.cols / scan.rows),
        ),
        MREchoSequence=_item(EffectiveEchoTime=1.4 if balanced else 4.4),
        MRModifierSequence=_item(
            InversionRecovery="YES",
            InversionTimes=[float(inversion_ms(patient))],
            Spoiling="NONE" if balanced else "RF",
            **dict.fromkeys(("T2Preparation", "PartialFourier", "ParallelAcquisition"), "NO"),
            **dict.fromkeys(
                ("FlowCompensation", "SpectrallySelectedExcitation", "SpatialPresaturation"), "NONE"
            ),
        ),
        MRImagingModifierSequence=_item(
            MagnetizationTransfer="NONE",
            BloodSignalNulling="NO",
            Tagging="NONE",
            TransmitterFrequency=63.67,
            PixelBandwidth=140.0,
        ),
        MRAveragesSequence=_item(NumberOfAverages=1),
        CardiacSynchronizationSequence=_item(
            NominalCardiacTriggerDelayTime=600.0, RRIntervalTimeNominal=HEART_BEAT_MS
        ),
    )


def _timing(*, balanced: bool) -> Dataset:
    """Repetition, flip angle and the limits the patient was kept within."""
    return _item(
        RepetitionTime="3.0" if balanced else "9.6",
        FlipAngle="50" if balanced else "25",
        EchoTrainLength=25,
        RFEchoTrainLength=0,
        GradientEchoTrainLength=25,
        SpecificAbsorptionRateSequence=_item(
            SpecificAbsorptionRateDefinition="IEC_WHOLE_BODY", SpecificAbsorptionRateValue=0.1
        ),
        GradientOutputType="DB_DT",
        GradientOutput=0.0,
        OperatingModeSequence=[
            _item(OperatingModeType=kind, OperatingMode="IEC_NORMAL")
            for kind in ("STATIC FIELD", "RF", "GRADIENT")
        ],
    )


def _coils() -> Dataset:
    """Functional groups of the coils."""
    return _item(
        MRReceiveCoilSequence=_item(
            ReceiveCoilName="BODY ARRAY",
            ReceiveCoilManufacturerName="",
            ReceiveCoilType="MULTICOIL",
            QuadratureReceiveCoil="YES",
            MultiCoilDefinitionSequence=_item(
                MultiCoilElementName="ELEMENT 1", MultiCoilElementUsed="YES"
            ),
        ),
        MRTransmitCoilSequence=_item(
            TransmitCoilName="BODY", TransmitCoilManufacturerName="", TransmitCoilType="BODY"
        ),
    )


def _frame(patient: SimulatedPatient, index: int) -> Dataset:
    """Functional groups of one frame."""
    plane = patient.study.slices[index].geometry
    return _item(
        FrameContentSequence=_item(
            FrameAcquisitionNumber=1,
            FrameReferenceDateTime=STAMP,
            FrameAcquisitionDateTime=STAMP,
            FrameAcquisitionDuration=10000.0,
            StackID="1",
            InStackPositionNumber=index + 1,
            DimensionIndexValues=[1, index + 1],
        ),
        PlanePositionSequence=_item(ImagePositionPatient=[decimal(x) for x in plane.origin_mm]),
    )
