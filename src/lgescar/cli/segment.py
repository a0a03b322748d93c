"""``lgescar segment``: studies in, outlines and numbers out."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lgescar.core.report import Report
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
    parser.add_argument(
        "--bundle", metavar="NAME|PATH", help="what finds the heart and outlines its wall: default"
    )
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument(
        "--boxes", type=Path, metavar="FILE", help="JSON of boxes that replace the detector's"
    )
    boxes.add_argument(
        "--detector", metavar="NAME|PATH", help="old: the part of --system before the plus"
    )
    parser.add_argument("--segmenter", metavar="NAME|PATH", help="old: --system")
    parser.add_argument(
        "--system",
        metavar="NAME",
        help="what outlines scar: a threshold rule such as fwhm-remote, a trained segmenter or "
        "bundle by name or path, or DETECTOR+SEGMENTER; the bundle's own network if not given",
    )
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

    _refuse_clashes(args.input, args.out)
    worst, reported = 0, []
    with _Reading(args) as reading:
        system = _system(args)
        for path in _shown(args.input):
            try:
                report, folder = _one(reading.next(), args, system)
            except LgescarError as error:
                if len(args.input) == 1 or not isinstance(error, InputError):
                    raise
                print(f"lgescar: {path.name}: {error}", file=sys.stderr)
                worst = max(worst, error.exit_code)
                continue
            reported.append(_reported(report, folder, as_json=args.json))
    if args.json:
        print(json.dumps(reported if len(args.input) > 1 else reported[0], allow_nan=False))
    return worst


def _system(args: argparse.Namespace) -> dict[str, Any]:
    """What outlines scar, and in which boxes; its libraries take a second to load."""
    from lgescar import pipeline
    from lgescar.core.errors import UsageError
    from lgescar.outline.systems import NetworkSystem, open_system
    from lgescar.read.boxes import read_boxes

    name = _system_name(args)
    system = open_system(name, args.bundle or "default")
    if name is not None and args.bundle is not None and isinstance(system, NetworkSystem):
        raise UsageError("--system is a bundle, which finds the heart itself: leave --bundle out")
    pipeline.load(system.bundle)
    boxes = None if args.boxes is None else read_boxes(args.boxes)
    return {"system": system, "boxes": boxes}


def _system_name(args: argparse.Namespace) -> str | None:
    """The system's name; that of the old options, with a line that says so."""
    from lgescar.core.errors import UsageError

    old = [name for name in (args.detector, args.segmenter) if name is not None]
    if not old:
        return None if args.system is None else str(args.system)
    if args.system is not None:
        raise UsageError("--system takes the place of --detector and --segmenter: give it alone")
    name = "+".join(map(str, old))
    print(f"lgescar: --detector and --segmenter are old: use --system {name}", file=sys.stderr)
    return name


class _Reading:
    """The studies of a command, each read in its child process while the one before is outlined."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._waiting = iter(args.input)
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> _Reading:
        self._ahead = self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def next(self) -> Future[Study]:
        """The next study, once read, or why it cannot be."""
        ready, self._ahead = self._ahead, None
        assert ready is not None  # one for each input
        wait([ready])
        self._ahead = self._start()
        return ready

    def _start(self) -> Future[Study] | None:
        from lgescar.read import read_study

        path = next(self._waiting, None)
        if path is None:
            return None
        how = {"spacing_mm": self._args.spacing, "series": self._args.series}
        return self._pool.submit(read_study, path, strict=self._args.strict, **how)


def _one(
    study: Future[Study], args: argparse.Namespace, system: dict[str, Any]
) -> tuple[Report, Path]:
    from lgescar import pipeline

    report = pipeline.run(study.result(), **system)
    return report, pipeline.write(report, args.out)


def _reported(report: Report, folder: Path, *, as_json: bool) -> dict[str, object]:
    if as_json:
        from lgescar.write.report_json import report_to_json

        return report_to_json(report)
    from lgescar.report.table import summary

    print(summary(report))
    print(f"{folder / 'report.html'}\n")
    return {}


def _shown(paths: list[Path]) -> list[Path]:
    """The inputs, with a progress bar on a terminal where there are several."""
    if len(paths) == 1:
        return paths
    from tqdm import tqdm

    bar: list[Path] = tqdm(paths, unit="study", disable=None)
    return bar


def _refuse_clashes(paths: list[Path], out: Path) -> None:
    """No result may take the place of another input's result, or of an input."""
    from lgescar.core.errors import UsageError
    from lgescar.read.names import study_name
    from lgescar.write.folder import folder_name

    names: dict[str, Path] = {}
    for path in paths:
        name = folder_name(study_name(path))
        if names.setdefault(name, path) != path:
            raise UsageError(f"two inputs would both be written to {name!r}; rename one of them")
        if (out / name).resolve() in (path.resolve(), *path.resolve().parents):
            raise UsageError(f"the result would replace the input {name!r}; choose another --out")


def _spacing(text: str) -> tuple[float, float, float]:
    from lgescar.core.errors import InputError
    from lgescar.read.spacing import spacing_of

    try:
        return spacing_of(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
