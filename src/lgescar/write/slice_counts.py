"""What one slice contributes to ``report.json`` and ``slices.csv``."""

from __future__ import annotations

from dataclasses import dataclass

from lgescar.core.box import Box
from lgescar.core.report import Report


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
    boxes: tuple[Box, ...]


def slice_counts(report: Report) -> tuple[SliceCounts, ...]:
    """One entry for every slice of the study, in the study's order."""
    area_mm2 = report.study.pixel_area_mm2
    return tuple(
        SliceCounts(
            index=int(index),
            blood_pool_px=int(result.labels.blood_pool.sum()),
            wall_px=int(result.labels.wall.sum()),
            scar_px=(scar_px := int(result.labels.scar.sum())),
            mvo_px=int(result.labels.mvo.sum()),
            scar_area_mm2=None if area_mm2 is None else scar_px * area_mm2,
            boxes=result.boxes,
        )
        for index, result in zip(report.study.indices, report.results, strict=True)
    )
