"""Speed and size of what a user feels, into benchmarks/results/speed.json.

Whole processes are measured, imports and all. Memory is the largest sum over a process and its
children at one moment (Linux), sampled every 20 ms.
"""

from __future__ import annotations

import importlib.metadata as metadata
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from record import ROOT, about

RESULT = ROOT / "benchmarks" / "results" / "speed.json"
RUNS = 5
SLICES = 10
LGESCAR = [sys.executable, "-m", "lgescar"]
LIMITS = {
    "segment_wall_s": 3.0,
    "segment_peak_mb": 600.0,
    "model_s": 0.5,
    "first_prompt_ms": 30.0,
    "prompt_p95_ms": 60.0,
    "import_s": 0.3,
    "help_s": 0.5,
    "light_install_mb": 600.0,
}
"""What we promise."""

PROMPTS = 200
MODEL = """
import json, sys, time
from pathlib import Path
import numpy as np
import lgescar
from lgescar.bundle import open_bundle
from lgescar.core.box import Box
from lgescar.core.prompt import Prompt
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import NetworkSystem

def seconds(what):
    start = time.perf_counter()
    found = what()
    return found, time.perf_counter() - start

study, bundle = lgescar.read(Path(sys.argv[1])), open_bundle("default")
def predicted():
    outlined = OutlinedStudy(study, NetworkSystem(bundle))
    for index in study.indices:
        outlined.predicted(index)
    return outlined

runs = range(int(sys.argv[2]))
model = [seconds(predicted)[1] for _ in runs]
measured = [seconds(lambda: lgescar.segment(study, bundle))[1] for _ in runs]
rng, first, later, outlined = np.random.default_rng(1), [], [], predicted()
for number in range(int(sys.argv[3])):
    index = study.indices[number % len(study.indices)]
    disc = outlined.predicted(index).place.disc
    (row, col), (down, across) = disc.centre, disc.reach
    top, left = row + down * rng.uniform(-0.7, 0.3), col + across * rng.uniform(-0.7, 0.3)
    box = Box(top, left, top + 0.4 * down, left + 0.4 * across)
    _, spent = seconds(lambda: outlined.answer(index, Prompt(boxes=(box,))))
    (first if number < len(study.indices) else later).append(1000.0 * spent)
print(json.dumps({"model": model, "measured": measured, "first": first, "later": later}))
"""


def main() -> int:
    """Measure, print beside the limits, store."""
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(Path(scratch))
    print(f"{'measured_s':20} {found['measured_s']:9.3f}")
    for name, limit in LIMITS.items():
        verdict = "" if found[name] <= limit else "   OVER"
        print(f"{name:20} {found[name]:9.3f}   limit {limit:g}{verdict}")
    record = {
        **about("make bench", seeds={"patients": "from 1 on"}, labels="simulated from the seeds"),
        "runs": RUNS,
        "study": f"{SLICES} simulated slices, DICOM",
        "limits": LIMITS,
        "medians": {name: round(value, 3) for name, value in found.items()},
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0


def measured(scratch: Path) -> dict[str, float]:
    """Every number, each the median of RUNS."""
    study = simulated(scratch)
    runs = [
        timed([*LGESCAR, "segment", str(study), "--out", str(scratch / f"out{i}")])
        for i in range(RUNS)
    ]
    spent = json.loads(answer(["-c", MODEL, str(study), str(RUNS), str(PROMPTS)]))
    return {
        "segment_wall_s": median(run["wall_s"] for run in runs),
        "segment_cpu_s": median(run["cpu_s"] for run in runs),
        "segment_peak_mb": median(run["peak_mb"] for run in runs),
        "model_s": median(spent["model"]),
        "measured_s": median(spent["measured"]),
        "first_prompt_ms": median(spent["first"]),
        "prompt_p95_ms": quantiles([*spent["first"], *spent["later"]], n=20)[-1],
        "import_s": over_bare(["-c", "import lgescar"]),
        "help_s": median(timed([*LGESCAR, "--help"])["wall_s"] for _ in range(RUNS)),
        "light_install_mb": light_install_mb(),
    }


def simulated(scratch: Path) -> Path:
    """The first SLICES images, base first, of the first simulated patient that has as many."""
    for seed in range(1, 100):
        out = scratch / f"patient{seed}"
        options = ["--patients", "1", "--seed", str(seed), "--format", "dicom"]
        answer(["-m", "lgescar", "simulate", "--out", str(out), *options])
        images = sorted(out.glob("*/*.dcm"))
        if len(images) >= SLICES:
            for left_out in images[SLICES:]:
                left_out.unlink()
            return images[0].parent
    raise SystemExit(f"no simulated patient has {SLICES} slices")


def answer(arguments: list[str]) -> str:
    """What a Python child prints."""
    done = subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def over_bare(arguments: list[str]) -> float:
    """Seconds that a Python child takes beyond starting Python."""
    full = median(timed([sys.executable, *arguments])["wall_s"] for _ in range(RUNS))
    bare = median(timed([sys.executable, "-c", "pass"])["wall_s"] for _ in range(RUNS))
    return full - bare


def timed(command: list[str]) -> dict[str, float]:
    """Wall and processor seconds and peak memory of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    while child.poll() is None:
        peak = max(peak, tree_bytes(child.pid))
        try:
            child.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    wall = time.perf_counter() - start
    if child.returncode != 0:
        said = child.stderr.read().decode() if child.stderr else ""
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}: {said}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak / 1e6}


def tree_bytes(pid: int) -> int:
    """Resident memory of a process and everything below it, now."""
    total = 0
    waiting = [pid]
    while waiting:
        own = Path("/proc") / str(waiting.pop())
        try:
            pages = int((own / "statm").read_text().split()[1])
            for task in (own / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def light_install_mb() -> float:
    """Everything the run-time lock installs."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    total = 0
    for name in set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)):
        try:
            files = metadata.distribution(name).files or []
        except metadata.PackageNotFoundError:
            continue
        paths = {Path(str(file.locate())) for file in files}
        total += sum(path.stat().st_size for path in paths if path.is_file())
    return total / 1e6


if __name__ == "__main__":
    sys.exit(main())
