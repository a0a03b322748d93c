"""Arguments that several verbs of ``lgescar train`` share."""

from __future__ import annotations

import argparse
from pathlib import Path

COHORTS = "cohort folders, or folders of them; a cohort holds images/ and labels/"


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """``--recipe FILE``."""
    parser.add_argument("--recipe", type=Path, required=True, metavar="FILE", help="a TOML recipe")


def add_data(parser: argparse.ArgumentParser, words: str, *, required: bool = True) -> None:
    """``--data DIR...``."""
    parser.add_argument(
        "--data", type=Path, nargs="+", required=required, metavar="DIR", help=words
    )


def add_out(parser: argparse.ArgumentParser, words: str) -> None:
    """``--out DIR``."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=words)


def add_seed(parser: argparse.ArgumentParser, words: str) -> None:
    """``--seed N``."""
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=words)
