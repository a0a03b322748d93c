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
    "phenotype": "lgescar.evaluate.studies.phenotype",
}
"""Word → module with ``study(request)``, its ``RECIPE`` class, and whether it ``TRAINS``; perhaps
what it ``NEEDS`` of the extra ``study``, and ``as_json`` and ``markdown`` of its own."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of every study."""
    parser.add_argument(
        "what",
        choices=tuple(STUDIES),
        help="ablation: variants of the loss; noise: labels by simulated readers, scored against "
        "the true scar; boxes: worse and worse boxes; generalise: a cohort that did not teach; "
        "phenotype: what tells acute from chronic scar",
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="of the study; only phenotype "
                        "with --groups goes without")  # fmt: skip
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
        help="whom boxes and phenotype ask (default: default)",
    )  # fmt: skip
    parser.add_argument(
        "--groups", nargs=2, default=(), metavar="NAME=DIR",
        help="phenotype: two folders of label maps; the second is what is looked for; simulated "
        "acute and chronic patients where not given",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    from lgescar.cli.extras import needs

    needs("matplotlib", "study")
    from lgescar.evaluate.studies import page
    from lgescar.evaluate.studies.request import Request

    module = import_module(STUDIES[args.what])
    for package in getattr(module, "NEEDS", ()):
        needs(package, "study")
    training = None
    if module.TRAINS:
        needs("torch", "train")
        training = import_module("lgescar.train.kinds")
    found = module.study(
        Request(
            recipe_file=args.recipe,
            data=tuple(args.data),
            out=args.out,
            command=" ".join(args.command),
            split=args.split,
            bundle=args.bundle,
            training=training,
            groups=tuple(map(_group, args.groups)),
        )
    )
    shown = module if hasattr(module, "markdown") else page
    told = shown.as_json(found) if args.json else shown.markdown(found)
    print(json.dumps(told, allow_nan=False) if args.json else told)
    return 0


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
