"""What one ``lgescar study`` is to do, and what it gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lgescar.bundle import Bundle, open_bundle
from lgescar.core.errors import UsageError
from lgescar.core.version import VERSION
from lgescar.evaluate.known import refuse_known
from lgescar.evaluate.tables import machine
from lgescar.studies.compare import Answers, Difference, Mean, differences, means
from lgescar.studies.material import Material
from lgescar.studies.predict import PreparedPatient, prepared_patients
from lgescar.studies.recipe import StudyRecipe
from lgescar.studies.trials import Training

FORMAT = "lgescar-study/1"
BOOTSTRAP_SEED = 1


@dataclass(frozen=True, slots=True)
class Request:
    """One command. ``data`` is empty where patients are simulated.

    ``split`` is a file that goes before the recipe's own. ``bundle`` is what ``boxes``,
    ``repeatability`` and ``phenotype`` evaluate, ``finder`` the bundle that finds the heart for
    segmenters that cannot. ``training`` is there for studies that train.
    ``readings`` are folders of outlines, ``READER/SESSION=DIR``; ``groups`` two named folders of
    label maps.
    """

    recipe: Path | None
    data: tuple[Path, ...]
    out: Path
    command: str
    split: Path | None = None
    bundle: Path = Path("default")
    finder: Path = Path("default")
    training: Training | None = None
    readings: tuple[str, ...] = ()
    groups: tuple[tuple[str, Path], ...] = ()

    @property
    def recipe_file(self) -> Path:
        """What is varied.

        Raises:
            UsageError: nothing was given.
        """
        if self.recipe is None:
            raise UsageError(
                "this study needs --recipe FILE; recipes/studies has one for every study"
            )
        return self.recipe

    def open_finder(self, material: Material, part: str) -> Bundle:
        """The bundle that finds the heart.

        Raises:
            UsageError: an evaluated patient is one of its training patients.
            ModelError: it is missing, damaged or finds no heart.
        """
        finder = open_bundle(self.finder)
        refuse_known(finder, material.labels_of(part), "--finder")
        return finder

    @property
    def trained_by(self) -> Training:
        """What trains.

        Raises:
            UsageError: nothing was given.
        """
        if self.training is None:
            raise UsageError(
                "this study trains; install what it needs: pip install 'lgescar[train]'"
            )
        return self.training


@dataclass(frozen=True, slots=True)
class Finding:
    """All that a study says: its question, tables, conclusions, and where they come from.

    ``baselines`` is the baseline of each group. ``remarks`` are sentences of the study's own;
    ``concluded`` are the metrics that have a sentence for each difference, beside their table.
    """

    title: str
    question: str
    baselines: dict[str, str]
    means: tuple[Mean, ...]
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]
    record: dict[str, Any]
    concluded: tuple[str, ...] = ("dice", "mass_error_g")


def prepared(
    request: Request, recipe: StudyRecipe, material: Material, boxes: str
) -> tuple[dict[str, Any], Callable[[], list[PreparedPatient]], Bundle]:
    """Provenance of a study of segmenters, its evaluated patients, and what finds their hearts.

    ``boxes`` says where prompts come from. The patients are read when first wanted: a finished
    study needs none of them.

    Raises:
        UsageError, ModelError: as ``Request.open_finder``.
    """
    finder = request.open_finder(material, recipe.part)
    prompts = {"boxes": boxes, "jitter_mm": recipe.jitter_mm}
    evaluated = (material, recipe.part)
    record = provenance(recipe.name, request, recipe.seeds, evaluated, prompts, finder)
    names = material.evaluated(recipe.part)
    patients = cache(lambda: prepared_patients(material.folders, names, finder, recipe.jitter_mm))
    return record, patients, finder


def origin(study: str, request: Request, runs: Sequence[int]) -> dict[str, Any]:
    """What stands in every file of a study first: the command, the program and the seeds."""
    return {
        "format": FORMAT,
        "study": study,
        "command": request.command,
        "version": VERSION,
        "machine": machine(),
        "seeds": {"runs": list(runs), "bootstrap": BOOTSTRAP_SEED},
    }


def provenance(
    study: str,
    request: Request,
    seeds: Sequence[int],
    evaluated: tuple[Material, str],
    prompts: Mapping[str, Any],
    finder: Bundle,
) -> dict[str, Any]:
    """What stands in every file of a study: the command, and all that its numbers rest on."""
    material, part = evaluated
    return {
        **origin(study, request, seeds),
        "recipe_sha256": hashlib.sha256(request.recipe_file.read_bytes()).hexdigest(),
        "prompts": {**prompts, "heart_by": finder.card.name, "heart_by_sha256": finder.sha256},
        "evaluated": {p: material.split.labels_sha256.get(p, "") for p in material.evaluated(part)},
    }


def finding(
    words: tuple[str, str],
    answers: Sequence[Answers],
    baselines: Mapping[str, str],
    record: Mapping[str, Any],
    remarks: Sequence[str] = (),
    against: Mapping[str, str] | None = None,
) -> Finding:
    """The tables of the answers; ``words`` are title and question, ``against`` is as there."""
    return Finding(
        title=words[0],
        question=words[1],
        baselines=dict(baselines),
        means=means(answers, seed=BOOTSTRAP_SEED),
        differences=differences(answers, baselines, seed=BOOTSTRAP_SEED, against=against),
        remarks=tuple(remarks),
        record=dict(record),
    )
