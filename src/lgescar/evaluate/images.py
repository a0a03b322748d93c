"""The images behind the outlines, for pictures and for their quality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lgescar.core.errors import GeometryError, InputError, UsageError
from lgescar.core.quality import Quality
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.cases import SUFFIX, Case
from lgescar.measure.quality import quality
from lgescar.read.labels import lies_on
from lgescar.read.nifti import read_nifti


@dataclass(frozen=True, slots=True)
class PatientQuality:
    """The quality of one patient's images, measured with the reference outlines."""

    cohort: str
    patient: str
    quality: Quality


def image_quality(case: Case, images: Path) -> PatientQuality:
    """The quality of one patient's images in the folder ``images``.

    The outlines are the reference's, so that systems are compared on the same strata.

    Raises:
        UsageError: the patient has no image.
        InputError: it cannot be read, or image and reference do not lie on one grid.
    """
    study = image_study(case, image_file(images, case.cohort, case.name))
    outlines = dict(zip(case.study.indices, case.reference, strict=True))
    nothing = LabelMap(np.zeros(study.slices[0].shape, np.uint8))
    found = quality(study, [outlines.get(index, nothing) for index in study.indices])
    return PatientQuality(case.cohort, case.name, found)


def image_file(folder: Path, cohort: str, name: str) -> Path:
    """The image of a patient: ``[COHORT/][images/]NAME.nii.gz``.

    Raises:
        UsageError: there is none.
    """
    parts = (f"{cohort}/images", "images", cohort, ".")
    for part in parts:
        path = folder / part / f"{name}{SUFFIX}"
        if path.is_file():
            return path
    raise UsageError(
        f"no image of {cohort}/{name} in {folder.name}; expected images/{name}{SUFFIX}, "
        f"{name}{SUFFIX}, or either in a folder {cohort}"
    )


def image_study(case: Case, image: Path) -> Study:
    """The image of a case, on the reference's grid.

    Raises:
        InputError: the image cannot be read.
        GeometryError: image and reference do not lie on one grid.
    """
    name = f"{case.cohort}/{case.name}"
    try:
        study = read_nifti(image)
    except InputError as error:
        raise type(error)(f"image of {name}: {error}") from error
    grid = case.study.grid
    if study.grid.shape != grid.shape or not lies_on(study.grid.affine, grid):
        raise GeometryError(
            f"image of {name}: its shape is {study.grid.shape}, the reference's {grid.shape}, and "
            "their affines may differ; both must be on one grid"
        )
    return study
