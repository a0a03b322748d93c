"""Trains the default network: tissues without a prompt, the meant scar with one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lgescar.core.tissue import Tissue
from lgescar.networks.promptable import Promptable
from lgescar.prepare.polar import disc_area
from lgescar.train.augment import disc_views, plain_disc_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.losses import TissueLoss, mask_loss, tissue_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.prompter import drawn_prompts, meant_scar, prompt_maps
from lgescar.train.recipe import Recipe, SegmenterPlan
from lgescar.train.task import SliceTask, by_patient, cohort_dice, device_of

SEGMENTER = "segmenter"
"""Its folder in a run's."""


def build(settings: SegmenterPlan) -> Promptable:
    """The untrained network of a recipe."""
    return Promptable(settings.widths, settings.decoder_widths, settings.dropout)


class SegmenterTask(SliceTask[Promptable]):
    """Tissues along the rays of each slice's disc and, every few steps, scar from prompts."""

    def __init__(
        self, recipe: Recipe, slices: tuple[Sequence[LabelledSlice], Sequence[LabelledSlice]]
    ) -> None:
        self._how = how = recipe.segmenter
        self._shape = how.angles, how.radii
        self._weights = TissueLoss(how.scar_weight, how.dice_weight, how.soft_px)
        super().__init__(SEGMENTER, how.schedule, recipe.seed, slices, recipe.data)

    def loss(self, network: Promptable, step: int) -> Tensor:
        """Loss of the tissues, and of the scar from a simulated reader's prompts."""
        drawn, rng = self.batch(step)
        images, codes = disc_views(drawn, self._shape, self._how.augmentation, rng)
        device = device_of(network)
        area = torch.from_numpy(disc_area(self._how.radii)).to(device)
        images = images.to(device, memory_format=torch.channels_last)
        embedding, tissues = network.encoder(images)
        tissues = tissues.float()
        automatic = tissue_loss(tissues, codes.to(device), self._weights, area)
        if step % self._how.prompt_every:
            return automatic
        proposal = torch.softmax(tissues.detach(), 1)[:, Tissue.SCAR :].sum(1).cpu().numpy()
        prompts = drawn_prompts(codes, proposal, self._how.box_jitter, rng)
        logits = network.decoder(embedding, tissues, prompt_maps(prompts).to(device)).float()
        prompted = mask_loss(logits, meant_scar(prompts).to(device), area)
        return automatic + self._how.prompt_weight * prompted

    @torch.no_grad()
    def check(self, network: Promptable) -> dict[str, float]:
        """Mean 3-D Dice per cohort of wall and of scar, over the tune patients that have it.

        On discs that the reference placed; samples weigh their area.
        """
        area = disc_area(self._how.radii)
        scores: dict[str, float] = {}
        seen = []
        for patient, slices in by_patient(self.tune).items():
            images, codes = plain_disc_views(slices, self._shape)
            seen.append((patient, codes.numpy(), _tissues(network, images).numpy()))
        for tissue, lowest in (("wall", Tissue.VIABLE), ("scar", Tissue.SCAR)):
            masks = ((one, known >= lowest, found >= lowest) for one, known, found in seen)
            scores |= cohort_dice(masks, tissue, area)
        return scores

    @torch.no_grad()
    def picture(self, network: Promptable) -> Picture | None:
        """Scar of the reference and of the network on some discs."""
        if not self.tune:
            return None
        images, codes = plain_disc_views(shown_slices(self.tune), self._shape)
        return scar_sheet(images, codes, _tissues(network, images) >= Tissue.SCAR)


def _tissues(network: Promptable, images: Tensor) -> Tensor:
    """The likeliest tissue of each pixel, without a prompt."""
    placed = images.to(device_of(network), memory_format=torch.channels_last)
    likeliest: Tensor = network.encoder(placed)[1].argmax(dim=1).cpu()
    return likeliest
