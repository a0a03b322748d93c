"""One simulated patient as users hold it, for every journey."""

from pathlib import Path

import pytest

from lgescar.cli.main import main

SEED = "7"


@pytest.fixture(scope="session")
def exams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One simulated patient, written in every format the simulator knows."""
    home = tmp_path_factory.mktemp("exams")
    for kind in ("nifti", "dicom", "dicom-enhanced"):
        command = ["simulate", "--out", str(home / kind), "--patients", "1", "--seed", SEED]
        assert main([*command, "--format", kind]) == 0
    nifti = next((home / "nifti" / "images").glob("*.nii.gz"))
    name = nifti.name.removesuffix(".nii.gz")
    return {
        "nifti": nifti,
        "dicom": home / "dicom" / name,
        "dicom-enhanced": home / "dicom-enhanced" / name,
    }
