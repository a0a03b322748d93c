"""Teaches Segment Anything: the scar in a box, slice by slice, lesion by lesion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.networks.sam import Sam, encoder_is_frozen
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.prepare.prompt_tokens import prompt_tokens
from lgescar.train.augment import plain_views, views
from lgescar.train.calibrate import calibrate_asked
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng, odds
from lgescar.train.embeddings import EmbeddingCache
from lgescar.train.loop import Watched, device_of, fit
from lgescar.train.losses import scar_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.sam_prompts import (
    TUNE_SEED,
    SlicePrompts,
    draw_layout,
    draw_prompts,
    every_lesion,
)
from lgescar.train.sam_recipe import SamRecipe

ASKED_AT_ONCE = 8
"""Slices encoded together when the network is asked, to bound memory."""


def train_sam(
    recipe: SamRecipe,
    network: Sam,
    train: list[LabelledSlice],
    tune: list[LabelledSlice],
    run: Path,
) -> Sam:
    """Train to the end of the schedule, or on from the run's last checkpoint."""
    chance, schedule = odds(train, recipe.data), recipe.schedule
    cache = _cache(recipe, network, run)

    def loss(module: nn.Module, step: int) -> Tensor:
        assert isinstance(module, Sam)
        device = device_of(module)
        rng = batch_rng(recipe.seed, step)
        drawn = [int(i) for i in rng.choice(len(train), schedule.batch, p=chance)]
        images, codes = _views(recipe, train, drawn, rng)
        layout = draw_layout(recipe.prompts, rng)
        asked = [draw_prompts(c, layout, recipe.prompts, rng) for c in codes]
        at, kinds, meant = _tensors(asked, device)
        images = images.to(device)
        embedding = module.encode(images) if cache is None else cache.embed(module, images)
        logits = module.decode(embedding, at, kinds)
        return scar_loss(logits.flatten(0, 1), meant.flatten(0, 1), recipe.loss)

    def check(module: nn.Module) -> dict[str, float]:
        assert isinstance(module, Sam)
        return tune_scores(module, tune, recipe, cache)

    def show(module: nn.Module) -> Picture:
        assert isinstance(module, Sam)
        chosen = shown_slices(tune)
        images, codes = plain_views(chosen, recipe.view.view_px)
        found = [mask for _, _, mask in _answers(module, chosen, recipe, cache)]
        return scar_sheet(images, codes, torch.stack(found))

    watched = Watched(check, show) if tune else check
    taught = fit(network, loss, watched, schedule, run / "segmenter", seed=recipe.seed)
    assert isinstance(taught, Sam)
    return taught


def tune_scores(
    network: Sam, tune: list[LabelledSlice], recipe: SamRecipe, cache: EmbeddingCache | None = None
) -> dict[str, float]:
    """Mean 3-D Dice of scar per cohort with jittered reference boxes, over patients with scar.

    Slices without scar are asked about healthy wall, and what is invented there counts. With
    boxes that a detector finds the score is lower: this one only tells checkpoints apart.
    """
    overlap: dict[tuple[str, str], NDArray[np.float64]] = {}
    for one, codes, found in _answers(network, tune, recipe, cache):
        truth = codes >= Tissue.SCAR
        counted = np.array([float((truth & found).sum()), float(truth.sum() + found.sum())])
        key = (one.cohort, one.patient)
        overlap[key] = overlap.get(key, np.zeros(3)) + np.append(counted, float(truth.sum()))
    scores: dict[str, list[float]] = {}
    for (cohort, _), (both, total, scar) in overlap.items():
        if scar > 0.0:
            scores.setdefault(f"{cohort}_scar_in_boxes", []).append(2.0 * both / total)
    return {name: round(float(np.mean(values)), 4) for name, values in scores.items()}


@torch.no_grad()
def _answers(
    network: Sam, tune: list[LabelledSlice], recipe: SamRecipe, cache: EmbeddingCache | None
) -> Iterator[tuple[LabelledSlice, Tensor, Tensor]]:
    """Each slice, its tissues and the scar found in its boxes, (size, size) on the processor."""
    device = device_of(network)
    for start in range(0, len(tune), ASKED_AT_ONCE):
        slices = tune[start : start + ASKED_AT_ONCE]
        images, codes = plain_views(slices, recipe.view.view_px)
        images = images.to(device)
        embedding = network.encode(images) if cache is None else cache.embed(network, images)
        for number, one in enumerate(slices):
            rng = batch_rng(TUNE_SEED, start + number)
            asked = every_lesion(codes[number].numpy().astype(np.uint8), recipe.prompts, rng)
            at, kinds, _ = _tensors([asked], device)
            found = (network.decode(embedding[number][None], at, kinds)[0] > 0.0).any(0).cpu()
            yield one, codes[number], found


@torch.no_grad()
def calibrate_sam(network: Sam, tune: list[LabelledSlice], recipe: SamRecipe) -> dict[str, float]:
    """Temperature and cutoff on the tune patients, asked as ``tune_scores`` asks them.

    A slice's chance is the highest over its boxes, near them only, as in use.
    """
    size, device = recipe.view.view_px, device_of(network)
    network.eval()

    def ask(image: Tensor, boxes: Sequence[Box]) -> NDArray[np.float32]:
        tokens = [prompt_tokens(box, ()) for box in boxes]
        at, kinds = (torch.from_numpy(np.stack(part)) for part in zip(*tokens, strict=True))
        embedding = network.encode(image.to(device))
        logits = network.decode(embedding, at[None].to(device), kinds[None].to(device))[0]
        masks = [near_boxes(size, [box]) for box in boxes]
        chance = torch.sigmoid(logits.float()).cpu().numpy() * masks
        return np.asarray(chance.max(axis=0), np.float32)

    return calibrate_asked(tune, size, recipe.prompts.jitter_px, ask)


def _cache(recipe: SamRecipe, network: Sam, run: Path) -> EmbeddingCache | None:
    if not recipe.network.cached_views or not encoder_is_frozen(network):
        return None
    return EmbeddingCache(run / "embeddings", network)


def _views(
    recipe: SamRecipe, train: Sequence[LabelledSlice], drawn: Sequence[int], rng: Generator
) -> tuple[Tensor, NDArray[np.uint8]]:
    """Random views of the drawn slices: new ones, or of the few that are kept for each slice."""
    size, how, kept = recipe.view.view_px, recipe.augmentation, recipe.network.cached_views
    if not kept:
        images, codes = views([train[i] for i in drawn], size, how, rng)
        return images, codes.numpy().astype(np.uint8)
    numbers = rng.integers(kept, size=len(drawn))
    pairs = [
        views([train[i]], size, how, np.random.default_rng([recipe.seed, i, int(v)]))
        for i, v in zip(drawn, numbers, strict=True)
    ]
    codes = torch.cat([c for _, c in pairs])
    return torch.cat([x for x, _ in pairs]), codes.numpy().astype(np.uint8)


def _tensors(asked: Sequence[SlicePrompts], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    at = torch.from_numpy(np.stack([a.at for a in asked]))
    kinds = torch.from_numpy(np.stack([a.kinds for a in asked]))
    meant = torch.from_numpy(np.stack([a.meant for a in asked]))
    return at.to(device), kinds.to(device), meant.to(device)
