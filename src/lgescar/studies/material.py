"""The patients of a study: a user's cohorts with their split, or simulated ones made for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from lgescar.core.errors import UsageError
from lgescar.read.cohort import cases, cohort_folders
from lgescar.read.splits import Split, check_split, read_split, sha256_of_file
from lgescar.simulate.series import simulate_patient
from lgescar.simulate.write_nifti import write_patient_nifti
from lgescar.studies.recipe import Simulated

SIMULATED = "simulated"
"""Name of a cohort made for a study."""
CONTRASTS = ("psir", "magnitude")


@dataclass(frozen=True, slots=True)
class Material:
    """Cohort folders, and the split of their patients with the SHA-256 of each label file."""

    folders: tuple[Path, ...]
    split: Split

    def labels_of(self, part: str) -> list[str]:
        """SHA-256 of the labels of the evaluated patients."""
        return [self.split.labels_sha256.get(patient, "") for patient in self.evaluated(part)]

    def evaluated(self, part: str) -> tuple[str, ...]:
        """Patients (``cohort/name``) of the evaluated part.

        Raises:
            UsageError: there is no such part, or nobody in it.
        """
        patients = self.split.parts.get(part, ())
        if not patients:
            raise UsageError(
                f"nobody is in part {part}; the parts are {', '.join(self.split.parts)}"
            )
        return patients


def cohort_material(data: Iterable[Path], split_file: Path) -> Material:
    """A user's cohorts; a patient of the split that is not there is an error.

    Raises:
        UsageError: no cohort.
        InputError: no split, or labels that are not those it was made of.
    """
    folders = tuple(cohort_folders(data))
    split = read_split(split_file)
    labels = {
        f"{folder.name}/{name}": folder / "labels" / f"{name}.nii.gz"
        for folder in folders
        for name in cases(folder)
    }
    check_split(split, labels)
    return Material(folders, split)


def chosen_material(
    data: Sequence[Path], splits: Sequence[Path | None], plan: Simulated, out: Path
) -> Material:
    """The user's cohorts with the first of the ``splits`` that is given, or simulated patients.

    Raises:
        UsageError: no cohort, or no split.
        InputError: labels that are not those the split was made of.
    """
    if not data:
        return simulated_material(plan, out / "cohorts" / SIMULATED)
    split = next((s for s in splits if s is not None), None)
    if split is None:
        raise UsageError("give --split; lgescar train split makes one")
    return cohort_material(data, split)


def simulated_material(plan: Simulated, folder: Path) -> Material:
    """Patients of known scar written to ``folder``, whose name is the cohort's.

    A patient that is there is not made again: one seed makes one patient.
    """
    counts = {"train": plan.train, "tune": plan.tune, "validation": plan.evaluate}
    parts: dict[str, list[str]] = {part: [] for part in counts}
    order = [part for part, count in counts.items() for _ in range(count)]
    for number, part in enumerate(tqdm(order, desc="simulate", unit="patient", disable=None)):
        name = f"SIM{plan.first_seed + number}"
        if not (folder / "images" / f"{name}.nii.gz").is_file():
            patient = simulate_patient(
                plan.first_seed + number,
                scar=plan.scar,
                contrast=CONTRASTS[number % len(CONTRASTS)],
            )
            write_patient_nifti(patient, folder, name)
        parts[part].append(f"{folder.name}/{name}")
    return Material((folder,), labelled(parts, [folder]))


def labelled(parts: dict[str, list[str]], folders: Sequence[Path]) -> Split:
    """The split of patients whose labels lie in the folders, with the SHA-256 of each."""
    by_name = {folder.name: folder for folder in folders}
    sha256 = {}
    for patients in parts.values():
        for patient in patients:
            cohort, name = patient.split("/", 1)
            sha256[patient] = sha256_of_file(by_name[cohort] / "labels" / f"{name}.nii.gz")
    return Split(0, {part: tuple(names) for part, names in parts.items()}, sha256)
