"""Trains Segment Anything: the scar in a box, slice by slice, lesion by lesion."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.networks.sam import Sam, encoder_is_frozen
from lgescar.networks.sam_checkpoint import checkpoint_folder
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.prepare.prompt_tokens import prompt_tokens
from lgescar.train.augment import plain_views, views
from lgescar.train.calibrate import calibrate_prompted, store_calibration
from lgescar.train.dataset import LabelledSlice
from lgescar.train.embeddings import EmbeddingCache
from lgescar.train.export_sam import export as export
from lgescar.train.loop import fit
from lgescar.train.losses import scar_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.processes import from_main
from lgescar.train.run import Run
from lgescar.train.sam_network import NETWORK_FILE, SEGMENTER, build
from lgescar.train.sam_prompts import (
    TUNE_SEED,
    SlicePrompts,
    draw_layout,
    draw_prompts,
    every_lesion,
)
from lgescar.train.sam_recipe import SamRecipe
from lgescar.train.task import SliceTask, batch_rng, cohort_dice, device_of

SLICES_AT_ONCE = 8
"""Slices encoded together in a check, to bound memory."""


def refuse_unready(recipe: SamRecipe) -> None:
    """Refuse a recipe whose weights are not on this machine.

    Raises:
        ModelError: they are not.
    """
    if recipe.network.checkpoint:
        checkpoint_folder(recipe.network.checkpoint)


def train(recipe: SamRecipe, run: Run) -> dict[str, float]:
    """Train SAM as the recipe says, then calibrate it on the tune patients; their scores.

    Raises:
        UsageError: stored views of an encoder that is trained.
        ModelError: the recipe's weights are not those of a SAM.
    """
    torch.manual_seed(recipe.seed)
    network, about = build(recipe.network, recipe.view.view_px)
    words = json.dumps(about, indent=1) + "\n"
    from_main(lambda: (run.folder / NETWORK_FILE).write_text(words))
    slices = run.canvases(recipe.view.pixel_mm, recipe.view.canvas_px)
    cache = embedding_cache(recipe, network, run.folder)
    trained = fit(network, SamTask(recipe, slices, cache), run.folder)

    def calibrated() -> dict[str, float]:
        found = calibrate_sam(trained, slices[1], recipe)
        store_calibration(found, run.folder)
        return {**SamTask(recipe, slices).check(trained), **found}

    return from_main(calibrated)


class SamTask(SliceTask[Sam]):
    """The scar that a box or points mean, with the embeddings of a frozen encoder stored."""

    def __init__(
        self,
        recipe: SamRecipe,
        slices: tuple[Sequence[LabelledSlice], Sequence[LabelledSlice]],
        cache: EmbeddingCache | None = None,
    ) -> None:
        self._recipe, self._cache = recipe, cache
        super().__init__(SEGMENTER, recipe.schedule, recipe.seed, slices, recipe.data)

    def loss(self, network: Sam, step: int) -> Tensor:
        """``scar_loss`` of each prompt's own scar."""
        how, device = self._recipe, device_of(network)
        numbers, rng = self.numbers(step)
        images, codes = _views(how, self.train, [int(i) for i in numbers], rng)
        layout = draw_layout(how.prompts, rng)
        prompts = [draw_prompts(c, layout, how.prompts, rng) for c in codes]
        at, kinds, meant = _tensors(prompts, device)
        logits = network.decode(self._embed(network, images.to(device)), at, kinds)
        return scar_loss(logits.flatten(0, 1), meant.flatten(0, 1), how.loss)

    def check(self, network: Sam) -> dict[str, float]:
        """Mean 3-D Dice of scar per cohort with jittered reference boxes, over those with scar.

        Slices without scar have a box on healthy wall, and scar invented there counts. With boxes
        of a detector the score is lower: this one only ranks checkpoints.
        """
        masks = (
            ((one.cohort, one.patient), (codes >= Tissue.SCAR).numpy(), found.numpy())
            for one, codes, found in self._predictions(network, self.tune)
        )
        return cohort_dice(masks, "scar_in_boxes")

    def picture(self, network: Sam) -> Picture | None:
        """Scar of the reference and of the network in its boxes."""
        if not self.tune:
            return None
        chosen = shown_slices(self.tune)
        images, codes = plain_views(chosen, self._recipe.view.view_px)
        found = [mask for _, _, mask in self._predictions(network, chosen)]
        return scar_sheet(images, codes, torch.stack(found))

    def _embed(self, network: Sam, images: Tensor) -> Tensor:
        return network.encode(images) if self._cache is None else self._cache.embed(network, images)

    @torch.no_grad()
    def _predictions(
        self, network: Sam, tune: Sequence[LabelledSlice]
    ) -> Iterator[tuple[LabelledSlice, Tensor, Tensor]]:
        """Each slice, its tissues and the scar found in its boxes, (size, size) on the CPU."""
        how, device = self._recipe, device_of(network)
        for start in range(0, len(tune), SLICES_AT_ONCE):
            slices = tune[start : start + SLICES_AT_ONCE]
            images, codes = plain_views(slices, how.view.view_px)
            embedding = self._embed(network, images.to(device))
            for number, one in enumerate(slices):
                rng = batch_rng(TUNE_SEED, start + number)
                prompts = every_lesion(codes[number].numpy().astype(np.uint8), how.prompts, rng)
                at, kinds, _ = _tensors([prompts], device)
                found = network.decode(embedding[number][None], at, kinds)[0] > 0.0
                yield one, codes[number], found.any(0).cpu()


@torch.no_grad()
def calibrate_sam(
    network: Sam, tune: Sequence[LabelledSlice], recipe: SamRecipe
) -> dict[str, float]:
    """Temperature and cutoff on the tune patients, with the boxes of ``SamTask.check``.

    A slice's chance is the highest over its boxes, near them only, as in use.
    """
    size, device = recipe.view.view_px, device_of(network)
    network.eval()

    def predict(image: Tensor, boxes: Sequence[Box]) -> NDArray[np.float32]:
        tokens = [prompt_tokens(box, ()) for box in boxes]
        at, kinds = (torch.from_numpy(np.stack(part)) for part in zip(*tokens, strict=True))
        embedding = network.encode(image.to(device))
        logits = network.decode(embedding, at[None].to(device), kinds[None].to(device))[0]
        masks = [near_boxes(size, [box]) for box in boxes]
        chance = torch.sigmoid(logits.float()).cpu().numpy() * masks
        return np.asarray(chance.max(axis=0), np.float32)

    return calibrate_prompted(tune, size, recipe.prompts.jitter_px, predict)


def embedding_cache(recipe: SamRecipe, network: Sam, run: Path) -> EmbeddingCache | None:
    """Stored embeddings of a frozen encoder, where the recipe wants them."""
    if not recipe.network.cached_views or not encoder_is_frozen(network):
        return None
    return EmbeddingCache(run / "embeddings", network)


def _views(
    recipe: SamRecipe, train: Sequence[LabelledSlice], drawn: Sequence[int], rng: Generator
) -> tuple[Tensor, NDArray[np.uint8]]:
    """Random views of the drawn slices: new ones, or of the few that are stored for each slice."""
    size, how, stored = recipe.view.view_px, recipe.augmentation, recipe.network.cached_views
    if not stored:
        images, codes = views([train[i] for i in drawn], size, how, rng)
        return images, codes.numpy().astype(np.uint8)
    numbers = rng.integers(stored, size=len(drawn))
    pairs = [
        views([train[i]], size, how, np.random.default_rng([recipe.seed, i, int(v)]))
        for i, v in zip(drawn, numbers, strict=True)
    ]
    codes = torch.cat([c for _, c in pairs])
    return torch.cat([x for x, _ in pairs]), codes.numpy().astype(np.uint8)


def _tensors(
    prompts: Sequence[SlicePrompts], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    at = torch.from_numpy(np.stack([a.at for a in prompts]))
    kinds = torch.from_numpy(np.stack([a.kinds for a in prompts]))
    meant = torch.from_numpy(np.stack([a.meant for a in prompts]))
    return at.to(device), kinds.to(device), meant.to(device)
