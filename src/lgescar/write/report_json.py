"""``report.json``: the numbers of a report for machines, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lgescar.core.provenance import Provenance
from lgescar.core.quality import Quality
from lgescar.core.report import Likely, Quantities, Report, SliceCounts
from lgescar.core.study import Note, Study
from lgescar.strict import from_json

FORMAT = "lgescar-report/1"
NOTICE = "For research use only. Not a medical device."


@dataclass(frozen=True, slots=True)
class ReportNumbers:
    """What ``report.json`` holds: a report without its pixels.

    ``quality`` is None in a report of a version that did not grade the images, ``likely`` where
    the outlines come without a confidence.
    """

    study: Mapping[str, Any]
    quantities: Quantities
    slices: tuple[SliceCounts, ...]
    notes: tuple[Note, ...]
    provenance: Provenance
    quality: Quality | None = None
    likely: Likely | None = None


def report_to_json(report: Report) -> dict[str, Any]:
    """The document as plain dicts, lists, numbers and None."""
    return {
        "format": FORMAT,
        "notice": NOTICE,
        "study": _study(report.study),
        "quantities": _plain(asdict(report.quantities)),
        "likely": None if report.likely is None else _plain(asdict(report.likely)),
        "quality": None if report.quality is None else _plain(asdict(report.quality)),
        "slices": [_plain(asdict(counts)) for counts in report.counts],
        "notes": [asdict(note) for note in report.notes],
        "provenance": _plain(asdict(report.provenance)),
    }


def report_json(report: Report) -> str:
    """The document as text; every float survives the way back bit by bit.

    Raises:
        ValueError: a number is NaN or infinite, which is our bug and must not reach a file.
    """
    return json.dumps(report_to_json(report), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def report_from_json(text: str) -> ReportNumbers:
    """The numbers of a ``report.json``, equal to those that were written.

    Keys of a later version are passed over.

    Raises:
        InputError: the text is no report of this format.
    """
    what = f"a report ({FORMAT})"
    return from_json(text, ReportNumbers, what, format_name=FORMAT, foreign_keys=True)


def _study(study: Study) -> dict[str, Any]:
    return {
        "name": study.name,
        "series_uid": study.series_uid,
        "slices": len(study.slices),
        "spacing_mm": _plain(study.spacing_mm),
        "slice_step_mm": _plain(study.slice_step_mm),
        "sequence": study.sequence,
        "order_known": study.order_known,
        "oriented": study.oriented,
        "complete": study.complete,
        "view": study.view,
    }


def _plain(value: Any) -> Any:
    """Numpy scalars as Python numbers, tuples as lists, the rest as it is."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.item() if hasattr(value, "item") else value
