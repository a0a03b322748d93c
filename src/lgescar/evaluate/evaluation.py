"""One system on a set of patients: scores, and every file that reports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lgescar.core.errors import UsageError
from lgescar.evaluate.agreement import MARGIN_PERCENT
from lgescar.evaluate.calibration import Calibration, calibrations
from lgescar.evaluate.cohort import label_sha256, score_cohorts
from lgescar.evaluate.compare import contrasts
from lgescar.evaluate.gallery import Tile, worst_tiles, write_gallery
from lgescar.evaluate.pages import (
    calibration_sections,
    cohort_sections,
    contrast_sections,
    emidec_sections,
    strata_sections,
)
from lgescar.evaluate.plots import write_plots
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.strata import Stratum, given_strata, quality_strata, read_strata
from lgescar.evaluate.summary import emidec_summaries, summaries
from lgescar.evaluate.table import Section, as_latex, as_markdown
from lgescar.evaluate.tables import (
    about_run,
    agreement_csv,
    cohorts_csv,
    contrasts_csv,
    emidec_csv,
    outcomes_csv,
    patients_csv,
    record_text,
    scores_json,
    strata_csv,
    write_files,
)

COMPARISON_FORMAT = "lgescar-comparison/1"


@dataclass(frozen=True, slots=True)
class Options:
    """What an evaluation is to do: the command's words, and its options."""

    command: Sequence[str]
    seed: int = 1
    margin_percent: float = MARGIN_PERCENT
    emidec_compatible: bool = False
    plots: bool = False
    images: Path | None = None
    strata: Path | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """Texts by file name, the record among them, and the page that is printed."""

    files: dict[str, str]
    record: dict[str, Any]
    page: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one system, their pages, and what its pictures show."""

    scores: tuple[PatientScore, ...]
    pages: Pages
    plots: bool
    tiles: tuple[Tile, ...]
    calibrations: dict[str, Calibration]


def evaluated(
    predictions: Path, references: Path, patients: Sequence[str] | None, options: Options
) -> Evaluation:
    """Score one system; raises as ``score_cohorts`` and ``read_strata``."""
    found = score_cohorts(
        predictions, references, patients, images=options.images, emidec=options.emidec_compatible
    )
    scores, images = found.scores, found.qualities
    cohorts = summaries(scores, seed=options.seed, margin_percent=options.margin_percent)
    calibrated = calibrations(found.claims, scores, seed=options.seed)
    sections = cohort_sections(cohorts) + calibration_sections(calibrated)
    record = scores_json(cohorts, calibrated, command=options.command, seed=options.seed)
    record["margin_percent"] = options.margin_percent
    record["labels_sha256"] = label_sha256(predictions, references, patients)
    files = {
        "patients.csv": patients_csv(scores, images),
        "cohorts.csv": cohorts_csv(cohorts),
        "outcomes.csv": outcomes_csv(cohorts),
        "agreement.csv": agreement_csv(cohorts),
    }
    measured = quality_strata(scores, images, seed=options.seed) if images else []
    given = _as_graded(scores, options)
    if measured or given:
        sections += strata_sections(measured, given)
        record["strata"] = [asdict(stratum) for stratum in (*measured, *given)]
        files["strata.csv"] = strata_csv((*measured, *given))
    if options.emidec_compatible:
        emidec = emidec_summaries(found.emidec, seed=options.seed)
        sections += emidec_sections(emidec)
        record["emidec"] = {cohort.cohort: asdict(cohort) for cohort in emidec}
        files["emidec.csv"] = emidec_csv(found.emidec)
    pages = _pages("scores", files, record, sections)
    tiles: tuple[Tile, ...] = ()
    if options.plots and options.images is not None:
        tiles = tuple(worst_tiles(predictions, references, options.images, scores))
    return Evaluation(scores, pages, options.plots, tiles, calibrated)


def _as_graded(scores: Sequence[PatientScore], options: Options) -> list[Stratum]:
    if options.strata is None:
        return []
    return given_strata(scores, read_strata(options.strata, scores), seed=options.seed)


def written(out: Path, evaluation: Evaluation) -> None:
    """Tables into ``out``, pictures into ``out/plots``."""
    write_files(out, evaluation.pages.files)
    if evaluation.plots:
        write_plots(out / "plots", evaluation.scores, evaluation.calibrations)
    if evaluation.tiles:
        write_gallery(out / "plots" / "worst.png", evaluation.tiles)


def compared(systems: dict[str, Evaluation], options: Options) -> Pages:
    """The systems against each other, first to last as they were named."""
    found = contrasts({name: s.scores for name, s in systems.items()}, seed=options.seed)
    sections = contrast_sections(found)
    record = {
        "format": COMPARISON_FORMAT,
        **about_run(options.command, options.seed),
        "systems": list(systems),
        "contrasts": [asdict(contrast) for contrast in found],
    }
    return _pages("comparison", {"comparison.csv": contrasts_csv(found)}, record, sections)


def _pages(
    name: str, tables: dict[str, str], record: dict[str, Any], sections: Sequence[Section]
) -> Pages:
    """The tables, and the record and the page under ``name``."""
    page = as_markdown(sections)
    about = {
        f"{name}.json": record_text(record),
        f"{name}.md": page,
        f"{name}.tex": as_latex(sections),
    }
    return Pages({**tables, **about}, record, page)


def systems_named(given: Sequence[str]) -> dict[str, Path]:
    """Folders of predictions by the system's name: ``NAME=DIR``, or the folder's own name.

    Raises:
        UsageError: two have one name, or a name is none.
    """
    named: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not equals or Path(text).is_dir():
            name, folder = Path(text).resolve().name, text
        if name in ("", ".", "..") or "/" in name or name in named:
            raise UsageError(
                f"{name or text!r} cannot name one of several sets of predictions; give each a "
                "name of its own: --predictions NAME=DIR"
            )
        named[name] = Path(folder)
    return named
