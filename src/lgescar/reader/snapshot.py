"""What a reading showed, as a file: for when the bundle that it was read with is gone.

Nothing is computed anew from it: labels, probabilities and numbers are those of that moment.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lgescar.core.atomic import whole_file
from lgescar.core.errors import EventError, LgescarError
from lgescar.core.report import Report, SliceResult, slice_counts
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.reader.reading import Reading
from lgescar.reader.session import Numbers
from lgescar.write.report_json import ReportNumbers, report_from_json, report_json

FORMAT = "lgescar-kept/1"
FOLDER = "kept"
"""Folder of the store; within it one file for each session."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A reading after event ``last``, whose hash was ``last_sha256``; beside it, the automatic."""

    last: int
    last_sha256: str
    report: Report
    automatic: tuple[LabelMap, ...]
    automatic_numbers: Numbers


def store_snapshot(
    store: Path, name: str, last: tuple[int, str], reading: Reading, report: Report
) -> None:
    """Write ``report``, what session ``name`` shows after event ``last`` (its number and hash).

    What another thread or process wrote after a later event stays.

    Raises:
        OSError: nothing can be written there.
    """
    if _last_stored(_file(store, name)) > last[0]:
        return
    automatic = reading.report
    about = {
        "format": FORMAT,
        "last": last[0],
        "last_sha256": last[1],
        "report": report_json(report),
        "automatic": report_json(automatic),
    }
    with whole_file(_file(store, name)) as part:
        np.savez_compressed(
            part,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            labels=np.stack([one.codes for one in report.labels]),
            chance=np.stack([one.scar_probability for one in report.results]),
            automatic=np.stack([one.codes for one in automatic.labels]),
        )


def stored_snapshot(store: Path, name: str, study: Study) -> Snapshot | None:
    """What was stored of session ``name`` on its study; None where nothing was.

    Raises:
        EventError: the file is damaged or of another version.
    """
    path = _file(store, name)
    if not path.is_file():
        return None
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            labels, chance, automatic = (file[key] for key in ("labels", "chance", "automatic"))
        if about["format"] != FORMAT:
            raise EventError("what this reading showed was stored by another version of lgescar")
        first = tuple(map(LabelMap, automatic))
        read = report_from_json(about["automatic"])
        return Snapshot(
            int(about["last"]),
            str(about["last_sha256"]),
            _report(report_from_json(about["report"]), study, labels, chance),
            first,
            Numbers(read.quantities, slice_counts(study, first), read.notes),
        )
    except EventError:
        raise
    except (*_UNREADABLE, LgescarError) as error:
        raise EventError("what this reading showed was stored, but the file is damaged") from error


def _last_stored(path: Path) -> int:
    """The number of the event that the file was written after; -1 where no whole file is there."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return int(json.loads(file["about"].tobytes())["last"])
    except _UNREADABLE:
        return -1


_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


def _report(read: ReportNumbers, study: Study, labels: object, chance: object) -> Report:
    results = tuple(
        SliceResult(LabelMap(codes), likely, counts.boxes)
        for codes, likely, counts in zip(
            np.asarray(labels), np.asarray(chance), read.slices, strict=True
        )
    )
    return Report(
        study, results, read.quantities, read.notes, read.provenance, read.quality, read.likely
    )


def _file(store: Path, name: str) -> Path:
    return store / FOLDER / f"{name}.npz"
