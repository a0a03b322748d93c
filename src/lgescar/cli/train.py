"""``lgescar train``: a recipe and labelled cohorts in, a run folder out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

HELP = "train the networks of a recipe on labelled cohorts (needs the train extra)"
EXAMPLE = "lgescar train segmenter --recipe recipes/default/recipe.toml --data cohorts --out run"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train``, and the looks at what it would train on."""
    parser.add_argument(
        "what",
        choices=("segmenter", "detector", "crossval", "split", "views", "predict"),
        help="segmenter or detector: train what the recipe's kind says; crossval: a bundle "
        "without each fold of the patients, and masks of that fold by it; split: deal the "
        "cohorts' patients 70/15/15 and describe them; views: a contact sheet of the recipe's "
        "augmentation; predict: masks by a trained nnU-Net (all else is exported, and run by "
        "segment)",
    )
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="a TOML recipe (not for split and predict)"
    )
    parser.add_argument("--run", type=Path, metavar="RUN", help="a trained nnU-Net (for predict)")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="DIR",
        help="cohort folders, or folders of them; a cohort holds images/ and labels/ (recipes of "
        "simulated patients alone need none; views: simulated patients where not given; predict: "
        "studies or folders with images/)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN", help="the run's folder, or the masks'"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from the last checkpoint (crossval always does)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of split, crossval and views "
                        "(default: 1)")  # fmt: skip
    parser.add_argument("--folds", type=int, default=5, help="of crossval (default: 5)")
    parser.add_argument(
        "--fold",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="crossval: this fold only, from 1; may be given several times",
    )
    parser.add_argument(
        "--by-cohort",
        action="store_true",
        help="crossval: each cohort is a fold, in place of --folds",
    )
    parser.add_argument(
        "--final",
        action="store_true",
        help="crossval: then teach a bundle on all patients, its cutoffs chosen by the answers of "
        "the folds that had not met them (OUT/final/bundle)",
    )


def run(args: argparse.Namespace) -> int:
    """Train to the end of the recipe's schedule, or show what it would train on."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    if args.what in ("split", "predict"):
        return _split(args) if args.what == "split" else _predict(args)
    from lgescar.train.kinds import train
    from lgescar.train.processes import processes

    recipe = _given(args.recipe, "--recipe")
    if args.what == "views":
        return _views(args, recipe)
    if args.what == "crossval":
        return _crossval(args, recipe, _given(args.data, "--data"))
    scores = train(recipe, args.data or [], args.out, what=args.what, resume=args.resume)
    if processes().main:
        print(json.dumps(scores) if args.json else f"trained: {args.out}\n{scores}")
    return 0


def _split(args: argparse.Namespace) -> int:
    from lgescar.read.cohort import cohort_folders
    from lgescar.read.splits import write_split
    from lgescar.train.cohorts import (
        cohort_table,
        markdown,
        patient_rows,
        split_cohorts,
        write_cohort_table,
    )

    folders = cohort_folders(_given(args.data, "--data"))
    rows = patient_rows(folders)
    split = split_cohorts(folders, rows, args.seed)
    table = cohort_table(split, rows)
    write_cohort_table(table, args.out)
    write_split(split, args.out / "split.json")
    counts = {part: len(names) for part, names in split.parts.items()}
    print(json.dumps(counts) if args.json else markdown(table))
    return 0


def _crossval(args: argparse.Namespace, recipe: Path, data: list[Path]) -> int:
    from lgescar.train.folds import Folds, cross_validate

    count = None if args.by_cohort else args.folds
    asked = Folds(count, args.seed, tuple(args.fold), args.final)
    masks = cross_validate(recipe, data, args.out, asked)
    found = {"predictions": str(masks), "patients": len(list(masks.glob("*/*/labels.nii.gz")))}
    told = (
        f"{found['patients']} patients outlined in {masks}; compare them with\n"
        f"lgescar evaluate --predictions {masks} --references DIR --out DIR"
        if found["patients"]
        else f"taught in {args.out}; patients are outlined once every fold is taught"
    )
    print(json.dumps(found) if args.json else told)
    return 0


def _predict(args: argparse.Namespace) -> int:
    from lgescar.bundle import open_bundle
    from lgescar.train.nnunet import predict_nnunet

    run, data = _given(args.run, "--run"), _given(args.data, "--data")
    written = [str(path) for path in predict_nnunet(run, data, open_bundle(), args.out)]
    print(json.dumps({"labels": written}) if args.json else "\n".join(written))
    return 0


def _views(args: argparse.Namespace, recipe_file: Path) -> int:
    from lgescar.train.contact_sheet import recipe_sheet

    path = recipe_sheet(recipe_file, args.data, args.out / "views.png", args.seed)
    print(json.dumps({"views": str(path)}) if args.json else f"written: {path}")
    return 0


def _given(value: T | None, option: str) -> T:
    if value is None:
        from lgescar.core.errors import UsageError

        raise UsageError(f"{option} must be given; see lgescar train --help")
    return value
