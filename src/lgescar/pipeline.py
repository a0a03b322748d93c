"""The line: find the heart, outline its tissues, measure, report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from lgescar.bundle import Bundle, SingleModel, open_bundle, open_detector
from lgescar.core.box import Box
from lgescar.core.errors import PromptError, UsageError
from lgescar.core.image import Slice
from lgescar.core.provenance import Provenance
from lgescar.core.report import Report, SliceResult
from lgescar.core.study import Note, Study
from lgescar.detect.heart import find_heart
from lgescar.detect.learned import LearnedDetector, detected, detector_frame
from lgescar.detect.simple import scar_boxes
from lgescar.measure.report import Span, measured
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid
from lgescar.report.figures import overlays
from lgescar.report.html import page, template
from lgescar.segment.choose import Chosen, choose_segmenter
from lgescar.segment.lesions import believed
from lgescar.segment.scar import Look, ScarOutliner
from lgescar.write import write_report

Boxes = Mapping[int, Sequence[Box]]
"""Boxes by slice index on the input's grid."""


def run(
    study: Study,
    bundle: Bundle | str | Path = "default",
    boxes: Boxes | None = None,
    *,
    detector: SingleModel | str | Path | None = None,
    segmenter: Chosen | str | Path | None = None,
) -> Report:
    """Scar of a study: outlined by the bundle's network, or inside ``boxes`` where given.

    With ``boxes`` a slice that is not named has no scar. A trained ``detector`` proposes boxes
    in their place. A trained ``segmenter`` outlines the scar in each box, those of the bundle's
    own scar map where there are no others; a threshold rule, by name, needs none and decides in
    the wall that the bundle outlines.

    Raises:
        ModelError: a model is missing, damaged or of another kind.
        PromptError: a box names no slice of the study, or lies away from the heart.
        UsageError: both boxes and a detector were given.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    if boxes is not None:
        if detector is not None:
            raise UsageError("give boxes or a detector, not both: the boxes replace its own")
        _refuse_foreign(boxes, study)
    chosen = choose_segmenter(segmenter) if isinstance(segmenter, str | Path) else segmenter
    model = open_detector(detector) if isinstance(detector, str | Path) else detector
    heart = find_heart(study, opened)
    outliner = ScarOutliner(opened, heart.frame, chosen)
    learned = None if model is None else _learned(model, opened, heart.frame)
    discs = dict(zip(study.indices, heart.discs, strict=True))
    asked, dropped = _asked(study, boxes, learned, lambda i, box: outliner.sees(box, discs[i]))
    results, span = _outlined(study, discs, outliner, asked)
    source = "none" if asked is None and outliner.is_rule else "detected"
    settings = {
        "boxes": source if boxes is None else "given",
        **({} if learned is None else {"detector": learned.settings()}),
        **outliner.settings(prompted=asked is not None),
    }
    came_from = Provenance(opened.card.name, opened.sha256, settings)
    return measured(study, results, (*heart.notes, *dropped), came_from, span)


def load(bundle: Bundle) -> None:
    """Load what the first study would wait for, while it is still being read."""
    import PIL.Image  # noqa: F401

    bundle.load()
    template()


def looked_over(
    study: Study, bundle: Bundle, chosen: Chosen | None = None
) -> tuple[ScarOutliner, list[Look]]:
    """The bundle laid over a study's heart, and what it sees of each slice unasked."""
    heart = find_heart(study, bundle)
    outliner = ScarOutliner(bundle, heart.frame, chosen)
    shown = zip(study.slices, heart.discs, strict=True)
    return outliner, [outliner.look(image, disc) for image, disc in shown]


def _outlined(
    study: Study, discs: Mapping[int, PolarGrid], outliner: ScarOutliner, asked: Boxes | None
) -> tuple[list[SliceResult], Span | None]:
    """Every slice outlined; the span of scar where the bundle found it unasked."""
    unasked = asked is None and outliner.alone
    results, ends = [], []
    for image, index in _shown(study):
        look = outliner.look(image, discs[index])
        results.append(_result(look, outliner, None if asked is None else asked.get(index, ())))
        if unasked:
            ends.append(outliner.ends(look))
    if not unasked:
        return results, None
    found = [one.labels for one in results]
    labels, span = believed(found, ends, outliner.least_lesion_percent)
    chances = [one.scar_probability for one in results]
    kept = zip(labels, chances, strict=True)
    return [SliceResult(m, chance, scar_boxes(m.scar, chance)) for m, chance in kept], span


def _shown(study: Study) -> Iterable[tuple[Slice, int]]:
    """Slices and their indices, with a progress bar on a terminal where they take a while."""
    bar: Iterable[tuple[Slice, int]] = tqdm(
        list(zip(study.slices, study.indices, strict=True)),
        desc=study.name,
        unit="slice",
        delay=1.0,
        leave=False,
        disable=None,
    )
    return bar


def _result(look: Look, outliner: ScarOutliner, asked: Sequence[Box] | None) -> SliceResult:
    boxes = None if asked is None else tuple(asked)
    if boxes is None and outliner.is_rule:
        return SliceResult(*outliner.in_wall(look))
    if boxes is None and outliner.alone:
        return SliceResult(look.labels, look.chance)
    if boxes is None:
        boxes = tuple(filter(outliner.seen.sees, scar_boxes(look.labels.scar, look.chance)))
    return SliceResult(*outliner.in_boxes(look, boxes), boxes)


def _learned(detector: SingleModel, bundle: Bundle, heart: Frame) -> LearnedDetector:
    pixel_mm = bundle.card.preparation.frame_pixel_mm
    return LearnedDetector(
        detector, detector_frame(heart.shape, heart, pixel_mm, detector.card.preparation)
    )


def _asked(
    study: Study,
    boxes: Boxes | None,
    detector: LearnedDetector | None,
    sees: Callable[[int, Box], bool],
) -> tuple[Boxes | None, tuple[Note, ...]]:
    """Boxes to ask about, given or detected; None where there is neither.

    A person is told of boxes that say nothing; a detector's are left out with a note.
    """
    if boxes is not None:
        for index, drawn in boxes.items():
            if drawn and not any(sees(index, box) for box in drawn):
                raise PromptError(
                    f"every box of slice {index} lies away from the heart; draw them on the wall"
                )
        return boxes, ()
    if detector is None:
        return None, ()
    found = detected(study, detector)
    kept = {index: tuple(b for b in drawn if sees(index, b)) for index, drawn in found.items()}
    count = sum(map(len, found.values())) - sum(map(len, kept.values()))
    if not count:
        return kept, ()
    text = f"boxes of the detector that lie away from the heart and were left out: {count}"
    return kept, (Note("boxes-left-out", text),)


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
