"""``lgescar segment``: studies in, outlines and numbers out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lgescar.cli.systems import add_system, opened_system

if TYPE_CHECKING:
    from lgescar.core.study import Study

HELP = "outline blood pool, wall, scar and MVO of LGE studies, and measure them"
EXAMPLE = "lgescar segment exam/ patient.nii.gz --out results"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar segment``."""
    parser.add_argument(
        "input",
        nargs="+",
        type=Path,
        metavar="INPUT",
        help="DICOM folder, file or zip; NIfTI file; folder or file of PNG/TIFF",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="results go here")
    add_system(parser)
    parser.add_argument(
        "--spacing",
        type=_spacing,
        metavar="ROW,COL,STEP",
        help="millimetres between rows, columns and slices, for files that do not say",
    )
    parser.add_argument("--series", metavar="UID", help="the series to take, where several fit")
    parser.add_argument(
        "--strict", action="store_true", help="refuse where a choice would have to be made"
    )


def run(args: argparse.Namespace) -> int:
    """Segment every input; the worst exit code of them."""
    from lgescar.core.errors import InputError, LgescarError
    from lgescar.read.ahead import reading_ahead

    names = _names(args.input, args.out)
    how = {"spacing_mm": args.spacing, "series": args.series, "strict": args.strict}
    worst, reported = 0, []
    with reading_ahead(args.input, **how) as studies:
        system = opened_system(args)
        for path, name, study in zip(_shown(args.input), names, studies, strict=True):
            try:
                reported.append(_one(study.result(), name, args, system))
            except LgescarError as error:
                if len(names) == 1 or not isinstance(error, InputError):
                    raise
                print(f"lgescar: {path.name}: {error}", file=sys.stderr)
                worst = max(worst, error.exit_code)
    if args.json:
        print(json.dumps(reported if len(names) > 1 else reported[0], allow_nan=False))
    return worst


def _names(paths: list[Path], out: Path) -> list[str]:
    """The folder in ``out`` of each input's result."""
    from lgescar.read.names import study_name
    from lgescar.write.folder import distinct_names, refuse_replacing

    names = distinct_names(map(study_name, paths))
    refuse_replacing(paths, (out / name for name in names))
    return names


def _one(
    study: Study, name: str, args: argparse.Namespace, system: dict[str, Any]
) -> dict[str, Any]:
    """Outline a study, write its folder and print it, or give it for ``--json``."""
    from lgescar import pipeline
    from lgescar.report.table import summary
    from lgescar.write.report_json import report_to_json

    report = pipeline.run(study, **system)
    folder = pipeline.write(report, args.out, name)
    if args.json:
        return report_to_json(report)
    print(f"{summary(report)}\n{folder / 'report.html'}\n")
    return {}


def _shown(paths: list[Path]) -> Iterable[Path]:
    """The inputs, with a progress bar on a terminal where there are several."""
    from tqdm import tqdm

    shown: Iterable[Path] = tqdm(paths, unit="study", disable=None if len(paths) > 1 else True)
    return shown


def _spacing(text: str) -> tuple[float, float, float]:
    from lgescar.core.errors import InputError
    from lgescar.read.spacing import spacing_of

    try:
        return spacing_of(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
