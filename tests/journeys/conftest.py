"""One simulated patient as users hold it, and the reader's pages, for every journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reader_pages import Server, begin, visit

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


@pytest.fixture(scope="session")
def server(exams: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data")
    (data / exams["nifti"].name).write_bytes(exams["nifti"].read_bytes())
    running = Server(tmp_path_factory.mktemp("served"), data)
    yield running
    running.close()


@pytest.fixture(scope="module")
def reading(chromium: Any, server: Server) -> Iterator[Any]:
    """A reading that several tests look at, each on a slice of its own."""
    with visit(chromium, server) as page:
        begin(page, "hand")
        yield page
