"""``lgescar train``: a recipe and labelled cohorts in, a run folder out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "train the networks of a recipe on labelled cohorts (needs the train extra)"
EXAMPLE = "lgescar train segmenter --recipe recipes/default/recipe.toml --data cohorts --out run"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of CONTRACT's ``train``."""
    parser.add_argument(
        "what",
        choices=("segmenter",),
        help="segmenter: what the recipe's kind says, the default bundle or SAM",
    )
    parser.add_argument("--recipe", type=Path, required=True, metavar="FILE", help="a TOML recipe")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        nargs="+",
        metavar="DIR",
        help="cohort folders, or folders of them; a cohort holds images/ and labels/",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")


def run(args: argparse.Namespace) -> int:
    """Train to the end of the recipe's schedule."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.train.kinds import train

    scores = train(args.recipe, args.data, args.out, resume=args.resume)
    print(json.dumps(scores) if args.json else f"trained: {args.out}\n{scores}")
    return 0
