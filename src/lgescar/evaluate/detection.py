"""How well the boxes that systems find by themselves hold the scars of a cohort."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lgescar.core.box import Box
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.metrics.detection import (
    DetectionScores,
    SliceBoxes,
    detection_scores,
    lesion_boxes,
    lesions,
)
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.system import System
from lgescar.read.cohort import read_case

EVERY_BOX = 0.01
"""Lowest score of a trained detector that counts: average precision needs the weak boxes too."""


def detected_slices(
    system: System, folders: Iterable[Path], patients: Iterable[str]
) -> list[SliceBoxes]:
    """Reference lesions and predicted boxes of every slice of the patients (``cohort/name``).

    Raises:
        InputError: a file cannot be read.
    """
    by_name = {folder.name: folder for folder in folders}
    found = []
    for patient in patients:
        cohort, name = patient.split("/", 1)
        study, reference = read_case(by_name[cohort], name)
        outlined = OutlinedStudy(study, system)
        for index, labels in zip(study.indices, reference, strict=True):
            boxes = outlined.proposed(index, EVERY_BOX)
            ranked = tuple(sorted(boxes, key=lambda b: -(b.score or 0.0)))
            found.append(slice_boxes(patient, labels, study, ranked))
    return found


def slice_boxes(
    patient: str, reference: LabelMap, study: Study, predicted: tuple[Box, ...]
) -> SliceBoxes:
    """One slice's lesions, their areas where spacing is known, and the boxes predicted."""
    masks = lesions(reference.scar)
    pixel = study.pixel_area_mm2
    areas = tuple(None if pixel is None else float(mask.sum()) * pixel for mask in masks)
    return SliceBoxes(patient, lesion_boxes(reference.scar), predicted, areas)


def score_detector(
    system: System, folders: Iterable[Path], patients: Iterable[str], cutoff: float
) -> DetectionScores:
    """Average precision, and recall, sizes and patients at ``cutoff``, on the named patients."""
    return detection_scores(detected_slices(system, folders, patients), cutoff)
