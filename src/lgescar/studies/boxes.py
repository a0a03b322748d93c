"""What worse boxes cost: a segmenter prompted by reference boxes that are spoilt by degrees."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.random import Generator
from tqdm import tqdm

from lgescar.core.arrays import PixelMask
from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.core.prompt import Prompt
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.evaluate.known import refuse_known
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import NetworkSystem, open_system
from lgescar.studies.compare import Answers
from lgescar.studies.material import chosen_material
from lgescar.studies.page import write
from lgescar.studies.picture import draw_curves
from lgescar.studies.predict import PreparedPatient, scored
from lgescar.studies.recipe import StudyRecipe, load_recipe
from lgescar.studies.reference_boxes import PxPerMm, on_slice, scaled, shifted, spurious
from lgescar.studies.request import Finding, Request, finding, prepared
from lgescar.studies.scores import ScarScore
from lgescar.studies.trials import store_scores

TRAINS = False
QUESTION = (
    "A box for each scar of the reference prompts the segmenter; then the boxes are moved, made "
    "larger or smaller, left out, or joined by boxes on wall without scar. How fast does Dice "
    "fall, and which fault of a detector costs most? Every other thing stays the same."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxesRecipe(StudyRecipe):
    """Degrees of each fault. The first of each list is what the others are compared with.

    ``shift_mm`` moves a box whole in a random direction; ``scale`` multiplies its sides;
    ``dropped`` is each box's chance to be left out; ``spurious`` is how many boxes a slice gets,
    on average, where there is wall and no scar. Each seed draws anew.

    Raises:
        UsageError: an empty list, a degree twice, or one that means nothing.
    """

    shift_mm: tuple[float, ...] = (0.0, 2.0, 4.0, 8.0, 12.0, 16.0)
    scale: tuple[float, ...] = (1.0, 0.5, 0.75, 1.25, 1.5, 2.0)
    dropped: tuple[float, ...] = (0.0, 0.1, 0.25, 0.5)
    spurious: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0)

    def __post_init__(self) -> None:
        StudyRecipe.__post_init__(self)
        for fault, degrees in self.degrees().items():
            if not degrees or min(degrees) < 0.0 or len(set(degrees)) != len(degrees):
                raise UsageError(f"{fault}: expected different degrees from 0, found {degrees}")
        if min(self.scale) <= 0.0 or max(self.dropped) > 1.0:
            raise UsageError("a scale is above 0, and a chance to be dropped at most 1")

    def degrees(self) -> dict[str, tuple[float, ...]]:
        """Degrees of each fault, by its words on the page."""
        return {
            "shift, mm": self.shift_mm,
            "scale of sides": self.scale,
            "share of boxes dropped": self.dropped,
            "spurious boxes a slice": self.spurious,
        }


RECIPE = BoxesRecipe
Condition = tuple[str, float, int]
"""Fault, degree, seed."""
ScarInBoxes = Callable[[int, tuple[Box, ...]], PixelMask]
"""Slice index, and boxes that touch the slice, to the scar in them."""


def study(request: Request) -> Finding:
    """Predict with every fault and degree; files in ``out``.

    Raises:
        UsageError: the recipe is malformed.
        ModelError: the bundle is missing, damaged or takes no boxes.
    """
    recipe = load_recipe(request.recipe_file, BoxesRecipe)
    material = chosen_material(request.data, (request.split,), recipe.simulated, request.out)
    record, patients, finder = prepared(request, recipe, material, "reference, spoilt")
    system = open_system(request.bundle, finder)
    if isinstance(system, NetworkSystem):
        refuse_known(system.bundle, material.labels_of(recipe.part), "--bundle")
    conditions = [
        (fault, degree, seed)
        for fault, degrees in recipe.degrees().items()
        for degree in degrees
        for seed in recipe.seeds
    ]
    scores: dict[Condition, list[ScarScore]] = {condition: [] for condition in conditions}
    for patient in tqdm(patients(), desc="predict", unit="patient", disable=None):
        predicted = _predicted(patient.outlined.with_system(system))
        for condition in conditions:
            found = scored(patient, _masks(patient, predicted, condition))
            if found is not None:
                scores[condition].append(found)
    return _compared(recipe, request, scores, record)


def spoilt(
    boxes: Sequence[Box], labels: LabelMap, fault: tuple[str, float], scale: PxPerMm, rng: Generator
) -> tuple[Box, ...]:
    """A slice's boxes with one fault of one degree."""
    kind, degree = fault
    if kind.startswith("shift"):
        turns = rng.uniform(0.0, 2.0 * np.pi, len(boxes))
        return tuple(
            shifted(box, degree, scale, (float(np.sin(t)), float(np.cos(t))))
            for box, t in zip(boxes, turns, strict=True)
        )
    if kind.startswith("scale"):
        return tuple(scaled(box, degree) for box in boxes)
    if kind.startswith("share"):
        kept = rng.uniform(size=len(boxes)) >= degree
        return tuple(box for box, stays in zip(boxes, kept, strict=True) if stays)
    healthy = np.asarray(labels.codes == Tissue.VIABLE)
    return (*boxes, *spurious(healthy, degree, scale, rng))


def _predicted(outlined: OutlinedStudy) -> ScarInBoxes:
    """Scar of a study's slices in boxes, predicted once for the same boxes: degrees share them."""
    return cache(
        lambda index, boxes: outlined.answer(index, Prompt(boxes) if boxes else None).labels.scar
    )


def _masks(
    patient: PreparedPatient, predicted: ScarInBoxes, condition: Condition
) -> list[PixelMask]:
    """Scar of every slice under one condition; the same chances at every degree of a fault."""
    fault, degree, seed = condition
    chance = [seed, zlib.crc32(f"{patient.cohort}/{patient.name}/{fault}".encode())]
    masks = []
    for number, (index, labels) in enumerate(
        zip(patient.study.indices, patient.reference, strict=True)
    ):
        rng = np.random.default_rng([*chance, number])
        boxes = patient.boxes[number]
        drawn = spoilt(boxes, labels, (fault, degree), patient.scale, rng)
        touching = on_slice(drawn, patient.outlined.image(index).shape)
        masks.append(predicted(index, touching))
    return masks


def _compared(
    recipe: BoxesRecipe,
    request: Request,
    scores: dict[Condition, list[ScarScore]],
    record: dict[str, object],
) -> Finding:
    """Store every condition's scores, and compare them."""
    answers = []
    for (fault, degree, seed), ours in scores.items():
        name = f"{fault.split(',')[0].replace(' ', '-')}-{degree:g}-{seed}.json"
        store_scores(
            request.out / "scores" / name, record, ours, variant=f"{fault} {degree:g}", seed=seed
        )
        answers.append(Answers(fault, f"{degree:g}", seed, tuple(ours)))
    baselines = {fault: f"{degrees[0]:g}" for fault, degrees in recipe.degrees().items()}
    title = f"{recipe.name}: bundle {request.bundle.name}"
    found = finding((title, QUESTION), answers, baselines, record)
    found = replace(found, concluded=("dice",))
    write(found, request.out, draw_curves)
    return found
