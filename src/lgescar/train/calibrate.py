"""Temperature and cutoff of the scar map, from patients that did not teach the network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor

from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.measure.likely import LEVEL_PERCENT
from lgescar.networks.promptable import Promptable
from lgescar.prepare.polar import disc_area
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.segment.promptable import both_ways, one_way
from lgescar.train.augment import plain_disc_views, plain_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng
from lgescar.train.sam_prompts import TUNE_SEED, asked_boxes

CUTOFFS = tuple(round(0.1 + 0.05 * i, 2) for i in range(13))
UNASKED_CUTOFFS = tuple(c for c in CUTOFFS if c >= 0.3)
"""Of the scar found without boxes: below, a dozen patients chose what others were worse with."""
NEARLY = 0.02
"""Mean Dice that a cutoff may lose. Ours: far below what a dozen tune patients can tell apart."""
UNCALIBRATED = {"temperature": 1.0, "scar_cutoff": 0.5}
EITHER = {"lenient": 0.0, "strict": 1.0}
"""Cutoffs of a range that says nothing."""
DISTANCES = tuple(round(0.1 * i, 1) for i in range(81))
"""In log odds, tried from the nearest."""
CALIBRATION_FILE = "calibration.json"


def calibrate(
    network: Promptable, tune: list[LabelledSlice], shape: tuple[int, int]
) -> dict[str, float]:
    """``temperature`` of lowest log loss on wall samples; ``scar_cutoff`` by ``sized_cutoff``;
    ``lenient`` and ``strict`` cutoffs by ``likely_cutoffs``.

    ``shape`` is (angles, radii) of the discs. 1, 0.5, 0 and 1 where no tune slice shows scar.

    Source: Guo et al., ICML 2017 (temperature scaling).
    """
    if not any((one.codes >= Tissue.SCAR).any() for one in tune):
        return {**UNCALIBRATED, **EITHER}
    chance, codes = _chances(network, tune, shape)
    area = np.broadcast_to(disc_area(shape[1]), codes.shape)
    scar = chance[:, Tissue.SCAR :].sum(axis=1)
    wall = chance[:, Tissue.VIABLE :].sum(axis=1)
    seen = (wall > 0.5) | (codes >= Tissue.VIABLE)
    temperature = _temperature(scar[seen], codes[seen] >= Tissue.SCAR, area[seen])
    patients = np.array([f"{s.cohort}/{s.patient}" for s in tune])
    share = np.where(wall > 0.5, scar / np.maximum(wall, 1e-6), 0.0)
    best = sized_cutoff(share, codes >= Tissue.SCAR, codes >= Tissue.VIABLE, patients, area)
    amounts = [
        Amounts(share[p], area[p], wall[p] > 0.5, _percent(codes[p], area[p]))
        for p in (patients == name for name in np.unique(patients))
    ]
    lenient, strict = likely_cutoffs(amounts, best)
    return {
        "temperature": round(temperature, 3),
        "scar_cutoff": best,
        "lenient": round(lenient, 4),
        "strict": round(strict, 4),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """A patient's scar share of the wall's chance, area and wall of each sample, all of one shape.

    ``percent`` is the reference scar, of the reference wall.
    """

    share: NDArray[np.float32]
    area: NDArray[np.float32]
    wall: NDArray[np.bool_]
    percent: float

    def at(self, cutoff: float) -> float:
        """Scar in percent of the wall at a cutoff."""
        scar = self.area[self.wall & (self.share >= cutoff)].sum()
        return 100.0 * float(scar) / max(1e-6, float(self.area[self.wall].sum()))


def likely_cutoffs(patients: Sequence[Amounts], cutoff: float) -> tuple[float, float]:
    """A lenient and a strict cutoff between whose amounts of scar those of 90 in 100 lie.

    Both lie as far from ``cutoff`` in log odds: as far as nine patients of ten need. Of n patients
    the ceil(0.9 n)-th smallest counts, so that one odd patient of ten does not decide; a new
    patient's scar then lies within in ceil(0.9 n) of n + 1 cases, 82 in 100 for ten patients.

    Source: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005 (split conformal
    prediction, which would take the (n + 1)-th part and the furthest of ten).
    """
    middle = np.log(cutoff / (1.0 - cutoff))

    def pair(distance: float) -> tuple[float, float]:
        strict, lenient = (1.0 / (1.0 + np.exp(-(middle + s * distance))) for s in (1.0, -1.0))
        return float(lenient), float(strict)

    def needed(one: Amounts) -> float:
        for distance in DISTANCES:
            lenient, strict = pair(distance)
            if one.at(strict) <= one.percent <= one.at(lenient):
                return distance
        return DISTANCES[-1]

    distances = sorted(needed(one) for one in patients)
    rank = int(np.ceil(len(distances) * LEVEL_PERCENT / 100.0))
    return pair(distances[rank - 1])


def _percent(codes: NDArray[np.int64], area: NDArray[np.float32]) -> float:
    wall = float(area[codes >= Tissue.VIABLE].sum())
    return 100.0 * float(area[codes >= Tissue.SCAR].sum()) / wall if wall else 0.0


Ask = Callable[[Tensor, Sequence[Box]], NDArray[np.float32]]
"""Chance of scar (size, size) near the boxes of a view (1, 1, size, size), 0 elsewhere."""


def calibrate_asked(
    tune: list[LabelledSlice], size: int, jitter_px: float, ask: Ask
) -> dict[str, float]:
    """``temperature`` and ``scar_cutoff`` of a segmenter, asked of each slice with jittered boxes.

    The boxes are those of the tune scores of SAM, the same at every call.
    """
    chance = np.zeros((len(tune), size, size), np.float32)
    near, scar = np.zeros(chance.shape, bool), np.zeros(chance.shape, bool)
    for number, one in enumerate(tune):
        image, codes = plain_views([one], size)
        drawn = codes[0].numpy().astype(np.uint8)
        boxes = asked_boxes(drawn, jitter_px, batch_rng(TUNE_SEED, number))
        chance[number] = ask(image, boxes)
        near[number], scar[number] = near_boxes(size, boxes) > 0.0, drawn >= Tissue.SCAR
    patients = np.array([f"{s.cohort}/{s.patient}" for s in tune])
    return calibrate_boxed(chance, scar, near, patients)


def calibrate_boxed(
    chance: NDArray[np.float32],
    scar: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    patients: NDArray[np.str_],
) -> dict[str, float]:
    """The same for a segmenter that was asked with boxes; all but ``patients`` (n, rows, cols).

    Only what lies in or near a box, where ``asked`` is True, counts for the temperature: 0
    elsewhere is no opinion. 1 and 0.5 where nothing was asked or there is no scar to find.
    """
    if not (asked.any() and scar.any()):
        return dict(UNCALIBRATED)
    temperature = _temperature(chance[asked], scar[asked])
    best = _best_cutoff(np.where(asked, chance, 0.0), scar, patients)
    return {"temperature": round(temperature, 3), "scar_cutoff": best}


def store_calibration(found: dict[str, float], run: Path) -> None:
    """Keep it in the run's folder."""
    (run / CALIBRATION_FILE).write_text(json.dumps(found, indent=1))


def stored_calibration(run: Path) -> dict[str, float]:
    """That of a run; 1 and 0.5 where it was never calibrated."""
    path = run / CALIBRATION_FILE
    if not path.exists():
        return dict(UNCALIBRATED)
    return {k: float(v) for k, v in json.loads(path.read_text()).items()}


@torch.no_grad()
def _chances(
    network: Promptable, tune: list[LabelledSlice], shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Chances (n, 5, angles, radii) of the tissues, rays taken both ways, and the codes."""
    images, codes = plain_disc_views(tune, shape)
    network.eval()
    seen = [
        torch.softmax(network.encoder(torch.from_numpy(way))[1].float(), dim=1).numpy()
        for way in both_ways(images.numpy())
    ]
    return one_way(np.stack(seen)), np.asarray(codes.numpy(), np.int64)


def _temperature(
    chance: NDArray[np.float32],
    truth: NDArray[np.bool_],
    area: NDArray[np.float32] | None = None,
) -> float:
    bounded = np.clip(chance.astype(np.float64), 1e-6, 1.0 - 1e-6)
    logit = np.log(bounded / (1.0 - bounded))
    sign = np.where(truth, -1.0, 1.0)

    def log_loss(log_temperature: float) -> float:
        return float(
            np.average(np.logaddexp(0.0, sign * logit / np.exp(log_temperature)), weights=area)
        )

    return float(np.exp(minimize_scalar(log_loss, bounds=(-1.5, 1.5), method="bounded").x))


def _best_cutoff(
    chance: NDArray[np.float32], truth: NDArray[np.bool_], patients: NDArray[np.str_]
) -> float:
    by_cutoff = {c: _mean_dice(chance >= c, truth, patients) for c in CUTOFFS}
    return max(by_cutoff, key=lambda c: by_cutoff[c])


def sized_cutoff(
    chance: NDArray[np.float32],
    scar: NDArray[np.bool_],
    wall: NDArray[np.bool_],
    patients: NDArray[np.str_],
    area: NDArray[np.float32] | None = None,
) -> float:
    """The cutoff that gets the amount of scar right among those of nearly the best mean Dice.

    Dice is flat over a wide range of cutoffs and does not see hearts without scar; the amount is
    scar over wall, its mean absolute error over all patients. All but ``patients`` are
    (n, rows, cols); ``area`` is what each sample stands for,
    1 where None.
    """
    share = np.ones(chance.shape, np.float32) if area is None else area
    dice = {c: _mean_dice(chance >= c, scar, patients, share) for c in UNASKED_CUTOFFS}
    near = [c for c in UNASKED_CUTOFFS if dice[c] >= max(dice.values()) - NEARLY]

    hearts = [patients == patient for patient in np.unique(patients)]

    def error(cutoff: float) -> float:
        excess = np.where(chance >= cutoff, share, 0.0) - np.where(scar, share, 0.0)
        walls = np.where(wall, share, 0.0)
        missing = [abs(float(excess[p].sum())) / max(1.0, float(walls[p].sum())) for p in hearts]
        return float(np.mean(missing))

    return min(near, key=error)


def _mean_dice(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    patients: NDArray[np.str_],
    area: NDArray[np.float32] | None = None,
) -> float:
    share = np.ones(found.shape, np.float32) if area is None else area
    scores = []
    for patient in np.unique(patients):
        ours, theirs, each = (a[patients == patient] for a in (found, truth, share))
        if theirs.any():
            both = float(each[ours & theirs].sum())
            scores.append(2.0 * both / float(each[ours].sum() + each[theirs].sum()))
    return float(np.mean(scores)) if scores else 0.0
