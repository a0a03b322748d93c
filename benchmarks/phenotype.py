"""Acute or chronic, on simulated patients: benchmarks/results/phenotype.json.

    python benchmarks/phenotype.py [OUT]

Runs the stock recipe through the command line. OUT keeps patients, masks, pages and pictures; with
those there the patients are not made again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from run import commit
from validation import ROOT

from lgescar.cli.main import main

RESULT = ROOT / "benchmarks" / "results" / "phenotype.json"
RECIPE = "recipes/studies/phenotype.toml"
DRAWN = ("roc", "calibration")
"""Curves are for the pictures: numbers stay."""


def numbers(found: Any) -> Any:
    """A record without its curves."""
    if isinstance(found, dict):
        return {key: numbers(value) for key, value in found.items() if key not in DRAWN}
    return found


def measure(out: Path) -> None:
    """Runs the study and stores what it says."""
    words = ["study", "phenotype", "--recipe", str(ROOT / RECIPE), "--out", str(out)]
    if main(words) != 0:
        raise SystemExit("the study failed")
    stored = numbers(json.loads((out / "study.json").read_text("utf-8")))
    stored["command"] = "python benchmarks/phenotype.py"
    stored["asked"] = {masks: len(files) for masks, files in stored["asked"].items()}
    RESULT.write_text(json.dumps({**stored, "commit": commit()}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder))
