"""From a training run to a bundle: ONNX graphs checked against torch, and a card."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from lgescar.bundle import Card, Preparation
from lgescar.bundle.open import write_model
from lgescar.core.tissue import Tissue
from lgescar.networks.localizer import Localizer
from lgescar.networks.promptable import PROMPT_CHANNELS, TISSUES
from lgescar.prepare.intensity import CLIP_PERCENTILES
from lgescar.train.calibrate import stored_calibration
from lgescar.train.graph import onnx_graph, refuse_difference
from lgescar.train.held_out import DEFAULTS
from lgescar.train.localizer import LOCALIZER
from lgescar.train.loop import averaged_weights
from lgescar.train.prompter import PROMPTER, first_decoder
from lgescar.train.recipe import Recipe, read_recipe
from lgescar.train.segmenter import SEGMENTER, build


def export(run: Path, out: Path, scores: dict[str, Any] | None = None) -> Card:
    """Write the bundle of a finished run to the folder ``out``.

    Raises:
        ModelError: the run has no checkpoint, or a graph differs from torch.
    """
    recipe, split, digest = read_recipe(run / "recipe.toml", Recipe)
    localizer = Localizer(recipe.localizer.widths)
    localizer.load_state_dict(averaged_weights(run / LOCALIZER))
    network = build(recipe.segmenter)
    network.load_state_dict(averaged_weights(run / SEGMENTER))
    if recipe.prompter is not None:
        network.decoder = first_decoder(network, recipe.segmenter, recipe.prompter)
        network.decoder.load_state_dict(averaged_weights(run / PROMPTER))
    shape, width = (recipe.segmenter.angles, recipe.segmenter.radii), recipe.segmenter.widths[0]
    image = torch.randn(2, 1, *shape)
    inputs = {
        "localizer.onnx": (localizer, {"image": torch.randn(2, 1, 128, 128)}, (0, 2, 3)),
        "encoder.onnx": (network.encoder, {"image": image}, (0,)),
        "decoder.onnx": (
            network.decoder,
            {
                "embedding": torch.randn(2, width, *shape),
                "tissues": torch.randn(2, TISSUES, *shape),
                "prompt": torch.rand(2, PROMPT_CHANNELS, *shape),
            },
            (0,),
        ),
    }
    graphs = {
        name: onnx_graph(module.eval(), feed, dict.fromkeys([*feed, *_outputs(name)], free))
        for name, (module, feed, free) in inputs.items()
    }
    calibration = {**DEFAULTS, **stored_calibration(run)}
    card = _card(recipe, digest, graphs, calibration, scores or {})
    card.data["patients"] = {part: len(names) for part, names in split.parts.items()}
    made = recipe.data.simulated, recipe.data.simulated_tune
    card.data["simulated_patients"] = dict(zip(("train", "tune"), made, strict=True))
    known = [*split.parts["train"], *split.parts["tune"]]
    card.data["labels_sha256"] = sorted(
        split.labels_sha256[p] for p in known if p in split.labels_sha256
    )
    for name, (module, feed, _) in inputs.items():
        refuse_difference(graphs[name], module, feed, len(_outputs(name)), name)
    write_model(card, graphs, out)
    return card


def _outputs(name: str) -> list[str]:
    return ["embedding_out", "tissues_out"] if name == "encoder.onnx" else ["logits"]


def _card(
    recipe: Recipe,
    digest: str,
    graphs: dict[str, bytes],
    calibration: dict[str, float],
    scores: dict[str, Any],
) -> Card:
    return Card(
        name=recipe.name,
        task="left ventricle, wall, scar and MVO on short-axis LGE-CMR; scar from boxes and points",
        classes=tuple(t.name.lower() for t in Tissue),
        licence=recipe.licence,
        data={"cohorts": dict(recipe.data.share)},
        scores=scores,
        preparation=Preparation(
            far_mm=recipe.localizer.far_mm,
            near_mm=recipe.localizer.near_mm,
            frame_pixel_mm=recipe.localizer.frame_pixel_mm,
            frame_px=recipe.localizer.frame_px,
            angles=recipe.segmenter.angles,
            radii=recipe.segmenter.radii,
            clip_percentiles=CLIP_PERCENTILES,
        ),
        temperature=calibration["temperature"],
        scar_cutoff=calibration["scar_cutoff"],
        likely_cutoffs=(calibration["lenient"], calibration["strict"]),
        least_lesion_percent=calibration["least_lesion_percent"],
        mvo_cutoff=calibration["mvo_cutoff"],
        recipe=recipe.name,
        recipe_sha256=digest,
        files={name: hashlib.sha256(payload).hexdigest() for name, payload in graphs.items()},
    )
