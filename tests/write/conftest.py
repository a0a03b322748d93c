"""Small reports whose every pixel is written out where it is tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.provenance import Provenance
from lgescar.core.report import Quantities, Report, SegmentScar, SliceResult
from lgescar.core.study import Grid, Note, Study
from lgescar.core.tissue import LabelMap

MakeReport = Callable[..., Report]
SPACING = (1.4, 1.3)
# One row: 1 blood pool, 2 viable, 2 scar, 1 MVO. So wall 5, scar 3.
ROW = np.array([[1, 2, 2, 3, 3, 4, 0]], np.uint8)
QUANTITIES = Quantities(
    lv_mass_g=0.1 + 0.2,
    scar_mass_g=1.0 / 3.0,
    scar_volume_ml=1e-17,
    scar_percent_of_lv=60.0,
    mvo_mass_g=None,
    transmural_extent_percent=2.0 / 3.0,
    transmural_segments=(1, 7),
    aha=(SegmentScar(1, 12.5, None), SegmentScar(17, None, None)),
    aha_origin="top of the image",
)


@pytest.fixture
def make_report() -> MakeReport:
    """A report from label codes; ``study=`` and the rest replace fields."""

    def make(codes: Sequence[Any] = (ROW, ROW * 0), **changes: Any) -> Report:
        study_changes = changes.pop("study", {})
        spacing = study_changes.pop("spacing_mm", SPACING)
        boxes = changes.pop("boxes", ((),) * len(codes))
        geometry = SliceGeometry((0, 0, 0), (0, 1, 0), (1, 0, 0), spacing)
        pixels = np.arange(codes[0].size, dtype=np.float32).reshape(codes[0].shape)
        study = Study(
            name="heart",
            series_uid=None,
            slices=tuple(Slice(f"heart/{i}", pixels, geometry) for i in range(len(codes))),
            indices=tuple(range(len(codes))),
            grid=Grid((*codes[0].shape, len(codes)), np.diag([1.4, 1.3, 8.0, 1.0])),
            slice_step_mm=8.0,
            sequence="psir",
        )
        results = tuple(
            SliceResult(LabelMap(plane), plane.astype(np.float32) / 7.0, drawn)
            for plane, drawn in zip(codes, boxes, strict=True)
        )
        fields: dict[str, Any] = {
            "study": replace(study, **study_changes),
            "results": results,
            "quantities": QUANTITIES,
            "notes": (Note("step-unknown", "the step is unknown: grams are withheld"),),
            "provenance": Provenance(
                "default", "ab" * 32, {"cutoff": 0.45, "deep": {"turns": 8}}, 2, "2025-01-02"
            ),
        }
        return Report(**fields | changes)

    return make
