"""A reading study from its plan to its numbers: over HTTP, then by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from lgescar.reader.store import Store
from lgescar.simulate.cohort import CohortPlan, write_cohort

SEED = 4
DENSITY_G_PER_ML = 1.05
SCAR_PX = {
    ("A", 1): (10, 20, 30),
    ("A", 2): (12, 20, 28),
    ("B", 1): (14, 24, 34),
    ("B", 2): (14, 24, 34),
}
"""Pixels of scar that each reader paints in each patient, in the first and the second session."""
SECONDS = {("A", 1): 60.0, ("A", 2): 30.0, ("B", 1): 90.0, ("B", 2): 45.0}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three simulated patients of three slices each."""
    home = tmp_path_factory.mktemp("cohort")
    write_cohort(CohortPlan(3, 11, "nifti", scar="chronic"), home / "whole")
    (home / "exams").mkdir()
    for path in (home / "whole" / "images").iterdir():
        whole = nibabel.load(path)
        nibabel.save(whole.slicer[..., 3:6], home / "exams" / path.name)
    return home / "exams"


def run(*words: str) -> Any:
    """What ``lgescar`` answers in JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "lgescar", *words, "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def read_one(browser: Any, session: str, pixels: int, seconds: float) -> None:
    """Empty every slice, then paint one row of ``pixels`` pixels on the first."""
    first, *_ = slices = [
        one["index"] for one in browser.json(f"/api/sessions/{session}")["slices"]
    ]
    # A brush of radius 0.6 along the middles of pixels takes these pixels and no others.
    path = [[200.5, 180.5], [200.5, 180.5 + pixels - 1]]
    brush = {"kind": "brush", "slice": first, "path": path, "radius_px": 0.6, "paint": "scar"}
    events = [*({"kind": "clear", "slice": index} for index in slices), brush]
    marks = [{"kind": "tick", "seconds": seconds}, {"kind": "grade", "grade": 4}]
    answer = browser.edit(session, 0, *events, *marks, {"kind": "accept-study"})
    assert answer.json()["status"] == "accepted"


@pytest.fixture(scope="module")
def store(
    cohort: Path, tmp_path_factory: pytest.TempPathFactory, module_servers: Callable[..., Any]
) -> Path:
    """The store after both readers read all that was planned for them."""
    home = tmp_path_factory.mktemp("study")
    server = module_servers(home, "--data", str(cohort))
    with server.reader("planner") as planner:
        studies: dict[str, str] = {}
        while len(studies) < 3:
            studies = planner.studies()
        plan = {"readers": ["A", "B"], "studies": list(studies.values()), "seed": SEED}
        assert planner.client.post("/api/readings", json=plan).status_code == 200
    with Store(server.store, create=False) as stored:
        patients = [studies[name] for name in sorted(studies)]
        behind = {row.id: patients.index(row.study) for row in stored.sessions()}
    for name in ("A", "B"):
        with server.reader(name) as browser:
            for row in browser.json("/api/worklist")["sessions"]:
                who = (name, row["number"])
                pixels = SCAR_PX[who][behind[row["session"]]]
                read_one(browser, row["session"], pixels, SECONDS[who])
    assert server.interrupt() == 0
    return server.store


def grams(cohort: Path, who: tuple[str, int]) -> Any:
    """Scar mass of each patient: pixels times area times the step between slices times density."""
    masses = []
    for path, pixels in zip(sorted(cohort.iterdir()), SCAR_PX[who], strict=True):
        voxel_ml = float(np.prod(nibabel.load(path).header.get_zooms()[:3], dtype=float)) / 1000.0
        masses.append(pixels * voxel_ml * DENSITY_G_PER_ML)
    return np.array(masses)


def concordance(a: Any, b: Any) -> float:
    """Lin's, by its definition."""
    covariance = ((a - a.mean()) * (b - b.mean())).mean()
    return float(2.0 * covariance / (a.var() + b.var() + (a.mean() - b.mean()) ** 2))


def test_the_numbers_of_a_reading_study_are_those_of_what_was_painted(
    store: Path, cohort: Path, tmp_path: Path
) -> None:
    told = run("readings", "--store", str(store), "--out", str(tmp_path / "out"), "--planned")
    names = [(one["reader"], one["number"], one["accepted"]) for one in told["readings"]]
    assert names == [("A", 1, 3), ("A", 2, 3), ("B", 1, 3), ("B", 2, 3)]
    folders = [one["folder"] for one in told["readings"]]
    found = run(
        "study", "repeatability", "--readings", *folders, "--out", str(tmp_path / "repeated")
    )
    seen = {
        (one["first"], one["second"]): one
        for one in found["comparisons"]
        if one["group"] == "all patients"
    }
    expected = {("A/1", "B/1"), ("A/1", "A/2"), ("B/1", "B/2")}
    assert set(seen) == expected
    for first, second in expected:
        who = [(name[0], int(name[2])) for name in (first, second)]
        masses = [grams(cohort, one) for one in who]
        near = seen[first, second]["agreement"]["scar_mass_g"]
        assert near["ccc"] == pytest.approx(concordance(*masses), rel=1e-6)
        assert near["bias"] == pytest.approx((masses[1] - masses[0]).mean(), rel=1e-6, abs=1e-9)
        # The rows begin at the same pixel, so the shorter lies within the longer.
        dices = [2 * min(p) / sum(p) for p in zip(*(SCAR_PX[one] for one in who), strict=True)]
        assert seen[first, second]["dice"]["dice_scar"]["mean"] == pytest.approx(np.mean(dices))
    assert seen["B/1", "B/2"]["agreement"]["scar_mass_g"]["ccc"] == 1.0
    assert {name: one["median"] for name, one in found["seconds"].items()} == {
        f"{reader}/{number}": seconds for (reader, number), seconds in SECONDS.items()
    }


def test_readings_are_written_again_over_the_earlier_ones(store: Path, tmp_path: Path) -> None:
    words = ("readings", "--store", str(store), "--out", str(tmp_path))
    first = run(*words)
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert run(*words) == first
    assert {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()} == before
    assert len(before) == 4 * (3 + 1)  # three patients and a reading.json in each folder
