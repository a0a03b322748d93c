"""``lgescar train split``: which patients train, tune and validate."""

from __future__ import annotations

import argparse
import json

from lgescar.cli.train.arguments import COHORTS, add_data, add_out, add_seed

HELP = "split the patients of cohorts 70/15/15 and describe the parts in a table"
EXAMPLE = "lgescar train split --data cohorts --out recipes/mine --seed 1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train split``."""
    add_data(parser, COHORTS)
    add_out(parser, "folder for split.json and the table, cohorts.md, .csv and .json")
    add_seed(parser, "seed of the split")


def run(args: argparse.Namespace) -> int:
    """Split, describe and store."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.read.cohort import cohort_folders
    from lgescar.read.splits import write_split
    from lgescar.train.cohorts import (
        Cohorts,
        cohort_table,
        markdown,
        split_cohorts,
        write_cohort_table,
    )

    cohorts = Cohorts.of(cohort_folders(args.data))
    rows = cohorts.rows()
    split = split_cohorts(cohorts, rows, args.seed)
    table = cohort_table(split, rows)
    write_cohort_table(table, args.out)
    write_split(split, args.out / "split.json")
    counts = {part: len(names) for part, names in split.parts.items()}
    print(json.dumps(counts) if args.json else markdown(table))
    return 0
