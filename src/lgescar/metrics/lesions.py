"""Which scars of a slice a mask found, by size, and which of its own hit nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import GeometryError
from lgescar.metrics.detection import SizeRecall, lesions, size_recalls

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LesionHits:
    """Lesions of the slices of one patient; a lesion is a connected scar of one slice.

    ``areas_mm2`` and ``found`` have one entry for each reference lesion; an area is None where
    the spacing is unknown. ``invented`` of the ``predicted`` lesions share no pixel with any
    reference scar.
    """

    areas_mm2: tuple[float | None, ...]
    found: tuple[bool, ...]
    predicted: int
    invented: int


def lesion_hits(reference: Mask, predicted: Mask, pixel_area_mm2: float | None) -> LesionHits:
    """What a predicted mask (slices, rows, cols) says of each reference lesion.

    A lesion is found where predicted scar shares at least one of its pixels, as a patient's scar
    is; how much of it is covered is the matter of Dice. Crumbs of fewer than ``SMALLEST_PX``
    pixels are no lesion on either side, but may hit one.
    Source: docs/explain/metrics.md, "Lesions".

    Raises:
        GeometryError: the masks differ in shape.
    """
    if reference.shape != predicted.shape:
        raise GeometryError(f"masks of {reference.shape} and {predicted.shape} cannot be compared")
    areas: list[float | None] = []
    found: list[bool] = []
    hits: list[bool] = []
    for truth, ours in zip(reference, predicted, strict=True):
        for lesion in lesions(truth):
            areas.append(None if pixel_area_mm2 is None else float(lesion.sum()) * pixel_area_mm2)
            found.append(bool((lesion & ours).any()))
        hits += [bool((lesion & truth).any()) for lesion in lesions(ours)]
    return LesionHits(tuple(areas), tuple(found), len(hits), hits.count(False))


def found_by_size(patients: Iterable[LesionHits]) -> tuple[SizeRecall, ...]:
    """Lesions found among small, medium and large ones; those of unknown area are left out."""
    known = [
        (area, hit)
        for hits in patients
        for area, hit in zip(hits.areas_mm2, hits.found, strict=True)
        if area is not None
    ]
    return size_recalls(known)
