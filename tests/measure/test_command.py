"""``lgescar measure`` on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from lgescar.cli.main import main


@pytest.fixture
def files(tmp_path: Path, ring: Any) -> tuple[str, str]:
    """A NIfTI of 1 x 1 x 10 mm and its labels: three rings, a quarter of the middle one scarred."""
    planes = [ring(), ring(lambda _, degrees: degrees < 90), ring(outer=24.0)]
    codes = np.stack(planes, axis=-1)
    affine = np.diag([1.0, 1.0, 10.0, 1.0])
    for name, content in (("image", (codes * 40).astype(np.int16)), ("labels", codes)):
        image = nib.Nifti1Image(content, affine)
        image.header.set_xyzt_units("mm")
        nib.save(image, tmp_path / f"{name}.nii.gz")
    return str(tmp_path / "image.nii.gz"), str(tmp_path / "labels.nii.gz")


def test_json_holds_grams_of_the_pixels_counted(
    files: tuple[str, str], capsys: Any, ring: Any
) -> None:
    assert main(["measure", *files, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    scarred = int(np.count_nonzero(ring(lambda _, degrees: degrees < 90) == 3))
    assert answer["quantities"]["scar_mass_g"] == pytest.approx(scarred * 0.01 * 1.05)
    assert [s["scar_px"] for s in answer["slices"]] == [0, scarred, 0]


def test_the_page_names_every_unit(files: tuple[str, str], capsys: Any) -> None:
    assert main(["measure", *files]) == 0
    page = capsys.readouterr().out
    assert "scar mass" in page
    assert all(unit in page for unit in (" g\n", " ml\n", " %\n", "px\n"))


def test_foreign_codes_are_refused(files: tuple[str, str], tmp_path: Path, capsys: Any) -> None:
    labels = nib.load(files[1])
    foreign = np.asarray(labels.dataobj).astype(np.int16) * 100
    nib.save(nib.Nifti1Image(foreign, labels.affine), tmp_path / "foreign.nii.gz")
    assert main(["measure", files[0], str(tmp_path / "foreign.nii.gz")]) == 3
    assert "0 to 4" in capsys.readouterr().err
