import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lgescar.core.tissue import Tissue
from lgescar.read.splits import Split, sha256_of_file, write_split
from lgescar.simulate import simulate_patient
from lgescar.simulate.write_nifti import write_patient_nifti
from lgescar.train.dataset import LabelledSlice

RECIPES = Path(__file__).resolve().parents[2] / "recipes"


@pytest.fixture(scope="session")
def heart_slice() -> LabelledSlice:
    """A ring of wall around a bright pool with a scar in its upper left, on 64 x 64 samples."""
    return ring_slice(64)


@pytest.fixture(scope="session")
def disc_slice() -> LabelledSlice:
    """The same on the canvas of a disc, 192 x 192 samples."""
    return ring_slice(192)


def ring_slice(size: int) -> LabelledSlice:
    """Wall from 5/32 to 1/4 of ``size`` about the middle of the canvas."""
    row, col = np.mgrid[0:size, 0:size] - (size - 1) / 2
    radius, angle = np.hypot(row, col) * 64 / size, np.arctan2(row, col)
    codes = np.zeros((size, size), np.uint8)
    codes[radius < 16] = Tissue.VIABLE
    codes[radius < 10] = Tissue.BLOOD_POOL
    codes[(codes == Tissue.VIABLE) & (angle < -1.8)] = Tissue.SCAR
    image = np.choose(codes, [40, 200, 60, 240, 50]).astype(np.float32)
    return LabelledSlice("made", "one", image, np.ones((size, size), bool), codes)


PARTS = {"train": ("one",), "tune": ("two",), "validation": ("three",)}
SHORT = {
    r'split = ".*"': 'split = "split.json"',
    r"share = \{.*\}": "share = { simulated = 1.0 }",
    r"simulated = \d+": "simulated = 0",
    r"steps = \d+": "steps = 2",
    r"epochs = \d+": "epochs = 1",
    r"iterations = \d+": "iterations = 2",
    r"validation_iterations = \d+": "validation_iterations = 1",
    r"views = \d+": "views = 1",
    r"batch = \d+": "batch = 4",
}
"""What makes any recipe a matter of seconds on the simulated cohort."""


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder ``simulated`` with patients one, two and three; their split lies beside it."""
    folder = tmp_path_factory.mktemp("cohorts")
    for seed, name in enumerate(("one", "two", "three")):
        patient = simulate_patient(50 + seed, scar="chronic", contrast="psir", vendor="siemens")
        write_patient_nifti(patient, folder / "simulated", name)
    files = (folder / "simulated" / "labels").glob("*.nii.gz")
    hashes = {f"simulated/{p.name.removesuffix('.nii.gz')}": sha256_of_file(p) for p in files}
    parts = {part: tuple(f"simulated/{n}" for n in names) for part, names in PARTS.items()}
    write_split(Split(1, parts, hashes), folder / "split.json")
    return folder / "simulated"


@pytest.fixture
def shortened(cohort: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A recipe of ours by name, two steps long, for the simulated cohort."""

    def recipe(name: str, **changes: str) -> Path:
        text = (RECIPES / name / "recipe.toml").read_text("utf-8")
        for pattern, words in SHORT.items():
            text = re.sub(rf"(?m)^{pattern}", words, text)
        for key, value in changes.items():
            text = re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", text)
        folder = tmp_path / f"recipe-{name}"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(cohort.parent / "split.json", folder / "split.json")
        (folder / "recipe.toml").write_text(text, encoding="utf-8")
        return folder / "recipe.toml"

    return recipe
