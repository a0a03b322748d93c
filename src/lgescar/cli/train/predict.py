"""``lgescar train predict``: masks by a trained nnU-Net."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lgescar.cli.train.arguments import add_data, add_out

HELP = "masks by a trained nnU-Net (all other kinds are exported, and run by segment)"
EXAMPLE = "lgescar train predict --run run --data cohorts/emidec --out predictions"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar train predict``."""
    parser.add_argument(
        "--run", type=Path, required=True, metavar="RUN", help="run of a recipe of kind nnunet"
    )
    add_data(parser, "studies, or cohort folders with images/")
    add_out(parser, "folder of the masks")


def run(args: argparse.Namespace) -> int:
    """Predict and write."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.bundle import open_bundle
    from lgescar.train.nnunet import predict_nnunet

    masks = predict_nnunet(args.run, args.data, open_bundle(), args.out)
    written = [str(path) for path in masks]
    print(json.dumps({"labels": written}) if args.json else "\n".join(written))
    return 0
