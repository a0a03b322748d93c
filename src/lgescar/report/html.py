"""The page: everything a reader of the study wants on one self-contained sheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.report.bullseye import SEGMENT_NAMES, bullseye_svg, shade
from lgescar.report.display import Display, display_of
from lgescar.report.facts import (
    RESEARCH_ONLY,
    SliceFacts,
    headlines,
    lead,
    number,
    reason,
    slice_facts,
)
from lgescar.report.image_quality import grade_words, quality_facts
from lgescar.report.outlines import BOX, ENDOCARDIUM, EPICARDIUM, MVO, SCAR, TRACES
from lgescar.report.slice_svg import slice_svg, trace_svg

if TYPE_CHECKING:
    from jinja2 import Template

SEQUENCES = {"psir": "PSIR", "magnitude": "magnitude", None: "sequence not stated"}

PAPER = """
@page { size: A4; margin: 13mm 12mm; }
header { display: block; }
.research { display: inline-block; margin: 4pt 0 8pt; }
.few { grid-template-columns: repeat(3, minmax(0, 1fr)); }
.bars { display: flex; align-items: flex-end; }
.bars > div { display: block; }
.bars .bar { display: block; position: relative; height: calc(90pt * var(--height)); }
.bars .bar span { position: absolute; bottom: 0; left: 0; width: 100%; }
.index { min-height: 26pt; }
"""
"""Where WeasyPrint lays out other than browsers do."""


def page(report: Report) -> str:
    """One HTML document with style and pictures inside; it loads nothing and runs no script."""
    display = display_of(report)
    rows = slice_facts(report)
    drawn = _drawn(report)
    return template().render(
        name=report.study.name,
        research_only=RESEARCH_ONLY,
        style=(Path(__file__).parent / "page.css").read_text("utf-8"),
        lead=lead(report),
        notes=report.notes,
        facts=headlines(report),
        slices=_pictures(report, display, rows),
        bars=_bars(rows),
        legend=[(trace_svg(trace), trace.title) for trace in TRACES if trace.name in drawn],
        boxed=BOX.name in drawn,
        acquisition=_acquisition(report.study),
        picture_note=_picture_note(report.study),
        segments=_segments(report),
        images=_images(report),
        provenance=_provenance(report),
    )


def pdf(page: str) -> bytes | None:
    """The HTML page of a report as PDF; None where WeasyPrint, or a library it needs, is not here.

    Nothing outside the page is loaded.
    """
    if find_spec("weasyprint") is None:
        return None
    try:
        import weasyprint
    except OSError:  # Pango is a library of the system, not of Python
        return None
    inside = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    styled = page.replace("</head>", f"<style>{PAPER}</style></head>", 1)
    content: bytes = weasyprint.HTML(string=styled, url_fetcher=inside).write_pdf()
    return content


@cache
def template() -> Template:
    """The page without a report, which takes a while to load."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _pictures(
    report: Report, display: Display, rows: tuple[SliceFacts, ...]
) -> list[tuple[SliceFacts, str]]:
    return [
        (row, slice_svg(image, result, display, f"Slice {row.index}"))
        for row, image, result in zip(rows, report.study.slices, report.results, strict=True)
    ]


def _drawn(report: Report) -> set[str]:
    """Names of the lines that appear on any picture."""
    present = {
        ENDOCARDIUM.name: any(labels.blood_pool.any() for labels in report.labels),
        EPICARDIUM.name: any(labels.wall.any() for labels in report.labels),
        SCAR.name: any(labels.scar.any() for labels in report.labels),
        MVO.name: any(labels.mvo.any() for labels in report.labels),
        BOX.name: any(result.boxes for result in report.results),
    }
    return {name for name, shown in present.items() if shown}


def _bars(rows: tuple[SliceFacts, ...]) -> list[dict[str, Any]]:
    """Scar of each slice as a share of the largest."""
    largest = max(1, *(row.scar_px for row in rows))
    return [
        {
            "row": row,
            "height": f"{row.scar_px / largest:.3f}",
            "mvo": f"{100.0 * row.mvo_px / row.scar_px:.1f}" if row.scar_px else "0",
            "value": row.scar.removesuffix(" cm²").removesuffix(" px"),
        }
        for row in rows
    ]


def _acquisition(study: Study) -> list[str]:
    spacing, step = study.spacing_mm, study.slice_step_mm
    count = len(study.slices)
    shape = "one slice" if count == 1 else f"{count} slices"
    if study.order_known and count > 1:
        shape += ", base to apex"
    return [
        shape,
        SEQUENCES[study.sequence],
        "pixel size unknown"
        if spacing is None
        else f"{spacing[0]:.2f} × {spacing[1]:.2f} mm pixels",
        "slice step unknown" if step is None else f"{step:.1f} mm from slice to slice",
    ]


def _picture_note(study: Study) -> str:
    """How to look at the pictures."""
    order = "Base first, apex last." if study.order_known else "In stored order."
    if study.oriented:
        side = "Seen as from the patient's left, front and feet; letters name the patient's sides."
    else:
        side = "The patient's orientation is not stated: pictures are shown as stored."
    shape = "" if study.spacing_mm else " Pixels are drawn square, as their size is unknown."
    return f"{order} {side}{shape}"


def _segments(report: Report) -> dict[str, Any]:
    aha = {part.segment: part for part in report.quantities.aha}
    scar = {number: part.scar_percent for number, part in aha.items()}
    depth = {number: part.transmural_percent for number, part in aha.items()}
    return {
        "scar": bullseye_svg(scar, "Scar in each segment"),
        "depth": bullseye_svg(depth, "Transmural extent in each segment"),
        "rows": [
            (segment, name, _rounded(scar.get(segment)), _rounded(depth.get(segment)))
            for segment, name in SEGMENT_NAMES.items()
        ]
        if aha
        else [],
        "ramp": [shade(percent) for percent in range(0, 101, 10)],
        "reason": "not imaged, or no closed wall there" if aha else reason(report, "segments"),
        "origin": report.quantities.aha_origin,
        "partial": bool(aha) and any(scar.get(segment) is None for segment in SEGMENT_NAMES),
    }


def _rounded(percent: float | None) -> str | None:
    return None if percent is None else f"{number(percent, 0)} %"


def _images(report: Report) -> dict[str, Any] | None:
    quality = report.quality
    if quality is None:
        return None
    return {
        "grade": quality.grade or "unknown",
        "words": grade_words(quality),
        "facts": quality_facts(quality),
    }


def _provenance(report: Report) -> list[tuple[str, str]]:
    study, origin = report.study, report.provenance
    spacing, step = study.spacing_mm, study.slice_step_mm
    return [
        ("lgescar", origin.version),
        ("Bundle", origin.bundle),
        ("Bundle SHA-256", origin.bundle_sha256),
        ("Edits by a reader", str(origin.edits) if origin.edits else "none"),
        ("Made at", origin.created.replace("T", " ").replace("Z", " UTC")),
        ("Series", study.series_uid or "no series UID in the input"),
        ("Sequence", SEQUENCES[study.sequence]),
        (
            "Pixel spacing",
            "unknown" if spacing is None else f"{spacing[0]:.4g} × {spacing[1]:.4g} mm",
        ),
        ("Step between slices", "unknown" if step is None else f"{step:.4g} mm"),
        *(("Setting " + key, str(value)) for key, value in _flat(origin.settings).items()),
    ]


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested settings as one level, ``segment.cutoff`` for instance."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{before}{key}."))
        else:
            flat[f"{before}{key}"] = value
    return flat
