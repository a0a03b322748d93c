"""From outlines to a report: everything that is measured, and the notes that go with it."""

from __future__ import annotations

from collections.abc import Sequence

from lgescar.core.provenance import Provenance
from lgescar.core.report import Report, SliceResult
from lgescar.core.study import Note, Study
from lgescar.measure.likely import likely, likely_notes
from lgescar.measure.quality import quality, quality_notes
from lgescar.measure.quantities import measure

Span = tuple[int, int]
"""Pixels of scar of a study at the strict and at the lenient cutoff."""


def measured(
    study: Study,
    results: Sequence[SliceResult],
    notes: Sequence[Note],
    came_from: Provenance,
    span: Span | None = None,
) -> Report:
    """Outlines measured; ``span`` is what a range of the amount of scar is made of, if any."""
    labels = tuple(result.labels for result in results)
    quantities, reasons = measure(study, labels)
    amount = None if span is None else likely(span, labels, quantities)
    images = quality(study, labels)
    said = (*notes, *reasons, *likely_notes(amount), *quality_notes(images))
    return Report(
        study=study,
        results=tuple(results),
        quantities=quantities,
        notes=(*study.notes, *said),
        provenance=came_from,
        quality=images,
        likely=amount,
    )
