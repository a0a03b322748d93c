"""Which files a result consists of."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from lgescar.core.quality import INDICES
from lgescar.core.report import Report
from lgescar.write.folder import folder_name, write_folder
from lgescar.write.nifti import labels_nifti, scar_probability_nifti
from lgescar.write.report_json import report_json

COLUMNS = (
    *("index", "blood_pool_px", "wall_px", "scar_px", "mvo_px", "scar_area_mm2"),
    *("scar_percent_of_wall", "boxes", "noise_sd", *INDICES),
)
"""Of ``slices.csv``."""


def write_report(
    report: Report, out: Path, page: str, overlays: Mapping[str, bytes], name: str | None = None
) -> Path:
    """Everything lgescar says about a study, in ``out/NAME/``; whole or not at all.

    ``page`` is the rendered HTML page and ``overlays`` its pictures by file name; NAME is
    ``name`` or else the study's. Returns the folder. A previous result of the same name is
    replaced once the new one is complete.

    Raises:
        UsageError: the folder cannot be written, or ``out/NAME`` holds something that lgescar
            did not write.
    """
    # A file name that is no valid text holds lone surrogates, which UTF-8 cannot carry: JSON
    # takes them as escapes, a page as question marks.
    files = {
        "labels.nii.gz": labels_nifti(report),
        "scar_probability.nii.gz": scar_probability_nifti(report),
        "report.json": report_json(report).encode(errors="backslashreplace"),
        "slices.csv": slices_csv(report).encode(),
        "report.html": page.encode(errors="replace"),
        **{f"overlays/{name}": picture for name, picture in overlays.items()},
    }
    return write_folder(out, folder_name(name or report.study.name), files)


def slices_csv(report: Report) -> str:
    """A row a slice, for spreadsheets; a cell without basis is empty, never 0."""
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
