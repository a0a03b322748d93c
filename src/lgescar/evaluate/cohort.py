"""How right the outlines of a cohort are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lgescar.core.errors import UsageError
from lgescar.evaluate.calibration import Claims, patient_claims
from lgescar.evaluate.cases import Case, prediction_files, read_case, reference_files
from lgescar.evaluate.emidec import EmidecScore, emidec_score
from lgescar.evaluate.images import PatientQuality, image_quality
from lgescar.evaluate.score import PatientScore, patient_score
from lgescar.read.splits import Split, sha256_of_file


@dataclass(frozen=True, slots=True)
class CohortScores:
    """What is found in each patient's labels, which are read once.

    ``emidec`` are the EMIDEC challenge's numbers, ``qualities`` those of the images with the
    reference outlines; both are empty where not wanted. ``claims`` are of the patients whose
    labels lie beside a probability or a report.
    """

    scores: tuple[PatientScore, ...]
    claims: tuple[Claims, ...]
    emidec: tuple[EmidecScore, ...] = ()
    qualities: tuple[PatientQuality, ...] = ()


def score_cohorts(
    predictions: Path,
    references: Path,
    patients: Iterable[str] | None = None,
    *,
    images: Path | None = None,
    emidec: bool = False,
) -> CohortScores:
    """A score for each patient with a reference, or for the named ones (``cohort/name``) only.

    Raises:
        UsageError: no references, a named patient has none, or one has no image in ``images``.
        InputError: a prediction is missing, or a file cannot be read; the message names the
            patient.
        GeometryError: prediction, image and reference do not lie on one grid.
    """
    scores, said, ranked, qualities = [], [], [], []
    for case, predicted in paired(predictions, references, patients):
        scores.append(patient_score(case))
        said.append(patient_claims(case, predicted))
        if emidec:
            ranked.append(emidec_score(case))
        if images is not None:
            qualities.append(image_quality(case, images))
    claims = tuple(one for one in said if one is not None)
    return CohortScores(tuple(scores), claims, tuple(ranked), tuple(qualities))


def paired(
    predictions: Path, references: Path, patients: Iterable[str] | None = None
) -> Iterator[tuple[Case, Path]]:
    """Every patient's reference and prediction, and the file of the latter.

    Raises:
        UsageError, InputError, GeometryError: as ``score_cohorts``.
    """
    from tqdm import tqdm

    known, predicted = files_of(predictions, references, patients)
    for patient in tqdm(known, unit="patient", disable=None):
        yield read_case(patient, known[patient], predicted[patient]), predicted[patient]


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
