"""``lgescar study``: the papers' experiments, on your cohorts or on simulated patients."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

HELP = "run an experiment of the papers: what the loss, boxes, noisy labels or a new cohort do"
EXAMPLE = "lgescar study ablation --recipe recipes/studies/ablation.toml --out ablation"
STUDIES = {
    "ablation": "lgescar.studies.ablation",
    "noise": "lgescar.studies.noise",
    "boxes": "lgescar.studies.boxes",
    "generalise": "lgescar.studies.generalise",
    "repeatability": "lgescar.studies.repeatability",
    "phenotype": "lgescar.studies.phenotype",
}
"""Word → module with ``study(request)``, its ``RECIPE`` class and whether it ``TRAINS``; where they
are its own, ``PAGE``, the module that says what it found, and what it ``NEEDS`` of the extra."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of every study."""
    parser.add_argument(
        "what",
        choices=tuple(STUDIES),
        help="ablation: variants of the loss; noise: labels by simulated readers, scored against "
        "the true scar; boxes: worse and worse boxes; generalise: a cohort that did not teach; "
        "repeatability: the same patients read again; phenotype: what tells acute from chronic "
        "scar",
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="of the study; not needed "
                        "with --readings or --groups")  # fmt: skip
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
        help="whom boxes, repeatability and phenotype ask (default: default)",
    )  # fmt: skip
    parser.add_argument(
        "--finder", type=Path, default=Path("default"), metavar="NAME|PATH",
        help="bundle that finds the heart for segmenters that cannot, and never met the patients "
        "asked (default: default)",
    )  # fmt: skip
    parser.add_argument(
        "--readings",
        nargs="+",
        default=[],
        metavar="READER[/SESSION]=DIR",
        help="repeatability of outlines made by people, in place of --recipe: two folders or more",
    )
    parser.add_argument(
        "--groups",
        nargs=2,
        default=(),
        metavar="NAME=DIR",
        help="phenotype: two folders of label maps, the second is what is looked for; simulated "
        "acute and chronic patients where not given",
    )


def run(args: argparse.Namespace) -> int:
    """Run the study, write its page, print it."""
    from lgescar.cli.extras import needs

    needs("matplotlib", "study")
    from lgescar.core.errors import UsageError
    from lgescar.studies.request import Request

    for option, given, taken_by in (
        ("--readings", args.readings, "repeatability"),
        ("--groups", args.groups, "phenotype"),
    ):
        if given and args.what != taken_by:
            raise UsageError(f"{option} is for {taken_by}; {args.what} takes no such folders")
    module = import_module(STUDIES[args.what])
    for package in getattr(module, "NEEDS", ()):
        needs(package, "study")
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
            finder=args.finder,
            training=training,
            readings=tuple(args.readings),
            groups=tuple(map(_group, args.groups)),
        )
    )
    page = import_module(getattr(module, "PAGE", "lgescar.studies.page"))
    print(json.dumps(page.as_json(found), allow_nan=False) if args.json else page.markdown(found))
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
