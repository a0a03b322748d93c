"""``lgescar train crossval``: every patient outlined by a bundle trained without them."""

from __future__ import annotations

import argparse
import json

from lgescar.cli.train.arguments import COHORTS, add_data, add_out, add_recipe, add_seed

HELP = "train a bundle without each fold of the patients and outline that fold with it"
EXAMPLE = "lgescar train crossval --recipe recipes/default/recipe.toml --data cohorts --out cv"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train crossval``."""
    add_recipe(parser)
    add_data(parser, COHORTS)
    add_out(parser, "folder of the folds; the same command again goes on where it stopped")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--folds", type=int, default=5, metavar="N", help="number of folds")
    how.add_argument(
        "--by-cohort", action="store_true", help="each cohort is a fold, in place of --folds"
    )
    add_seed(parser, "seed of the folds")
    parser.add_argument(
        "--fold",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="this fold only, from 1; may be given several times",
    )
    parser.add_argument(
        "--final",
        action="store_true",
        help="then train a bundle on all patients, its cutoffs chosen by the predictions of the "
        "folds, each of patients held out from its training (OUT/final/bundle)",
    )


def run(args: argparse.Namespace) -> int:
    """Train the folds, then outline their patients."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.train.folds import Folds, cross_validate

    count = None if args.by_cohort else args.folds
    folds = Folds(count, args.seed, tuple(args.fold), args.final)
    masks = cross_validate(args.recipe, args.data, args.out, folds)
    found = {"predictions": str(masks), "patients": len(list(masks.glob("*/*/labels.nii.gz")))}
    sentence = (
        f"{found['patients']} patients outlined in {masks}; compare them with\n"
        f"lgescar evaluate --predictions {masks} --references DIR --out DIR"
        if found["patients"]
        else f"trained in {args.out}; patients are outlined once every fold is trained"
    )
    print(json.dumps(found) if args.json else sentence)
    return 0
