"""Teaches the localizer: where on a whole slice the left ventricle lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lgescar.core.tissue import Tissue
from lgescar.networks.localizer import Localizer
from lgescar.train.augment import plain_views, views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng, odds
from lgescar.train.loop import device_of, fit
from lgescar.train.losses import mask_loss
from lgescar.train.recipe import Recipe


def train_localizer(
    recipe: Recipe, train: list[LabelledSlice], tune: list[LabelledSlice], run: Path
) -> nn.Module:
    """Train to the end of the schedule, or on from the run's last checkpoint."""
    settings, chance = recipe.localizer, odds(train, recipe.data)
    torch.manual_seed(recipe.seed)

    def loss(network: nn.Module, step: int) -> Tensor:
        rng = batch_rng(recipe.seed + 1, step)
        drawn = [train[i] for i in rng.choice(len(train), settings.schedule.batch, p=chance)]
        images, codes = views(drawn, settings.view_px, settings.augmentation, rng)
        device = device_of(network)
        logits = network(images.to(device, memory_format=torch.channels_last)).float()
        return mask_loss(logits, (codes >= Tissue.BLOOD_POOL).float()[:, None].to(device))

    @torch.no_grad()
    def check(network: nn.Module) -> dict[str, float]:
        if not tune:
            return {}
        images, codes = plain_views(tune, settings.view_px)
        found = network(images.to(device_of(network)))[:, 0].cpu() > 0.0
        truth = codes >= Tissue.BLOOD_POOL
        overlap = 2.0 * (truth & found).sum((1, 2)) / (truth.sum((1, 2)) + found.sum((1, 2)) + 1e-6)
        return {"ventricle": round(float(np.mean(overlap.numpy())), 4)}

    return fit(
        Localizer(settings.widths),
        loss,
        check,
        settings.schedule,
        run / "localizer",
        seed=recipe.seed + 1,
    )
