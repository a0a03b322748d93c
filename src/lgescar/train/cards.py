"""The card of a model of one graph, from its recipe."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from lgescar.bundle import SingleCard, SquareView
from lgescar.bundle.card import GRAPH
from lgescar.bundle.open import write_model
from lgescar.core.errors import ModelError
from lgescar.prepare.intensity import CLIP_PERCENTILES
from lgescar.read.splits import Split
from lgescar.train.kinds import read_any
from lgescar.train.recipe import BoxDeepLabRecipe, DetectorRecipe

SCORES = "scores.json"
OVERLAP = 0.5
"""Shared area from which the weaker of two boxes is dropped; scars of a slice lie side by side
and seldom share as much."""


def single_card(
    recipe: DetectorRecipe | BoxDeepLabRecipe,
    split: Split,
    digest: str,
    graph: bytes,
    scores: dict[str, Any],
) -> SingleCard:
    """The card of a graph; the cutoff is that of its ``scores``, 0.5 where none was chosen."""
    counts = {part: len(names) for part, names in split.parts.items()}
    if isinstance(recipe, DetectorRecipe):
        network = "yolo12" if recipe.yolo is not None else "centres"
        task, placed = "boxes around scar on short-axis LGE-CMR, one a lesion", recipe.placed
    else:
        network, task, placed = f"DeepLabV3+ {recipe.encoder}", "scar inside boxes", "heart"
    return SingleCard(
        name=recipe.name,
        role="detector" if isinstance(recipe, DetectorRecipe) else "box-segmenter",
        network=network,
        task=task,
        licence=recipe.licence,
        data={"cohorts": dict(recipe.data.share), "patients": counts},
        scores=scores,
        preparation=SquareView(recipe.pixel_mm, recipe.view_px, placed, CLIP_PERCENTILES),
        cutoff=float(scores.get("tune", {}).get("cutoff", 0.5)),
        overlap=OVERLAP,
        recipe=recipe.name,
        recipe_sha256=digest,
        files={GRAPH: hashlib.sha256(graph).hexdigest()},
        temperature=float(scores.get("tune", {}).get("temperature", 1.0)),
    )


def finish_run(run: Path, graph: bytes, scores: dict[str, float]) -> None:
    """Store what ``export_single`` bundles."""
    (run / GRAPH).write_bytes(graph)
    (run / SCORES).write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")


def export(run: Path, out: Path, scores: dict[str, Any] | None = None) -> SingleCard:
    """Write the model of a finished run to the folder ``out``.

    Raises:
        ModelError: the run is not finished, or its recipe makes no model of one graph.
    """
    recipe, split, digest = read_any(run / "recipe.toml")
    if not isinstance(recipe, DetectorRecipe | BoxDeepLabRecipe):
        raise ModelError(f"a run of kind {recipe.kind} has no graph to export")
    try:
        graph, own = (run / GRAPH).read_bytes(), json.loads((run / SCORES).read_text())
    except (OSError, ValueError) as error:
        raise ModelError(f"{run.name} holds no finished model; train it first") from error
    card = single_card(recipe, split, digest, graph, {"tune": own, **(scores or {})})
    write_model(card, {GRAPH: graph}, out)
    return card
