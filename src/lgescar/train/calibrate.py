"""Temperature and cutoff of a segmenter that is prompted with boxes, and where a run has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor

from lgescar.core.box import Box
from lgescar.core.tissue import Tissue
from lgescar.metrics.overlap import dice
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.train.augment import plain_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.sam_prompts import TUNE_SEED, tune_boxes
from lgescar.train.task import batch_rng

CUTOFFS = tuple(round(0.1 + 0.05 * i, 2) for i in range(13))
UNCALIBRATED = {"temperature": 1.0, "scar_cutoff": 0.5}
CALIBRATION_FILE = "calibration.json"


Predict = Callable[[Tensor, Sequence[Box]], NDArray[np.float32]]
"""Chance of scar (size, size) near the boxes of a view (1, 1, size, size), 0 elsewhere."""


def calibrate_prompted(
    tune: Sequence[LabelledSlice], size: int, jitter_px: float, predict: Predict
) -> dict[str, float]:
    """``temperature`` and ``scar_cutoff`` of a segmenter prompted with jittered boxes.

    The boxes are those of the tune scores of SAM, the same at every call.
    """
    chance = np.zeros((len(tune), size, size), np.float32)
    near, scar = np.zeros(chance.shape, bool), np.zeros(chance.shape, bool)
    for number, one in enumerate(tune):
        image, codes = plain_views([one], size)
        drawn = codes[0].numpy().astype(np.uint8)
        boxes = tune_boxes(drawn, jitter_px, batch_rng(TUNE_SEED, number))
        chance[number] = predict(image, boxes)
        near[number], scar[number] = near_boxes(size, boxes) > 0.0, drawn >= Tissue.SCAR
    patients = np.array([f"{s.cohort}/{s.patient}" for s in tune])
    return calibrate_boxed(chance, scar, near, patients)


def calibrate_boxed(
    chance: NDArray[np.float32],
    scar: NDArray[np.bool_],
    near: NDArray[np.bool_],
    patients: NDArray[np.str_],
) -> dict[str, float]:
    """The same from predictions that are there; all but ``patients`` are (n, rows, cols).

    Only what lies in or near a box, where ``near`` is True, counts for the temperature: the 0
    elsewhere is no prediction. 1 and 0.5 where there is no box or no scar.
    """
    if not (near.any() and scar.any()):
        return dict(UNCALIBRATED)
    found = temperature(chance[near], scar[near])
    best = _best_cutoff(np.where(near, chance, 0.0), scar, patients)
    return {"temperature": round(found, 3), "scar_cutoff": best}


def store_calibration(found: dict[str, float], run: Path) -> None:
    """Write it into the run's folder."""
    (run / CALIBRATION_FILE).write_text(json.dumps(found, indent=1))


def stored_calibration(run: Path) -> dict[str, float]:
    """That of a run; 1 and 0.5 where it was never calibrated."""
    path = run / CALIBRATION_FILE
    if not path.exists():
        return dict(UNCALIBRATED)
    return {k: float(v) for k, v in json.loads(path.read_text()).items()}


def temperature(
    chance: NDArray[np.floating],
    truth: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """That of the lowest log loss, between exp(-1.5) and exp(1.5)."""
    bounded = np.clip(chance.astype(np.float64), 1e-6, 1.0 - 1e-6)
    logit = np.log(bounded / (1.0 - bounded))
    sign = np.where(truth, -1.0, 1.0)

    def log_loss(log_temperature: float) -> float:
        return float(
            np.average(np.logaddexp(0.0, sign * logit / np.exp(log_temperature)), weights=weights)
        )

    return float(np.exp(minimize_scalar(log_loss, bounds=(-1.5, 1.5), method="bounded").x))


def _best_cutoff(
    chance: NDArray[np.float32], truth: NDArray[np.bool_], patients: NDArray[np.str_]
) -> float:
    by_cutoff = {c: _mean_dice(chance >= c, truth, patients) for c in CUTOFFS}
    return max(by_cutoff, key=lambda c: by_cutoff[c])


def _mean_dice(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], patients: NDArray[np.str_]
) -> float:
    """Mean over the patients with scar."""
    each = ((mask[patients == one] for mask in (truth, found)) for one in np.unique(patients))
    scores = [dice(known, predicted) for known, predicted in each if known.any()]
    return float(np.mean([s for s in scores if s is not None])) if scores else 0.0
