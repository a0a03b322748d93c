"""From pixels to millilitres and grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lgescar.core.notes import (
    INCOMPLETE_STACK,
    NOT_SHORT_AXIS,
    SINGLE_SLICE,
    SPACING_UNKNOWN,
    STEP_UNKNOWN,
)
from lgescar.core.study import Note, Study
from lgescar.core.tissue import MYOCARDIAL_DENSITY_G_PER_ML, LabelMap


@dataclass(frozen=True, slots=True)
class TissuePixels:
    """Pixels of each tissue over a stack. MVO is part of scar, scar is part of wall."""

    blood_pool: int
    wall: int
    scar: int
    mvo: int

    @classmethod
    def of(cls, labels: Sequence[LabelMap]) -> TissuePixels:
        """Pixels counted over the given slices; all 0 where there are none."""
        return cls(
            blood_pool=sum(int(np.count_nonzero(m.blood_pool)) for m in labels),
            wall=sum(int(np.count_nonzero(m.wall)) for m in labels),
            scar=sum(int(np.count_nonzero(m.scar)) for m in labels),
            mvo=sum(int(np.count_nonzero(m.mvo)) for m in labels),
        )


def mass_g(volume_ml: float) -> float:
    """Mass of a volume of muscle.

    Source: docs/explain/mass.md.
    """
    return volume_ml * MYOCARDIAL_DENSITY_G_PER_ML


def volume_basis(study: Study) -> tuple[float | None, tuple[Note, ...]]:
    """Millilitres that one pixel stands for, or None with the reasons why there is no basis.

    A pixel stands for its area times the step between slices from their positions, so the gaps
    of a gapped stack are filled; slice thickness plays no part.
    """
    notes = []
    if study.spacing_mm is None:
        notes.append(SPACING_UNKNOWN)
    if len(study.slices) == 1:
        notes.append(SINGLE_SLICE)
    elif study.slice_step_mm is None:
        notes.append(STEP_UNKNOWN)
    if not study.complete:
        notes.append(INCOMPLETE_STACK)
    if study.view == "other":
        notes.append(NOT_SHORT_AXIS)
    return (None if notes else study.voxel_volume_ml), tuple(notes)


def scar_percent_of_lv(pixels: TissuePixels) -> float:
    """Share of the left-ventricular wall that is scar, MVO included; 0 where there is no wall.

    Needs no pixel size: scar and wall are counted on the same grid.
    Source: docs/explain/mass.md, "Share of the left ventricle".
    """
    return 100.0 * pixels.scar / pixels.wall if pixels.wall else 0.0
