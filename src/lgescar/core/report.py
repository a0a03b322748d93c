"""What lgescar says about a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lgescar.core.arrays import Probability, frozen
from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.core.provenance import Provenance
from lgescar.core.quality import Quality
from lgescar.core.study import Note, Study
from lgescar.core.tissue import LabelMap


@dataclass(frozen=True, slots=True)
class SegmentScar:
    """One AHA segment: share of its wall that is scar, and mean transmural extent in percent."""

    segment: int
    scar_percent: float | None
    transmural_percent: float | None


@dataclass(frozen=True, slots=True)
class Quantities:
    """How much scar there is. None where the study gives no basis; a note says why.

    ``transmural_extent_percent`` is the mean over scarred spokes,
    ``transmural_extent_all_percent`` over all spokes, ``transmural_over_half_percent`` the share
    of spokes at or above 50 %. ``transmural_segments`` are the AHA segments at or above 50 %.
    """

    lv_mass_g: float | None
    scar_mass_g: float | None
    scar_volume_ml: float | None
    scar_percent_of_lv: float | None
    mvo_mass_g: float | None
    transmural_extent_percent: float | None = None
    transmural_extent_all_percent: float | None = None
    transmural_over_half_percent: float | None = None
    transmural_segments: tuple[int, ...] = ()
    aha: tuple[SegmentScar, ...] = ()
    aha_origin: str | None = None


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """Pixels of each tissue on one slice; ``index`` counts along the input's slice axis.

    The wall includes scar and the scar includes MVO. ``scar_area_mm2`` is None where the pixel
    spacing is unknown.
    """

    index: int
    blood_pool_px: int
    wall_px: int
    scar_px: int
    mvo_px: int
    scar_area_mm2: float | None
    boxes: tuple[Box, ...] = ()


def slice_counts(
    study: Study, labels: Sequence[LabelMap], boxes: Sequence[tuple[Box, ...]] = ()
) -> tuple[SliceCounts, ...]:
    """One entry for every slice of the study, in its order; without ``boxes`` none has any."""
    area_mm2 = study.pixel_area_mm2
    return tuple(
        SliceCounts(
            index=int(index),
            blood_pool_px=int(label_map.blood_pool.sum()),
            wall_px=int(label_map.wall.sum()),
            scar_px=(scar_px := int(label_map.scar.sum())),
            mvo_px=int(label_map.mvo.sum()),
            scar_area_mm2=None if area_mm2 is None else scar_px * area_mm2,
            boxes=used,
        )
        for index, label_map, used in zip(
            study.indices, labels, boxes or ((),) * len(labels), strict=True
        )
    )


@dataclass(frozen=True, slots=True)
class Likely:
    """From where to where the amount of scar lies in ``level_percent`` of patients.

    ``scar_mass_g`` is None where the study gives no basis for grams.
    """

    level_percent: int
    scar_percent_of_lv: tuple[float, float]
    scar_mass_g: tuple[float, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class SliceResult:
    """Outlines of one slice: its tissue codes, scar probability and the boxes that were used."""

    labels: LabelMap
    scar_probability: Probability
    boxes: tuple[Box, ...] = ()

    def __post_init__(self) -> None:
        if self.scar_probability.shape != self.labels.codes.shape:
            raise GeometryError("labels and probability of a slice differ in size")
        object.__setattr__(self, "scar_probability", frozen(self.scar_probability, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A study, its outlines and its numbers; ``results[i]`` belongs to ``slices[i]``.

    ``quality`` is None where the images were not assessed, ``likely`` where the outlines have no
    uncertainty.
    """

    study: Study
    results: tuple[SliceResult, ...]
    quantities: Quantities
    notes: tuple[Note, ...]
    provenance: Provenance
    quality: Quality | None = None
    likely: Likely | None = None

    def __post_init__(self) -> None:
        if len(self.results) != len(self.study.slices):
            raise GeometryError("a report needs one result for each slice")

    @property
    def labels(self) -> tuple[LabelMap, ...]:
        """The label map of each slice."""
        return tuple(result.labels for result in self.results)

    @property
    def counts(self) -> tuple[SliceCounts, ...]:
        """Pixels of each tissue on every slice, and the boxes that were used there."""
        return slice_counts(self.study, self.labels, [result.boxes for result in self.results])
