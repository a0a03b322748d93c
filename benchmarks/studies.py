"""Keeps what `lgescar study` found: benchmarks/results/study_NAME.json and docs/pictures.

    python benchmarks/studies.py OUT...

OUT is the folder of a finished study. The pages of docs/explain are written from what is kept;
folders of the machine it ran on are shortened to their last part. The name of a study on given
cohorts, readings or groups ends in _cohorts. The commit is that of the tree when this is run: keep
a study before anything is changed.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from record import ROOT, commit

DRAWN = ("roc", "calibration")
GIVEN = ("--data", "--readings", "--groups")
"""Options by which a user's own patients are given."""
PICTURES = ROOT / "docs" / "pictures"
FOLDERS = re.compile(r"(?<![\w.])(?:~|\.\.)?/\S*?([^/\s]+)/?(?=\s|$)")
"""A path from the root, from home or from above: its last part says enough."""


def main(folders: list[str]) -> int:
    """Keep each study's record and pictures."""
    if not folders:
        raise SystemExit("which studies? python benchmarks/studies.py OUT...")
    for folder in map(Path, folders):
        stored: dict[str, Any] = json.loads((folder / "study.json").read_text("utf-8"))
        stored["command"] = FOLDERS.sub(r"\1", stored["command"])
        stored |= {"commit": commit()}
        given = any(option in stored["command"] for option in GIVEN)
        name = stored["study"] + ("_cohorts" if given else "")
        target = ROOT / "benchmarks" / "results" / f"study_{name}.json"
        target.write_text(json.dumps(numbers(stored), indent=1) + "\n", encoding="utf-8")
        print(target.relative_to(ROOT))
        for picture in sorted(folder.glob("*.png")):
            kept = PICTURES / f"{picture.stem}-{name.replace('_', '-')}.png"
            shutil.copyfile(picture, kept)
            print(kept.relative_to(ROOT))
    return 0


def numbers(found: Any) -> Any:
    """A record without the curves of its pictures."""
    if isinstance(found, dict):
        return {key: numbers(value) for key, value in found.items() if key not in DRAWN}
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
