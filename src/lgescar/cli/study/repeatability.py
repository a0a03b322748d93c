"""``lgescar study repeatability``: the same patients read again."""

from __future__ import annotations

import argparse

from lgescar.cli.study.arguments import add_bundle, add_finder, add_out, add_recipe, run_study

HELP = "compare readings of the same patients, by people or by simulated readers"
EXAMPLE = "lgescar study repeatability --readings A/1=first A/2=again B=other --out repeatability"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study repeatability``."""
    parser.add_argument(
        "--readings",
        nargs="+",
        default=[],
        metavar="READER[/SESSION]=DIR",
        help="outlines made by people, in place of --recipe: two folders or more",
    )
    add_recipe(parser, ", here of simulated readers; not with --readings", required=False)
    add_bundle(parser, "model that simulated readers prompt")
    add_finder(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("repeatability", args, readings=tuple(args.readings))
