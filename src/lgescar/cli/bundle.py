"""``lgescar bundle``: which models are here, what they are, whether they are whole."""

from __future__ import annotations

import argparse
import json

HELP = "list, show, verify or fetch model bundles"
EXAMPLE = "lgescar bundle show default"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar bundle``."""
    parser.add_argument("action", choices=("list", "show", "verify", "fetch"))
    parser.add_argument(
        "bundle", nargs="?", default="default", metavar="NAME|PATH", help="for fetch also an URL"
    )


def run(args: argparse.Namespace) -> int:
    """Do one of the four."""
    from lgescar.bundle import bundle_names, open_model
    from lgescar.bundle.fetch import fetch_bundle

    if args.action == "list":
        names = bundle_names()
        print(json.dumps(names) if args.json else "\n".join(names))
        return 0
    model = open_model(fetch_bundle(args.bundle) if args.action == "fetch" else args.bundle)
    card, sha256 = model.card, model.sha256
    if args.action == "show":
        print(card.to_json(), end="")
    elif args.json:
        print(json.dumps({"name": card.name, "sha256": sha256, "whole": True}))
    else:
        print(f"{card.name}: whole, sha256 {sha256}, licence {card.licence}")
    return 0
