"""A whole training run of Segment Anything: recipe and cohorts in, a run's folder out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from lgescar.core.errors import UsageError
from lgescar.networks.lora import add_low_rank
from lgescar.networks.sam import (
    Sam,
    choose_taught,
    config_from,
    encoder_is_frozen,
    fresh_model,
    small_config,
)
from lgescar.networks.sam_checkpoint import checkpoint_folder, checkpoint_sam
from lgescar.train.calibrate import store_calibration
from lgescar.train.dataset import LabelledSlice
from lgescar.train.loop import averaged_weights
from lgescar.train.processes import from_main
from lgescar.train.recipe import read_recipe
from lgescar.train.run import on_canvas, open_run, patients
from lgescar.train.sam import calibrate_sam, train_sam, tune_scores
from lgescar.train.sam_recipe import SamNetwork, SamRecipe

NETWORK_FILE = "network.json"
"""In a run's folder: configuration of its network, and which weights it began with."""


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train SAM as the recipe says, then calibrate it on the tune patients; their scores.

    Raises:
        UsageError: the run's folder holds another run, or the recipe asks for what cannot be.
        ModelError: the recipe's weights are not on this machine.
    """
    recipe, split, _ = read_recipe(recipe_file, SamRecipe)
    open_run(recipe_file, recipe.data, run, resume=resume)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    network, about = build(recipe.network, recipe.view.view_px)
    words = json.dumps(about, indent=1) + "\n"
    from_main(lambda: (run / NETWORK_FILE).write_text(words))
    view = recipe.view
    teaching, tuning = (
        on_canvas(part, view.pixel_mm, view.canvas_px)
        for part in patients(recipe.data, split, data, run)
    )
    taught = train_sam(recipe, network, teaching, tuning, run)
    return from_main(lambda: _calibrated(taught, tuning, recipe, run))


def _calibrated(
    taught: Sam, tuning: list[LabelledSlice], recipe: SamRecipe, run: Path
) -> dict[str, float]:
    found = calibrate_sam(taught, tuning, recipe)
    store_calibration(found, run)
    return {**tune_scores(taught, tuning, recipe), **found}


def build(settings: SamNetwork, view_px: int) -> tuple[Sam, dict[str, Any]]:
    """The network a recipe begins with, frozen where it is not taught, and what it is.

    Raises:
        ModelError: its weights are not on this machine, or not those of a SAM.
        UsageError: views to keep of an encoder that is taught.
    """
    if settings.checkpoint:
        folder = checkpoint_folder(settings.checkpoint)
        network, config, sha256 = checkpoint_sam(
            folder, settings.image_px, view_px, unit_range=settings.unit_range
        )
    else:
        config, sha256 = small_config(settings.shape), ""
        network = Sam(fresh_model(config), view_px, unit_range=settings.unit_range)
    choose_taught(network, settings.mode, last_blocks=settings.last_blocks, rank=settings.rank)
    if settings.cached_views and not encoder_is_frozen(network):
        raise UsageError('cached_views needs a frozen encoder: set mode = "decoder", or 0 views')
    about = {
        "checkpoint": Path(settings.checkpoint).name,
        "checkpoint_sha256": sha256,
        "config": config.to_dict(),
    }
    return network, about


def trained(run: Path, recipe: SamRecipe) -> tuple[Sam, dict[str, Any]]:
    """The network of a run with its averaged weights; the first weights need not be here.

    Raises:
        ModelError: the run has no checkpoint.
    """
    about = json.loads((run / NETWORK_FILE).read_text())
    settings = recipe.network
    network = Sam(
        fresh_model(config_from(about["config"])),
        recipe.view.view_px,
        unit_range=settings.unit_range,
    )
    if settings.mode == "lora":
        add_low_rank(network.vision_encoder, settings.rank)
    network.load_state_dict(averaged_weights(run / "segmenter"))
    return network.eval(), about
