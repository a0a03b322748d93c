"""How well boxes find scars: average precision, recall by lesion size, patients missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import Literal

import numpy as np
from scipy import ndimage

from lgescar.core.arrays import EIGHT, PixelMask
from lgescar.core.box import Box

IOU = 0.5
"""Shared area from which a box has found a lesion (AP50). Source: PASCAL VOC, Everingham et al.,
IJCV 2010;88:303."""
SIZES_MM2 = (50.0, 200.0)
"""Borders between small, medium and large lesions. Ours: 50 mm2 is about 25 pixels of 1.4 mm,
200 mm2 a subendocardial rim of a whole territory."""
SMALLEST_PX = 4
"""Fewer pixels are a crumb of drawing or resampling and no lesion of its own. Ours: 8 mm2 at
1.4 mm."""
Outcome = Literal["found", "missed", "invented", "clear"]


def lesions(scar: PixelMask) -> list[PixelMask]:
    """Each connected scar of a slice, pixels that touch at a corner being one."""
    parts, count = ndimage.label(scar, EIGHT)
    masks = (np.asarray(parts == part) for part in range(1, count + 1))
    return [mask for mask in masks if int(mask.sum()) >= SMALLEST_PX]


def lesion_boxes(scar: PixelMask) -> tuple[Box, ...]:
    """The box around each connected scar of a slice."""
    return tuple(box for mask in lesions(scar) if (box := Box.around(mask)) is not None)


@dataclass(frozen=True, slots=True)
class SliceBoxes:
    """Reference lesions of one slice and the boxes predicted for it.

    ``area_mm2`` is the area of each reference lesion (not of its box), None where spacing is
    unknown. A predicted box without score counts as certain.
    """

    patient: str
    reference: tuple[Box, ...]
    predicted: tuple[Box, ...]
    area_mm2: tuple[float | None, ...] = ()

    def above(self, cutoff: float) -> SliceBoxes:
        """The same with only the boxes that score ``cutoff`` or more."""
        kept = tuple(b for b in self.predicted if _score(b) >= cutoff)
        return SliceBoxes(self.patient, self.reference, kept, self.area_mm2)


@dataclass(frozen=True, slots=True)
class SizeRecall:
    """Lesions from ``low_mm2`` (included) to ``high_mm2`` and how many of them were found."""

    low_mm2: float
    high_mm2: float
    lesions: int
    found: int


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """A detector on a set of slices; the last three at one cutoff of the score."""

    average_precision: float | None
    recall: float | None
    boxes_a_slice: float
    by_size: tuple[SizeRecall, ...]
    outcomes: dict[str, Outcome]


def average_precision(slices: Sequence[SliceBoxes]) -> float | None:
    """Area under precision against recall when the cutoff falls; None without any lesion.

    Precision is made falling first (each value is the best at that recall or beyond), all
    points count. Source: PASCAL VOC 2010 to 2012; Everingham et al., IJCV 2015;111:98.
    """
    lesions = sum(len(s.reference) for s in slices)
    if lesions == 0:
        return None
    ranked = [
        (_score(box), hit is not None)
        for s in slices
        for box, hit in zip(_ranked(s.predicted), _hits(s, IOU), strict=True)
    ]
    right = np.array([hit for _, hit in sorted(ranked, key=lambda r: -r[0])], dtype=float)
    found = np.cumsum(right)
    precision = found / np.arange(1, right.size + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((envelope * right).sum() / lesions)


def lesions_found(found: SliceBoxes, iou: float = IOU) -> tuple[bool, ...]:
    """Whether each reference lesion of the slice has a box of its own."""
    hits = set(_hits(found, iou))
    return tuple(i in hits for i in range(len(found.reference)))


def recall_by_size(slices: Iterable[SliceBoxes]) -> tuple[SizeRecall, ...]:
    """Lesions found among small, medium and large ones; those of unknown area are left out."""
    known = [
        (area, hit)
        for s in slices
        for area, hit in zip(s.area_mm2, lesions_found(s), strict=True)
        if area is not None
    ]
    return size_recalls(known)


def size_recalls(known: Iterable[tuple[float, bool]]) -> tuple[SizeRecall, ...]:
    """Lesions, each an area in mm2 and whether it was found, counted between ``SIZES_MM2``."""
    every = list(known)
    bins = []
    for low, high in pairwise((0.0, *SIZES_MM2, float("inf"))):
        hits = [hit for area, hit in every if low <= area < high]
        bins.append(SizeRecall(low, high, len(hits), sum(hits)))
    return tuple(bins)


def patient_outcomes(slices: Iterable[SliceBoxes], iou: float = IOU) -> dict[str, Outcome]:
    """The outcome of each patient: scar found, missed, invented, or rightly none.

    Found where one lesion of the patient has a box; missed where none has; invented where there
    are boxes and no lesion.
    """
    by_patient: dict[str, list[SliceBoxes]] = {}
    for s in slices:
        by_patient.setdefault(s.patient, []).append(s)
    return {patient: _outcome(ours, iou) for patient, ours in by_patient.items()}


def detection_scores(slices: Sequence[SliceBoxes], cutoff: float) -> DetectionScores:
    """Every score of a detector; average precision over all boxes, the rest from ``cutoff`` on."""
    kept = [s.above(cutoff) for s in slices]
    hits = [hit for s in kept for hit in lesions_found(s)]
    return DetectionScores(
        average_precision=average_precision(slices),
        recall=sum(hits) / len(hits) if hits else None,
        boxes_a_slice=sum(len(s.predicted) for s in kept) / max(1, len(kept)),
        by_size=recall_by_size(kept),
        outcomes=patient_outcomes(kept),
    )


def best_cutoff(slices: Sequence[SliceBoxes]) -> float:
    """The score cutoff of highest F2 over lesions; 0.5 where no box ever hits.

    F2 counts recall twice: a scar without a box is lost, while a segmenter that is trained with
    empty boxes, too, can still answer nothing in one.
    Source: van Rijsbergen, Information Retrieval, 1979 (F measure).
    """
    # Rounded down: a cutoff above the score it came from would drop that very box.
    scores = sorted({floor(_score(b) * 1000.0) / 1000.0 for s in slices for b in s.predicted})
    best = (0.0, 0.5)
    for cutoff in scores:
        kept = [s.above(cutoff) for s in slices]
        hits = sum(sum(lesions_found(s)) for s in kept)
        total = sum(4 * len(s.reference) + len(s.predicted) for s in kept)
        if hits:
            best = max(best, (5.0 * hits / total, cutoff))
    return best[1]


def _hits(found: SliceBoxes, iou: float) -> list[int | None]:
    """For each predicted box, best score first, the lesion it takes: its best one still free."""
    free = set(range(len(found.reference)))
    hits: list[int | None] = []
    for box in _ranked(found.predicted):
        shares = [(box.overlap(found.reference[i]), -i) for i in free]
        share, index = max(shares, default=(0.0, 0))
        hit = -index if share >= iou else None
        free.discard(-1 if hit is None else hit)
        hits.append(hit)
    return hits


def _outcome(slices: Sequence[SliceBoxes], iou: float) -> Outcome:
    if any(s.reference for s in slices):
        return "found" if any(any(lesions_found(s, iou)) for s in slices) else "missed"
    return "invented" if any(s.predicted for s in slices) else "clear"


def _ranked(boxes: Iterable[Box]) -> list[Box]:
    return sorted(boxes, key=lambda b: -_score(b))


def _score(box: Box) -> float:
    return 1.0 if box.score is None else box.score
