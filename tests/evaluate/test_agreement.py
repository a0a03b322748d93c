"""Agreement of scar over four hearts, worked out by hand in columns of scar."""

from __future__ import annotations

import csv
import json
from math import atan, pi, sqrt
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main
from lgescar.cli.verbs import parser
from lgescar.evaluate.agreement import MARGIN_PERCENT

REFERENCE, PREDICTED = (6, 5, 4, 3), (6, 4, 4, 1)
"""Columns of scar, three pixels each, of 4 x 128 pixels of wall."""
PERCENT, GRAMS = 100 * 3 / 512, 3 * 0.0225 * 1.05
BIAS, SD = -3 / 4, sqrt(2.75 / 3)
"""Of the differences 0, −1, 0 and −2."""
T_975 = 3.1824463
"""Of three degrees of freedom. Source: any table of Student's t."""


def heart(scar_cols: int) -> Any:
    codes = np.zeros((30, 32, 4), np.uint8)
    codes[8:20, 8:20] = 2
    codes[12:16, 12:16] = 1
    codes[8:11, 8 : 8 + scar_cols, 1] = 3
    return codes


def save(folder: Path, columns: tuple[int, ...], *, known: bool = True) -> str:
    folder.mkdir(parents=True)
    for patient, scar_cols in enumerate(columns):
        affine = np.diag([1.5, 1.5, 10.0, 1.0]) if known else np.eye(4)
        image = nib.Nifti1Image(heart(scar_cols), affine)
        image.header.set_xyzt_units("mm" if known else "unknown")
        nib.save(image, folder / f"p{patient}.nii.gz")
    return str(folder)


def agreement(tmp_path: Path, *more: str, **columns: Any) -> dict[str, dict[str, Any]]:
    """The record's agreement by quantity."""
    known = columns.get("known", True)
    references = save(tmp_path / "cohort", columns.get("reference", REFERENCE), known=known)
    predictions = save(tmp_path / "found", columns.get("predicted", PREDICTED), known=known)
    words = ["--predictions", predictions, "--references", references]
    assert main(["evaluate", *words, "--out", str(tmp_path / "out"), *more]) == 0
    record = json.loads((tmp_path / "out/scores.json").read_text())
    found: dict[str, dict[str, Any]] = record["cohorts"]["cohort"]["agreement"]
    return found


def t_above(t: float) -> float:
    """Share of Student's t of three degrees of freedom above t."""
    return 0.5 - (t / sqrt(3) / (1 + t * t / 3) + atan(t / sqrt(3))) / pi


def test_concordance_and_both_correlations_by_hand(tmp_path: Path) -> None:
    found = agreement(tmp_path)["scar_mass_g"]
    # Moments over n: variances 1.25 and 3.1875, covariance 1.875, means 0.75 apart.
    assert found["ccc"] == pytest.approx(2 * 1.875 / (1.25 + 3.1875 + 0.75**2))
    # Mean squares: patients 16.375/3, readers 1.125, error 1.375/3.
    patients, readers, error = 16.375 / 3, 1.125, 1.375 / 3
    assert found["icc_2_1"] == pytest.approx(
        (patients - error) / (patients + error + 2 * (readers - error) / 4)
    )
    assert found["icc_3_1"] == pytest.approx((patients - error) / (patients + error))


def test_bias_and_limits_have_intervals_in_the_quantitys_unit(tmp_path: Path) -> None:
    found = agreement(tmp_path)
    half, half_limit = T_975 * SD / 2, T_975 * SD * sqrt(1 / 4 + 1.96**2 / 6)
    for quantity, unit in (("scar_mass_g", GRAMS), ("scar_percent", PERCENT)):
        one = found[quantity]
        assert one["bias"] == pytest.approx(BIAS * unit)
        assert one["bias_interval"] == pytest.approx([(BIAS - half) * unit, (BIAS + half) * unit])
        upper = BIAS + 1.96 * SD
        assert one["upper_limit"] == pytest.approx(upper * unit)
        assert one["upper_limit_interval"] == pytest.approx(
            [(upper - half_limit) * unit, (upper + half_limit) * unit]
        )
        assert one["mean_reference"] == pytest.approx(4.5 * unit)
        assert one["median_absolute_error"] == pytest.approx(0.5 * unit)


def test_equivalence_is_tested_against_the_stated_share_of_the_lv(tmp_path: Path) -> None:
    found = agreement(tmp_path, "--margin", "1")
    # One percent of the wall is 5.12 pixels, 1.7 columns; of 512 pixels in grams as much.
    nearer = (BIAS + 5.12 / 3) / (SD / 2)
    assert found["scar_percent"]["margin"] == 1.0
    assert found["scar_mass_g"]["margin"] == pytest.approx(5.12 * 0.0225 * 1.05)
    for quantity in ("scar_percent", "scar_mass_g"):
        assert found[quantity]["equivalence_p"] == pytest.approx(t_above(nearer), rel=1e-6)
    assert found["lv_mass_g"]["margin"] is None
    assert found["lv_mass_g"]["equivalence_p"] is None


def test_patients_with_scar_have_their_own_row(tmp_path: Path) -> None:
    found = agreement(tmp_path, reference=(6, 5, 0, 0), predicted=(4, 4, 0, 1))
    assert found["scar_mass_g"]["patients"] == 4
    assert found["scar_mass_g_with_scar"]["patients"] == 2
    assert found["scar_mass_g_with_scar"]["bias"] == pytest.approx(-1.5 * GRAMS)


def test_without_spacing_only_the_share_is_compared(tmp_path: Path) -> None:
    found = agreement(tmp_path, known=False)
    assert (found["scar_mass_g"]["patients"], found["scar_mass_g"]["undefined"]) == (0, 4)
    assert found["scar_mass_g"]["bias"] is None
    assert found["scar_percent"]["bias"] == pytest.approx(BIAS * PERCENT)


def test_a_cohort_that_is_clear_throughout_agrees_without_concordance(tmp_path: Path) -> None:
    found = agreement(tmp_path, reference=(0, 0, 0), predicted=(0, 0, 0))["scar_percent"]
    assert (found["ccc"], found["bias"], found["rank_sum_p"]) == (None, 0.0, 1.0)
    assert (found["signed_rank_p"], found["equivalence_p"]) == (1.0, 0.0)


def test_all_four_formats_tell_of_it(tmp_path: Path) -> None:
    agreement(tmp_path)
    with (tmp_path / "out/agreement.csv").open() as file:
        rows = {row["quantity"]: row for row in csv.DictReader(file)}
    assert float(rows["scar_percent"]["bias"]) == pytest.approx(BIAS * PERCENT)
    assert float(rows["scar_percent"]["bias_interval_low"]) < BIAS * PERCENT
    for name, row in (
        ("scores.md", "| scar, % of LV, all patients | 2.6 ± 0.8 | 2.2 ± 1.2 | 0.750 ("),
        ("scores.tex", r"scar, \% of LV, all patients & 2.6 $\pm$ 0.8 & 2.2 $\pm$ 1.2 & 0.750 ("),
    ):
        assert row in (tmp_path / "out" / name).read_text()


def test_a_margin_is_a_positive_share(tmp_path: Path, capsys: Any) -> None:
    words = ["--predictions", "a", "--references", "b", "--out", str(tmp_path)]
    assert main(["evaluate", *words, "--margin", "0"]) == 2
    assert "--margin" in capsys.readouterr().err
    assert parser(["evaluate"]).parse_args(["evaluate", *words]).margin == MARGIN_PERCENT
