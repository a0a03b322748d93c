"""Which files a result consists of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lgescar.core.report import Report
from lgescar.write.folder import folder_name, write_folder
from lgescar.write.nifti import labels_nifti, scar_probability_nifti
from lgescar.write.report_json import report_json
from lgescar.write.table_csv import slices_csv


def write_report(report: Report, out: Path, page: str, overlays: Mapping[str, bytes]) -> Path:
    """Everything lgescar says about a study, in ``out/NAME/``; whole or not at all.

    ``page`` is the rendered HTML page and ``overlays`` its pictures by file name. Returns the
    folder. A previous result of the same name is replaced once the new one is complete.

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
    return write_folder(out, folder_name(report.study.name), files)
