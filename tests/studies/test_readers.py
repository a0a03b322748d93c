"""Labels drawn by simulated readers, as training cohorts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lgescar.metrics.overlap import dice
from lgescar.read.cohort import cases, read_case
from lgescar.read.splits import check_split, sha256_of_file
from lgescar.studies.material import simulated_material
from lgescar.studies.readers import Reader, agreement, drawn_cohort
from lgescar.studies.recipe import Simulated

FIRST = 20_000


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients with chronic scar."""
    folder = tmp_path_factory.mktemp("made") / "simulated"
    simulated_material(Simulated(train=1, tune=0, evaluate=1, scar="chronic"), folder)
    return folder


def test_a_seed_makes_one_patient_and_what_is_there_is_not_made_again(truth: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in truth.rglob("*.nii.gz")}
    made = simulated_material(Simulated(train=1, tune=0, evaluate=1, scar="chronic"), truth)
    assert {p: p.stat().st_mtime_ns for p in truth.rglob("*.nii.gz")} == before
    assert made.split.parts["train"] == (f"simulated/SIM{FIRST}",)
    assert made.evaluated("validation") == (f"simulated/SIM{FIRST + 1}",)
    check_split(
        made.split, {f"simulated/{n}": truth / "labels" / f"{n}.nii.gz" for n in cases(truth)}
    )


def test_readers_draw_the_training_patients_and_leave_the_truth_alone(
    truth: Path, tmp_path: Path
) -> None:
    name = f"SIM{FIRST}"
    before = sha256_of_file(truth / "labels" / f"{name}.nii.gz")
    drawn = drawn_cohort(truth, [name], Reader(1.0, 1), tmp_path)
    assert cases(drawn) == [name]  # the other one's image is seen, but it has no labels here
    assert sha256_of_file(truth / "labels" / f"{name}.nii.gz") == before
    study, labels = read_case(drawn, name)
    _, exact = read_case(truth, name)
    stacks = [np.stack([m.scar for m in maps]) for maps in (exact, labels)]
    assert agreement(drawn) == (pytest.approx(dice(*stacks)), 1)
    assert 0.3 < agreement(drawn)[0] < 1.0
    assert len(study.slices) == len(labels)


def test_two_seeds_are_two_readers_and_one_seed_is_one(truth: Path, tmp_path: Path) -> None:
    files = [
        drawn_cohort(truth, [f"SIM{FIRST}"], Reader(1.0, seed), tmp_path / folder)
        for folder, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    digests = [sha256_of_file(f / "labels" / f"SIM{FIRST}.nii.gz") for f in files]
    assert digests[0] == digests[1] != digests[2]


def test_a_hasty_reader_is_further_from_the_truth(truth: Path, tmp_path: Path) -> None:
    names = cases(truth)
    found = [
        np.mean([agreement(drawn_cohort(truth, names, Reader(d, s), tmp_path / f"{d}-{s}"))[0]
                 for s in (1, 2, 3)])
        for d in (0.0, 3.0)
    ]  # fmt: skip
    assert found[0] > found[1]
