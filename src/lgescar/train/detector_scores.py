"""Slices with known lesions on which a detector is evaluated while and after training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lgescar.bundle import SingleModel
from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.metrics.detection import (
    SliceBoxes,
    average_precision,
    best_cutoff,
    detection_scores,
    lesion_boxes,
)
from lgescar.outline.detector import MOST_BOXES, boxes_of, without_doubles
from lgescar.train.augment import plain_views
from lgescar.train.cards import OVERLAP
from lgescar.train.dataset import LabelledSlice

LOWEST_SCORE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class TuneSet:
    """Standardised views and the lesions' boxes in them."""

    patients: tuple[str, ...]
    images: tuple[Pixels, ...]
    boxes: tuple[tuple[Box, ...], ...]

    def predicted(self, outputs: Sequence[tuple[Pixels, Pixels]]) -> list[SliceBoxes]:
        """What was predicted for each slice, doubles dropped; ``outputs`` are a graph's."""
        out = []
        for patient, image, known, (found, scores) in zip(
            self.patients, self.images, self.boxes, outputs, strict=True
        ):
            ranked = boxes_of(found, scores, LOWEST_SCORE, float(image.shape[0]))
            distinct = without_doubles(ranked, OVERLAP)[:MOST_BOXES]
            out.append(SliceBoxes(patient, known, tuple(distinct), (None,) * len(known)))
        return out

    def average_precision(self, outputs: Sequence[tuple[Pixels, Pixels]]) -> dict[str, float]:
        """``ap50``; nothing where no slice holds a lesion."""
        found = average_precision(self.predicted(outputs))
        return {} if found is None else {"ap50": round(found, 4)}


def tune_set(slices: Sequence[LabelledSlice], size: int) -> TuneSet:
    """The middle of each canvas, unchanged, with its lesions."""
    if not slices:
        return TuneSet((), (), ())
    images, codes = plain_views(slices, size)
    boxes = tuple(lesion_boxes(np.asarray(c >= Tissue.SCAR)) for c in codes.numpy())
    patients = tuple(f"{s.cohort}/{s.patient}" for s in slices)
    return TuneSet(patients, tuple(np.asarray(i) for i in images[:, 0].numpy()), boxes)


def final_scores(model: SingleModel, slices: TuneSet) -> dict[str, float]:
    """AP50 of a graph on the tune slices, its best cutoff, and recall and patients there."""
    outputs = []
    for image in slices.images:
        boxes, scores = model.answer({"image": image[None, None]})
        outputs.append((boxes[0], scores[0]))
    found = slices.predicted(outputs)
    cutoff = best_cutoff(found)
    at = detection_scores(found, cutoff)
    missed, invented = (
        float(sum(o == word for o in at.outcomes.values())) for word in ("missed", "invented")
    )
    scores_at = {
        "ap50": at.average_precision,
        "recall": at.recall,
        "boxes_a_slice": at.boxes_a_slice,
        "patients_missed": missed,
        "patients_invented": invented,
        "cutoff": cutoff,
    }
    return {name: round(float(v), 4) for name, v in scores_at.items() if v is not None}
