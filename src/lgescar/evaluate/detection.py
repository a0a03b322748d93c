"""How well detectors find the scars of a cohort."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lgescar.bundle import Bundle, SingleModel
from lgescar.core.arrays import PixelMask, Probability
from lgescar.core.box import Box
from lgescar.core.image import Slice
from lgescar.core.roles import Detector
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.detect.heart import find_heart
from lgescar.detect.learned import LearnedDetector, detector_frame
from lgescar.detect.simple import MapDetector
from lgescar.metrics.detection import DetectionScores, SliceBoxes, detection_scores, lesions
from lgescar.read.cohort import read_case
from lgescar.segment.outline import outlined, scar_chance
from lgescar.segment.promptable import PromptableSegmenter

DetectorOf = Callable[[Study], Detector]
"""A detector made ready for one study: its frame around the heart."""
EVERY_BOX = 0.01
"""Lowest score a learned detector is queried at: average precision needs the weak boxes too."""


def learned_detector(model: SingleModel, bundle: Bundle) -> DetectorOf:
    """A trained detector; ``bundle`` finds the heart and its scale."""

    def of(study: Study) -> Detector:
        heart = find_heart(study, bundle).frame
        pixel_mm = bundle.card.preparation.frame_pixel_mm
        shape = study.slices[0].shape
        frame = detector_frame(shape, heart, pixel_mm, model.card.preparation)
        return LearnedDetector(model, frame, EVERY_BOX)

    return of


def own_boxes(bundle: Bundle) -> DetectorOf:
    """The boxes of the default network's own scar map."""

    def of(study: Study) -> Detector:
        discs = dict(zip(study.slices, find_heart(study, bundle).discs, strict=True))
        segmenter = PromptableSegmenter(bundle)

        def scar_map(image: Slice) -> tuple[PixelMask, Probability]:
            disc = discs[image]
            tissues = segmenter.tissues(segmenter.embed(image, disc))
            card = bundle.card
            scar = outlined(tissues, card.scar_cutoff, card.mvo_cutoff).scar
            return disc.on_slice(scar), disc.on_slice(scar_chance(tissues))

        return MapDetector(bundle.card.name, scar_map)

    return of


def detected_slices(
    detector_of: DetectorOf, folders: Iterable[Path], patients: Iterable[str]
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
        detector = detector_of(study)
        for image, labels in zip(study.slices, reference, strict=True):
            found.append(slice_boxes(patient, labels, study, detector.detect(image)))
    return found


def slice_boxes(
    patient: str, reference: LabelMap, study: Study, predicted: tuple[Box, ...]
) -> SliceBoxes:
    """One slice's lesions, their areas where spacing is known, and the boxes predicted."""
    masks = lesions(reference.scar)
    boxes = tuple(box for mask in masks if (box := Box.around(mask)) is not None)
    pixel = study.pixel_area_mm2
    areas = tuple(None if pixel is None else float(mask.sum()) * pixel for mask in masks)
    return SliceBoxes(patient, boxes, predicted, areas)


def score_detector(
    detector_of: DetectorOf, folders: Iterable[Path], patients: Iterable[str], cutoff: float
) -> DetectionScores:
    """Average precision, and recall, sizes and patients at ``cutoff``, on the named patients."""
    return detection_scores(detected_slices(detector_of, folders, patients), cutoff)
