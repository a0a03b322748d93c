"""``lgescar evaluate``: how right the outlines of a cohort are."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

HELP = "compare predicted label maps with references, patient by patient and cohort by cohort"
EXAMPLE = "lgescar evaluate --predictions results --references cohort --out scores"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of CONTRACT's ``evaluate``."""
    parser.add_argument(
        "--predictions",
        type=Path,
        required=True,
        metavar="DIR",
        help="NAME/labels.nii.gz as segment writes them, or NAME.nii.gz; cohorts in subfolders",
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
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Score, write the tables, print the page or the record."""
    from lgescar.evaluate.cohort import part_of, score_as_emidec, score_cohorts
    from lgescar.evaluate.layout import as_markdown
    from lgescar.evaluate.pages import cohort_sections, emidec_sections
    from lgescar.evaluate.summary import emidec_summaries, summaries
    from lgescar.evaluate.tables import (
        emidec_csv,
        patients_csv,
        record_text,
        scores_json,
        write_files,
    )
    from lgescar.read.splits import read_split

    patients = None
    if args.split is not None:
        patients = part_of(read_split(args.split), args.part, args.references)
    scores = score_cohorts(args.predictions, args.references, patients)
    cohorts = summaries(scores, seed=args.seed)
    sections = cohort_sections(cohorts)
    record = scores_json(cohorts, command=args.command, seed=args.seed)
    files = {"patients.csv": patients_csv(scores)}
    if args.emidec_compatible:
        ranked = score_as_emidec(args.predictions, args.references, patients)
        emidec = emidec_summaries(ranked, seed=args.seed)
        sections += emidec_sections(emidec)
        record["emidec"] = {cohort.cohort: asdict(cohort) for cohort in emidec}
        files["emidec.csv"] = emidec_csv(ranked)
    page = as_markdown(sections)
    files |= {"scores.json": record_text(record), "scores.md": page}
    write_files(args.out, files)
    print(json.dumps(record, allow_nan=False) if args.json else page)
    return 0
