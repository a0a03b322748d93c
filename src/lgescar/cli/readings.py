"""``lgescar readings``: what readers accepted, as folders that comparisons of readers take."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "write accepted readings of a store as folders for lgescar study repeatability"
EXAMPLE = "lgescar readings --store readings --out compared"


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar readings``."""
    parser.add_argument(
        "--store", type=Path, required=True, metavar="DIR", help="folder of the readings"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="gets a folder READER-NUMBER for each reader's first, second … readings",
    )
    parser.add_argument(
        "--planned", action="store_true", help="only the blinded readings of reading studies"
    )


def run(args: argparse.Namespace) -> int:
    """Write the folders and name them."""
    from dataclasses import asdict

    from lgescar.bundle import open_bundle
    from lgescar.reader.outcome import write_all_readings
    from lgescar.reader.service import ReaderService
    from lgescar.reader.store import Store

    with Store(args.store, create=False) as store:
        service = ReaderService(store, open_bundle())
        try:
            written = write_all_readings(service, args.out, planned=args.planned)
        finally:
            service.close()
    if args.json:
        listed = [{**asdict(one), "folder": str(one.folder)} for one in written]
        print(json.dumps({"readings": listed}))
    for one in written if not args.json else ():
        waiting = f", {one.waiting} not accepted yet" if one.waiting else ""
        print(f"{one.folder}: {one.accepted} accepted{waiting}")
    return 0
