"""Simulated readers at work: label folders by FWHM and by prompts, two sessions a reader."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from tqdm import tqdm

from lgescar.core.arrays import PixelMask
from lgescar.core.atomic import write_file
from lgescar.core.box import Box
from lgescar.core.errors import GeometryError, UsageError
from lgescar.core.prompt import Point, Prompt
from lgescar.core.tissue import LabelMap
from lgescar.core.version import VERSION
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.system import System
from lgescar.read.cohort import read_case
from lgescar.studies.material import Material
from lgescar.studies.readers import Reader, drawn_cohort
from lgescar.studies.reference_boxes import PxPerMm
from lgescar.studies.repeatability.hands import (
    Hand,
    RepeatabilityRecipe,
    corrective_point,
    drawn_boxes,
)
from lgescar.studies.repeatability.sessions import ReadingSession
from lgescar.write.nifti import label_maps_nifti

FWHM, PROMPTS = METHODS = ("fwhm", "prompts")
"""Outlines by hand, ROI and threshold; boxes and points that a network answers."""
TIMES = ("1", "2")
MADE = "made.json"


def settings(system: System) -> dict[str, Any]:
    """What decided, for provenance."""
    about = {"bundle": system.bundle.card.name, "bundle_sha256": system.bundle.sha256}
    decided = system.settings(prompted=True)
    return about | {key: decided[key] for key in ("segmenter",) if key in decided}


def drawn_sessions(
    recipe: RepeatabilityRecipe, system: System, material: Material, out: Path
) -> dict[str, list[ReadingSession]]:
    """Sessions by method; what is in ``out/readings`` is not drawn again.

    Raises:
        UsageError: ``out`` holds readings of another recipe, bundle or patients.
    """
    _refuse_others(recipe, system, material, out / "readings")
    cohort = material.folders[0]
    names = [patient.split("/", 1)[1] for patient in material.evaluated("validation")]
    sessions: dict[str, list[ReadingSession]] = {method: [] for method in METHODS}
    for name, time, seed in _times(recipe):
        hand = recipe.readers[name]
        folder = out / "readings" / FWHM / f"{name}-{time}"
        drawn_cohort(cohort, names, Reader(hand.degree, seed, hand.habit), folder)
    for name in tqdm(names, desc="prompt", unit="patient", disable=None):
        _prompt(recipe, system, cohort, name, out / "readings" / PROMPTS)
    for method in METHODS:
        for name, time, _ in _times(recipe):
            folder = out / "readings" / method / f"{name}-{time}"
            sessions[method].append(
                ReadingSession(name, time, labels_of(names, folder / cohort.name))
            )
    return sessions


def labels_of(names: Sequence[str], cohort: Path) -> dict[str, Path]:
    """Label file of each named patient of a cohort, by ``COHORT/NAME``."""
    return {f"{cohort.name}/{name}": cohort / "labels" / f"{name}.nii.gz" for name in names}


def _times(recipe: RepeatabilityRecipe) -> Iterator[tuple[str, str, int]]:
    """Reader, session and the seed of its chances."""
    for place, name in enumerate(recipe.readers):
        for time in TIMES:
            yield name, time, recipe.seed * 1000 + place * 10 + int(time)


def _prompt(
    recipe: RepeatabilityRecipe, system: System, cohort: Path, name: str, folder: Path
) -> None:
    """Everyone's labels of one patient by prompts; the network encodes each slice once."""
    todo = []
    for reader, time, seed in _times(recipe):
        path = folder / f"{reader}-{time}" / cohort.name / "labels" / f"{name}.nii.gz"
        if not path.is_file():
            todo.append((recipe.readers[reader], seed, path))
    if not todo:
        return
    study, truth = read_case(cohort, name)
    if study.spacing_mm is None:
        raise GeometryError(f"{name}: a reader's hand is in millimetres, and the image knows none")
    scale = 1.0 / study.spacing_mm[0], 1.0 / study.spacing_mm[1]
    outlined = OutlinedStudy(study, system)
    for hand, seed, path in todo:
        rng = np.random.default_rng([seed, zlib.crc32(f"{PROMPTS} {name}".encode())])
        labels = [
            answered((outlined, index), true, (hand, recipe), scale, rng)
            for index, true in zip(study.indices, truth, strict=True)
        ]
        write_file(path, label_maps_nifti(study, labels))


def answered(
    of: tuple[OutlinedStudy, int],
    truth: LabelMap,
    who: tuple[Hand, RepeatabilityRecipe],
    scale: PxPerMm,
    rng: Generator,
) -> LabelMap:
    """What a reader and the network make of one slice: boxes, then points until they agree."""
    hand, recipe = who
    outlined, index = of
    boxes = drawn_boxes(truth, hand, recipe, scale, rng)
    labels = outlined.answer(index, Prompt(boxes) if boxes else None).labels
    meant = truth.scar & _within(boxes, truth.scar.shape)  # nobody corrects what they overlooked
    points: list[Point] = []
    for _ in range(recipe.points if boxes else 0):
        point = corrective_point((meant, labels.scar), hand, recipe.error_mm2, scale, rng)
        if point is None:
            break
        points.append(point)
        labels = outlined.answer(index, Prompt(boxes, tuple(points))).labels
    return labels


def _within(boxes: Sequence[Box], shape: tuple[int, ...]) -> PixelMask:
    """Pixels whose centre lies in a box."""
    rows, cols = (np.arange(n) + 0.5 for n in shape)
    inside = np.zeros(shape, bool)
    for box in boxes:
        down = (rows > box.top) & (rows < box.bottom)
        inside |= np.outer(down, (cols > box.left) & (cols < box.right))
    return inside


def _refuse_others(
    recipe: RepeatabilityRecipe, system: System, material: Material, folder: Path
) -> None:
    """Remember what the readings in ``folder`` are made of, or find that it is the same."""
    patients = {p: material.split.labels_sha256[p] for p in material.evaluated("validation")}
    whole = json.dumps([VERSION, asdict(recipe), settings(system), patients], sort_keys=True)
    identity = {"sha256": hashlib.sha256(whole.encode()).hexdigest()}
    file = folder / MADE
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(identity) + "\n", encoding="utf-8")
    elif json.loads(file.read_text("utf-8")) != identity:
        raise UsageError(
            "the readings there are of another recipe, bundle or patients; choose another --out"
        )
