"""Temperature and cutoff of a segmenter that is asked with boxes, and what a run keeps of it."""

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
from lgescar.prepare.prompt_maps import near_boxes
from lgescar.train.augment import plain_views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.draw import batch_rng
from lgescar.train.sam_prompts import TUNE_SEED, asked_boxes

CUTOFFS = tuple(round(0.1 + 0.05 * i, 2) for i in range(13))
UNCALIBRATED = {"temperature": 1.0, "scar_cutoff": 0.5}
CALIBRATION_FILE = "calibration.json"


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
    found = temperature(chance[asked], scar[asked])
    best = _best_cutoff(np.where(asked, chance, 0.0), scar, patients)
    return {"temperature": round(found, 3), "scar_cutoff": best}


def store_calibration(found: dict[str, float], run: Path) -> None:
    """Keep it in the run's folder."""
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
    scores = []
    for patient in np.unique(patients):
        ours, theirs = (mask[patients == patient] for mask in (found, truth))
        if theirs.any():
            scores.append(2.0 * float((ours & theirs).sum()) / float(ours.sum() + theirs.sum()))
    return float(np.mean(scores)) if scores else 0.0
