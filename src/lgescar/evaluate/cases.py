"""Predictions and references of the same patients, found by name and laid on one grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from lgescar.core.arrays import Probability
from lgescar.core.errors import InputError, UsageError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.read.cohort import recoded
from lgescar.read.labels import label_maps, read_label_volume
from lgescar.read.nifti import read_nifti
from lgescar.read.probability import read_probabilities
from lgescar.write.report_json import ReportNumbers, report_from_json

SUFFIX = ".nii.gz"
LABELS = f"labels{SUFFIX}"
BESIDE = {"probability": f"scar_probability{SUFFIX}", "report": "report.json"}
"""What ``lgescar segment`` writes beside a patient's labels, in the folder of that patient."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A patient's reference and predicted tissues, slice by slice, and where they lie.

    ``study`` carries the geometry of the reference file; its pixels are the codes.
    """

    cohort: str
    name: str
    study: Study
    reference: tuple[LabelMap, ...]
    predicted: tuple[LabelMap, ...]


def reference_files(folder: Path) -> dict[str, Path]:
    """Reference label files by patient, ``cohort/name``.

    A cohort is a folder with ``labels/NAME.nii.gz``, or a folder of such files. ``folder`` is
    one cohort, or holds several.

    Raises:
        UsageError: there is no label file.
    """
    own = folder / "labels" if (folder / "labels").is_dir() else folder
    found = {f"{_cohort_name(folder)}/{_stem(p)}": p for p in sorted(own.glob(f"*{SUFFIX}"))}
    if not found:
        for path in sorted(folder.glob(f"*/labels/*{SUFFIX}")):
            found[f"{path.parent.parent.name}/{_stem(path)}"] = path
    if not found:
        raise UsageError(
            f"no references in {folder.name}; expected labels/NAME{SUFFIX}, NAME{SUFFIX} or "
            f"COHORT/labels/NAME{SUFFIX}"
        )
    return found


def prediction_files(folder: Path, references: Mapping[str, Path]) -> dict[str, Path]:
    """Predicted label file of every patient with a reference.

    ``COHORT/NAME/labels.nii.gz``, ``COHORT/NAME.nii.gz``, or either without the cohort.

    Raises:
        InputError: a patient has none; a missing prediction is never left out of a mean.
    """
    found: dict[str, Path] = {}
    missing = []
    for patient in references:
        places = [
            folder / tail
            for name in (patient, patient.split("/", 1)[1])
            for tail in (f"{name}/{LABELS}", f"{name}{SUFFIX}")
        ]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            missing.append(patient)
        else:
            found[patient] = path
    if missing:
        raise InputError(
            f"{len(missing)} of {len(references)} patients have no prediction, first "
            f"{missing[0]}; predict them, or name the patients with --split and --part"
        )
    return found


def beside(predicted: Path, which: str) -> Path | None:
    """The ``probability`` or the ``report`` of a predicted label file; None where there is none."""
    path = predicted.with_name(BESIDE[which])
    return path if predicted.name == LABELS and path.is_file() else None


def read_chances(case: Case, path: Path) -> tuple[Probability, ...]:
    """Chance of scar of each slice of a case.

    Raises:
        InputError: the file cannot be read, or holds no chances.
        GeometryError: it does not lie on the reference's grid.
    """
    with _naming(f"{case.cohort}/{case.name}", "scar probability"):
        return read_probabilities(path, case.study)


def read_report(patient: str, path: Path) -> ReportNumbers:
    """The numbers of one patient's ``report.json``; raises ``InputError`` where it is none."""
    with _naming(patient, "report"):
        try:
            return report_from_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("the file cannot be read; write it again") from error


def label_files(folder: Path) -> dict[str, Path]:
    """Every patient's label file in a folder of any of the layouts that are evaluated.

    ``labels/NAME.nii.gz``; or ``NAME.nii.gz`` and ``NAME/labels.nii.gz``; or a folder of these
    for each cohort, and the patient is then ``COHORT/NAME``.

    Raises:
        UsageError: there is no label file.
    """
    found = _labels_in(folder)
    if not found and folder.is_dir():
        for cohort in sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] != "."):
            found |= {f"{cohort.name}/{name}": p for name, p in _labels_in(cohort).items()}
    if not found:
        raise UsageError(
            f"no labels in {folder.name}; expected NAME{SUFFIX}, labels/NAME{SUFFIX}, "
            f"NAME/labels{SUFFIX}, or a folder of these for each cohort"
        )
    return found


def _labels_in(folder: Path) -> dict[str, Path]:
    """Hidden ones are no patients: what an interrupted command left, or a Mac beside each file."""
    own = folder / "labels"
    reports = {p.parent.name: p for p in sorted(folder.glob(f"*/labels{SUFFIX}"))}
    files = {_stem(p): p for p in sorted((own if own.is_dir() else folder).glob(f"*{SUFFIX}"))}
    found = files if own.is_dir() else reports | files
    return {name: path for name, path in found.items() if not name.startswith(".")}


def read_case(patient: str, reference: Path, predicted: Path) -> Case:
    """Both label maps of one patient; the reference's coding follows from its codes.

    Raises:
        InputError: a file that cannot be read, or codes of no known coding.
        GeometryError: the two do not lie on one grid.
    """
    cohort, name = patient.split("/", 1)
    study, labels = read_together(patient, {"reference": reference, "prediction": predicted})
    return Case(cohort, name, study, labels["reference"], labels["prediction"])


def read_together(
    patient: str, files: Mapping[str, Path]
) -> tuple[Study, dict[str, tuple[LabelMap, ...]]]:
    """Label maps of one patient by whose they are, on the grid of the first.

    Raises:
        InputError: a file that cannot be read, or codes of no known coding.
        GeometryError: one does not lie on the grid of the first.
    """
    first = next(iter(files))
    with _naming(patient, first):
        # A slice without labels is no missing picture: the stack of labels is whole.
        study = replace(read_nifti(files[first]), complete=True)
    labels = {}
    for whose, path in files.items():
        with _naming(patient, whose):
            labels[whose] = label_maps(recoded(read_label_volume(path)), study)
    return study, labels


@contextmanager
def _naming(patient: str, which: str) -> Iterator[None]:
    """Puts the patient in front of what went wrong."""
    try:
        yield
    except InputError as error:
        raise type(error)(f"{which} of {patient}: {error}") from error


def _stem(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _cohort_name(folder: Path) -> str:
    name = folder.resolve().name
    return folder.resolve().parent.name if name == "labels" else name
