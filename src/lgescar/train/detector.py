"""A detector from recipe to bundle: YOLO12 in a process of its own, or our small network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lgescar.bundle.detector import (
    CARD,
    GRAPH,
    DetectorCard,
    DetectorModel,
    DetectorPreparation,
)
from lgescar.core.errors import ModelError, UsageError
from lgescar.prepare.intensity import CLIP_PERCENTILES
from lgescar.read.splits import Split
from lgescar.train.centres import train_centres
from lgescar.train.detector_scores import OVERLAP, final_scores, tune_set
from lgescar.train.recipe_kinds import DetectorRecipe, read_any_recipe
from lgescar.train.start import begin, use_threads
from lgescar.train.yolo import train_yolo

SCORES = "scores.json"
ONLY_CLASS = "boxes around scar on short-axis LGE-CMR, one a lesion"


def train_detector(
    recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool
) -> dict[str, float]:
    """Train the recipe's detector and choose its cutoff on the tune patients; their scores.

    The run then holds ``detector.onnx`` and ``scores.json``, which ``export_detector`` bundles.

    Raises:
        UsageError: the run's folder holds another run, or the data lack the split's patients.
        ModelError: training failed.
    """
    recipe, split, digest = read_detector_recipe(recipe_file)
    patients = begin(recipe_file, recipe.data, data, run, resume=resume)
    use_threads(recipe.threads)
    train, tune = patients.slices(recipe.pixel_mm, recipe.canvas_px)
    taught = train_yolo if recipe.yolo is not None else train_centres
    graph = taught(recipe, train, tune, run)
    model = DetectorModel(_card(recipe, split, digest, graph, {}), "", graph)
    scores = final_scores(model, tune_set(tune, recipe.view_px))
    (run / GRAPH).write_bytes(graph)
    (run / SCORES).write_text(json.dumps(scores, indent=1) + "\n")
    return scores


def export_detector(run: Path, out: Path, scores: dict[str, Any] | None = None) -> DetectorCard:
    """Write the detector of a finished run to the folder ``out``.

    Raises:
        ModelError: the run is not finished.
    """
    recipe, split, digest = read_detector_recipe(run / "recipe.toml")
    try:
        graph, own = (run / GRAPH).read_bytes(), json.loads((run / SCORES).read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"{run.name} holds no finished detector; train it first") from error
    card = _card(recipe, split, digest, graph, {"tune": own, **(scores or {})})
    out.mkdir(parents=True, exist_ok=True)
    (out / GRAPH).write_bytes(graph)
    (out / CARD).write_text(card.to_json())
    return card


def read_detector_recipe(path: Path) -> tuple[DetectorRecipe, Split, str]:
    """A detector's recipe, its split and the SHA-256 of both.

    Raises:
        UsageError: the recipe is malformed or of another kind.
    """
    recipe, split, digest = read_any_recipe(path)
    if not isinstance(recipe, DetectorRecipe):
        raise UsageError(f"{path.name} is no recipe of a detector")
    return recipe, split, digest


def _card(
    recipe: DetectorRecipe, split: Split, digest: str, graph: bytes, scores: dict[str, Any]
) -> DetectorCard:
    counts = {part: len(names) for part, names in split.parts.items()}
    return DetectorCard(
        name=recipe.name,
        network="yolo12" if recipe.yolo is not None else "centres",
        task=ONLY_CLASS,
        licence=recipe.licence,
        data={"cohorts": dict(recipe.data.share), "patients": counts},
        scores=scores,
        preparation=DetectorPreparation(
            recipe.pixel_mm, recipe.view_px, recipe.placed, CLIP_PERCENTILES
        ),
        score_cutoff=float(scores.get("tune", {}).get("score_cutoff", 0.5)),
        overlap=OVERLAP,
        recipe=recipe.name,
        recipe_sha256=digest,
        files={GRAPH: hashlib.sha256(graph).hexdigest()},
    )
