"""``lgescar study``: the papers' experiments, on your cohorts or on simulated patients."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

HELP = "run an experiment of the papers: what the loss, boxes, noisy labels or a new cohort do"
EXAMPLE = "lgescar study ablation --recipe recipes/studies/ablation.toml --out ablation"
STUDIES = {
    "ablation": "lgescar.evaluate.studies.ablation",
    "noise": "lgescar.evaluate.studies.noise",
    "boxes": "lgescar.evaluate.studies.boxes",
    "generalise": "lgescar.evaluate.studies.generalise",
    "repeatability": "lgescar.evaluate.studies.repeatability",
}
"""Word → module with ``study(request)``, its ``RECIPE`` class, whether it ``TRAINS``, and
``PAGE``, the module that says what it found, where that is not the studies' own."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of every study."""
    parser.add_argument(
        "what",
        choices=tuple(STUDIES),
        help="ablation: variants of the loss; noise: labels by simulated readers, scored against "
        "the true scar; boxes: worse and worse boxes; generalise: a cohort that did not teach; "
        "repeatability: the same patients read again",
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="of the study")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="all goes here; "
                        "the same command again goes on where it stopped")  # fmt: skip
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="cohort folders with images/ and labels/; simulated patients where not given",
    )
    parser.add_argument(
        "--split", type=Path, metavar="FILE", help="of the cohorts (lgescar train split makes one)"
    )
    parser.add_argument(
        "--bundle", type=Path, default=Path("default"), metavar="NAME|PATH",
        help="whom boxes and repeatability ask (default: default)",
    )  # fmt: skip
    parser.add_argument(
        "--readings",
        nargs="+",
        default=[],
        metavar="READER[/SESSION]=DIR",
        help="repeatability of outlines made by people, in place of --recipe: two folders or more",
    )


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    from lgescar.cli.extras import needs

    needs("matplotlib", "study")
    from lgescar.evaluate.studies.request import Request

    module = import_module(STUDIES[args.what])
    training = None
    if module.TRAINS:
        needs("torch", "train")
        training = import_module("lgescar.train.kinds")
    found = module.study(
        Request(
            recipe=args.recipe,
            data=tuple(args.data),
            out=args.out,
            command=" ".join(args.command),
            split=args.split,
            bundle=args.bundle,
            training=training,
            readings=tuple(args.readings),
        )
    )
    page = import_module(getattr(module, "PAGE", "lgescar.evaluate.studies.page"))
    print(json.dumps(page.as_json(found), allow_nan=False) if args.json else page.markdown(found))
    return 0
