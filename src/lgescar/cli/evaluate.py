"""``lgescar evaluate``: how right the outlines of a cohort are."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "compare predicted label maps with references, patient by patient and cohort by cohort"
EXAMPLE = "lgescar evaluate --predictions results --references cohort --out scores"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar evaluate``."""
    parser.add_argument(
        "--predictions",
        action="append",
        required=True,
        metavar="[NAME=]DIR",
        help="NAME/labels.nii.gz as segment writes them, or NAME.nii.gz; cohorts in subfolders; "
        "given again, the systems are compared patient by patient",
    )
    parser.add_argument(
        "--references",
        type=Path,
        required=True,
        metavar="DIR",
        help="labels/NAME.nii.gz or NAME.nii.gz, or a folder of cohorts with labels/ in each",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="tables go here")
    parser.add_argument("--split", type=Path, metavar="FILE", help="evaluate a part of this split")
    parser.add_argument("--part", default="validation", help="the part (default: validation)")
    parser.add_argument(
        "--emidec-compatible",
        action="store_true",
        help="add the EMIDEC challenge's own numbers, for comparison with its ranking only",
    )
    parser.add_argument(
        "--margin",
        type=float,
        default=2.5,
        metavar="PERCENT",
        help="mean error of scar, in %% of LV, that counts as equivalent (default: 2.5)",
    )
    parser.add_argument("--plots", action="store_true", help="pictures too, into OUT/plots")
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="[COHORT/]images/NAME.nii.gz: quality of the images and tables by it; with --plots a "
        "gallery of the worst patients too",
    )
    parser.add_argument(
        "--strata",
        type=Path,
        metavar="FILE",
        help="CSV with the column patient and others, such as a reader's grade, for tables by them",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Score, write the tables, print the page or the record."""
    from lgescar.cli.extras import needs
    from lgescar.core.errors import UsageError
    from lgescar.evaluate.cohort import part_of
    from lgescar.evaluate.evaluation import Options, compared, evaluated, systems_named, written
    from lgescar.evaluate.tables import write_files
    from lgescar.read.splits import read_split

    if not 0.0 < args.margin < 100.0:
        raise UsageError(f"--margin is a share of the LV in percent, found {args.margin:g}")
    if args.plots:
        needs("matplotlib", "study")
    systems = systems_named(args.predictions)
    patients = None
    if args.split is not None:
        patients = part_of(read_split(args.split), args.part, args.references)
    options = Options(
        args.command,
        seed=args.seed,
        margin_percent=args.margin,
        emidec_compatible=args.emidec_compatible,
        plots=args.plots,
        images=args.images,
        strata=args.strata,
    )
    found = {n: evaluated(at, args.references, patients, options) for n, at in systems.items()}
    several = len(found) > 1
    for name, evaluation in found.items():
        written(args.out / name if several else args.out, evaluation)
    pages = compared(found, options) if several else next(iter(found.values())).pages
    if several:
        write_files(args.out, pages.files)
    print(json.dumps(pages.record, allow_nan=False) if args.json else pages.page)
    return 0
