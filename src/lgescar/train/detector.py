"""A detector from its recipe: YOLO12 in a process of its own, or our small network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lgescar.bundle import SingleModel
from lgescar.bundle.card import GRAPH
from lgescar.core.errors import UsageError
from lgescar.train.cards import finish_run, single_card
from lgescar.train.centres import train_centres
from lgescar.train.detector_scores import final_scores, tune_set
from lgescar.train.kinds import read_any
from lgescar.train.processes import from_main
from lgescar.train.recipe_kinds import DetectorRecipe
from lgescar.train.start import begin, use_threads
from lgescar.train.yolo import refuse_unready, train_yolo


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train the recipe's detector and choose its cutoff on the tune patients; their scores.

    Raises:
        UsageError: the run's folder holds another run, the recipe is none of a detector, or
            what it needs is missing.
        ModelError: training failed.
    """
    recipe, split, digest = read_any(recipe_file)
    if not isinstance(recipe, DetectorRecipe):
        raise UsageError(f"{recipe_file.name} is no recipe of a detector")
    if recipe.yolo is not None:
        refuse_unready(recipe.yolo, recipe.view_px)
    patients = begin(recipe_file, recipe.data, data, run, resume=resume)
    use_threads(recipe.threads)
    train, tune = patients.slices(recipe.pixel_mm, recipe.canvas_px)
    taught = train_yolo if recipe.yolo is not None else train_centres
    graph = taught(recipe, train, tune, run)

    def finished() -> dict[str, float]:
        model = SingleModel(single_card(recipe, split, digest, graph, {}), "", {GRAPH: graph})
        scores = final_scores(model, tune_set(tune, recipe.view_px))
        finish_run(run, graph, scores)
        return scores

    return from_main(finished)
