"""Simulate one patient, segment it, and set the prediction beside the truth.

usage: python examples/demo.py FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def lgescar(*arguments: str) -> Any:
    """Run one command, shown as it would be typed, and give its JSON answer."""
    print(f"$ lgescar {' '.join(arguments)}", flush=True)
    command = [sys.executable, "-m", "lgescar", *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def main(out: Path) -> None:
    """The whole demonstration, in ``out``."""
    series, result = out / "series", out / "result"
    options = ("--patients", "1", "--seed", "7", "--format", "dicom")
    truth = lgescar("simulate", "--out", str(series), *options)["patients"][0]
    report = lgescar("segment", str(series / truth["name"]), "--out", str(result))
    found = report["quantities"]
    print(f"\n{'':24}{'predicted':>10}{'true':>10}")
    for words, key, unit in (
        ("scar mass", "scar_mass_g", "g"),
        ("left-ventricular mass", "lv_mass_g", "g"),
        ("scar, share of LV", "scar_percent_of_lv", "%"),
        ("MVO mass", "mvo_mass_g", "g"),
    ):
        print(f"{words:24}{found[key]:10.1f}{truth[key]:10.1f} {unit}")
    print(f"\nreport: {result / truth['name'] / 'report.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "demo-out"))
