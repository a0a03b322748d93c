"""``lgescar train run``: a recipe and labelled cohorts in, a run's folder out."""

from __future__ import annotations

import argparse
import json

from lgescar.cli.train.arguments import COHORTS, add_data, add_out, add_recipe

HELP = "train what a recipe describes: its kind names the network"
EXAMPLE = "lgescar train run --recipe recipes/default/recipe.toml --data cohorts --out run"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train run``."""
    add_recipe(parser)
    add_data(parser, f"{COHORTS} (not needed by a recipe of simulated patients)", required=False)
    add_out(parser, "the run's folder")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")


def run(args: argparse.Namespace) -> int:
    """Train to the end of the recipe's schedule."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.train.kinds import train
    from lgescar.train.processes import processes

    scores = train(args.recipe, args.data or [], args.out, resume=args.resume)
    if processes().main:
        print(json.dumps(scores) if args.json else f"trained: {args.out}\n{scores}")
    return 0
