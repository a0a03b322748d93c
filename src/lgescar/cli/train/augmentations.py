"""``lgescar train augmentations``: what a recipe's augmentation makes of slices."""

from __future__ import annotations

import argparse
import json

from lgescar.cli.train.arguments import COHORTS, add_data, add_out, add_recipe, add_seed

HELP = "draw a contact sheet of a recipe's augmentations"
EXAMPLE = "lgescar train augmentations --recipe recipes/default/recipe.toml --out sheet"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train augmentations``."""
    add_recipe(parser)
    add_data(parser, f"{COHORTS}; simulated patients where not given", required=False)
    add_out(parser, "folder for views.png")
    add_seed(parser, "seed of the augmentations")


def run(args: argparse.Namespace) -> int:
    """Draw the sheet."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.train.contact_sheet import recipe_sheet

    path = recipe_sheet(args.recipe, args.data, args.out / "views.png", args.seed)
    print(json.dumps({"views": str(path)}) if args.json else f"written: {path}")
    return 0
