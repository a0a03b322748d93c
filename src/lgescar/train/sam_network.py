"""The SAM of a recipe, as it begins and as a run left it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lgescar.core.errors import UsageError
from lgescar.networks.lora import add_low_rank
from lgescar.networks.sam import (
    Sam,
    choose_trained,
    config_from,
    encoder_is_frozen,
    fresh_model,
    small_config,
)
from lgescar.networks.sam_checkpoint import checkpoint_folder, checkpoint_sam
from lgescar.train.loop import averaged_weights
from lgescar.train.sam_recipe import SamNetwork, SamRecipe

SEGMENTER = "segmenter"
"""The network's folder in a run's."""
NETWORK_FILE = "network.json"
"""In a run's folder: configuration of its network, and which weights it began with."""


def build(settings: SamNetwork, view_px: int) -> tuple[Sam, dict[str, Any]]:
    """The network a recipe begins with, frozen where it is not trained, and what it is.

    Raises:
        ModelError: its weights are not on this machine, or not those of a SAM.
        UsageError: stored views of an encoder that is trained.
    """
    if settings.checkpoint:
        folder = checkpoint_folder(settings.checkpoint)
        network, config, sha256 = checkpoint_sam(
            folder, settings.image_px, view_px, unit_range=settings.unit_range
        )
    else:
        config, sha256 = small_config(settings.shape), ""
        network = Sam(fresh_model(config), view_px, unit_range=settings.unit_range)
    choose_trained(network, settings.mode, last_blocks=settings.last_blocks, rank=settings.rank)
    if settings.cached_views and not encoder_is_frozen(network):
        raise UsageError('cached_views needs a frozen encoder: set mode = "decoder", or 0 views')
    about = {
        "checkpoint": Path(settings.checkpoint).name,
        "checkpoint_sha256": sha256,
        "config": config.to_dict(),
    }
    return network, about


def stored_network(run: Path, recipe: SamRecipe) -> tuple[Sam, dict[str, Any]]:
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
    network.load_state_dict(averaged_weights(run / SEGMENTER))
    return network.eval(), about
