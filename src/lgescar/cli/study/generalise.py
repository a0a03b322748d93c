"""``lgescar study generalise``: a cohort that was held out of training."""

from __future__ import annotations

import argparse

from lgescar.cli.study.arguments import add_cohorts, add_finder, add_out, add_recipe, run_study

HELP = "hold out each cohort, or a kind of scar, and measure what that costs"
EXAMPLE = "lgescar study generalise --recipe recipes/studies/generalise.toml --out generalise"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study generalise``."""
    add_recipe(parser)
    add_cohorts(parser)
    add_finder(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("generalise", args)
