"""The line: outline a study's tissues, measure, report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from lgescar.bundle import Bundle
from lgescar.core.report import Report
from lgescar.core.study import Study
from lgescar.measure.report import measured
from lgescar.outline.study import Boxes, OutlinedStudy
from lgescar.outline.systems import open_system
from lgescar.report.figures import overlays
from lgescar.report.html import page, template
from lgescar.write import write_report

if TYPE_CHECKING:
    from lgescar.outline.system import System


def run(
    study: Study,
    bundle: Bundle | str | Path = "default",
    boxes: Boxes | None = None,
    *,
    system: System | str | Path | None = None,
) -> Report:
    """Scar of a study: found by a system, or outlined by it inside ``boxes`` where given.

    With ``boxes`` a slice that is not named has no scar. ``system`` is a threshold rule, the name
    or path of a trained segmenter or bundle, or ``DETECTOR+SEGMENTER``; the bundle's own network
    where it is None. The bundle finds the heart and outlines its wall,
    unless the system is a bundle, too.

    Raises:
        ModelError: a model is missing, damaged or of another kind.
        PromptError: a box names no slice of the study, or lies off its pixels.
    """
    if system is None or isinstance(system, str | Path):
        system = open_system(system, bundle)

    def bar(indices: Sequence[int]) -> Iterable[int]:
        """The slices, with a progress bar on a terminal where they take a while."""
        shown: Iterable[int] = tqdm(
            indices, desc=study.name, unit="slice", delay=1.0, leave=False, disable=None
        )
        return shown

    outlined = OutlinedStudy(study, system, memory_bytes=0, shown=bar)
    outcome = outlined.automatic() if boxes is None else outlined.prompted(boxes)
    came_from = outlined.provenance(outcome.settings)
    return measured(study, outcome.results, outcome.notes, came_from, outcome.span)


def load(bundle: Bundle) -> None:
    """Load what the first study would wait for, while it is still being read."""
    import PIL.Image  # noqa: F401

    bundle.load()
    template()


def write(report: Report, out: str | Path, name: str | None = None) -> Path:
    """All files of a report, whole or not at all; the folder that was written.

    It is ``out/NAME``, where NAME is ``name`` or else the study's.
    """
    return write_report(report, Path(out), page(report), overlays(report), name)
