"""``slices.csv``: a row a slice, for spreadsheets."""

from __future__ import annotations

import csv
import io

from lgescar.core.quality import INDICES
from lgescar.core.report import Report

COLUMNS = (
    "index",
    "blood_pool_px",
    "wall_px",
    "scar_px",
    "mvo_px",
    "scar_area_mm2",
    "scar_percent_of_wall",
    "boxes",
    "noise_sd",
    *INDICES,
)


def slices_csv(report: Report) -> str:
    """The table as text; a cell without basis is empty, never 0."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    seen = report.quality.slices if report.quality else (None,) * len(report.results)
    for counts, images in zip(report.counts, seen, strict=True):
        percent = 100.0 * counts.scar_px / counts.wall_px if counts.wall_px else None
        numbers = (counts.index, counts.blood_pool_px, counts.wall_px, counts.scar_px)
        rows.writerow(
            (
                *(*numbers, counts.mvo_px, counts.scar_area_mm2, percent, len(counts.boxes)),
                *(getattr(images, name, None) for name in ("noise_sd", *INDICES)),
            )
        )
    return text.getvalue()
