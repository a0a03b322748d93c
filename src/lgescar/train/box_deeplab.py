"""Trains the Box-DeepLabV3+ baseline: reference boxes with jitter in, their scar out."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.metrics.detection import lesion_boxes
from lgescar.networks.box_deeplab import BoxDeepLab
from lgescar.prepare.prompt_maps import near_boxes, prompt_maps
from lgescar.simulate.annotator import jittered
from lgescar.train.augment import plain_views, views
from lgescar.train.boxes import box_on
from lgescar.train.calibrate import calibrate_prompted
from lgescar.train.cards import export as export
from lgescar.train.cards import finish_run
from lgescar.train.dataset import LabelledSlice
from lgescar.train.graph import onnx_graph, refuse_difference
from lgescar.train.loop import fit
from lgescar.train.losses import mask_loss
from lgescar.train.overlays import Picture, scar_sheet, shown_slices
from lgescar.train.processes import from_main
from lgescar.train.recipe import BoxDeepLabRecipe
from lgescar.train.run import Run
from lgescar.train.task import SliceTask, by_patient, cohort_dice, device_of

EMPTY_BOXES = 0.1
"""Share of scar-free views that get a box on the wall all the same: detectors err too."""
STRIDE = 16


def refuse_unready(recipe: BoxDeepLabRecipe) -> None:
    """Refuse before data are read.

    Raises:
        UsageError: segmentation-models-pytorch is missing, or ``view_px`` does not suit it.
    """
    if importlib.util.find_spec("segmentation_models_pytorch") is None:
        raise UsageError("Box-DeepLabV3+ needs: pip install 'lgescar[baselines]'")
    if recipe.view_px % STRIDE:
        raise UsageError(f"view_px is a multiple of {STRIDE}, found {recipe.view_px}")


def train(recipe: BoxDeepLabRecipe, run: Run) -> dict[str, float]:
    """Train to the end of the schedule, or on from the last checkpoint; scores on tune patients."""
    task = BoxDeepLabTask(recipe, run.canvases(recipe.pixel_mm, recipe.canvas_px))
    torch.manual_seed(recipe.seed)
    network = fit(BoxDeepLab(recipe.encoder), task, run.folder).cpu()

    def finished() -> dict[str, float]:
        size = recipe.view_px
        feed = {"image": torch.randn(2, 1, size, size), "boxes": torch.zeros(2, 1, size, size)}
        graph = onnx_graph(network, feed, dict.fromkeys(("image", "boxes", "logits"), (0,)))
        refuse_difference(graph, network, feed, 1)
        scores = {**task.check(network), **calibrated_deeplab(network, task.tune, recipe)}
        finish_run(run.folder, graph, scores)
        return scores

    return from_main(finished)


class BoxDeepLabTask(SliceTask[BoxDeepLab]):
    """The scar inside the boxes of all lesions of a slice, jittered."""

    def __init__(
        self,
        recipe: BoxDeepLabRecipe,
        slices: tuple[Sequence[LabelledSlice], Sequence[LabelledSlice]],
    ) -> None:
        self._recipe = recipe
        super().__init__("deeplab", recipe.schedule, recipe.seed, slices, recipe.data)

    def loss(self, network: BoxDeepLab, step: int) -> Tensor:
        """Cross-entropy and Dice of the scar."""
        how, device = self._recipe, device_of(network)
        drawn, rng = self.batch(step)
        images, codes = views(drawn, how.view_px, how.augmentation, rng)
        maps = [box_map(c, how.box_jitter_px, rng) for c in codes.numpy()]
        boxes = torch.from_numpy(np.stack(maps))[:, None]
        target = (codes >= Tissue.SCAR).float()[:, None]
        logits = network(images.to(device), boxes.to(device)).float()
        return mask_loss(logits, target.to(device))

    @torch.no_grad()
    def check(self, network: BoxDeepLab) -> dict[str, float]:
        """Mean 3-D Dice of scar per cohort with reference boxes, over the patients that have it."""
        network.eval()
        masks = []
        for patient, slices in by_patient(self.tune).items():
            images, codes = plain_views(slices, self._recipe.view_px)
            found = _scar_in_boxes(network, images, codes).numpy()
            masks.append((patient, (codes >= Tissue.SCAR).numpy(), found))
        return cohort_dice(masks, "scar")

    @torch.no_grad()
    def picture(self, network: BoxDeepLab) -> Picture | None:
        """Scar of the reference and of the network in the reference's boxes."""
        if not self.tune:
            return None
        images, codes = plain_views(shown_slices(self.tune), self._recipe.view_px)
        return scar_sheet(images, codes, _scar_in_boxes(network, images, codes))


def box_map(codes: NDArray[np.int64], jitter_px: float, rng: Generator | None) -> Pixels:
    """1 inside the box of every lesion, jittered where random numbers are given.

    A scar-free view now and then gets a box on its wall, where there is nothing to find.
    """
    boxes = list(lesion_boxes(np.asarray(codes >= Tissue.SCAR)))
    if rng is not None:
        wall = np.asarray(codes >= Tissue.VIABLE)
        if not boxes and wall.any() and rng.uniform() < EMPTY_BOXES:
            boxes = [box_on(wall, rng)]
        boxes = [jittered(box, jitter_px, rng) for box in boxes]
    rows, cols = codes.shape
    return np.asarray(prompt_maps((rows, cols), boxes, [], None)[0], np.float32)


@torch.no_grad()
def calibrated_deeplab(
    network: nn.Module, tune: Sequence[LabelledSlice], recipe: BoxDeepLabRecipe
) -> dict[str, float]:
    """``temperature`` and ``cutoff`` on the tune slices, with jittered boxes."""
    size = recipe.view_px
    network.eval()

    def predict(image: Tensor, boxes: Sequence[Box]) -> NDArray[np.float32]:
        picture = np.asarray(prompt_maps((size, size), boxes, [], None)[0], np.float32)
        logits = network(image, torch.from_numpy(picture)[None, None])[0, 0]
        near = near_boxes(size, boxes) > 0.0
        return np.asarray(torch.sigmoid(logits.float()).numpy() * near, np.float32)

    found = calibrate_prompted(tune, size, recipe.box_jitter_px, predict)
    return {"temperature": found["temperature"], "cutoff": found["scar_cutoff"]}


def _scar_in_boxes(network: nn.Module, images: Tensor, codes: Tensor) -> Tensor:
    """What is found in the reference's own boxes."""
    boxes = torch.from_numpy(np.stack([box_map(c, 0.0, None) for c in codes.numpy()]))
    device = device_of(network)
    found: Tensor = network(images.to(device), boxes[:, None].to(device))[:, 0].cpu() > 0
    return found
