"""Predicts, with a bundle of any kind, the scar of patients whose scar is known."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lgescar import pipeline
from lgescar.bundle import Bundle, open_model
from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.detect.heart import Heart, find_heart
from lgescar.read.cohort import read_case
from lgescar.studies.material import Material
from lgescar.studies.reference_boxes import PxPerMm, jittered, lesion_boxes
from lgescar.studies.scores import ScarScore, scar_score
from lgescar.studies.segmenters import BoxSegmenter, answer_of, box_segmenter, scar_in


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPatient:
    """A study, its reference, where the default bundle sees the heart, and boxes of each slice.

    ``pixel_mm`` is the distance between the samples of the frame of ``heart``.
    """

    cohort: str
    name: str
    study: Study
    reference: tuple[LabelMap, ...]
    heart: Heart
    pixel_mm: float
    boxes: tuple[tuple[Box, ...], ...]

    @property
    def scale(self) -> PxPerMm:
        """Pixels of the slice a millimetre; from the heart's size where the file says nothing."""
        return self.heart.frame.step[0] / self.pixel_mm, self.heart.frame.step[1] / self.pixel_mm


def prepared_patients(
    folders: Iterable[Path], patients: Sequence[str], finder: Bundle, jitter_mm: float
) -> list[PreparedPatient]:
    """The named patients (``cohort/name``); a patient's boxes depend on its name alone.

    Raises:
        InputError: a file cannot be read.
    """
    by_name = {folder.name: folder for folder in folders}
    return [
        _prepared(by_name, patient, finder, jitter_mm)
        for patient in tqdm(patients, desc="read", unit="patient", disable=None)
    ]


def patients_once(
    material: Material, part: str, finder: Bundle, jitter_mm: float
) -> Callable[[], list[PreparedPatient]]:
    """The evaluated patients, read when first wanted: a finished study needs none of them."""
    return cache(
        lambda: prepared_patients(material.folders, material.evaluated(part), finder, jitter_mm)
    )


def predict_scores(bundle: Path, patients: Iterable[PreparedPatient]) -> list[ScarScore]:
    """A score for each patient with scar.

    The default network outlines by itself, as ``lgescar segment`` does; segmenters that need a
    box get the patient's.

    Raises:
        ModelError: the bundle is missing, damaged or no segmenter.
    """
    own = open_model(bundle)
    prompted = None if isinstance(own, Bundle) else box_segmenter(bundle)
    found = []
    for patient in tqdm(patients, desc="predict", unit="patient", leave=False, disable=None):
        if isinstance(own, Bundle):
            masks = [r.labels.scar for r in pipeline.run(patient.study, own).results]
        else:
            assert prompted is not None  # one of the two is there
            masks = in_own_boxes(prompted, patient)
        score = scored(patient, masks)
        if score is not None:
            found.append(score)
    return found


def in_own_boxes(prompted: BoxSegmenter, patient: PreparedPatient) -> list[PixelMask]:
    """Scar of each slice in the patient's own boxes."""
    ready = prompted.over(patient.study, patient.heart, patient.pixel_mm)
    return [
        scar_in(answer_of(ready(image), image), prompted.cutoff, image.shape, boxes)
        if boxes
        else np.zeros(image.shape, bool)
        for image, boxes in zip(patient.study.slices, patient.boxes, strict=True)
    ]


def scored(patient: PreparedPatient, masks: Sequence[PixelMask]) -> ScarScore | None:
    """The score of predicted scar, one mask a slice; None where the patient has no scar."""
    return scar_score(patient.cohort, patient.name, patient.study, patient.reference, masks)


def _prepared(
    folders: Mapping[str, Path], patient: str, finder: Bundle, jitter_mm: float
) -> PreparedPatient:
    cohort, name = patient.split("/", 1)
    study, reference = read_case(folders[cohort], name)
    heart = find_heart(study, finder)
    pixel_mm = finder.card.preparation.frame_pixel_mm
    scale = heart.frame.step[0] / pixel_mm, heart.frame.step[1] / pixel_mm
    rng = np.random.default_rng(zlib.crc32(patient.encode()))
    boxes = tuple(
        tuple(jittered(box, jitter_mm, scale, rng) for box in lesion_boxes(labels))
        for labels in reference
    )
    return PreparedPatient(cohort, name, study, reference, heart, pixel_mm, boxes)
