"""``lgescar audit``: whether stored readings are still what the readers did."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "check that no event of a stored reading was changed, dropped or moved"
EXAMPLE = "lgescar audit verify --store readings"
FAULTY = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar audit``."""
    parser.add_argument("action", choices=("verify",))
    parser.add_argument(
        "--store", type=Path, required=True, metavar="DIR", help="folder of the readings"
    )


def run(args: argparse.Namespace) -> int:
    """Walk every chain and say what is wrong; exit code 3 where anything is."""
    from dataclasses import asdict

    from lgescar.reader.audit import verify

    audit = verify(args.store)
    if args.json:
        print(json.dumps({**asdict(audit), "whole": audit.whole}))
    else:
        for fault in audit.faults:
            where = f"session {fault.session}: " if fault.session else ""
            print(f"{where}{fault.message}".encode("ascii", "backslashreplace").decode())
        seen = f"{audit.sessions} sessions, {audit.events} events, {audit.branches} refused"
        print(f"{seen}: {'whole' if audit.whole else f'{len(audit.faults)} faults'}")
    return 0 if audit.whole else FAULTY
