"""Trains the prompt decoder to be corrected; the encoder stays as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from lgescar.core.tissue import Tissue
from lgescar.networks.promptable import Encoder, Promptable, PromptDecoder
from lgescar.prepare.polar import disc_area
from lgescar.train.augment import disc_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.losses import mask_loss
from lgescar.train.prompts import DrawnPrompt, reader_prompt
from lgescar.train.recipe import Prompter, Recipe, SegmenterPlan
from lgescar.train.task import SliceTask, device_of

PROMPTER = "prompter"
"""Its folder in a run's."""


class PrompterTask(SliceTask[PromptDecoder]):
    """The scar that a simulated reader's prompt means, corrected none to ``rounds`` times.

    Only the last prediction counts in the loss.

    Source: Kirillov et al., ICCV 2023 (Segment Anything), interactive training.
    """

    def __init__(
        self, recipe: Recipe, how: Prompter, encoder: Encoder, train: Sequence[LabelledSlice]
    ) -> None:
        self._how, self._rounds = recipe.segmenter, how.rounds
        self._encoder = encoder.eval().to(memory_format=torch.channels_last)
        super().__init__(PROMPTER, how.schedule, recipe.seed + 2, (train, ()), recipe.data)

    def loss(self, network: PromptDecoder, step: int) -> Tensor:
        """Cross-entropy and Dice of the meant scar."""
        chosen, rng = self.batch(step)
        shape = self._how.angles, self._how.radii
        images, codes = disc_views(chosen, shape, self._how.augmentation, rng)
        device = device_of(network)
        area = torch.from_numpy(disc_area(self._how.radii)).to(device)
        with torch.no_grad():
            self._encoder.to(device)
            embedding, tissues = self._encoder(images.to(device, memory_format=torch.channels_last))
            tissues = tissues.float()
            proposal = torch.softmax(tissues, 1)[:, Tissue.SCAR :].sum(1).cpu().numpy()
            drawn = drawn_prompts(codes, proposal, self._how.box_jitter, rng)
            for _ in range(int(rng.integers(0, self._rounds + 1))):
                logits = network(embedding, tissues, prompt_maps(drawn).to(device)).float()
                seen = torch.sigmoid(logits)[:, 0].cpu().numpy()
                drawn = [one.corrected(a, rng) for one, a in zip(drawn, seen, strict=True)]
        logits = network(embedding, tissues, prompt_maps(drawn).to(device)).float()
        return mask_loss(logits, meant_scar(drawn).to(device), area)


def first_decoder(network: Promptable, settings: SegmenterPlan, how: Prompter) -> PromptDecoder:
    """The decoder that a prompter begins with: that of ``network``, or one with random weights."""
    return network.decoder if how.widths is None else PromptDecoder(settings.widths[0], how.widths)


def drawn_prompts(
    codes: Tensor, proposals: NDArray[np.float32], jitter: float, rng: Generator
) -> list[DrawnPrompt]:
    """A reader's prompt for each disc of ``codes`` (n, angles, radii); proposals as many."""
    return [
        reader_prompt(c >= Tissue.SCAR, c >= Tissue.VIABLE, p, jitter, rng)
        for c, p in zip(codes.numpy(), proposals, strict=True)
    ]


def prompt_maps(drawn: Sequence[DrawnPrompt]) -> Tensor:
    """What the network sees of prompts (n, 4, angles, radii)."""
    return torch.from_numpy(np.stack([one.maps for one in drawn]))


def meant_scar(drawn: Sequence[DrawnPrompt]) -> Tensor:
    """The scar that prompts mean (n, 1, angles, radii), 0 or 1."""
    return torch.from_numpy(np.stack([one.meant for one in drawn])).float()[:, None]
