"""``lgescar study phenotype``: which features distinguish acute from chronic scar."""

from __future__ import annotations

import argparse
from pathlib import Path

from lgescar.cli.study.arguments import add_bundle, add_out, add_recipe, run_study

HELP = "find the features that distinguish acute from chronic scar, or any two groups"
EXAMPLE = "lgescar study phenotype --groups acute=acute-masks chronic=chronic-masks --out phenotype"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar study phenotype``."""
    parser.add_argument(
        "--groups",
        nargs=2,
        default=(),
        metavar="NAME=DIR",
        help="two folders of label maps, the second is the positive group; simulated acute and "
        "chronic patients where not given",
    )
    add_recipe(parser, "; not needed with --groups", required=False)
    add_bundle(parser, "model that predicts the masks of simulated patients")
    add_out(parser)


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    return run_study("phenotype", args, groups=tuple(map(_group, args.groups)))


def _group(text: str) -> tuple[str, Path]:
    """``NAME=DIR``.

    Raises:
        UsageError: anything else.
    """
    from lgescar.core.errors import UsageError

    name, equals, folder = text.partition("=")
    if not (equals and name and Path(folder).is_dir()):
        raise UsageError(f"a group is NAME=DIR with a folder of label maps, found {text!r}")
    return name, Path(folder)
