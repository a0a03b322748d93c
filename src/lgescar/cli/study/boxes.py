"""``lgescar study boxes``: worse and worse boxes."""

from __future__ import annotations

import argparse

from lgescar.cli.study.arguments import (
    add_bundle,
    add_cohorts,
    add_finder,
    add_out,
    add_recipe,
    run_study,
)

HELP = "shift, scale, drop and invent boxes, and measure what each costs a segmenter"
EXAMPLE = "lgescar study boxes --recipe recipes/studies/boxes.toml --out boxes"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study boxes``."""
    add_recipe(parser)
    add_cohorts(parser)
    add_bundle(parser, "segmenter that the boxes prompt")
    add_finder(parser)
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("boxes", args)
