"""Hearts drawn with a compass, and reports about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.provenance import Provenance
from lgescar.core.report import Quantities, Report, SegmentScar, SliceResult
from lgescar.core.study import Grid, Note, Study
from lgescar.core.tissue import LabelMap

# Rows run to the patient's back, columns to the patient's left: an axial slice as stored.
AXIAL = SliceGeometry((0, 0, 0), (0, 1, 0), (1, 0, 0), (1.5, 1.5))
QUANTITIES = Quantities(
    lv_mass_g=123.4,
    scar_mass_g=17.26,
    scar_volume_ml=16.44,
    scar_percent_of_lv=13.99,
    mvo_mass_g=2.5,
    transmural_extent_percent=61.7,
    transmural_over_half_percent=21.2,
    transmural_segments=(1, 7),
    aha=(
        *(SegmentScar(s, 5.0 * s, 4.0 * s) for s in range(1, 17)),
        SegmentScar(17, None, None),
    ),
    aha_origin="top of the image",
)


def ring(
    radius_px: float = 12.0, *, scar: bool = True, shape: tuple[int, int] = (80, 96)
) -> np.ndarray:
    """A wall 6 px thick around a blood pool, centre (40, 50); upper quarter scar with MVO."""
    row, col = np.mgrid[: shape[0], : shape[1]] - np.array([40, 50])[:, None, None]
    away = np.hypot(row, col)
    codes = np.zeros(shape, np.uint8)
    codes[away < radius_px + 6] = 2
    if scar:
        above = (codes == 2) & (np.abs(col) < -row)
        codes[above] = 3
        codes[above & (np.abs(away - radius_px - 3) < 1.5)] = 4
    codes[away < radius_px] = 1
    return codes


def report_of(codes: Sequence[np.ndarray], **changes: Any) -> Report:
    """A report about label maps; ``study=`` replaces the study's fields, the rest the report's."""
    study_changes = changes.pop("study", {})
    geometry = study_changes.pop("geometry", AXIAL)
    images = [
        Slice(f"heart/{i}", np.array([40, 160, 60, 220, 30])[plane], geometry)
        for i, plane in enumerate(codes)
    ]
    study = Study(
        name="heart",
        series_uid="1.2.3",
        slices=tuple(images),
        indices=tuple(range(len(codes))),
        grid=Grid((*codes[0].shape, len(codes)), np.eye(4)),
        slice_step_mm=10.0,
        sequence="psir",
        order_known=True,
        oriented=True,
        view="short-axis",
    )
    results = []
    for plane in codes:
        labels = LabelMap(plane)
        box = Box.around(labels.scar, 0.87)
        results.append(SliceResult(labels, labels.scar * 0.9, () if box is None else (box,)))
    fields: dict[str, Any] = {
        "study": replace(study, **study_changes),
        "results": tuple(results),
        "quantities": QUANTITIES,
        "notes": (),
        "provenance": Provenance("default", "ab" * 32, {"deep": {"turns": 8}}, 0, "2025-01-02"),
    }
    return Report(**fields | changes)


@pytest.fixture
def draw() -> SimpleNamespace:
    """What tests draw their own hearts with."""
    return SimpleNamespace(report=report_of, ring=ring, axial=AXIAL, quantities=QUANTITIES)


@pytest.fixture
def heart() -> Report:
    """Five slices with scar and MVO on the first three."""
    return report_of([ring(14 - i, scar=i < 3) for i in range(5)])


@pytest.fixture
def unmeasured() -> Report:
    """The same heart where no spacing is known."""
    nothing = replace(
        QUANTITIES, lv_mass_g=None, scar_mass_g=None, scar_volume_ml=None, mvo_mass_g=None
    )
    return report_of(
        [ring(14 - i, scar=i < 3) for i in range(5)],
        study={"geometry": replace(AXIAL, spacing_mm=None), "slice_step_mm": None},
        quantities=nothing,
        notes=(Note("spacing-unknown", "pixel size unknown: grams are withheld"),),
    )
