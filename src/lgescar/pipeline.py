"""The line: find the heart, outline its tissues, measure, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.box import Box
from lgescar.core.errors import PromptError
from lgescar.core.image import Slice
from lgescar.core.prompt import Prompt
from lgescar.core.provenance import Provenance
from lgescar.core.report import Report, SliceResult
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.detect.heart import find_heart
from lgescar.detect.simple import scar_boxes
from lgescar.measure import measure
from lgescar.prepare.turns import TURNS
from lgescar.report.figures import overlays
from lgescar.report.html import page
from lgescar.segment.outline import calibrated, outlined, redrawn, scar_chance
from lgescar.segment.promptable import Embedding, PromptableSegmenter
from lgescar.write import write_report

Boxes = Mapping[int, Sequence[Box]]
"""Boxes by slice index on the input's grid."""


def run(
    study: Study, bundle: Bundle | str | Path = "default", boxes: Boxes | None = None
) -> Report:
    """Scar of a study: outlined by the bundle's network, or inside ``boxes`` where given.

    With ``boxes`` a slice that is not named has no scar.

    Raises:
        ModelError: the bundle is missing or damaged.
        PromptError: a box names no slice of the study, or lies away from the heart.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    if boxes is not None:
        _refuse_foreign(boxes, study)
    frame, notes = find_heart(study, opened)
    segmenter = PromptableSegmenter(opened, frame)
    results = []
    for image, index in tqdm(
        zip(study.slices, study.indices, strict=True),
        total=len(study.slices),
        desc=study.name,
        unit="slice",
        delay=1.0,
        leave=False,
        disable=None,
    ):
        given = None if boxes is None else tuple(boxes.get(index, ()))
        results.append(_slice_result(image, segmenter, opened, given))
    quantities, reasons = measure(study, tuple(r.labels for r in results))
    settings = {
        "boxes": "detected" if boxes is None else "given",
        "turns": len(TURNS),
        "scar_cutoff": opened.card.scar_cutoff,
        "temperature": opened.card.temperature,
    }
    return Report(
        study=study,
        results=tuple(results),
        quantities=quantities,
        notes=(*study.notes, *notes, *reasons),
        provenance=Provenance(opened.card.name, opened.sha256, settings),
    )


def _slice_result(
    image: Slice,
    segmenter: PromptableSegmenter,
    bundle: Bundle,
    given: tuple[Box, ...] | None,
) -> SliceResult:
    card = bundle.card
    embedding = segmenter.embed(image)
    tissues = segmenter.tissues(embedding)
    labels = outlined(tissues, card.scar_cutoff)
    chance = scar_chance(tissues)
    if given is not None:
        labels, chance = _prompted(segmenter, embedding, tissues, labels, given)
    chance = calibrated(chance, card.temperature)
    boxes = scar_boxes(labels.scar, chance) if given is None else given
    return SliceResult(labels, chance, boxes)


def _prompted(
    segmenter: PromptableSegmenter,
    embedding: Embedding,
    tissues: NDArray[np.float32],
    labels: LabelMap,
    boxes: tuple[Box, ...],
) -> tuple[LabelMap, NDArray[np.float32]]:
    if not boxes:
        nothing = np.zeros(embedding.shape, np.float32)
        return redrawn(labels, tissues, nothing > 0), nothing
    chance = segmenter.decode(embedding, Prompt(boxes=boxes))
    return redrawn(labels, tissues, chance >= 0.5), chance


def _refuse_foreign(boxes: Boxes, study: Study) -> None:
    unknown = sorted(set(boxes) - set(study.indices))
    if unknown:
        raise PromptError(
            f"boxes name slice {unknown[0]}, but the study's slices are "
            f"{min(study.indices)} to {max(study.indices)}"
        )
    rows, cols = study.slices[0].shape
    for index, drawn in boxes.items():
        for box in drawn:
            if box.bottom <= 0 or box.right <= 0 or box.top >= rows or box.left >= cols:
                raise PromptError(
                    f"a box of slice {index} lies outside the {rows} x {cols} pixels of the slice"
                )


def write(report: Report, out: str | Path) -> Path:
    """All files of a report in ``out/NAME``, whole or not at all; the folder that was written."""
    return write_report(report, Path(out), page(report), overlays(report))
