"""Trains the small detector of our own: where scars have their centres, how far they reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lgescar.core.arrays import Pixels
from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.metrics.detection import best_cutoff, lesion_boxes
from lgescar.networks.centres import STRIDE, CentreBoxes, Centres
from lgescar.simulate.annotator import jittered
from lgescar.train.augment import views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.detector_scores import TuneSet, tune_set
from lgescar.train.graph import onnx_graph, refuse_difference
from lgescar.train.loop import fit
from lgescar.train.overlays import Picture, box_masks, overlay_sheet, shown_slices
from lgescar.train.recipe import CentresPlan, DetectorRecipe
from lgescar.train.task import SliceTask, device_of

NARROWEST_CELLS = 1.0
"""Smallest deviation, in cells, of the bump around a centre."""
BUMP = 1.0 / 6.0
"""Deviation of the bump as a share of the shorter side of the box. Source: Zhou et al. 2019: a
third of the radius, the radius being half of the side at most."""


def train_centres(
    recipe: DetectorRecipe, slices: tuple[list[LabelledSlice], list[LabelledSlice]], run: Path
) -> bytes:
    """Train to the end of the schedule, or on from the last checkpoint; the ONNX graph."""
    assert recipe.centres is not None  # the recipe holds either network
    task = CentresTask(recipe, recipe.centres, slices)
    torch.manual_seed(recipe.seed)
    network = fit(Centres(recipe.centres.widths, recipe.centres.dropout), task, run)
    feed = {"image": torch.randn(2, 1, recipe.view_px, recipe.view_px)}
    module = CentreBoxes(network.cpu()).eval()
    graph = onnx_graph(module, feed, dict.fromkeys(("image", "boxes", "scores"), (0,)))
    refuse_difference(graph, module, feed, 2)
    return graph


class CentresTask(SliceTask[Centres]):
    """The centre and the reach of each lesion."""

    def __init__(
        self,
        recipe: DetectorRecipe,
        how: CentresPlan,
        slices: tuple[list[LabelledSlice], list[LabelledSlice]],
    ) -> None:
        self._recipe, self._tune_set = recipe, tune_set(slices[1], recipe.view_px)
        super().__init__("centres", how.schedule, recipe.seed, slices, recipe.data)

    def loss(self, network: Centres, step: int) -> Tensor:
        """``centre_loss`` and ``reach_loss``."""
        how, device = self._recipe, device_of(network)
        drawn, rng = self.batch(step)
        images, codes = views(drawn, how.view_px, how.augmentation, rng)
        boxes = [_lesion_boxes(c, how.box_jitter_px, rng) for c in codes.numpy()]
        heat, reach, weight = (t.to(device) for t in targets(boxes, how.view_px // STRIDE))
        found = network(images.to(device, memory_format=torch.channels_last)).float()
        return centre_loss(found[:, 0], heat) + reach_loss(found[:, 1:], reach, weight)

    def check(self, network: Centres) -> dict[str, float]:
        """AP50 on the tune slices."""
        return self._tune_set.average_precision(_predictions(network, self._tune_set))

    def picture(self, network: Centres) -> Picture | None:
        """``box_sheet`` of some tune slices."""
        if not self.tune:
            return None
        return box_sheet(network, tune_set(shown_slices(self.tune), self._recipe.view_px))


def box_sheet(network: nn.Module, slices: TuneSet) -> Picture:
    """Reference and predicted boxes, those above the cutoff that is best for these slices."""
    found = slices.predicted(_predictions(network, slices))
    cutoff, size = best_cutoff(found), slices.images[0].shape[0]
    known = [box_masks(s.reference, size) for s in found]
    predicted = [box_masks(s.above(cutoff).predicted, size) for s in found]
    return overlay_sheet(slices.images, known, predicted)


def targets(boxes: Sequence[Sequence[Box]], cells: int) -> tuple[Tensor, Tensor, Tensor]:
    """Centre map (n, cells, cells), distances (n, 4, cells, cells) and where they count.

    A centre is 1 with a bump around it. Distances count in the 3 x 3 cells at a centre, those
    inside the box; a cell of two boxes belongs to the smaller.
    """
    heat = np.zeros((len(boxes), cells, cells), np.float32)
    reach = np.zeros((len(boxes), 4, cells, cells), np.float32)
    weight = np.zeros((len(boxes), cells, cells), np.float32)
    at = np.arange(cells)
    for i, of_slice in enumerate(boxes):
        for box in sorted(of_slice, key=lambda b: -b.area_px):
            row, col = _cell(box, cells)
            sigma = max(NARROWEST_CELLS, BUMP * _shorter_side(box) / STRIDE)
            away = (at[:, None] - row) ** 2 + (at[None, :] - col) ** 2
            heat[i] = np.maximum(heat[i], np.exp(-away / (2.0 * sigma**2)))
            for r in range(max(0, row - 1), min(cells, row + 2)):
                for c in range(max(0, col - 1), min(cells, col + 2)):
                    far = _distances(box, (r + 0.5) * STRIDE, (c + 0.5) * STRIDE)
                    if min(far) > 0:
                        reach[i, :, r, c] = far
                        weight[i, r, c] = 1.0
    return torch.from_numpy(heat), torch.from_numpy(reach), torch.from_numpy(weight)


def centre_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal loss with less blame near a centre, per centre.

    Source: Law and Deng, ECCV 2018 (CornerNet), eq. 1, alpha 2, beta 4.
    """
    centre = (heat == 1.0).float()
    chance = torch.sigmoid(logits)
    right = centre * (1.0 - chance).square() * functional.logsigmoid(logits)
    wrong = (1.0 - heat).pow(4) * chance.square() * functional.logsigmoid(-logits)
    return -(right + (1.0 - centre) * wrong).sum() / centre.sum().clamp(min=1.0)


def reach_loss(found: Tensor, reach: Tensor, weight: Tensor) -> Tensor:
    """Minus the logarithm of the overlap of two boxes seen from one point inside both.

    Source: Yu et al., ACM MM 2016 (UnitBox).
    """
    near = torch.minimum(found, reach)
    shared = (near[:, 0] + near[:, 2]) * (near[:, 1] + near[:, 3])
    area = [(b[:, 0] + b[:, 2]) * (b[:, 1] + b[:, 3]) for b in (found, reach)]
    overlap = (shared + 1.0) / (area[0] + area[1] - shared + 1.0)
    return -(torch.log(overlap) * weight).sum() / weight.sum().clamp(min=1.0)


@torch.no_grad()
def _predictions(network: nn.Module, slices: TuneSet) -> list[tuple[Pixels, Pixels]]:
    module, device = CentreBoxes(network).eval(), device_of(network)
    found = [module(torch.from_numpy(i[None, None]).to(device)) for i in slices.images]
    return [(b[0].cpu().numpy(), s[0].cpu().numpy()) for b, s in found]


def _lesion_boxes(codes: NDArray[np.int64], jitter_px: float, rng: Generator) -> list[Box]:
    boxes = lesion_boxes(np.asarray(codes >= Tissue.SCAR))
    return [jittered(box, jitter_px, rng) for box in boxes]


def _cell(box: Box, cells: int) -> tuple[int, int]:
    row = int((box.top + box.bottom) / 2 / STRIDE)
    col = int((box.left + box.right) / 2 / STRIDE)
    return min(max(row, 0), cells - 1), min(max(col, 0), cells - 1)


def _shorter_side(box: Box) -> float:
    return min(box.bottom - box.top, box.right - box.left)


def _distances(box: Box, row: float, col: float) -> tuple[float, float, float, float]:
    return row - box.top, col - box.left, box.bottom - row, box.right - col
