"""The numbers of a report in words: what is shown large, and why something is not there."""

from __future__ import annotations

from dataclasses import dataclass

from lgescar.core.box import Box
from lgescar.core.report import Report
from lgescar.core.study import Study

RESEARCH_ONLY = "For research use only. Not a medical device."
SHARE = "Share of the left ventricle"
_NOT_FOUND = {
    "heart-not-found": "no left ventricle was recognised",
    "no-wall": "no wall was outlined",
}
_NOT_SHORT_AXIS = {"not-short-axis": "the slices are not short-axis"}
REASONS = {
    "mass": {
        **_NOT_SHORT_AXIS,
        "spacing-unknown": "the size of a pixel is unknown",
        "single-slice": "one slice is no volume",
        "step-unknown": "the distance between slices is unknown",
        "incomplete-stack": "slices are missing or unevenly spaced",
        **_NOT_FOUND,
    },
    "share": _NOT_FOUND,
    "depth": {**_NOT_FOUND, "no-cavity": "no blood pool was outlined beside the scar"},
    "segments": {
        **_NOT_SHORT_AXIS,
        **_NOT_FOUND,
        "order-unknown": "nothing tells base from apex",
        "too-few-closed-slices": "fewer than three slices show a closed wall",
    },
}
"""The notes that explain why a quantity is missing, most telling first."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number for people: ``value`` rounded, or None and the ``reason`` it is not available."""

    title: str
    value: str | None
    unit: str
    detail: str
    reason: str


@dataclass(frozen=True, slots=True)
class SliceFacts:
    """A row of the slice table: pixels, the same as areas in words, and the scar's share.

    ``share`` is scar as percent of the wall on that slice, None where no wall was outlined.
    """

    index: int
    place: str
    wall_px: int
    scar_px: int
    mvo_px: int
    blood_pool: str
    wall: str
    scar: str
    mvo: str
    share: str | None
    boxes: str


def number(value: float, decimals: int = 1) -> str:
    """A rounded number; 0 is "0", and what is above 0 never reads as 0."""
    if value == 0.0:
        return "0"
    smallest = 10.0**-decimals
    if 0.0 < value < smallest / 2.0:
        return f"< {smallest:.{decimals}f}"
    return f"{value:.{decimals}f}"


def area(pixels: int, study: Study) -> str:
    """Square centimetres, or pixels where their size is unknown."""
    if study.pixel_area_mm2 is None:
        return f"{pixels} px"
    return f"{number(pixels * study.pixel_area_mm2 / 100.0)} cm²"


def headlines(report: Report) -> tuple[Fact, ...]:
    """Scar, its share of the ventricle, MVO, the ventricle itself and how deep the scar goes.

    Where no ventricle was outlined the sum of nothing is 0 in the files; shown large it would
    read as a healthy heart, so here it is not available.
    """
    if not _outlined(report):
        titles = ("Scar", SHARE, "MVO (no-reflow)", "Left-ventricular wall", "Transmural extent")
        why = _NOT_FOUND["heart-not-found"]
        return tuple(Fact(title, None, "", "", why) for title in titles)
    q = report.quantities
    scar = [] if q.scar_volume_ml is None else [f"{number(q.scar_volume_ml)} ml"]
    wall = ["of its wall is scar"]
    if report.likely is not None:
        wall.append(f"likely {_range(report.likely.scar_percent_of_lv)} %")
        if report.likely.scar_mass_g is not None:
            scar.append(f"likely {_range(report.likely.scar_mass_g)} g")
    share = None
    if q.mvo_mass_g and q.scar_mass_g:
        share = 100.0 * q.mvo_mass_g / q.scar_mass_g
    return (
        Fact("Scar", *_grams(q.scar_mass_g), "; ".join(scar), reason(report, "mass")),
        Fact(SHARE, *_percent(q.scar_percent_of_lv), "; ".join(wall), reason(report, "share")),
        Fact(
            "MVO (no-reflow)",
            *_grams(q.mvo_mass_g),
            "" if share is None else f"{number(share, 0)} % of the scar",
            reason(report, "mass"),
        ),
        Fact(
            "Left-ventricular wall", *_grams(q.lv_mass_g), "scar included", reason(report, "mass")
        ),
        Fact(
            "Transmural extent",
            *_percent(q.transmural_extent_percent, 0),
            _depth(report),
            reason(report, "depth"),
        ),
    )


def lead(report: Report) -> str:
    """The finding in one or two sentences."""
    study, q = report.study, report.quantities
    total = len(study.slices)
    slices = f"{total} slices" if total > 1 else "slice"
    if not _outlined(report):
        return f"No left ventricle was found in the {slices}; there is nothing to measure."
    scarred = sum(bool(labels.scar.any()) for labels in report.labels)
    if scarred == 0:
        return f"No scar was found in the {slices}."
    amounts = []
    if q.scar_mass_g is not None:
        amounts.append(f"{number(q.scar_mass_g)} g")
    if q.scar_percent_of_lv is not None:
        amounts.append(f"{number(q.scar_percent_of_lv)} % of the left ventricle")
    where = f"{scarred} of {slices}" if total > 1 else "the slice"
    text = f"Scar in {where}" + (f": {', '.join(amounts)}." if amounts else ".")
    if not any(labels.mvo.any() for labels in report.labels):
        return f"{text} No MVO was found."
    if q.mvo_mass_g:
        return f"{text} {number(q.mvo_mass_g)} g of it is MVO."
    return f"{text} Part of it is MVO."


def slice_facts(report: Report) -> tuple[SliceFacts, ...]:
    """One row a slice, in the study's order; base and apex are named where they are known."""
    study = report.study
    last = len(study.slices) - 1
    rows = []
    for position, one in enumerate(report.counts):
        known = study.order_known and last > 0
        place = {0: "base", last: "apex"}.get(position, "") if known else ""
        rows.append(
            SliceFacts(
                index=one.index,
                place=place,
                wall_px=one.wall_px,
                scar_px=one.scar_px,
                mvo_px=one.mvo_px,
                blood_pool=area(one.blood_pool_px, study),
                wall=area(one.wall_px, study),
                scar=area(one.scar_px, study),
                mvo=area(one.mvo_px, study),
                share=number(100.0 * one.scar_px / one.wall_px, 0) if one.wall_px else None,
                boxes=_boxes(one.boxes),
            )
        )
    return tuple(rows)


def reason(report: Report, quantity: str) -> str:
    """Why ``quantity`` (a key of ``REASONS``) is withheld, in a few words."""
    if quantity == "depth" and not any(labels.scar.any() for labels in report.labels):
        return "there is no scar"
    present = {note.code for note in report.notes}
    fitting = (words for code, words in REASONS[quantity].items() if code in present)
    return next(fitting, "the study gives no basis for it")


def _boxes(boxes: tuple[Box, ...]) -> str:
    """How many boxes were searched, and the score of the surest."""
    scores = [box.score for box in boxes if box.score is not None]
    if not boxes:
        return "none"
    return f"{len(boxes)}, best {number(max(scores), 2)}" if scores else f"{len(boxes)} by hand"


def _outlined(report: Report) -> bool:
    return any(bool(labels.codes.any()) for labels in report.labels)


def _grams(value: float | None) -> tuple[str | None, str]:
    if value is None:
        return None, "g"
    return number(value, 0 if value >= 100.0 else 1), "g"


def _percent(value: float | None, decimals: int = 1) -> tuple[str | None, str]:
    return (None if value is None else number(value, decimals)), "%"


def _range(pair: tuple[float, float]) -> str:
    return f"{number(pair[0], 0)} to {number(pair[1], 0)}"


def _depth(report: Report) -> str:
    """The parts of the transmural extent that the headline leaves out."""
    q = report.quantities
    parts = ["of the wall's thickness, where scarred"]
    if q.transmural_over_half_percent is not None:
        parts.append(f"half or more in {number(q.transmural_over_half_percent, 0)} % of the wall")
    if q.transmural_segments:
        word = "segment" if len(q.transmural_segments) == 1 else "segments"
        parts.append(f"{word} {', '.join(str(segment) for segment in q.transmural_segments)}")
    return "; ".join(parts)
