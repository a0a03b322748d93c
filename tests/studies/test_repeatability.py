"""Two sessions whose masses are known by counting pixels, and simulated readers who read twice."""

from __future__ import annotations

import csv
import json
from math import sqrt
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.cases import label_files
from lgescar.evaluate.summary import spread_of
from lgescar.studies.repeatability.hands import (
    Hand,
    RepeatabilityRecipe,
    corrective_point,
    drawn_boxes,
)
from lgescar.studies.repeatability.page import conclusions
from lgescar.studies.repeatability.rows import Amounts, PairRow
from lgescar.studies.repeatability.sessions import Comparison, ReadingSession, comparisons
from lgescar.studies.repeatability.tables import Compared, Repeated, ccc_differences

GRAM = 3 * 2 * 2 * 10 / 1000 * 1.05
"""Of a column of scar: three pixels of 2 x 2 x 10 mm."""
WALL = 12 * 12 - 4 * 4
RECIPE = """
name = "twice"
points = 1

[readers.A]
wide_mm = 0.3

[readers.B]
degree = 0.5

[simulated]
train = 0
tune = 0
evaluate = 1
scar = "chronic"
first_seed = 30_000
"""


def heart(scar_cols: int) -> Any:
    """Two slices of wall; on the first ``scar_cols`` columns of scar, three pixels each."""
    codes = np.zeros((30, 32, 2), np.uint8)
    codes[8:20, 8:20] = 2
    codes[12:16, 12:16] = 1
    codes[8:11, 8 : 8 + scar_cols, 0] = 3
    return codes


def save(folder: Path, columns: dict[str, int], *, mm: float = 2.0) -> str:
    """A session: a label file a patient."""
    folder.mkdir(parents=True)
    for patient, scar_cols in columns.items():
        image = nib.Nifti1Image(heart(scar_cols), np.diag([mm, mm, 10.0, 1.0]))
        image.header.set_xyzt_units("mm")
        nib.save(image, folder / f"{patient}.nii.gz")
    return str(folder)


def compared(capsys: Any, out: Path, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    command = ["study", "repeatability", *words, "--out", str(out), "--json"]
    assert main(command) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def of(found: dict[str, Any], group: str = "all patients", kind: str = "") -> dict[str, Any]:
    rows = [c for c in found["comparisons"] if c["group"] == group and kind in c["kind"]]
    assert len(rows) == 1
    return dict(rows[0])


def test_masses_of_two_readers_are_counted_pixel_by_pixel(tmp_path: Path, capsys: Any) -> None:
    first = save(tmp_path / "one", {"P1": 2, "P2": 4, "P3": 0})
    second = save(tmp_path / "two", {"P1": 3, "P2": 4, "P3": 0, "P4": 1})
    found = compared(capsys, tmp_path / "out", "--readings", f"A={first}", f"B={second}")
    row = of(found)
    assert (row["kind"], row["first"], row["second"]) == ("inter-observer", "A/1", "B/1")
    assert (row["patients"], row["both_empty"], row["enough"]) == (3, 1, False)
    mass = row["agreement"]["scar_mass_g"]
    # Columns 2, 4, 0 and 3, 4, 0: covariance 8/3, variances 8/3 and 26/9, means 2 and 7/3.
    assert mass["ccc"] == pytest.approx(2 * (8 / 3) / (8 / 3 + 26 / 9 + 1 / 9))
    assert mass["bias"] == pytest.approx(GRAM / 3)
    # Differences 1, 0, 0: mean 1/3, variance (4 + 1 + 1) / 9 / 2 = 1/3.
    assert mass["upper_limit"] == pytest.approx(GRAM * (1 / 3 + 1.96 * sqrt(1 / 3)))
    assert mass["mean_first"] == pytest.approx(2 * GRAM)
    percent = row["agreement"]["scar_percent"]
    assert percent["bias"] == pytest.approx(100 * 3 / (2 * WALL) / 3)
    assert row["agreement"]["lv_mass_g"]["bias"] == 0.0
    # Dice of P1 is 2·6/(6 + 9), of P2 1; P3 has none.
    assert row["dice"]["dice_scar"]["mean"] == pytest.approx((0.8 + 1.0) / 2)
    assert row["dice"]["dice_scar"]["undefined"] == 1
    assert found["unpaired"] == {"P4": ["B/1"]}
    assert any("P4 (B/1)" in sentence for sentence in found["conclusions"])
    with (tmp_path / "out" / "patients.csv").open(encoding="utf-8") as file:
        rows = {r["patient"]: r for r in csv.DictReader(file)}
    assert float(rows["P1"]["scar_mass_g_second"]) == pytest.approx(3 * GRAM)
    assert rows["P3"]["dice_scar"] == ""
    assert {"study.md", "study.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert len(found["evaluated"]["A/1"]["P1"]) == 64


def test_sessions_pair_within_a_reader_and_first_sessions_between_readers(
    tmp_path: Path, capsys: Any
) -> None:
    folders = {
        name: save(tmp_path / name.replace("/", "-"), {"P1": cols, "P2": 2 * cols, "P3": 1})
        for name, cols in (("A/1", 1), ("A/2", 2), ("B/1", 1), ("C/1", 3))
    }
    words = [f"{name}={folder}" for name, folder in folders.items()]
    found = compared(capsys, tmp_path / "out", "--readings", *words)
    pairs = {
        (c["kind"], c["first"], c["second"])
        for c in found["comparisons"]
        if c["group"] == "all patients"
    }
    assert pairs == {
        ("intra-observer", "A/1", "A/2"),
        ("inter-observer", "A/1", "B/1"),
        ("inter-observer", "A/1", "C/1"),
        ("inter-observer", "B/1", "C/1"),
    }
    everyone = {a["quantity"]: a for a in found["all_readers"]}["scar_mass_g"]
    # Mean squares of columns (1, 1, 3), (2, 2, 6), (1, 1, 1): three readings a mean.
    table = np.array([[1, 1, 3], [2, 2, 6], [1, 1, 1]], float)
    msr, msc = table.mean(1).var(ddof=1) * 3, table.mean(0).var(ddof=1) * 3
    mse = (table.var() * 9 - 2 * msr - 2 * msc) / 4
    expected = (msr - mse) / (msr + 2 * mse + 3 * (msc - mse) / 3)
    assert everyone["readers"] == ["A/1", "B/1", "C/1"]
    assert everyone["icc_2_1"] == pytest.approx(expected)


def test_readers_are_compared_in_the_order_given(tmp_path: Path) -> None:
    given = [ReadingSession(*name.split("/"), {}) for name in ("A/1", "B/1", "A/2")]
    assert [(pair.first, pair.second) for pair in comparisons(given)] == [
        ("A/1", "B/1"),
        ("A/1", "A/2"),
    ]


def test_hidden_files_are_no_patients(tmp_path: Path) -> None:
    save(tmp_path / "flat", {"P1": 1, "._P1": 1})
    save(tmp_path / "written" / "P1", {"labels": 1})
    save(tmp_path / "written" / ".P2.0a1b2c3d.part", {"labels": 1})
    assert list(label_files(tmp_path / "flat")) == ["P1"]
    assert list(label_files(tmp_path / "written")) == ["P1"]


def agreeing(ccc: float | None, low: float | None, patients: int = 20) -> Agreement:
    interval = None if low is None else (low, 1.0)
    return Agreement(patients=patients, undefined=0, ccc=ccc, ccc_interval=interval)


@pytest.mark.parametrize(
    ("each", "true", "told"),
    [
        (agreeing(0.95, 0.9), agreeing(0.8, 0.6), "repeatable is not right"),
        (agreeing(0.95, 0.7), agreeing(0.8, 0.6), "not shown"),
        (agreeing(0.95, None), agreeing(0.8, None), "nothing is said"),
        (agreeing(0.95, 0.9), agreeing(None, None), "nothing is said"),
        (agreeing(0.95, 0.9, 5), agreeing(0.8, 0.6, 5), "too few patients"),
    ],
)
def test_readers_repeat_more_than_the_truth_only_where_the_interval_says_so(
    each: Agreement, true: Agreement, told: str
) -> None:
    found = Repeated("x", (), (compared_as("inter-observer", each), compared_as("truth", true)),
                     (), (), {}, {})  # fmt: skip
    (said,) = (line for line in conclusions(found) if "with each other" in line)
    assert told in said


def compared_as(kind: Any, agreement: Agreement) -> Compared:
    spread = spread_of([0.8], 1)
    pair = Comparison(kind, "a", "b")
    return Compared("fwhm", pair, "patients with scar", agreement.patients, 0, True,
                    {"scar_mass_g": agreement}, {"dice_scar": spread})  # fmt: skip


def test_times_and_grades_come_from_reading_json(tmp_path: Path, capsys: Any) -> None:
    first = save(tmp_path / "one", {"P1": 2, "P2": 4, "P3": 5})
    second = save(tmp_path / "two", {"P1": 2, "P2": 4, "P3": 4})
    told = {"P1": {"seconds": 30, "quality": 1}, "P2": {"seconds": 90, "quality": 2}, "P3": {}}
    content = {"format": "lgescar-reading/1", "reader": "A", "session": "7", "patients": told}
    (tmp_path / "one" / "reading.json").write_text(json.dumps(content))
    found = compared(capsys, tmp_path / "out", "--readings", first, f"A/8={second}")
    assert found["seconds"]["A/7"]["median"] == 60.0
    assert found["seconds"]["A/7"]["undefined"] == 1
    assert of(found, "image quality 2")["patients"] == 1
    page = (tmp_path / "out" / "study.md").read_text("utf-8")
    assert "intra-observer A/7 and A/8: image quality 2\n\nPatients: 1;" in page
    assert "Too few patients to evaluate" in page
    assert main(["study", "repeatability", "--out", str(tmp_path / "o"), "--readings",
                 f"B={first}", f"A/8={second}"]) == 3  # fmt: skip
    assert "which is it?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "or --recipe"),
        (["--readings", "A=one"], 2, "two sessions or more"),
        (["--readings", "A=one", "A=two"], 2, "two folders are called A/1"),
        (["--readings", "one", "B=two"], 2, "whose readings"),
        (["--readings", "A=one", "B=empty"], 2, "no labels in empty"),
        (["--readings", "A=one", "B=finer"], 3, "one and the same series"),
        (["--readings", "A=one", "B=two", "--recipe", "x.toml"], 2, "give one"),
        (["--readings", "A=one", "B=others"], 2, "no patient is in two sessions"),
    ],
)
def test_what_cannot_be_compared_is_told(
    words: list[str], code: int, told: str, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    save(tmp_path / "one", {"P1": 1})
    save(tmp_path / "two", {"P1": 1})
    save(tmp_path / "finer", {"P1": 1}, mm=1.0)
    save(tmp_path / "others", {"Q1": 1})
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["study", "repeatability", "--out", "out", *words]) == code
    assert told in capsys.readouterr().err


def test_other_studies_still_need_a_recipe(tmp_path: Path, capsys: Any) -> None:
    assert main(["study", "boxes", "--out", str(tmp_path)]) == 2
    assert "required: --recipe" in capsys.readouterr().err
    words = ["--recipe", "x.toml", "--readings", "A=x", "B=y"]
    assert main(["study", "boxes", "--out", str(tmp_path), *words]) == 2
    assert "unrecognized arguments: --readings" in capsys.readouterr().err


def row(method: str, patient: int, first: float, second: float) -> PairRow:
    amounts = tuple(Amounts(value, value, 100.0, 0.0) for value in (first, second))
    return PairRow(
        method=method, comparison=Comparison("inter-observer", "A/1", "B/1"), patient=str(patient),
        scarred=True, quality=None, amounts=(amounts[0], amounts[1]), seconds=(None, None),
        dice_scar=1.0, dice_wall=1.0, dice_mvo=None,
    )  # fmt: skip


def test_a_method_repeats_better_where_the_interval_of_the_difference_leaves_out_zero() -> None:
    noisy = [row("fwhm", i, i, i + (3 if i % 2 else -3)) for i in range(12)]
    exact = [row("prompts", i, i, i) for i in range(12)]
    found = ccc_differences(noisy, exact)[0]
    # i and i ± 3: the second's variance is 143/12 + 9 + 2·3·(−1/2)·... worked out by numpy.
    x, y = np.array([r.pair("scar_mass_g") for r in noisy], float).T
    ccc = (
        2
        * np.mean((x - x.mean()) * (y - y.mean()))
        / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    )
    assert found.pair == Comparison("inter-observer", "A/1", "B/1")
    assert (found.ccc, found.ccc_baseline) == (pytest.approx(1.0), pytest.approx(ccc))
    assert (found.method, found.baseline, found.verdict) == ("prompts", "fwhm", "better")
    assert ccc_differences(exact, noisy)[0].verdict == "worse"
    assert ccc_differences(exact, exact)[0].verdict == "no difference seen"
    assert ccc_differences(noisy[:5], exact[:5])[0].verdict == "too few patients"


def scars() -> LabelMap:
    """A scar of 10 x 10 pixels and one of 3 x 3, in a wall."""
    codes = np.full((60, 60), 2, np.uint8)
    codes[10:20, 10:20] = 3
    codes[40:43, 40:43] = 3
    return LabelMap(codes)


def recipe(**own: Any) -> RepeatabilityRecipe:
    return RepeatabilityRecipe(name="x", readers={"A": Hand(), "B": Hand()}, **own)


def test_small_scars_are_overlooked_and_boxes_run_outside_by_habit() -> None:
    rng = np.random.default_rng(0)
    steady = recipe(jitter_mm=0.0, missed=0.0, missed_small=1.0, small_mm2=50.0, invented=0.0)
    boxes = drawn_boxes(scars(), Hand(1.0, 2.0), steady, (1.0, 1.0), rng)
    assert [(b.top, b.left, b.bottom, b.right) for b in boxes] == [(8.0, 8.0, 22.0, 22.0)]
    assert len(drawn_boxes(scars(), Hand(0.0), steady, (1.0, 1.0), rng)) == 2
    inventing = recipe(missed=1.0, missed_small=1.0, invented=3.0)
    assert len(drawn_boxes(scars(), Hand(), inventing, (1.0, 1.0), rng)) == 3


def test_a_click_lies_in_the_middle_of_the_largest_error() -> None:
    truth, answer = np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    truth[5:14, 5:14] = True
    answer[20:25, 20:25] = True
    rng = np.random.default_rng(0)
    steady = Hand(degree=0.0)
    point = corrective_point((truth, answer), steady, 30.0, (1.0, 1.0), rng)
    assert point is not None
    assert (point.row, point.col, point.inside) == (9.5, 9.5, True)
    invented = corrective_point((truth & False, answer), steady, 20.0, (1.0, 1.0), rng)
    assert invented is not None
    assert (invented.row, invented.col, invented.inside) == (22.5, 22.5, False)
    assert corrective_point((truth & False, answer), steady, 26.0, (1.0, 1.0), rng) is None


def test_simulated_readers_read_twice_by_both_methods(tmp_path: Path, capsys: Any) -> None:
    file, out = tmp_path / "study.toml", tmp_path / "out"
    file.write_text(RECIPE)
    found = compared(capsys, out, "--recipe", str(file))
    pairs = {(c["method"], c["kind"]) for c in found["comparisons"]}
    kinds = ("inter-observer", "intra-observer", "truth")
    assert pairs == {(method, kind) for method in ("fwhm", "prompts") for kind in kinds}
    truths = [c for c in found["comparisons"] if c["kind"] == "truth" and "all" in c["group"]]
    assert all(0.3 < c["dice"]["dice_scar"]["mean"] < 1.0 for c in truths)
    assert {d["verdict"] for d in found["differences_of_ccc"]} == {"too few patients"}
    assert len(found["evaluated"]["simulated/SIM30000"]) == 64
    drawn = out / "readings" / "prompts" / "A-1" / "simulated" / "labels" / "SIM30000.nii.gz"
    before = drawn.stat().st_mtime_ns
    again = compared(capsys, out, "--recipe", str(file))
    assert again["comparisons"] == found["comparisons"]
    assert drawn.stat().st_mtime_ns == before
    file.write_text(RECIPE.replace("points = 1", "points = 0"))
    words = ["--recipe", str(file), "--out", str(out)]
    assert main(["study", "repeatability", *words]) == 2
    assert "choose another --out" in capsys.readouterr().err
