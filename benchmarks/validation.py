"""What a bundle reaches on patients it never saw: benchmarks/results/NAME_validation.json.

    python benchmarks/validation.py DATA [BUNDLE] [--split FILE] [--part PART]

DATA holds the cohort folders of the split. Every study is first padded at random, so that the
heart moves by up to 30 pixels each way, and then goes through `lgescar segment` and `lgescar
evaluate` as a user's would. The run is made twice: automatic, and with one box for each lesion
of the reference, every edge moved by up to 3 pixels.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from run import commit
from scipy import ndimage
from tqdm import tqdm

from lgescar.bundle import open_bundle
from lgescar.cli.main import main as lgescar
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.tables import machine
from lgescar.read.cohort import read_case
from lgescar.read.splits import read_split

ROOT = Path(__file__).resolve().parents[1]
SEED = 2026
LARGEST_SHIFT_PX = 30
JITTER_PX = 3


def main() -> int:
    """Shift, segment, evaluate, store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", nargs="?", default="default")
    parser.add_argument("--split", type=Path, default=ROOT / "recipes/default/split.json")
    parser.add_argument("--part", default="validation")
    args = parser.parse_args()
    patients = read_split(args.split).parts[args.part]
    card = open_bundle(args.bundle).card
    with tempfile.TemporaryDirectory() as scratch:
        found = {
            mode: validated(patients, args, Path(scratch) / mode, boxed=mode == "boxes")
            for mode in ("automatic", "boxes")
        }
    record = {
        "command": "python benchmarks/validation.py DATA " + args.bundle,
        "commit": commit(),
        "machine": machine(),
        "bundle": card.name,
        "bundle_files_sha256": card.files,
        "part": args.part,
        "seeds": {"shift and jitter": SEED},
        "conditions": f"each study padded so that the heart moves by up to {LARGEST_SHIFT_PX} px "
        f"each way; boxes: one a lesion of the reference, edges moved by up to {JITTER_PX} px",
        **found,
    }
    target = ROOT / "benchmarks" / "results" / f"{card.name}_{args.part}.json"
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))
    return 0


def validated(
    patients: tuple[str, ...], args: argparse.Namespace, scratch: Path, *, boxed: bool
) -> dict[str, Any]:
    """Scores of one mode, as `lgescar evaluate` gives them."""
    rng = np.random.default_rng(SEED)
    for patient in tqdm(patients, desc=scratch.name, disable=None):
        cohort, name = patient.split("/")
        image, references = shifted(args.data / cohort, name, scratch / cohort, rng)
        command = ["segment", str(image), "--out", str(scratch / "found" / cohort)]
        command += ["--bundle", str(args.bundle), "--json"]
        if boxed:
            drawn = scratch / f"{name}.json"
            drawn.write_text(json.dumps(lesion_boxes(references, rng)), encoding="utf-8")
            command += ["--boxes", str(drawn)]
        succeed(command)
    out = scratch / "scores"
    succeed(
        ["evaluate", "--predictions", str(scratch / "found"), "--references", str(scratch),
         "--out", str(out)]
    )  # fmt: skip
    scores: dict[str, Any] = json.loads((out / "scores.json").read_text())
    return {key: scores[key] for key in ("version", "created", "patients", "cohorts")}


def shifted(
    folder: Path, name: str, target: Path, rng: np.random.Generator
) -> tuple[Path, dict[int, LabelMap]]:
    """Image and reference of a patient, padded alike: the image's path, the reference by slice."""
    rows, cols = ((LARGEST_SHIFT_PX + s, LARGEST_SHIFT_PX - s) for s in moves(rng))
    for kind in ("images", "labels"):
        stored = nib.load(folder / kind / f"{name}.nii.gz")
        pixels = np.asarray(stored.dataobj)
        pad = [(0, 0)] * pixels.ndim
        pad[0], pad[1] = rows, cols
        affine = stored.affine.copy()
        affine[:3, 3] -= affine[:3, 0] * rows[0] + affine[:3, 1] * cols[0]
        header = stored.header.copy()
        padded = np.pad(pixels, pad, constant_values=pixels.min())
        header.set_data_shape(padded.shape)
        (target / kind).mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(padded, affine, header), target / kind / f"{name}.nii.gz")
    study, labels = read_case(target, name)
    by_index = dict(zip(study.indices, labels, strict=True))
    return target / "images" / f"{name}.nii.gz", by_index


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
