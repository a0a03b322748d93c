"""Whole systems side by side, as in the paper's Table 2: benchmarks/results/systems.json.

    python benchmarks/systems.py DATA RUNS --finder BUNDLE [--split FILE] [--part PART] [--work DIR]

DATA holds the cohort folders of the split; RUNS the finished runs of the recipes, each in a folder
of its recipe's name; BUNDLE finds the heart and never saw the patients (the shipped one saw all of
them; a fold of a `crossval` has not seen its own). Every study is padded at random once,
as in validation.py, and goes through every system as a user's would: `lgescar export`, `segment`,
`train predict`, `evaluate`. With --work, masks are kept there and a system that has them all is not
evaluated again.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from record import ROOT, about, labels_of
from tqdm import tqdm
from validation import JITTER_PX, LARGEST_SHIFT_PX, SEED, lesion_boxes, shifted, succeed

from lgescar.bundle import open_bundle
from lgescar.evaluate.known import refuse_known
from lgescar.read.splits import Split, read_split

RESULT = ROOT / "benchmarks" / "results" / "systems.json"
EXPORTED = ("default", "yolo12_small", "detector_small", "sam_small", "box_deeplab")
"""Runs that become bundles; nnU-Net predicts from its own folder."""


@dataclass(frozen=True, slots=True)
class System:
    """One row: options of ``lgescar segment``, and whether a box of the reference tells it where.

    In ``options`` the name of a run stands for its bundle. ``trained`` are the runs it is made of.
    """

    words: str
    options: tuple[str, ...] = ()
    boxed: bool = False
    trained: tuple[str, ...] = ()


SYSTEMS = {
    "finder": System("the bundle that finds the heart for all"),
    "default": System("default network", ("--bundle", "default"), trained=("default",)),
    "fwhm": System("FWHM (remote) in the predicted wall", ("--system", "fwhm-remote")),
    "yolo_sam": System(
        "YOLO12 + small SAM",
        ("--system", "yolo12_small+sam_small"),
        trained=("yolo12_small", "sam_small"),
    ),
    "centres_sam": System(
        "small detector + small SAM",
        ("--system", "detector_small+sam_small"),
        trained=("detector_small", "sam_small"),
    ),
    "centres_deeplab": System(
        "small detector + DeepLabV3+",
        ("--system", "detector_small+box_deeplab"),
        trained=("detector_small", "box_deeplab"),
    ),
    "own_sam": System(
        "default network's boxes + small SAM", ("--system", "sam_small"), trained=("sam_small",)
    ),
    "yolo_deeplab": System(
        "YOLO12 + DeepLabV3+",
        ("--system", "yolo12_small+box_deeplab"),
        trained=("yolo12_small", "box_deeplab"),
    ),
    "nnunet": System("nnU-Net v2, 2-D", trained=("nnunet",)),
    "box_sam": System(
        "Box-SAM small", ("--system", "sam_small"), boxed=True, trained=("sam_small",)
    ),
    "box_deeplab": System(
        "Box-DeepLabV3+", ("--system", "box_deeplab"), boxed=True, trained=("box_deeplab",)
    ),
    "box_default": System("the same, boxes given", boxed=True),
}

EQUAL = ("default", "yolo_sam", "centres_sam", "nnunet")
"""Systems that find scar by themselves and were trained for about as long, network by network."""


def main() -> int:
    """Shift, export, predict, evaluate, store."""
    parser = data_and_runs()
    parser.add_argument("--work", type=Path)
    args = parser.parse_args()
    patients = unmet(args, read_split(args.split))
    with tempfile.TemporaryDirectory() as folder:
        scratch = args.work or Path(folder)
        for name in EXPORTED:
            succeed(["export", str(args.runs / name), "--out", str(scratch / "bundles" / name)])
        shift_all(patients, args.data, scratch)
        found = {
            name: {"system": system.words, "boxes": _boxes(system), "runs": system.trained}
            | scored(name, found_by(args.finder, system), patients, scratch, args.runs)
            for name, system in SYSTEMS.items()
        }
        pairs = contrasts(scratch)
    seeds = {"shift and jitter": SEED, "training": 1}
    labels = labels_of(args.data, patients)
    record = {
        **about("python benchmarks/systems.py DATA RUNS", seeds=seeds, labels=labels),
        "part": args.part,
        "patients": list(patients),
        "conditions": f"each study padded so that the heart moves by up to {LARGEST_SHIFT_PX} px "
        f"each way; boxes: one a lesion of the reference, edges moved by up to {JITTER_PX} px; "
        "wall and blood pool are the finder's, but the default network and nnU-Net outline "
        "their own",
        "budgets": {run: budget(args.runs / run) for run in (*EXPORTED, "nnunet")},
        "systems": found,
        "contrasts": pairs,
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(RESULT.relative_to(ROOT))
    return 0


def data_and_runs() -> argparse.ArgumentParser:
    """What is compared on whom."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--split", type=Path, default=ROOT / "recipes/default/split.json")
    parser.add_argument("--part", default="validation")
    parser.add_argument("--finder", default="default", metavar="BUNDLE")
    return parser


def unmet(args: argparse.Namespace, split: Split) -> tuple[str, ...]:
    """The patients to evaluate; none is a training patient of the bundle that finds the heart.

    Raises:
        UsageError: one of them did.
    """
    patients = split.parts[args.part]
    evaluated = [split.labels_sha256[p] for p in patients]
    refuse_known(open_bundle(args.finder), evaluated, "--finder")
    return patients


def found_by(finder: str, system: System) -> System:
    """The system with its heart found by a bundle, unless it brings its own."""
    own = "--bundle" in system.options
    return system if own else replace(system, options=("--bundle", finder, *system.options))


def shift_all(patients: tuple[str, ...], data: Path, scratch: Path) -> None:
    """``images``, ``labels`` and ``boxes`` of every patient, below ``scratch``/shifted."""
    rng = np.random.default_rng(SEED)
    for patient in patients:
        cohort, name = patient.split("/")
        target = scratch / "shifted" / cohort
        _, references = shifted(data / cohort, name, target, rng)
        drawn = target / "boxes" / f"{name}.json"
        drawn.parent.mkdir(exist_ok=True)
        drawn.write_text(json.dumps(lesion_boxes(references, rng)), encoding="utf-8")


def scored(
    name: str, system: System, patients: tuple[str, ...], scratch: Path, runs: Path
) -> dict[str, Any]:
    """Scores of one system, as ``lgescar evaluate`` gives them."""
    done, out = scratch / f"{name}.done", scratch / f"{name}_scores"
    state = json.dumps([patients, *(budget(runs / run) for run in system.trained)])
    if not done.exists() or done.read_text() != state:
        predict(name, system, patients, scratch, runs)
        done.write_text(state)
    command = ["evaluate", "--predictions", str(scratch / name)]
    succeed([*command, "--references", str(scratch / "shifted"), "--out", str(out)])
    cohorts_found: dict[str, Any] = json.loads((out / "scores.json").read_text())["cohorts"]
    return {"cohorts": cohorts_found}


def predict(
    name: str, system: System, patients: tuple[str, ...], scratch: Path, runs: Path
) -> None:
    """Masks of one system into ``scratch``/``name``."""
    shifted_to, bundles, found = scratch / "shifted", scratch / "bundles", scratch / name
    if name == "nnunet":
        cohorts = [str(p) for p in sorted(shifted_to.iterdir())]
        command = ["train", "predict", "--run", str(runs / name), "--data", *cohorts]
        succeed([*command, "--out", str(found)])
        return
    options = [str(bundles / o) if o in EXPORTED else o for o in system.options]
    for patient in tqdm(patients, desc=name, disable=None):
        cohort, case = patient.split("/")
        source = shifted_to / cohort
        command = ["segment", str(source / "images" / f"{case}.nii.gz"), "--json", *options]
        command += ["--boxes", str(source / "boxes" / f"{case}.json")] * system.boxed
        succeed([*command, "--out", str(found / cohort)])


def contrasts(scratch: Path) -> list[dict[str, Any]]:
    """Dice of the equally trained automatic systems, a pair of systems and a pair a patient."""
    named = [f"--predictions={name}={scratch / name}" for name in EQUAL]
    out = scratch / "compared"
    succeed(["evaluate", *named, "--references", str(scratch / "shifted"), "--out", str(out)])
    pairs = json.loads((out / "comparison.json").read_text())["contrasts"]
    return [p for p in pairs if p["metric"] == "dice_scar"]


def budget(run: Path) -> dict[str, float]:
    """Steps and seconds of training that a run's own logs tell."""
    if (run / "yolo").is_dir():
        rows = list(csv.DictReader((run / "yolo/train/results.csv").open()))
        return {"epochs": len(rows), "seconds": round(float(rows[-1]["time"]))}
    if (run / "nnunet").is_dir():
        logs = sorted((run / "nnunet").rglob("training_log_*.txt"))
        times = [
            float(t) for log in logs for t in re.findall(r"Epoch time: (\S+)", log.read_text())
        ]
        return {"epochs": len(times), "seconds": round(sum(times))}
    steps = seconds = 0
    for log in sorted(run.glob("*/log.jsonl")):
        rows = [json.loads(line) for line in log.read_text().splitlines()]
        steps += rows[-1]["step"]
        later = [row["seconds"] for row in rows[1:]] + [0]
        # The clock starts again where a run is resumed.
        seconds += sum(r["seconds"] for r, n in zip(rows, later, strict=True) if n < r["seconds"])
    return {"steps": steps, "seconds": seconds}


def _boxes(system: System) -> str:
    return "reference, jittered" if system.boxed else "none given"


if __name__ == "__main__":
    raise SystemExit(main())
