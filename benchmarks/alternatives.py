"""One study by lgescar, by nnU-Net and by SAM ViT-B: benchmarks/results/alternatives.json.

    python benchmarks/alternatives.py

The same 10-slice study, one after the other in one run, RUNS times each: `lgescar segment` as a
whole process and in a warm one; nnU-Net's own prediction (its default mirroring) likewise, as
`lgescar train predict`, by a network trained for one step on simulated patients; the encoder of SAM
ViT-B from random weights on slices of 1024 pixels in torch, one timed and counted SLICES times.
What a network has learnt changes none of these times.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from record import ROOT, about
from run import LGESCAR, MODEL, SLICES, answer, simulated, timed
from sam_training import vit_b

from lgescar.networks.sam import Sam, fresh_model
from lgescar.read.splits import Split, sha256_of_file, write_split

RESULT = ROOT / "benchmarks" / "results" / "alternatives.json"
RUNS = 3
PATIENTS = ("train", "tune", "validation")
NNUNET = """
import json, os, sys, time
from pathlib import Path
root = Path(sys.argv[1])
for name in ("raw", "preprocessed", "results"):
    os.environ["nnUNet_" + name] = str(root / name)
from lgescar.train.nnunet import DATASET
from lgescar.train.nnunet_steps import predict
for _ in range(2):
    start = time.perf_counter()
    predict({"dataset": DATASET, "root": str(root), "workers": 1})
print()
print(json.dumps(time.perf_counter() - start))
"""


def main() -> int:
    """Measure, print, store."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        study, run = simulated(scratch), trained(scratch)
        seconds: dict[str, list[float]] = {}
        for number in range(RUNS):
            out = scratch / f"out{number}"
            for name, spent in once(study, run, out).items():
                seconds.setdefault(name, []).append(spent)
    medians = {name: median(values) for name, values in seconds.items()}
    record = {
        **about("python benchmarks/alternatives.py", seeds={"patients": 1}, labels="simulated"),
        "conditions": f"{SLICES} simulated slices, {RUNS} runs in turn, medians; SAM is one slice "
        f"of 1024 pixels times {SLICES}",
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "times_as_fast": {
            "process_as_nnunet": round(medians["nnunet_process"] / medians["process"], 1),
            "model_as_nnunet": round(medians["nnunet_model"] / medians["model"], 1),
            "model_as_sam": round(medians["sam_vit_b_1024"] / medians["model"], 1),
        },
    }
    RESULT.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record, indent=1))
    return 0


def once(study: Path, run: Path, out: Path) -> dict[str, float]:
    """Every alternative once, in seconds."""
    ours = timed([*LGESCAR, "segment", str(study), "--out", str(out / "ours")])["wall_s"]
    warm = json.loads(answer(["-c", MODEL, str(study), "3", "1"]))["model"]
    predict = [*LGESCAR, "train", "predict", "--run", str(run), "--data", str(study)]
    theirs = timed([*predict, "--out", str(out / "nnunet")])["wall_s"]
    warm_theirs = json.loads(answer(["-c", NNUNET, str(run / "nnunet")]).splitlines()[-1])
    return {
        "process": ours,
        "model": median(warm),
        "nnunet_process": theirs,
        "nnunet_model": warm_theirs,
        "sam_vit_b_1024": SLICES * sam_seconds(),
    }


@torch.no_grad()
def sam_seconds() -> float:
    """Encoding one slice of 1024 pixels with ViT-B."""
    network = Sam(fresh_model(vit_b(1024)), 1024).eval()
    image = torch.zeros(1, 1, 1024, 1024)
    start = time.perf_counter()
    network.encode(image)
    return time.perf_counter() - start


def trained(scratch: Path) -> Path:
    """A run of the nnU-Net recipe of one step, on three simulated patients."""
    cohort = scratch / "cohort" / "made"
    answer(["-m", "lgescar", "simulate", "--out", str(cohort), "--patients", "3", "--seed", "1"])
    files = sorted((cohort / "labels").glob("*.nii.gz"))
    names = [f"made/{file.name.removesuffix('.nii.gz')}" for file in files]
    parts = {part: (name,) for part, name in zip(PATIENTS, names, strict=True)}
    hashes = {name: sha256_of_file(file) for name, file in zip(names, files, strict=True)}
    write_split(Split(1, parts, hashes), scratch / "split.json")
    text = (ROOT / "recipes" / "nnunet" / "recipe.toml").read_text("utf-8")
    for key, value in {
        "split": '"split.json"',
        "share": "{ made = 0.5, simulated = 0.5 }",
        "simulated": "1",
        "epochs": "1",
        "iterations": "1",
        "validation_iterations": "1",
        "memory_gb": "8",
        "placed": '"slice"',
    }.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    (scratch / "recipe.toml").write_text(text, encoding="utf-8")
    run = scratch / "run"
    recipe = ["--recipe", str(scratch / "recipe.toml"), "--data", str(cohort.parent)]
    answer(["-m", "lgescar", "train", "run", *recipe, "--out", str(run)])
    return run


if __name__ == "__main__":
    raise SystemExit(main())
