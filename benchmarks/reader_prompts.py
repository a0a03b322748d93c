"""How right a reading is after 0 to 5 prompts a lesion: benchmarks/results/reader_prompts.json.

    python benchmarks/reader_prompts.py DATA --folds RUN [--fold N]

A scripted reader corrects every patient of a cross-validation with the bundle that never saw them,
through the reader's own sessions. Without a prompt, the automatic outline. The first prompt of a
lesion is its box, edges off by up to JITTER_PX pixels; boxes of slices without scar are deleted.
Each further one is a point in the middle of the largest area that is still wrong on the slice, one
for each lesion of it, inside or outside as it needs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from record import ROOT, about, labels_of
from scipy import ndimage
from tqdm import tqdm
from validation import BUNDLE, FOLDS, SEED, lesion_boxes

from lgescar.bundle import open_bundle
from lgescar.core.box import Box
from lgescar.core.prompt import Point
from lgescar.core.tissue import LabelMap
from lgescar.metrics.bootstrap import mean_interval
from lgescar.read.cohort import read_case
from lgescar.read.splits import read_split
from lgescar.reader.events import Boxes, Points
from lgescar.reader.reading import Reading
from lgescar.reader.session import Session

MOST = 5
"""Prompts a lesion."""


def main() -> int:
    """Read, score, store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=Path, required=True, metavar="RUN")
    parser.add_argument("--fold", type=int, action="append", default=[], metavar="N")
    args = parser.parse_args()
    parts = read_split(args.folds / FOLDS).parts
    chosen = [f"fold-{n}" for n in args.fold] or list(parts)
    found: dict[str, list[dict[str, Any]]] = {}
    for fold in chosen:
        bundle = open_bundle(args.folds / fold / BUNDLE)
        for patient in tqdm(parts[fold], desc=fold, disable=None):
            cohort, name = patient.split("/")
            study, labels = read_case(args.data / cohort, name)
            if any(m.scar.any() for m in labels):
                reference = dict(zip(study.indices, labels, strict=True))
                row = read_by_prompts(Reading(study, bundle), reference)
                found.setdefault(cohort, []).append(row)
    evaluated = [patient for fold in chosen for patient in parts[fold]]
    command = "python benchmarks/reader_prompts.py DATA --folds RUN"
    record = {
        **about(command, seeds={"jitter": SEED}, labels=labels_of(args.data, evaluated)),
        "conditions": "every patient with scar by the bundle of a fold that never saw them; first "
        "a box a lesion, edges off by up to 3 px, boxes of slices without scar deleted; then a "
        "point a lesion in the middle of the largest area still wrong on its slice",
        "cohorts": {cohort: summed(rows) for cohort, rows in found.items()},
        "all": summed([row for rows in found.values() for row in rows]),
    }
    print(json.dumps(record["all"], indent=1))
    if not args.fold:
        target = ROOT / "benchmarks" / "results" / "reader_prompts.json"
        target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


def read_by_prompts(reading: Reading, reference: dict[int, LabelMap]) -> dict[str, Any]:
    """3-D Dice of scar and prompts given so far, after 0 to MOST prompts a lesion."""
    session = Session(reading)
    dice, given = [overlap(session, reference)], [0]
    boxes = lesion_boxes(reference, np.random.default_rng(SEED))
    for index in reference:
        drawn = tuple(Box(*map(float, edges)) for edges in boxes.get(str(index), []))
        if drawn or session.slice(index).boxes:
            session.add(Boxes(index, drawn))
    count = sum(map(len, boxes.values()))
    dice.append(overlap(session, reference))
    given.append(count)
    for _ in range(1, MOST):
        more = 0
        for index, labels in reference.items():
            lesions = len(boxes.get(str(index), []))
            for point in list(wrong(session, index, labels))[:lesions]:
                session.add(Points(index, (*session.slice(index).points, point)))
                more += 1
        dice.append(overlap(session, reference))
        given.append(given[-1] + more)
    return {"dice": dice, "prompts": given, "slices": len(reference)}


def wrong(session: Session, index: int, labels: LabelMap) -> Iterator[Point]:
    """A point in the middle of each area that is wrong on a slice, the largest first."""
    shown = session.slice(index).labels.scar
    areas: list[tuple[int, Point]] = []
    for area, inside in ((labels.scar & ~shown, True), (shown & ~labels.scar, False)):
        parts, count = ndimage.label(area, np.ones((3, 3)))
        for number in range(1, count + 1):
            part = parts == number
            areas.append((int(part.sum()), Point(*middle(part), inside)))
    for _, point in sorted(areas, key=lambda one: -one[0]):
        yield point


def middle(part: NDArray[np.bool_]) -> tuple[float, float]:
    """The place furthest from the part's edge."""
    depth = ndimage.distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    row, col = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(row) + 0.5, float(col) + 0.5


def overlap(session: Session, reference: dict[int, LabelMap]) -> float:
    """3-D Dice of the scar on screen."""
    both = shown = true = 0
    for index, labels in reference.items():
        scar = session.slice(index).labels.scar
        both += int((scar & labels.scar).sum())
        shown += int(scar.sum())
        true += int(labels.scar.sum())
    return 2.0 * both / max(1, shown + true)


def summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over patients after each prompt."""
    dice = np.array([row["dice"] for row in rows])
    prompts = np.array([row["prompts"] for row in rows])
    return {
        "patients": len(rows),
        "after": [
            {
                "prompts_a_lesion": number,
                "dice_mean": round(float(dice[:, number].mean()), 4),
                "dice_interval": mean_interval(dice[:, number], seed=1),
                "at_least_0_80": int((dice[:, number] >= 0.8).sum()),
                "prompts_a_patient": round(float(prompts[:, number].mean()), 1),
            }
            for number in range(dice.shape[1])
        ],
    }


if __name__ == "__main__":
    raise SystemExit(main())
