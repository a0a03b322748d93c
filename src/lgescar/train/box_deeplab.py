"""Teaches the Box-DeepLabV3+ baseline: reference boxes with jitter in, their scar out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.metrics.detection import lesions
from lgescar.networks.box_deeplab import BoxDeepLab
from lgescar.prepare.prompt_maps import near_boxes, prompt_maps
from lgescar.train.augment import plain_views, views
from lgescar.train.boxes import box_on, jittered, lesion_box
from lgescar.train.calibrate import calibrate_asked
from lgescar.train.cards import finish_run
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng, odds
from lgescar.train.graph import onnx_graph, refuse_difference
from lgescar.train.kinds import read_any
from lgescar.train.loop import Watched, device_of, fit
from lgescar.train.losses import mask_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.processes import from_main
from lgescar.train.recipe_kinds import BoxDeepLabRecipe
from lgescar.train.start import begin, use_threads

EMPTY_BOXES = 0.1
"""Share of scar-free views that get a box on the wall all the same: detectors err too."""
STRIDE = 16


def train(recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool) -> dict[str, float]:
    """Train to the end of the schedule, or on from the last checkpoint; scores on tune patients.

    Raises:
        UsageError: the run's folder holds another run, the recipe is of another kind, or
            segmentation-models-pytorch is missing.
    """
    recipe, _, _ = read_any(recipe_file)
    if not isinstance(recipe, BoxDeepLabRecipe):
        raise UsageError(f"{recipe_file.name} is no recipe of Box-DeepLabV3+")
    if importlib.util.find_spec("segmentation_models_pytorch") is None:
        raise UsageError("Box-DeepLabV3+ needs: pip install 'lgescar[baselines]'")
    if recipe.view_px % STRIDE:
        raise UsageError(f"view_px is a multiple of {STRIDE}, found {recipe.view_px}")
    patients = begin(recipe_file, recipe.data, data, run, resume=resume)
    use_threads(recipe.threads)
    train, tune = patients.slices(recipe.pixel_mm, recipe.canvas_px)
    network = _fitted(recipe, train, tune, run).cpu()
    return from_main(lambda: _finished(recipe, network, tune, run))


def _finished(
    recipe: BoxDeepLabRecipe, network: nn.Module, tune: list[LabelledSlice], run: Path
) -> dict[str, float]:
    size = recipe.view_px
    feed = {"image": torch.randn(2, 1, size, size), "boxes": torch.zeros(2, 1, size, size)}
    graph = onnx_graph(network, feed, dict.fromkeys(("image", "boxes", "logits"), (0,)))
    refuse_difference(graph, network, feed, 1)
    scores = {**tune_dice(network, tune, size), **calibrated_deeplab(network, tune, recipe)}
    finish_run(run, graph, scores)
    return scores


def _fitted(
    recipe: BoxDeepLabRecipe, train: list[LabelledSlice], tune: list[LabelledSlice], run: Path
) -> nn.Module:
    chance = odds(train, recipe.data)
    torch.manual_seed(recipe.seed)

    def loss(network: nn.Module, step: int) -> Tensor:
        rng = batch_rng(recipe.seed, step)
        drawn = [train[i] for i in rng.choice(len(train), recipe.schedule.batch, p=chance)]
        images, codes = views(drawn, recipe.view_px, recipe.augmentation, rng)
        maps = [box_map(c, recipe.box_jitter_px, rng) for c in codes.numpy()]
        boxes = torch.from_numpy(np.stack(maps))[:, None]
        target = (codes >= Tissue.SCAR).float()[:, None]
        device = device_of(network)
        logits = network(images.to(device), boxes.to(device)).float()
        return mask_loss(logits, target.to(device))

    def check(network: nn.Module) -> dict[str, float]:
        return tune_dice(network, tune, recipe.view_px)

    @torch.no_grad()
    def show(network: nn.Module) -> Picture:
        images, codes = plain_views(shown_slices(tune), recipe.view_px)
        return scar_sheet(images, codes, _scar_in_boxes(network, images, codes))

    network, watched = BoxDeepLab(recipe.encoder), Watched(check, show) if tune else check
    return fit(network, loss, watched, recipe.schedule, run / "deeplab", seed=recipe.seed)


def box_map(codes: NDArray[np.int64], jitter_px: float, rng: Generator | None) -> Pixels:
    """1 inside the box of every lesion, jittered where random numbers are given.

    A scar-free view now and then gets a box on its wall, where the answer is: nothing.
    """
    boxes = [lesion_box(mask) for mask in lesions(np.asarray(codes >= Tissue.SCAR))]
    if rng is not None:
        wall = np.asarray(codes >= Tissue.VIABLE)
        if not boxes and wall.any() and rng.uniform() < EMPTY_BOXES:
            boxes = [box_on(wall, rng)]
        boxes = [jittered(box, jitter_px, rng) for box in boxes]
    rows, cols = codes.shape
    return np.asarray(prompt_maps((rows, cols), boxes, [], None)[0], np.float32)


@torch.no_grad()
def calibrated_deeplab(
    network: nn.Module, tune: list[LabelledSlice], recipe: BoxDeepLabRecipe
) -> dict[str, float]:
    """``temperature`` and ``cutoff`` on the tune slices, asked with jittered boxes."""
    size = recipe.view_px
    network.eval()

    def ask(image: Tensor, boxes: Sequence[Box]) -> NDArray[np.float32]:
        picture = np.asarray(prompt_maps((size, size), boxes, [], None)[0], np.float32)
        logits = network(image, torch.from_numpy(picture)[None, None])[0, 0]
        near = near_boxes(size, boxes) > 0.0
        return np.asarray(torch.sigmoid(logits.float()).numpy() * near, np.float32)

    found = calibrate_asked(tune, size, recipe.box_jitter_px, ask)
    return {"temperature": found["temperature"], "cutoff": found["scar_cutoff"]}


@torch.no_grad()
def tune_dice(network: nn.Module, tune: list[LabelledSlice], size: int) -> dict[str, float]:
    """Mean 3-D Dice of scar per cohort with reference boxes, over the patients that have it."""
    network.eval()
    found: dict[str, list[float]] = {}
    for cohort, patient in sorted({(s.cohort, s.patient) for s in tune}):
        slices = [s for s in tune if (s.cohort, s.patient) == (cohort, patient)]
        images, codes = plain_views(slices, size)
        guess = _scar_in_boxes(network, images, codes)
        truth = codes >= Tissue.SCAR
        if bool(truth.any()):
            overlap = 2.0 * float((truth & guess).sum()) / float(truth.sum() + guess.sum())
            found.setdefault(f"{cohort}_scar", []).append(overlap)
    return {name: round(float(np.mean(values)), 4) for name, values in found.items()}


def _scar_in_boxes(network: nn.Module, images: Tensor, codes: Tensor) -> Tensor:
    """What is found in the reference's own boxes."""
    boxes = torch.from_numpy(np.stack([box_map(c, 0.0, None) for c in codes.numpy()]))
    device = device_of(network)
    found: Tensor = network(images.to(device), boxes[:, None].to(device))[:, 0].cpu() > 0
    return found
