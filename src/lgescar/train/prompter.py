"""Teaches the prompt decoder to be corrected; the encoder stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.core.tissue import Tissue
from lgescar.networks.promptable import Promptable, PromptDecoder
from lgescar.prepare.polar import disc_area
from lgescar.train.augment import disc_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng, odds
from lgescar.train.loop import device_of, fit
from lgescar.train.losses import mask_loss
from lgescar.train.prompts import DrawnPrompt, reader_prompt
from lgescar.train.recipe import Prompter, Recipe, Segmenter

PROMPTER = "prompter"
"""Its folder in a run's."""


def train_prompter(
    recipe: Recipe, how: Prompter, network: Promptable, train: list[LabelledSlice], run: Path
) -> nn.Module:
    """Train the decoder of ``network`` on, or a new one, to the end of its schedule; the decoder.

    Every prompt is answered and corrected none to ``rounds`` times, as in a reading; only the last
    answer teaches.

    Source: Kirillov et al., ICCV 2023 (Segment Anything), interactive training.
    """
    settings, chance = recipe.segmenter, odds(train, recipe.data)
    shape = settings.angles, settings.radii
    encoder = network.encoder.eval().to(memory_format=torch.channels_last)
    torch.manual_seed(recipe.seed + 2)
    decoder = taught_on(network, settings, how)

    def loss(decoder: nn.Module, step: int) -> Tensor:
        rng = batch_rng(recipe.seed + 2, step)
        chosen = [train[i] for i in rng.choice(len(train), how.schedule.batch, p=chance)]
        images, codes = disc_views(chosen, shape, settings.augmentation, rng)
        device = device_of(decoder)
        area = torch.from_numpy(disc_area(settings.radii)).to(device)
        with torch.no_grad():
            encoder.to(device)
            embedding, tissues = encoder(images.to(device, memory_format=torch.channels_last))
            tissues = tissues.float()
            proposal = torch.softmax(tissues, 1)[:, Tissue.SCAR :].sum(1).cpu().numpy()
            drawn = drawn_prompts(codes, proposal, settings.box_jitter, rng)
            for _ in range(int(rng.integers(0, how.rounds + 1))):
                answer = decoder(embedding, tissues, prompt_maps(drawn).to(device)).float()
                seen = torch.sigmoid(answer)[:, 0].cpu().numpy()
                drawn = [one.corrected(a, rng) for one, a in zip(drawn, seen, strict=True)]
        answer = decoder(embedding, tissues, prompt_maps(drawn).to(device)).float()
        return mask_loss(answer, meant_scar(drawn).to(device), area)

    found = fit(decoder, loss, lambda _: {}, how.schedule, run / PROMPTER, seed=recipe.seed + 2)
    assert isinstance(found, PromptDecoder)
    network.decoder = found
    return found


def taught_on(network: Promptable, settings: Segmenter, how: Prompter) -> PromptDecoder:
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
