"""Which system outlines scar, as ``lgescar segment`` is given it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_system(parser: argparse.ArgumentParser) -> None:
    """``--bundle``, ``--boxes``, ``--system`` and the two options that it replaced."""
    parser.add_argument(
        "--bundle", metavar="NAME|PATH", help="what finds the heart and outlines its wall: default"
    )
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument(
        "--boxes", type=Path, metavar="FILE", help="JSON of boxes that replace the detector's"
    )
    boxes.add_argument(
        "--detector", metavar="NAME|PATH", help="old: the part of --system before the plus"
    )
    parser.add_argument("--segmenter", metavar="NAME|PATH", help="old: --system")
    parser.add_argument(
        "--system",
        metavar="NAME",
        help="what outlines scar: a threshold rule such as fwhm-remote, a trained segmenter or "
        "bundle by name or path, or DETECTOR+SEGMENTER; the bundle's own network if not given",
    )


def opened_system(args: argparse.Namespace) -> dict[str, Any]:
    """What outlines scar, and in which boxes; its libraries take a second to load."""
    from lgescar import pipeline
    from lgescar.core.errors import UsageError
    from lgescar.outline.systems import NetworkSystem, open_system
    from lgescar.read.boxes import read_boxes

    name = _system_name(args)
    system = open_system(name, args.bundle or "default")
    if name is not None and args.bundle is not None and isinstance(system, NetworkSystem):
        raise UsageError("--system is a bundle, which finds the heart itself: leave --bundle out")
    pipeline.load(system.bundle)
    boxes = None if args.boxes is None else read_boxes(args.boxes)
    return {"system": system, "boxes": boxes}


def _system_name(args: argparse.Namespace) -> str | None:
    """The system's name; that of the old options, with a line that says so."""
    from lgescar.core.errors import UsageError

    old = [name for name in (args.detector, args.segmenter) if name is not None]
    if not old:
        return None if args.system is None else str(args.system)
    if args.system is not None:
        raise UsageError("--system takes the place of --detector and --segmenter: give it alone")
    name = "+".join(map(str, old))
    print(f"lgescar: --detector and --segmenter are old: use --system {name}", file=sys.stderr)
    return name
