"""What several studies take on the command line, and how each is run."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import Any


def add_out(parser: argparse.ArgumentParser) -> None:
    """``--out``: where the study goes."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="all goes here; the same command again goes on where it stopped",
    )


def add_recipe(parser: argparse.ArgumentParser, why: str = "", *, required: bool = True) -> None:
    """``--recipe``: what is varied; ``why`` says when it is not needed."""
    parser.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        required=required,
        help=f"of the study; recipes/studies has one for every study{why}",
    )


def add_cohorts(parser: argparse.ArgumentParser) -> None:
    """``--data`` and ``--split``: a user's own patients."""
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


def add_bundle(parser: argparse.ArgumentParser, what: str) -> None:
    """``--bundle``: the model that is evaluated."""
    parser.add_argument(
        "--bundle",
        type=Path,
        default=Path("default"),
        metavar="NAME|PATH",
        help=f"{what} (default: default)",
    )


def add_finder(parser: argparse.ArgumentParser) -> None:
    """``--finder``: the bundle that finds the heart."""
    parser.add_argument(
        "--finder",
        type=Path,
        default=Path("default"),
        metavar="NAME|PATH",
        help="bundle that finds the heart for segmenters that cannot; the evaluated patients must "
        "be none of its training patients (default: default)",
    )


def run_study(name: str, args: argparse.Namespace, **more: Any) -> int:
    """Run ``lgescar.studies.NAME``, print its page; ``more`` goes into the request."""
    from lgescar.cli.extras import needs

    needs("matplotlib", "study")
    from lgescar.studies.request import Request

    module = import_module(f"lgescar.studies.{name}")
    for package in getattr(module, "NEEDS", ()):
        needs(package, "study")
    if module.TRAINS:
        needs("torch", "train")
        more["training"] = import_module("lgescar.train.kinds")
    given = {k: v for k in ("split", "bundle", "finder") if (v := getattr(args, k, None))}
    request = Request(
        recipe=args.recipe,
        data=tuple(getattr(args, "data", ())),
        out=args.out,
        command=" ".join(args.command),
        **given,
        **more,
    )
    found = module.study(request)
    page = import_module(getattr(module, "PAGE", "lgescar.studies.page"))
    print(json.dumps(page.as_json(found), allow_nan=False) if args.json else page.markdown(found))
    return 0
