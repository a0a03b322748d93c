"""Cross-validation as a user runs it: who trains, who is held out, and what is not done twice."""

import shutil
from pathlib import Path

import pytest

from lgescar.bundle import open_bundle
from lgescar.cli.main import main
from lgescar.core.errors import UsageError
from lgescar.read.splits import read_split
from lgescar.train.cohorts import Cohorts, PatientRow
from lgescar.train.folds import Folds, by_cohort, cross_validate, deal_folds, without_fold
from lgescar.train.held_out import DEFAULTS, HeldOutPrediction, stored_predictions

RECIPE = """
name = "small"
licence = "Apache-2.0"
seed = 3
threads = 1

[data]
split = "nowhere/split.json"
share = { simulated = 1.0 }

[localizer]
widths = [2, 2, 4, 4, 4]

[localizer.schedule]
steps = 1
batch = 2

[segmenter]
widths = [2, 2, 4, 4, 4]
decoder_widths = [2, 2, 4]
prompt_every = 2

[segmenter.schedule]
steps = 2
batch = 2
precision = "float32"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


def test_every_patient_is_outlined_by_a_bundle_that_never_met_them(
    cohort: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "cv"
    command = ["train", "crossval", "--recipe", str(recipe), "--data", str(cohort)]
    assert main([*command, "--out", str(out), "--folds", "3"]) == 0
    assert "3 patients outlined" in capsys.readouterr().out
    evaluated = []
    for number in (1, 2, 3):
        parts = read_split(out / f"fold-{number}" / "plan" / "split.json").parts
        (patient,) = parts["validation"]
        assert not parts["tune"]
        assert sorted([*parts["train"], patient]) == sorted(
            f"simulated/{p.name.removesuffix('.nii.gz')}" for p in (cohort / "labels").iterdir()
        )
        bundle = open_bundle(out / f"fold-{number}" / "bundle")
        report = (out / "predictions" / patient / "report.json").read_text()
        assert bundle.sha256 in report
        evaluated.append(patient)
    assert len(set(evaluated)) == 3
    scores = ["evaluate", "--predictions", str(out / "predictions"), "--references", str(cohort)]
    assert main([*scores, "--out", str(tmp_path / "scores")]) == 0


def test_a_second_run_makes_nothing_again_and_another_seed_is_refused(
    cohort: Path, recipe: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cv"
    masks = cross_validate(recipe, [cohort], out, Folds(3, only=(2,)))
    assert not (out / "fold-1").exists()
    assert not masks.exists()  # its cutoffs are chosen by the other folds, once these have answered
    cross_validate(recipe, [cohort], out, Folds(3, only=(1, 3)))
    assert len(list(masks.glob("*/*/labels.nii.gz"))) == 3
    made = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    cross_validate(recipe, [cohort], out, Folds(3))
    again = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}
    assert again == made
    with pytest.raises(UsageError, match="folds of other patients"):
        cross_validate(recipe, [cohort], out, Folds(2, only=(2,)))


def test_cutoffs_are_chosen_by_the_other_folds_and_the_final_bundle_s_by_all(
    cohort: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "cv"
    evaluated: list[list[HeldOutPrediction]] = []

    def chosen(found: list[HeldOutPrediction]) -> dict[str, float]:
        evaluated.append(found)
        return DEFAULTS

    monkeypatch.setattr("lgescar.train.folds.calibrate", chosen)
    with pytest.raises(UsageError, match=r"without: \[1, 3\]"):
        cross_validate(recipe, [cohort], out, Folds(3, only=(2,), final=True))
    cross_validate(recipe, [cohort], out, Folds(3, final=True))
    scars = [
        [one.scar.sum() for one in stored_predictions(out / f"fold-{n}" / "answers.npz").values()]
        for n in (1, 2, 3)
    ]
    assert [[one.scar.sum() for one in found] for found in evaluated] == [
        scars[1] + scars[2],
        scars[0] + scars[2],
        scars[0] + scars[1],
        scars[0] + scars[1] + scars[2],
    ]
    card = open_bundle(out / "final" / "bundle").card
    assert card.data["patients"] == {"train": 3, "tune": 0, "validation": 0}
    assert len(card.data["labels_sha256"]) == 3


@pytest.mark.parametrize(("folds", "only"), [(1, ()), (3, (4,)), (3, (0,))])
def test_folds_that_are_none_are_refused(
    cohort: Path, recipe: Path, tmp_path: Path, folds: int, only: tuple[int, ...]
) -> None:
    with pytest.raises(UsageError, match="folds are numbered from 1"):
        cross_validate(recipe, [cohort], tmp_path / "cv", Folds(folds, only=only))


def test_a_recipe_that_needs_another_bundle_to_find_the_heart_is_refused(
    cohort: Path, tmp_path: Path
) -> None:
    sam = Path(__file__).resolve().parents[2] / "recipes" / "sam_tiny" / "recipe.toml"
    with pytest.raises(UsageError, match="of kind sam: it needs the heart found"):
        cross_validate(sam, [cohort], tmp_path / "cv", Folds(3))


def test_a_cohort_may_be_a_fold(cohort: Path, tmp_path: Path) -> None:
    names = sorted(p.name for p in (cohort / "images").iterdir())
    for folder, chosen in (("a", names[:1]), ("b", names[1:])):
        for kind in ("images", "labels"):
            (tmp_path / folder / kind).mkdir(parents=True)
            for one in chosen:
                shutil.copy(cohort / kind / one, tmp_path / folder / kind / one)
    cohorts = Cohorts.of([tmp_path / "a", tmp_path / "b"])
    dealt = by_cohort(cohorts, cohorts.rows())
    stems = [one.removesuffix(".nii.gz") for one in names]
    assert dealt.parts["fold-1"] == (f"a/{stems[0]}",)
    assert sorted(dealt.parts["fold-2"]) == [f"b/{stem}" for stem in stems[1:]]
    assert without_fold(dealt, 1).parts["train"] == dealt.parts["fold-2"]


def test_one_cohort_is_no_folds(cohort: Path, recipe: Path, tmp_path: Path) -> None:
    words = ["train", "crossval", "--recipe", str(recipe), "--data", str(cohort), "--by-cohort"]
    assert main([*words, "--out", str(tmp_path / "cv")]) == 2


def test_each_fold_gets_a_fifth_of_each_cohort_and_all_others_train(cohort: Path) -> None:
    """20 of one cohort and 10 of another: 4 and 2 a fold, and the other 24 train."""
    rows = {
        f"{cohort_name}/{i}": PatientRow(8, 4, 100 * i, 10.0, 1.4, 10.0)
        for cohort_name, count in (("a", 20), ("b", 10))
        for i in range(count)
    }
    made = {f"simulated/{p.name.removesuffix('.nii.gz')}" for p in (cohort / "labels").iterdir()}
    dealt = deal_folds(Cohorts.of([cohort]), {**rows}, 5, seed=4)
    assert set(dealt.labels_sha256) == made
    for number in range(1, 6):
        split = without_fold(dealt, number)
        evaluated = split.parts["validation"]
        assert [sum(p.startswith(c) for p in evaluated) for c in ("a/", "b/")] == [4, 2]
        assert len(split.parts["train"]) == 24
        assert len({*evaluated, *split.parts["train"]}) == 30
