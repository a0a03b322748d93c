"""``report.json``: the numbers of a report for machines, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lgescar.core.box import Box
from lgescar.core.errors import InputError
from lgescar.core.provenance import Provenance
from lgescar.core.quality import Quality, SliceQuality
from lgescar.core.report import Likely, Quantities, Report, SegmentScar
from lgescar.core.study import Note, Study
from lgescar.write.slice_counts import SliceCounts, slice_counts

FORMAT = "lgescar-report/1"
NOTICE = "For research use only. Not a medical device."


@dataclass(frozen=True, slots=True)
class ReportNumbers:
    """What ``report.json`` holds: a report without its pixels.

    ``quality`` is None in a report of a version that did not look at the images, ``likely`` where
    nothing says how sure the outlines are.
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
        "slices": [_plain(asdict(counts)) for counts in slice_counts(report)],
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

    Raises:
        InputError: the text is no report of this format.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise InputError(f"a report of format {FORMAT} is expected; write it again")
        return ReportNumbers(
            study=document["study"],
            quantities=_quantities(document["quantities"]),
            slices=tuple(_counts(entry) for entry in document["slices"]),
            notes=tuple(Note(note["code"], note["message"]) for note in document["notes"]),
            provenance=Provenance(**_known(Provenance, document["provenance"])),
            quality=_quality(document.get("quality")),
            likely=_likely(document.get("likely")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"the file is no complete {FORMAT} document; write it again") from error


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


def _known(kind: type, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The keys this version knows; a later version may have added more."""
    return {field.name: entry[field.name] for field in fields(kind) if field.name in entry}


def _quantities(entry: Mapping[str, Any]) -> Quantities:
    known = _known(Quantities, entry)
    known["transmural_segments"] = tuple(known["transmural_segments"])
    known["aha"] = tuple(SegmentScar(**_known(SegmentScar, part)) for part in known["aha"])
    return Quantities(**known)


def _likely(entry: Mapping[str, Any] | None) -> Likely | None:
    if entry is None:
        return None
    known = _known(Likely, entry)
    grams = known["scar_mass_g"]
    known["scar_percent_of_lv"] = _pair(known["scar_percent_of_lv"])
    known["scar_mass_g"] = None if grams is None else _pair(grams)
    return Likely(**known)


def _pair(entry: Sequence[float]) -> tuple[float, float]:
    low, high = entry
    return low, high


def _quality(entry: Mapping[str, Any] | None) -> Quality | None:
    if entry is None:
        return None
    known = _known(Quality, entry)
    known["notes"] = tuple(Note(note["code"], note["message"]) for note in known["notes"])
    known["slices"] = tuple(SliceQuality(**_known(SliceQuality, part)) for part in known["slices"])
    return Quality(**known)


def _counts(entry: Mapping[str, Any]) -> SliceCounts:
    known = _known(SliceCounts, entry)
    known["boxes"] = tuple(Box(**_known(Box, box)) for box in known["boxes"])
    return SliceCounts(**known)
