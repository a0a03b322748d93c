"""``lgescar export``: a training run in, a bundle out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "turn a training run into an ONNX bundle, its outputs checked against torch"
EXAMPLE = "lgescar export run --out my-bundle"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar export``."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder that lgescar train wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="bundle folder")
    parser.add_argument(
        "--scores", type=Path, metavar="FILE", help="scores.json of lgescar evaluate, for the card"
    )


def run(args: argparse.Namespace) -> int:
    """Export and check."""
    from lgescar.cli.extras import needs

    needs("torch", "train")
    from lgescar.core.errors import UsageError
    from lgescar.train.kinds import export

    try:
        scores = {} if args.scores is None else json.loads(args.scores.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{args.scores.name} is no JSON file of scores") from error
    card = export(args.run, args.out, scores)
    print(card.to_json() if args.json else f"exported: {args.out} ({card.name}, {card.licence})")
    return 0
