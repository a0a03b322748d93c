"""Trains the localizer: where on a whole slice the left ventricle lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lgescar.core.tissue import Tissue
from lgescar.metrics.overlap import dice
from lgescar.networks.localizer import Localizer
from lgescar.train.augment import plain_views, views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.losses import mask_loss
from lgescar.train.recipe import Recipe
from lgescar.train.task import SliceTask, device_of

LOCALIZER = "localizer"
"""Its folder in a run's."""


class LocalizerTask(SliceTask[Localizer]):
    """The ventricle (pool and wall) on views of whole slices."""

    def __init__(
        self, recipe: Recipe, slices: tuple[Sequence[LabelledSlice], Sequence[LabelledSlice]]
    ) -> None:
        self._how = recipe.localizer
        super().__init__(LOCALIZER, self._how.schedule, recipe.seed + 1, slices, recipe.data)

    def loss(self, network: Localizer, step: int) -> Tensor:
        """Cross-entropy and Dice of the ventricle."""
        drawn, rng = self.batch(step)
        images, codes = views(drawn, self._how.view_px, self._how.augmentation, rng)
        device = device_of(network)
        logits = network(images.to(device, memory_format=torch.channels_last)).float()
        return mask_loss(logits, (codes >= Tissue.BLOOD_POOL).float()[:, None].to(device))

    @torch.no_grad()
    def check(self, network: Localizer) -> dict[str, float]:
        """``ventricle``: mean Dice over the tune slices."""
        if not self.tune:
            return {}
        images, codes = plain_views(self.tune, self._how.view_px)
        found = (network(images.to(device_of(network)))[:, 0].cpu() > 0.0).numpy()
        known = (codes >= Tissue.BLOOD_POOL).numpy()
        scores = [dice(*pair) or 0.0 for pair in zip(known, found, strict=True)]
        return {"ventricle": round(float(np.mean(scores)), 4)}
