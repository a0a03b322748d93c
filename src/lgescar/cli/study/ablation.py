"""``lgescar study ablation``: variants of the loss."""

from __future__ import annotations

import argparse

from lgescar.cli.study.arguments import add_cohorts, add_finder, add_out, add_recipe, run_study

HELP = "train variants of one recipe side by side, such as losses, and compare them"
EXAMPLE = "lgescar study ablation --recipe recipes/studies/ablation.toml --out ablation"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study ablation``."""
    add_recipe(parser)
    add_cohorts(parser)
    add_finder(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("ablation", args)
