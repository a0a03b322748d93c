"""What a bundle reaches on patients it never saw: benchmarks/results/NAME_validation.json.

    python benchmarks/validation.py DATA [BUNDLE] [--split FILE] [--part PART] [--turn DEGREES]
    python benchmarks/validation.py DATA --folds RUN [--part NAME] [--turn DEGREES]
    python benchmarks/validation.py simulated [BUNDLE] [--turn DEGREES]

DATA holds the cohort folders of the split. Every study is first padded at random, so that the
heart moves by up to 30 pixels each way, turned by up to DEGREES where given, and then goes
through `lgescar segment` and `lgescar evaluate` as a user's would. The run is made twice:
automatic, and with one box for each lesion of the reference, every edge moved by up to 3 pixels.
RUN is the folder of a `lgescar train crossval`: every patient goes to the bundle that was trained
without them, and the result is NAME_crossval.json or what --part says. `simulated` makes patients
of its own, PSIR and magnitude, whose labels are their true tissues: NAME_simulated_cohorts.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from record import ROOT, about, labels_of
from scipy import ndimage
from tqdm import tqdm

from lgescar.bundle import open_bundle
from lgescar.cli.main import main as lgescar
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.known import refuse_known
from lgescar.read.cohort import read_case
from lgescar.read.splits import read_split
from lgescar.simulate.cohort import CohortPlan, write_cohort

ALL = "all"
BUNDLE, FOLDS = "bundle", "folds.json"
"""Where `lgescar train crossval` keeps a fold's bundle, and who is in which fold."""
SEED = 2026
SIMULATED = Path("simulated")
SIMULATED_PATIENTS, SIMULATED_SEED = 20, 7
"""Of each contrast; seeds 700000 on, of which no network was trained."""
LARGEST_SHIFT_PX = 30
JITTER_PX = 3


def main() -> int:
    """Shift, segment, evaluate, store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", nargs="?", default="default")
    parser.add_argument("--split", type=Path, default=ROOT / "recipes/default/split.json")
    parser.add_argument("--part", help="of the split, or all; with --folds, a name for the result")
    parser.add_argument("--folds", type=Path, metavar="RUN")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="plots of the scores go here")
    parser.add_argument("--turn", type=float, default=0.0, metavar="DEGREES")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if args.data == SIMULATED:
            args.data = Path(made)
            return scored(args, simulated(args), "simulated_cohorts")
    if args.folds:
        return scored(args, out_of_fold(args.folds), args.part or "crossval")
    args.part = args.part or "validation"
    return scored(args, held_out(args), args.part)


def scored(args: argparse.Namespace, evaluated: dict[str, Path], part: str) -> int:
    """Both modes, stored."""
    bundles = {str(path): open_bundle(path) for path in dict.fromkeys(evaluated.values())}
    name = next(iter(bundles.values())).card.name
    labels = labels_of(args.data, evaluated)
    for path, bundle in bundles.items():
        theirs = [labels[patient] for patient, by in evaluated.items() if str(by) == path]
        refuse_known(bundle, theirs, "BUNDLE")
    with tempfile.TemporaryDirectory() as scratch:
        found = {
            mode: validated(evaluated, args, Path(scratch) / mode, boxed=mode == "boxes")
            for mode in ("automatic", "boxes")
        }
    data = "simulated" if part == "simulated_cohorts" else "DATA"
    source = "--folds RUN" if args.folds else str(args.bundle)
    turn = f" --turn {args.turn:g}" if args.turn else ""
    turned = f" and turned by up to {args.turn:g} degrees" if args.turn else ""
    command = f"python benchmarks/validation.py {data} {source}{turn}"
    made = {"simulated": SIMULATED_SEED} if part == "simulated_cohorts" else {}
    record = {
        **about(command, seeds={"shift, turn and jitter": SEED, **made}, labels=labels),
        "bundle": name,
        "bundles_sha256": [bundle.sha256 for bundle in bundles.values()],
        "part": part,
        "conditions": f"each study padded so that the heart moves by up to {LARGEST_SHIFT_PX} px "
        f"each way{turned}; boxes: one a lesion of the reference, edges moved by up to "
        f"{JITTER_PX} px",
        **found,
    }
    target = ROOT / "benchmarks" / "results" / f"{name}_{part}.json"
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))
    return 0


def held_out(args: argparse.Namespace) -> dict[str, Path]:
    """The bundle of each patient of the part, or of all parts: the same one."""
    parts = read_split(args.split).parts
    patients = list(chain(*parts.values())) if args.part == ALL else parts[args.part]
    return dict.fromkeys(patients, Path(args.bundle))


def simulated(args: argparse.Namespace) -> dict[str, Path]:
    """The bundle of each of the patients made here, in a cohort for each kind of contrast."""
    evaluated = {}
    for contrast in ("psir", "magnitude"):
        cohort = f"simulated-{contrast}"
        plan = CohortPlan(patients=SIMULATED_PATIENTS, seed=SIMULATED_SEED, contrast=contrast)
        rows = write_cohort(plan, args.data / cohort)
        evaluated |= {f"{cohort}/{row['name']}": Path(args.bundle) for row in rows}
    return evaluated


def out_of_fold(run: Path) -> dict[str, Path]:
    """The bundle of each patient of a cross-validation: the one trained without them."""
    folds = read_split(run / FOLDS).parts
    return {patient: run / fold / BUNDLE for fold, names in folds.items() for patient in names}


def validated(
    evaluated: dict[str, Path], args: argparse.Namespace, scratch: Path, *, boxed: bool
) -> dict[str, Any]:
    """Scores of one mode, as `lgescar evaluate` gives them."""
    rng = np.random.default_rng(SEED)
    for patient, bundle in tqdm(evaluated.items(), desc=scratch.name, disable=None):
        cohort, name = patient.split("/")
        image, references = shifted(args.data / cohort, name, scratch / cohort, rng, args.turn)
        command = ["segment", str(image), "--out", str(scratch / "found" / cohort)]
        command += ["--bundle", str(bundle), "--json"]
        if boxed:
            boxes = lesion_boxes(references, rng)
            drawn = scratch / f"{name}.json"
            drawn.write_text(json.dumps(boxes), encoding="utf-8")
            command += ["--boxes", str(drawn)]
        succeed(command)
    out = scratch / "scores"
    succeed(
        ["evaluate", "--predictions", str(scratch / "found"), "--references", str(scratch),
         "--images", str(scratch), "--emidec-compatible", "--out", str(out),
         *(["--plots"] if args.pictures else [])]
    )  # fmt: skip
    if args.pictures:
        kept = args.pictures / scratch.name
        no_patients = shutil.ignore_patterns("worst*")  # pictures of scores, none of images
        shutil.copytree(out / "plots", kept, dirs_exist_ok=True, ignore=no_patients)
    scores: dict[str, Any] = json.loads((out / "scores.json").read_text())
    return {key: scores[key] for key in ("patients", "cohorts", "strata", "emidec")}


def shifted(
    folder: Path, name: str, target: Path, rng: np.random.Generator, turn: float = 0.0
) -> tuple[Path, dict[int, LabelMap]]:
    """Image and reference of a patient, padded and turned by up to ``turn`` degrees alike.

    The image's path, and the reference by slice.
    """
    rows, cols = ((LARGEST_SHIFT_PX + s, LARGEST_SHIFT_PX - s) for s in moves(rng))
    angle = rng.uniform(-turn, turn) if turn else 0.0
    for kind in ("images", "labels"):
        stored = nib.load(folder / kind / f"{name}.nii.gz")
        pixels = np.asarray(stored.dataobj)
        pad = [(0, 0)] * pixels.ndim
        pad[0], pad[1] = rows, cols
        affine = stored.affine.copy()
        affine[:3, 3] -= affine[:3, 0] * rows[0] + affine[:3, 1] * cols[0]
        header = stored.header.copy()
        padded = np.pad(pixels, pad, constant_values=pixels.min())
        if angle:  # pixels are square in both cohorts
            padded = turned(padded, angle) if kind == "images" else turned_labels(padded, angle)
        header.set_data_shape(padded.shape)
        (target / kind).mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(padded, affine, header), target / kind / f"{name}.nii.gz")
    study, labels = read_case(target, name)
    by_index = dict(zip(study.indices, labels, strict=True))
    return target / "images" / f"{name}.nii.gz", by_index


def turned(pixels: NDArray[np.generic], angle: float) -> NDArray[np.generic]:
    """Slices turned by ``angle`` degrees, linear between pixels; beyond the edge pixels repeat."""
    found: NDArray[np.generic] = ndimage.rotate(
        pixels, angle, reshape=False, order=1, mode="nearest"
    )
    return found


def turned_labels(codes: NDArray[np.generic], angle: float) -> NDArray[np.generic]:
    """The same for codes: each pixel takes the code that holds most of it.

    The nearest pixel's code would shake thin outlines by half a pixel, which no reader drew.
    """
    values = np.unique(codes)
    shares = [turned((codes == value).astype(np.float32), angle) for value in values]
    found: NDArray[np.generic] = values[np.argmax(shares, axis=0)]
    return found


def moves(rng: np.random.Generator) -> tuple[int, int]:
    """How far the heart moves, in rows and columns."""
    down, right = rng.integers(-LARGEST_SHIFT_PX, LARGEST_SHIFT_PX + 1, 2)
    return int(down), int(right)


def lesion_boxes(
    references: dict[int, LabelMap], rng: np.random.Generator
) -> dict[str, list[list[int]]]:
    """One box a lesion, each edge off by up to JITTER_PX, at least one pixel wide."""
    boxes: dict[str, list[list[int]]] = {}
    for index, reference in references.items():
        lesions, _ = ndimage.label(reference.scar, np.ones((3, 3)))
        for down, across in ndimage.find_objects(lesions):
            top, left, bottom, right = (int(e) for e in rng.integers(-JITTER_PX, JITTER_PX + 1, 4))
            first = [down.start + top, across.start + left]
            last = [max(down.stop + bottom, first[0] + 1), max(across.stop + right, first[1] + 1)]
            boxes.setdefault(str(index), []).append(first + last)
    return boxes


def succeed(command: list[str]) -> None:
    """Run a command of lgescar in this process; stop if it fails."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()):
        code = lgescar(command)
    if code:
        raise SystemExit(f"lgescar {command[0]} ended with {code}")


if __name__ == "__main__":
    raise SystemExit(main())
