"""``lgescar study noise``: labels by simulated readers, scored against the true scar."""

from __future__ import annotations

import argparse

from lgescar.cli.study.arguments import add_finder, add_out, add_recipe, run_study

HELP = "train on labels of simulated readers and score against the true scar"
EXAMPLE = "lgescar study noise --recipe recipes/studies/noise.toml --out noise"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study noise``."""
    add_recipe(parser)
    add_finder(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("noise", args)
