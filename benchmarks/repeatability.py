"""Simulated readers who read twice: benchmarks/results/repeatability.json.

    python benchmarks/repeatability.py [--work DIR]

The stock study, as a user runs it. With --work, readings are kept there and not made again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from run import commit
from validation import ROOT, succeed

RESULT = ROOT / "benchmarks" / "results" / "repeatability.json"
RECIPE = ROOT / "recipes" / "studies" / "repeatability.toml"


def main() -> None:
    """Run the study, keep its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = args.work or Path(scratch)
        succeed(["study", "repeatability", "--recipe", str(RECIPE), "--out", str(out)])
        found = json.loads((out / "study.json").read_text("utf-8"))
    found |= {"command": "python benchmarks/repeatability.py", "commit": commit()}
    RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n".join(found["conclusions"]))


if __name__ == "__main__":
    main()
