"""Predicts, with a bundle of any kind, the scar of patients whose scar is known."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lgescar.bundle import Bundle
from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.metrics.detection import lesion_boxes
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import NetworkSystem, open_system
from lgescar.read.cohort import read_case
from lgescar.simulate.annotator import jittered
from lgescar.studies.reference_boxes import PxPerMm
from lgescar.studies.scores import ScarScore, scar_score


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPatient:
    """A study in which a bundle finds the heart, its reference, and boxes of each slice."""

    cohort: str
    name: str
    outlined: OutlinedStudy
    reference: tuple[LabelMap, ...]
    boxes: tuple[tuple[Box, ...], ...]

    @property
    def study(self) -> Study:
        """What is outlined."""
        return self.outlined.study

    @property
    def scale(self) -> PxPerMm:
        """Pixels of the slice a millimetre; from the heart's size where the file says nothing."""
        return self.outlined.heart.px_per_mm


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


def predict_scores(bundle: Path, patients: Sequence[PreparedPatient]) -> list[ScarScore]:
    """A score for each patient with scar.

    The default network outlines by itself, as ``lgescar segment`` does; segmenters that need a
    box get the patient's.

    Raises:
        ModelError: the bundle is missing, damaged or no segmenter.
    """
    if not patients:
        return []
    found, system = [], open_system(bundle, patients[0].outlined.system.bundle)
    for patient in tqdm(patients, desc="predict", unit="patient", leave=False, disable=None):
        outlined = patient.outlined.with_system(system)
        if isinstance(system, NetworkSystem):
            outcome = outlined.automatic()
        else:
            boxes = dict(zip(patient.study.indices, patient.boxes, strict=True))
            outcome = outlined.prompted(boxes)
        score = scored(patient, [one.labels.scar for one in outcome.results])
        if score is not None:
            found.append(score)
    return found


def scored(patient: PreparedPatient, masks: Sequence[PixelMask]) -> ScarScore | None:
    """The score of predicted scar, one mask a slice; None where the patient has no scar."""
    return scar_score(patient.cohort, patient.name, patient.study, patient.reference, masks)


def _prepared(
    folders: Mapping[str, Path], patient: str, finder: Bundle, jitter_mm: float
) -> PreparedPatient:
    cohort, name = patient.split("/", 1)
    study, reference = read_case(folders[cohort], name)
    outlined = OutlinedStudy(study, NetworkSystem(finder))
    scale = outlined.heart.px_per_mm
    rng = np.random.default_rng(zlib.crc32(patient.encode()))
    boxes = tuple(
        tuple(jittered(box, jitter_mm, rng, scale) for box in lesion_boxes(labels.scar))
        for labels in reference
    )
    return PreparedPatient(cohort, name, outlined, reference, boxes)
