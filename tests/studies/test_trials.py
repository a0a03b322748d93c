"""What is trained, what is skipped, and what is refused. The one who trains here knows already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lgescar.bundle import open_bundle
from lgescar.bundle.open import bundle_folder
from lgescar.core.errors import InputError, UsageError
from lgescar.read.splits import Split, read_split, write_split
from lgescar.studies.generalise import without
from lgescar.studies.material import Material, cohort_material, simulated_material
from lgescar.studies.predict import prepared_patients
from lgescar.studies.recipe import Simulated
from lgescar.studies.trials import Trial, run_trials, trial

BASE = {"name": "base", "data": {"split": "x", "share": {"a": 0.7, "simulated": 0.1}}}
SPLIT = Split(1, {"train": ("a/1", "a/2", "b/1"), "tune": ("a/3", "b/2"), "validation": ("b/3",)})
RECORD: dict[str, Any] = {"evaluated": {}, "prompts": {"jitter_mm": 4.0}}


class Graduates:
    """Trains by handing out the default bundle, and counts how often; ``stop`` ends a run early."""

    def __init__(self) -> None:
        self.trained: list[str] = []
        self.stop = ""

    def train(
        self, recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool
    ) -> dict[str, float]:
        assert resume
        self.trained.append(run.name)
        if run.name == self.stop:
            raise KeyboardInterrupt
        return {}

    def export(self, run: Path, out: Path) -> None:
        shutil.copytree(bundle_folder("default"), out, dirs_exist_ok=True)

    def read_any(self, recipe_file: Path) -> Split:
        return read_split(recipe_file.parent / "split.json")


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("made") / "simulated"
    return simulated_material(Simulated(train=1, tune=0, evaluate=1, scar="chronic"), folder)


@pytest.fixture
def trials(material: Material) -> list[Trial]:
    folders, split = material.folders, material.split
    return [trial(BASE, ({"loss": {"kl": k}},), (f"kl-{k}", 1), folders, split) for k in (0.0, 0.6)]


@pytest.fixture(scope="module")
def patients(material: Material) -> Callable[[], Any]:
    named = material.folders, material.evaluated("validation")
    return cache(lambda: prepared_patients(*named, open_bundle(), 4.0))


def test_a_trial_is_the_base_with_its_changes_name_and_seed() -> None:
    found = trial(BASE, ({"threads": 1}, {"loss": {"kl": 0.6}}), ("kl", 7), (), SPLIT)
    assert found.name == "kl-7"
    assert found.table["name"] == "base-kl"
    assert (found.table["seed"], found.table["threads"]) == (7, 1)
    assert found.table["data"]["split"] == "split.json"


def test_training_cohorts_have_a_share_and_no_others() -> None:
    found = trial(BASE, (), ("v", 1), (), SPLIT)
    # b is not in the base: one of three training patients.
    assert found.table["data"]["share"] == {"a": 0.7, "b": pytest.approx(1 / 3)}
    more = trial(BASE, ({"data": {"simulated": 5}},), ("v", 1), (), SPLIT)
    assert more.table["data"]["share"]["simulated"] == 0.1


def test_what_is_finished_is_not_done_again(
    trials: list[Trial], patients: Callable[[], Any], tmp_path: Path
) -> None:
    training = Graduates()
    training.stop = "kl-0.6-1"
    with pytest.raises(KeyboardInterrupt):
        run_trials(trials, patients, tmp_path, training, RECORD)
    training.stop = ""
    found = run_trials(trials, patients, tmp_path, training, RECORD)
    assert training.trained == ["kl-0.0-1", "kl-0.6-1", "kl-0.6-1"]
    again = run_trials(trials, patients, tmp_path, training, RECORD)
    assert len(training.trained) == 3
    assert again == found
    # The same bundle twice: it answers by itself, and no chance is left in the answer.
    assert found["kl-0.0", 1] == found["kl-0.6", 1]
    assert found["kl-0.0", 1][0].dice > 0.2


def test_scores_of_another_recipe_or_of_other_patients_are_refused(
    trials: list[Trial], patients: Callable[[], Any], tmp_path: Path
) -> None:
    run_trials(trials[:1], patients, tmp_path, Graduates(), RECORD)
    other = replace(trials[0], table={**trials[0].table, "threads": 3})
    with pytest.raises(UsageError, match="another study"):
        run_trials([other], patients, tmp_path, Graduates(), RECORD)
    with pytest.raises(UsageError, match="other patients"):
        run_trials(
            trials[:1], patients, tmp_path, Graduates(), {**RECORD, "evaluated": {"c/p": "1"}}
        )
    stored = json.loads((tmp_path / "scores" / "kl-0.0-1.json").read_text())
    assert (stored["variant"], stored["seed"], stored["prompts"]) == (
        "kl-0.0",
        1,
        RECORD["prompts"],
    )


def test_a_cohort_held_out_is_neither_trained_nor_tuned_on() -> None:
    found = without(SPLIT, {"b"})
    assert found.parts == {"train": ("b/1",), "tune": ("b/2",), "validation": ()}
    with pytest.raises(UsageError, match="nobody of c"):
        without(SPLIT, {"c"})


def test_a_cohort_that_is_not_that_of_its_split_is_refused(
    material: Material, tmp_path: Path
) -> None:
    name = material.split.parts["train"][0]
    write_split(Split(1, {"train": (name,)}, {name: "0"}), tmp_path / "split.json")
    with pytest.raises(InputError, match="changed since the split"):
        cohort_material([material.folders[0]], tmp_path / "split.json")


def test_an_empty_part_cannot_be_asked(material: Material) -> None:
    with pytest.raises(UsageError, match="nobody is in part tune"):
        material.evaluated("tune")
