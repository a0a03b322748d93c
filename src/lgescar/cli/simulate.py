"""``lgescar simulate``: hearts whose scar is known, as files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "simulate LGE studies of hearts whose scar is known exactly"
EXAMPLE = "lgescar simulate --out hearts --patients 10 --seed 1 --format dicom"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar simulate``."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the cohort's folder"
    )
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="how many")
    parser.add_argument(
        "--seed", type=int, required=True, metavar="S", help="the same seed gives the same patients"
    )
    parser.add_argument("--format", choices=("nifti", "dicom", "dicom-enhanced"), default="nifti")
    parser.add_argument("--contrast", choices=("psir", "magnitude"), default="psir")
    parser.add_argument("--scar", choices=("acute", "chronic", "none", "mixed"), default="mixed")


def run(args: argparse.Namespace) -> int:
    """Write the cohort and say what is in it."""
    from tqdm import tqdm

    from lgescar.simulate.cohort import CohortPlan, write_cohort

    plan = CohortPlan(args.patients, args.seed, args.format, args.contrast, args.scar)
    rows = write_cohort(plan, args.out, lambda n: tqdm(n, unit="patient", disable=None))
    if args.json:
        print(json.dumps({"out": str(args.out), "patients": rows}, allow_nan=False))
        return 0
    scarred = sum(row["scar_mass_g"] > 0 for row in rows)
    print(f"{len(rows)} patients, {scarred} with scar; truth in {args.out / 'truth.csv'}")
    return 0
