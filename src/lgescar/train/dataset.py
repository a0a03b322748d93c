"""Labelled slices, resampled once and held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.core.arrays import Codes, PixelMask, Pixels
from lgescar.core.image import Slice
from lgescar.core.study import Reconstruction, Study
from lgescar.core.tissue import LabelMap
from lgescar.prepare.frame import Frame
from lgescar.prepare.intensity import pictured
from lgescar.prepare.polar import discs_over
from lgescar.prepare.scale import spacing_from_heart_mm

VENTRICLE_MM, VENTRICLE_PX = 1.4, 128
"""Scale and side of the square in which a reference ventricle is measured: 18 cm."""
REACH_PX = 64
"""Samples of a canvas that a disc reaches from its middle."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSlice:
    """One slice on a square canvas about the left ventricle: the patient's, or the slice's own.

    ``image`` holds raw intensities, ``counted`` marks samples over the picture (not padding).
    ``sequence`` is None where the file does not say.
    """

    cohort: str
    patient: str
    image: Pixels
    counted: PixelMask
    codes: Codes
    sequence: Reconstruction | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPatient:
    """A study and its reference labels."""

    cohort: str
    name: str
    study: Study
    labels: tuple[LabelMap, ...]

    @property
    def training_spacing_mm(self) -> tuple[float, float]:
        """Known spacing, else the one that gives the reference heart a typical size."""
        if self.study.spacing_mm is not None:
            return self.study.spacing_mm
        areas = [float(np.sum(m.blood_pool | m.wall)) for m in self.labels]
        seen = [a for a in areas if a > 0]
        return spacing_from_heart_mm(float(np.percentile(seen, 75)))


def canvas_slices(patient: LabelledPatient, pixel_mm: float, size: int) -> list[LabelledSlice]:
    """The patient's slices on ``size`` x ``size`` canvases of ``pixel_mm`` samples."""
    frame = _heart_frame(patient, pixel_mm, size)
    return [
        _on_canvas(patient, frame, image, labels)
        for image, labels in zip(patient.study.slices, patient.labels, strict=True)
    ]


def disc_slices(patient: LabelledPatient) -> list[LabelledSlice]:
    """The patient's slices, each on a canvas three times as wide as the disc over its ventricle.

    The disc's reach is ``REACH_PX`` samples, whatever that is in millimetres; nothing where no
    slice shows a ventricle.
    """
    near = _heart_frame(patient, VENTRICLE_MM, VENTRICLE_PX)
    ventricle = [
        near.sample((m.blood_pool | m.wall).astype(np.float32)) > 0.5 for m in patient.labels
    ]
    discs = discs_over(near, np.stack(ventricle), angles=4, radii=1)
    if discs is None:
        return []
    out = []
    for image, labels, disc in zip(patient.study.slices, patient.labels, discs, strict=True):
        step = (disc.reach[0] / REACH_PX, disc.reach[1] / REACH_PX)
        frame = Frame(disc.shape, disc.centre, step, 3 * REACH_PX)
        out.append(_on_canvas(patient, frame, image, labels))
    return out


def _heart_frame(patient: LabelledPatient, pixel_mm: float, size: int) -> Frame:
    spacing = patient.training_spacing_mm
    return Frame(
        shape=patient.study.slices[0].shape,
        centre=_heart_centre(patient.labels),
        step=(pixel_mm / spacing[0], pixel_mm / spacing[1]),
        size=size,
    )


def _on_canvas(
    patient: LabelledPatient, frame: Frame, image: Slice, labels: LabelMap
) -> LabelledSlice:
    over = frame.inside() > 0.5
    shown = frame.sample(pictured(image.pixels).astype(np.float32)) > 0.5
    return LabelledSlice(
        cohort=patient.cohort,
        patient=patient.name,
        image=frame.sample(image.pixels),
        counted=over & shown,
        codes=_resampled_codes(frame, labels) * over.astype(np.uint8),
        sequence=patient.study.sequence,
    )


def _heart_centre(labels: tuple[LabelMap, ...]) -> tuple[float, float]:
    heart = np.sum([m.blood_pool | m.wall for m in labels], axis=0)
    rows, cols = np.nonzero(heart)
    if rows.size == 0:
        return heart.shape[0] / 2, heart.shape[1] / 2
    return float(rows.mean()) + 0.5, float(cols.mean()) + 0.5


def _resampled_codes(frame: Frame, labels: LabelMap) -> Codes:
    """The tissue that covers most of each sample."""
    shares: NDArray[np.float32] = np.stack(
        [frame.sample((labels.codes == code).astype(np.float32)) for code in range(5)]
    )
    return np.asarray(shares.argmax(axis=0), np.uint8)
