"""Chances and ranges of small hearts against their references."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main

AFFINE = np.diag([1.5, 1.5, 10.0, 1.0])
ONE = {
    # reference and predicted scar of 100 pixels of wall, range in percent, flagged
    "a": (20, 10, (5.0, 20.0), False),
    "b": (30, 10, (5.0, 25.0), True),
    "c": (0, 0, (0.0, 4.0), False),
    "d": (0, 6, (1.0, 11.0), True),
}


def heart(scar: int) -> Any:
    """10 x 10 pixels of wall on the second of 3 slices, the first ``scar`` of them scar."""
    codes = np.zeros((16, 14, 3), np.uint8)
    block = np.full(100, 2, np.uint8)
    block[:scar] = 3
    codes[3:13, 2:12, 1] = block.reshape(10, 10)
    return codes


def chances(said: float, elsewhere: float = 0.05) -> Any:
    """The first 20 pixels of the wall have the one chance, the rest of the volume the other."""
    volume = np.full((16, 14, 3), elsewhere, np.float32)
    volume[3:5, 2:12, 1] = said
    return volume


def save(path: Path, voxels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(voxels, AFFINE), path)


def report(ends: tuple[float, float] | None, flagged: bool, level: int = 90) -> str:
    """A ``report.json`` with that range."""
    amount = {"level_percent": level, "scar_percent_of_lv": ends, "scar_mass_g": None}
    names = ("lv_mass_g", "scar_mass_g", "scar_volume_ml", "scar_percent_of_lv", "mvo_mass_g")
    quantities = {**dict.fromkeys(names), "transmural_segments": [], "aha": []}
    document = {
        "format": "lgescar-report/1",
        "study": {},
        "quantities": quantities,
        "likely": None if ends is None else amount,
        "slices": [],
        "notes": [{"code": "look-at-it", "message": "Look at it."}] if flagged else [],
        "provenance": {"bundle": "", "bundle_sha256": ""},
    }
    return json.dumps(document)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions as segment writes them, and references; a second cohort has labels alone."""
    found, references = tmp_path / "found", tmp_path / "references"
    for name, (reference, predicted, ends, flagged) in ONE.items():
        save(references / "one/labels" / f"{name}.nii.gz", heart(reference))
        save(found / "one" / name / "labels.nii.gz", heart(predicted))
        (found / "one" / name / "report.json").write_text(report(ends, flagged))
    for name in ("a", "c"):
        save(found / "one" / name / "scar_probability.nii.gz", chances(0.75))
    save(references / "other/labels/z.nii.gz", heart(6))
    save(found / "other/z.nii.gz", heart(6))
    return found, references


def evaluated(folders: tuple[Path, Path], out: Path, *more: str) -> dict[str, Any]:
    """The record's cohorts."""
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    assert main(["evaluate", *words, "--out", str(out), *more]) == 0
    cohorts: dict[str, Any] = json.loads((out / "scores.json").read_text())["cohorts"]
    return cohorts


def test_chances_are_compared_over_the_wall_alone(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]["chances"]
    # a: 20 pixels said 0.75, all scar; c: 20 said 0.75, none scar; 80 each said 0.05, none scar.
    assert (found["patients"], found["pixels"]) == (2, 200)
    error = 40 / 200 * abs(0.75 - 0.5) + 160 / 200 * 0.05
    assert found["expected_error"] == pytest.approx(error)
    brier = (20 * 0.25**2 + 20 * 0.75**2 + 160 * 0.05**2) / 200
    assert found["brier"] == pytest.approx(brier)
    assert [one["count"] for one in found["bins"]] == [160, 0, 0, 0, 0, 0, 0, 40, 0, 0]
    assert found["bins"][7]["frequency"] == 0.5
    assert found["bins"][1]["mean_chance"] is None


def test_the_interval_of_the_error_draws_patients(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]["chances"]
    # Of two patients: a twice, c twice, or both.
    alone = {who: 0.2 * abs(0.75 - share) + 0.8 * 0.05 for who, share in (("a", 1), ("c", 0))}
    assert found["interval"] == pytest.approx([alone["a"], alone["c"]])


def test_the_wall_is_the_references_or_the_predicted(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    wider = heart(10)
    wider[13, 2:12, 1] = 2
    save(folders[0] / "one/a/labels.nii.gz", wider)
    narrower = heart(0)
    narrower[12, 2:12, 1] = 0
    save(folders[0] / "one/c/labels.nii.gz", narrower)
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]["chances"]
    assert found["pixels"] == 110 + 100


def test_ranges_hold_the_references_percent_or_not(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]["ranges"]
    assert found["level_percent"] == 90
    # 20 lies at the end of a's range, 30 outside b's; 0 at the end of c's, outside d's.
    assert found["everyone"] == {"patients": 4, "inside": 2}
    assert found["with_scar"] == found["without_scar"] == {"patients": 2, "inside": 1}
    # Widths 15, 20, 4 and 10.
    assert found["median_width_percent"] == pytest.approx(12.5)


def test_errors_of_flagged_patients_stand_beside_the_others(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]["ranges"]
    assert found["flagged"] == 2
    assert found["error_flagged"]["mean"] == pytest.approx((20 + 6) / 2)
    assert found["error_unflagged"]["mean"] == pytest.approx((10 + 0) / 2)
    assert found["error_unflagged"]["patients"] == 2


def test_a_patient_without_a_range_is_in_no_count_of_ranges(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    (folders[0] / "one/a/report.json").write_text(report(None, flagged=False))
    (folders[0] / "one/b/report.json").write_text(report((5.0, 25.0), flagged=True, level=80))
    (folders[0] / "one/c/report.json").unlink()
    found = evaluated(folders, tmp_path / "out")["one"]["calibration"]
    assert found["ranges"]["everyone"] == {"patients": 2, "inside": 0}
    assert found["ranges"]["level_percent"] is None
    assert found["ranges"]["error_unflagged"]["mean"] is None
    assert found["chances"]["patients"] == 2


def test_labels_alone_claim_nothing(folders: tuple[Path, Path], tmp_path: Path) -> None:
    assert evaluated(folders, tmp_path / "out")["other"]["calibration"] is None
    page = (tmp_path / "out/scores.md").read_text()
    assert "one: can its chances" in page
    assert "other: can its chances" not in page


def test_the_page_says_what_was_found(folders: tuple[Path, Path], tmp_path: Path) -> None:
    evaluated(folders, tmp_path / "out")
    page = (tmp_path / "out/scores.md").read_text()
    assert "calibration error 0.090 (0.090 to 0.190)" in page
    assert "| 0.7 to 0.8 | 40 | 0.75 | 0.50 |" in page
    assert "Ranges of scar said to hold 90 % of patients: median width 12.5 % of LV" in page
    assert "| patients with scar | 2 | 1 | 0.50 |" in page
    assert "| flagged to look at | 2 | 13.0 (6.0 to 20.0) |" in page
    assert "expected calibration error" in (tmp_path / "out/scores.tex").read_text()


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        (chances(0.5)[:-1], "its shape is (15, 14, 3), the labels' (16, 14, 3)"),
        (chances(1.5), "numbers that are no chances"),
        (chances(float("nan")), "numbers that are no chances"),
    ],
)
def test_a_map_that_is_no_chance_of_this_patient_is_named(
    folders: tuple[Path, Path], tmp_path: Path, capsys: Any, volume: Any, said: str
) -> None:
    save(folders[0] / "one/c/scar_probability.nii.gz", volume)
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    assert main(["evaluate", *words, "--out", str(tmp_path / "out")]) == 3
    error = capsys.readouterr().err
    assert "scar probability of one/c" in error
    assert said in error


def test_a_damaged_report_is_named(folders: tuple[Path, Path], tmp_path: Path, capsys: Any) -> None:
    (folders[0] / "one/b/report.json").write_bytes(b"\xff{")
    words = ["--predictions", str(folders[0]), "--references", str(folders[1])]
    assert main(["evaluate", *words, "--out", str(tmp_path / "out")]) == 3
    assert "report of one/b: " in capsys.readouterr().err


def test_the_diagram_shows_each_cohorts_bins(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from lgescar.evaluate.calibration import calibrations
    from lgescar.evaluate.cohort import score_cohorts
    from lgescar.evaluate.plots import reliability_diagrams

    scored = score_cohorts(*folders)
    found = calibrations(scored.claims, scored.scores, seed=1)
    above, beneath = reliability_diagrams(found).axes
    dots = np.transpose(above.lines[1].get_data())
    assert dots == pytest.approx(np.array([(0.05, 0.0), (0.75, 0.5)]))
    assert [bar.get_height() for bar in beneath.patches] == [160, 0, 0, 0, 0, 0, 0, 40, 0, 0]
    assert reliability_diagrams({}) is None
    evaluated(folders, tmp_path / "out", "--plots")
    assert (tmp_path / "out/plots/reliability.png").stat().st_size > 0


def test_the_table_of_the_docs_has_a_row_a_cohort(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "scripts"))
    tables = importlib.import_module("study_tables")
    stored = {"automatic": {"cohorts": evaluated(folders, tmp_path / "out")}}
    one, other = tables.calibration(stored, "automatic").splitlines()[2:]
    assert one == (
        "| one | 2 | 200 | 0.090 (0.090 to 0.190) | 2 of 4 | 12.5 | 2 | 13.0 (6.0 to 20.0) "
        "| 5.0 (0.0 to 10.0) |"
    )
    assert other == "| other |" + " – |" * 8


def test_every_label_file_is_read_once(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lgescar.evaluate import cases

    read: list[Path] = []
    reader = cases.read_label_volume
    monkeypatch.setattr(cases, "read_label_volume", lambda path: read.append(path) or reader(path))
    evaluated(folders, tmp_path / "out", "--emidec-compatible")
    assert len(read) == 2 * (len(ONE) + 1)
    assert len(set(read)) == len(read)
