"""A detector from its recipe: YOLO12 in a process of its own, or our small network."""

from __future__ import annotations

from lgescar.bundle import SingleModel
from lgescar.bundle.card import GRAPH
from lgescar.train.cards import export as export
from lgescar.train.cards import finish_run, single_card
from lgescar.train.centres import train_centres
from lgescar.train.detector_scores import final_scores, tune_set
from lgescar.train.processes import from_main
from lgescar.train.recipe import DetectorRecipe
from lgescar.train.run import Run
from lgescar.train.yolo import refuse_without_yolo, train_yolo


def refuse_unready(recipe: DetectorRecipe) -> None:
    """Refuse before data are read.

    Raises:
        UsageError: what YOLO12 needs is missing, or several processes were started.
    """
    if recipe.yolo is not None:
        refuse_without_yolo(recipe.yolo, recipe.view_px)


def train(recipe: DetectorRecipe, run: Run) -> dict[str, float]:
    """Train the recipe's detector and choose its cutoff on the tune patients; their scores.

    Raises:
        ModelError: training failed.
    """
    slices = run.canvases(recipe.pixel_mm, recipe.canvas_px)
    graph = (train_yolo if recipe.yolo is not None else train_centres)(recipe, slices, run.folder)

    def finished() -> dict[str, float]:
        card = single_card(recipe, run.split, run.sha256, graph, {})
        model = SingleModel(card, "", {GRAPH: graph})
        scores = final_scores(model, tune_set(slices[1], recipe.view_px))
        finish_run(run.folder, graph, scores)
        return scores

    return from_main(finished)
