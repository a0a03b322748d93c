"""Teaches the default network: tissues without a prompt, one scar with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lgescar.core.tissue import Tissue
from lgescar.networks.promptable import Promptable
from lgescar.prepare.polar import disc_area
from lgescar.train.augment import disc_views, plain_disc_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng, odds
from lgescar.train.loop import Watched, device_of, fit
from lgescar.train.losses import TissueLoss, mask_loss, tissue_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.prompter import drawn_prompts, meant_scar, prompt_maps
from lgescar.train.recipe import Recipe, Segmenter

SEGMENTER = "segmenter"
"""Its folder in a run's."""


def build(settings: Segmenter) -> Promptable:
    """The untrained network of a recipe."""
    return Promptable(settings.widths, settings.decoder_widths, settings.dropout)


def train_segmenter(
    recipe: Recipe, train: list[LabelledSlice], tune: list[LabelledSlice], run: Path
) -> nn.Module:
    """Train to the end of the schedule, or on from the run's last checkpoint."""
    torch.manual_seed(recipe.seed)
    settings, chance = recipe.segmenter, odds(train, recipe.data)
    shape = settings.angles, settings.radii
    how = TissueLoss(settings.scar_weight, settings.dice_weight, settings.soft_px)

    def loss(network: nn.Module, step: int) -> Tensor:
        assert isinstance(network, Promptable)
        rng = batch_rng(recipe.seed, step)
        chosen = [train[i] for i in rng.choice(len(train), settings.schedule.batch, p=chance)]
        images, codes = disc_views(chosen, shape, settings.augmentation, rng)
        device = device_of(network)
        area = torch.from_numpy(disc_area(settings.radii)).to(device)
        images = images.to(device, memory_format=torch.channels_last)
        embedding, tissues = network.encoder(images)
        tissues = tissues.float()
        automatic = tissue_loss(tissues, codes.to(device), how, area)
        if step % settings.prompt_every:
            return automatic
        proposal = torch.softmax(tissues.detach(), 1)[:, Tissue.SCAR :].sum(1).cpu().numpy()
        drawn = drawn_prompts(codes, proposal, settings.box_jitter, rng)
        answer = network.decoder(embedding, tissues, prompt_maps(drawn).to(device)).float()
        asked = mask_loss(answer, meant_scar(drawn).to(device), area)
        return automatic + settings.prompt_weight * asked

    def check(network: nn.Module) -> dict[str, float]:
        assert isinstance(network, Promptable)
        return tune_scores(network, tune, shape)

    @torch.no_grad()
    def show(network: nn.Module) -> Picture:
        assert isinstance(network, Promptable)
        images, codes = plain_disc_views(shown_slices(tune), shape)
        return scar_sheet(images, codes, _tissues(network, images) >= Tissue.SCAR)

    watched = Watched(check, show) if tune else check
    network = build(settings)
    return fit(network, loss, watched, settings.schedule, run / SEGMENTER, seed=recipe.seed)


@torch.no_grad()
def tune_scores(
    network: Promptable, tune: list[LabelledSlice], shape: tuple[int, int]
) -> dict[str, float]:
    """Mean 3-D Dice per cohort of wall and of scar, over the tune patients that have it.

    On discs of ``shape`` (angles, radii) that the reference placed; samples weigh their area.
    """
    area = torch.from_numpy(disc_area(shape[1]))
    scores: dict[str, list[float]] = {}
    for cohort, patient in sorted({(s.cohort, s.patient) for s in tune}):
        slices = [s for s in tune if (s.cohort, s.patient) == (cohort, patient)]
        images, codes = plain_disc_views(slices, shape)
        guess = _tissues(network, images)
        for part, lowest in (("wall", Tissue.VIABLE), ("scar", Tissue.SCAR)):
            truth, found = codes >= lowest, guess >= lowest
            if bool(truth.any()):
                both, each = (truth & found) * area, (truth * area).sum() + (found * area).sum()
                overlap = 2.0 * float(both.sum()) / float(each)
                scores.setdefault(f"{cohort}_{part}", []).append(overlap)
    return {name: round(float(np.mean(values)), 4) for name, values in scores.items()}


def _tissues(network: Promptable, images: Tensor) -> Tensor:
    """The likeliest tissue of each pixel, without a prompt."""
    placed = images.to(device_of(network), memory_format=torch.channels_last)
    likeliest: Tensor = network.encoder(placed)[1].argmax(dim=1).cpu()
    return likeliest
