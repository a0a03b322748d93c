"""Cohorts whose annotators drew another set of structures than ``Tissue`` holds.

``read.cohort`` reads the cohorts with scar labels. Those of this module (ACDC, M&Ms, MS-CMRSeg) add
the right ventricle, leave scar out, annotate scribbles only, or picture one person twice. Called by
training only, as ``read.cohort``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lgescar.core.arrays import PixelMask, frozen
from lgescar.core.errors import InputError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.read.cohort import MYOPS, OWN, named, recoded
from lgescar.read.labels import label_maps, read_label_volume
from lgescar.read.names import natural_key
from lgescar.read.nifti import read_nifti

RIGHT_VENTRICLE, UNANNOTATED = 5, 255
"""Codes of the right ventricle's blood pool and of pixels that nobody annotated. Source: the
development cohorts' README; 255 is the common code for "ignore" of scribbles."""
MYOPS_RIGHT_VENTRICLE = 600
"""Source: Zhuang, TPAMI 2019; Li et al., MedIA 2023."""
PHASES = ("_ED", "_ES")
"""Endings of one person's end-diastolic and end-systolic volume. Source: Bernard et al., TMI
2018; Campello et al., TMI 2021."""
REFERENCES = ("labels", "scribbles")
"""Folders of references, the complete ones first."""
TWIN = "myops_twin"
"""Column of ``cases.csv``: the same person in the cohort ``myops``."""

_CODING = OWN | MYOPS | dict.fromkeys((RIGHT_VENTRICLE, UNANNOTATED), Tissue.BACKGROUND)


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """What the annotator of one slice drew, and what is unknown.

    ``labels`` holds 0 to 4 as everywhere; it is background where nothing is ``annotated``.
    ``right_ventricle`` is the right ventricle's blood pool, None where the cohort does not
    annotate it (its pixels are then background). Without ``scar_known`` the viable wall of
    ``labels`` includes any scar.

    Raises:
        InputError: masks of another shape than the labels, or a right ventricle inside the left.
    """

    labels: LabelMap
    annotated: PixelMask
    right_ventricle: PixelMask | None
    scar_known: bool

    def __post_init__(self) -> None:
        right = self.right_ventricle
        masks = [self.annotated, *([] if right is None else [right])]
        if any(mask.shape != self.labels.codes.shape for mask in masks):
            raise InputError("annotations of one slice differ in shape")
        if right is not None and bool((right & (self.labels.codes > Tissue.BACKGROUND)).any()):
            raise InputError("the right ventricle overlaps the left one")
        object.__setattr__(self, "annotated", frozen(self.annotated, bool))
        if right is not None:
            object.__setattr__(self, "right_ventricle", frozen(right, bool))


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedCase:
    """One volume and its annotations; ``person`` (``cohort/name``) may have several volumes."""

    study: Study
    person: str
    annotations: tuple[Annotation, ...]


def annotated_cases(folder: Path) -> list[str]:
    """Names of the volumes with an image and some reference, in natural order.

    Raises:
        InputError: the folder holds none.
    """
    found = named(folder / "images") & set().union(*(named(folder / kind) for kind in REFERENCES))
    if not found:
        raise InputError("an annotated cohort needs images/ and labels/ or scribbles/")
    return sorted(found, key=natural_key)


def persons(folder: Path) -> dict[str, str]:
    """The person (``cohort/name``) of every annotated volume.

    End-diastole and end-systole are one person, and so are twins of two cohorts: a split by
    person keeps each on one side.
    """
    about = _about(folder)
    return {name: _person(folder, name, about.get(name, {})) for name in annotated_cases(folder)}


def cases_without(folder: Path, held_out: Iterable[str]) -> list[str]:
    """Volumes of the persons that are not among ``held_out`` (``cohort/name``)."""
    refused = frozenset(held_out)
    return [name for name, person in persons(folder).items() if person not in refused]


def read_annotated(folder: Path, name: str) -> AnnotatedCase:
    """One volume and its annotations, complete ones where there are several.

    Which structures a cohort annotates is read from the column ``classes`` of its ``cases.csv``;
    without one every structure counts as annotated whose code occurs in the volume, and scar
    counts as known.

    Raises:
        InputError: a file that cannot be read, no reference, or a code of no known cohort.
        GeometryError: image and reference are not on one grid.
    """
    study = read_nifti(folder / "images" / f"{name}.nii.gz")
    paths = (folder / kind / f"{name}.nii.gz" for kind in REFERENCES)
    path = next((found for found in paths if found.is_file()), None)
    if path is None:
        raise InputError(f"{name} has neither labels nor scribbles")
    volume = read_label_volume(path)
    tissue = recoded(volume, (_CODING,), name).codes
    about = _about(folder).get(name, {})
    right = np.isin(volume.codes, (RIGHT_VENTRICLE, MYOPS_RIGHT_VENTRICLE))
    planes = (tissue, volume.codes != UNANNOTATED, right)
    by_slice = [
        label_maps(replace(volume, codes=plane.astype(np.int32)), study) for plane in planes
    ]
    drawn = about.get("classes", "").split() or np.unique(volume.codes).astype(str).tolist()
    right_drawn = bool({str(RIGHT_VENTRICLE), str(MYOPS_RIGHT_VENTRICLE)} & set(drawn))
    scar_known = "classes" not in about or str(int(Tissue.SCAR)) in drawn
    annotations = tuple(
        Annotation(
            labels,
            annotated.codes.astype(bool),
            right_ventricle.codes.astype(bool) if right_drawn else None,
            scar_known,
        )
        for labels, annotated, right_ventricle in zip(*by_slice, strict=True)
    )
    return AnnotatedCase(study, _person(folder, name, about), annotations)


def _about(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "cases.csv"
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def _person(folder: Path, name: str, about: Mapping[str, str]) -> str:
    twin = about.get(TWIN) or ""
    if twin:
        return f"myops/{twin}"
    phase = next((ending for ending in PHASES if name.endswith(ending)), "")
    return f"{folder.name}/{name.removesuffix(phase)}"
