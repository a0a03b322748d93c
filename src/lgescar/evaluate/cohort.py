"""How right the outlines of a cohort are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lgescar.core.errors import UsageError
from lgescar.evaluate.cases import Case, prediction_files, read_case, reference_files
from lgescar.evaluate.emidec import EmidecScore, emidec_score
from lgescar.evaluate.score import PatientScore, patient_score
from lgescar.read.splits import Split, sha256_of_file


def score_cohorts(
    predictions: Path, references: Path, patients: Iterable[str] | None = None
) -> tuple[PatientScore, ...]:
    """A score for each patient with a reference, or for the named ones (``cohort/name``) only.

    Raises:
        UsageError: no references, or a named patient has none.
        InputError: a prediction is missing or cannot be read; the message names the patient.
        GeometryError: prediction and reference do not lie on one grid.
    """
    return tuple(patient_score(case) for case in paired(predictions, references, patients))


def score_as_emidec(
    predictions: Path, references: Path, patients: Iterable[str] | None = None
) -> tuple[EmidecScore, ...]:
    """The EMIDEC challenge's numbers of the same patients; raises as ``score_cohorts``."""
    return tuple(emidec_score(case) for case in paired(predictions, references, patients))


def paired(
    predictions: Path, references: Path, patients: Iterable[str] | None = None
) -> Iterator[Case]:
    """Every patient's reference and prediction; raises as ``score_cohorts``."""
    from tqdm import tqdm

    known, predicted = files_of(predictions, references, patients)
    for patient in tqdm(known, unit="patient", disable=None):
        yield read_case(patient, known[patient], predicted[patient])


def files_of(
    predictions: Path, references: Path, patients: Iterable[str] | None
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Reference and predicted label file by patient, ``cohort/name``.

    Raises:
        UsageError: no references, or a named patient has none.
        InputError: a prediction is missing.
    """
    known = reference_files(references)
    if patients is not None:
        wanted = list(patients)
        unknown = [patient for patient in wanted if patient not in known]
        if unknown or not wanted:
            first = f", first {unknown[0]}" if unknown else ""
            raise UsageError(f"{len(unknown)} of {len(wanted)} patients have no reference{first}")
        known = {patient: known[patient] for patient in wanted}
    return known, prediction_files(predictions, known)


def label_sha256(
    predictions: Path, references: Path, patients: Iterable[str] | None
) -> dict[str, dict[str, str]]:
    """SHA-256 of every label file that is scored, by patient; raises as ``files_of``."""
    known, predicted = files_of(predictions, references, patients)
    return {
        "references": {patient: sha256_of_file(path) for patient, path in known.items()},
        "predictions": {patient: sha256_of_file(path) for patient, path in predicted.items()},
    }


def part_of(split: Split, part: str, references: Path) -> list[str]:
    """Patients of one part of a split that belong to the cohorts in ``references``.

    Raises:
        UsageError: the split has no such part, or none of its patients is there.
    """
    if part not in split.parts:
        raise UsageError(f"the split has no part {part}; choose {', '.join(split.parts)}")
    cohorts = {patient.split("/", 1)[0] for patient in reference_files(references)}
    chosen = [p for p in split.parts[part] if p.split("/", 1)[0] in cohorts]
    if not chosen:
        raise UsageError(f"no patient of part {part} belongs to {', '.join(sorted(cohorts))}")
    return chosen
