"""What a bundle predicts, without prompts, of held-out patients, and the cutoffs chosen by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lgescar.bundle import Bundle
from lgescar.core.arrays import PixelMask
from lgescar.core.atomic import whole_file
from lgescar.measure.likely import ANY_PERCENT, LEVEL_PERCENT
from lgescar.metrics.overlap import dice
from lgescar.outline.lesions import lasting
from lgescar.outline.study import OutlinedStudy
from lgescar.outline.systems import NetworkSystem
from lgescar.outline.tissues import calibrated
from lgescar.train.calibrate import CUTOFFS, UNCALIBRATED, temperature
from lgescar.train.dataset import LabelledPatient

AUTOMATIC_CUTOFFS = tuple(c for c in CUTOFFS if c >= 0.3)
"""Of the scar found without boxes: below, a dozen patients chose what others were worse with."""
LEAST_LESIONS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
"""In percent of the wall, of a lesion that one slice alone shows."""
MVO_CUTOFFS = tuple(round(0.05 * i, 2) for i in range(2, 11))
"""In parts of scar's chance."""
NEARLY, NEARLY_LESION = 0.02, 0.01
"""Mean Dice that the choice of a cutoff and of a least lesion may lose. Ours: less than what some
dozen patients can tell apart."""
DEFAULTS = {
    **UNCALIBRATED,
    "least_lesion_percent": 0.0,
    "mvo_cutoff": MVO_CUTOFFS[-1],
    "lenient": 0.0,
    "strict": 1.0,
}
"""Without calibration: every lesion counts, and the range is the widest."""
DISTANCES = tuple(round(0.1 * i, 1) for i in range(81))
"""In log odds, tried from the nearest."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutPrediction:
    """A bundle's prediction of a labelled patient, cut to the ventricle: (slices, rows, cols).

    ``chance`` of scar is uncalibrated, ``share`` is what scar holds of the wall's chance, 0 beyond
    the outlined ``wall``, ``mvo_share`` what MVO holds of scar's. ``scar`` and ``muscle`` are the
    reference's scar (MVO with it) and wall, ``mvo`` its MVO.
    """

    chance: NDArray[np.float16]
    share: NDArray[np.float16]
    mvo_share: NDArray[np.float16]
    wall: PixelMask
    scar: PixelMask
    mvo: PixelMask
    muscle: PixelMask

    def found(self, cutoff: float, least_percent: float) -> PixelMask:
        """The scar at a cutoff, without implausibly small lesions."""
        return lasting(self.wall & (self.share >= cutoff), int(self.wall.sum()), least_percent)

    def percent(self, cutoff: float, least_percent: float) -> float:
        """That scar in percent of the outlined wall."""
        return _percent(self.found(cutoff, least_percent), self.wall)

    @property
    def true_percent(self) -> float:
        """The reference's scar in percent of its wall."""
        return _percent(self.scar, self.muscle)

    def dice(self, cutoff: float, least_percent: float) -> float:
        """Overlap of that scar with the reference's, which must not be empty."""
        return dice(self.scar, self.found(cutoff, least_percent)) or 0.0


Predictions = Sequence[HeldOutPrediction]


def predict_held_out(bundle: Bundle, patient: LabelledPatient) -> HeldOutPrediction:
    """What ``bundle`` predicts of a patient as for any user: the heart found, too."""
    outlined = OutlinedStudy(patient.study, NetworkSystem(bundle))
    found = [outlined.predicted(index) for index in patient.study.indices]
    wall = np.stack([one.labels.wall for one in found])
    muscle = np.stack([labels.wall for labels in patient.labels])
    rows, cols = (np.flatnonzero(np.any(wall | muscle, axis=others)) for others in ((0, 2), (0, 1)))
    first = (int(rows[0]), int(cols[0])) if rows.size else (0, 0)
    last = (int(rows[-1]), int(cols[-1])) if rows.size else (0, 0)
    box = (slice(None), slice(first[0], last[0] + 1), slice(first[1], last[1] + 1))
    chance = np.stack([calibrated(one.chance, 1.0 / bundle.card.temperature) for one in found])
    share = np.stack([one.share for one in found])
    mvo_share = np.stack([one.mvo_share for one in found])
    return HeldOutPrediction(
        chance=chance[box].astype(np.float16),
        share=np.where(wall, share, 0.0)[box].astype(np.float16),
        mvo_share=np.where(wall, mvo_share, 0.0)[box].astype(np.float16),
        wall=wall[box].copy(),
        scar=np.stack([labels.scar for labels in patient.labels])[box].copy(),
        mvo=np.stack([labels.mvo for labels in patient.labels])[box].copy(),
        muscle=muscle[box].copy(),
    )


def calibrate(predictions: Predictions) -> dict[str, float]:
    """Temperature, cutoff, least lesion and the two ends of the range, chosen by these patients.

    ``temperature`` has the lowest log loss in the walls, each patient weighing the same.
    ``scar_cutoff`` gets the amount of scar right among those of nearly the best mean Dice, which
    is flat over a wide range of cutoffs and does not see hearts without scar.
    ``least_lesion_percent`` is by ``least_lesion``, ``mvo_cutoff`` by ``mvo_cutoff``.
    ``lenient`` and ``strict`` are ``likely_cutoffs``. As for uncalibrated where none shows scar.

    Source: Guo et al., ICML 2017 (temperature scaling).
    """
    scarred = [one for one in predictions if one.scar.any()]
    if not scarred:
        return dict(DEFAULTS)
    seen = [one.wall | one.muscle for one in predictions]
    found = temperature(
        np.concatenate([one.chance[s] for one, s in zip(predictions, seen, strict=True)]),
        np.concatenate([one.scar[s] for one, s in zip(predictions, seen, strict=True)]),
        np.concatenate([np.full(n, 1.0 / n) for n in (int(s.sum()) for s in seen) if n]),
    )
    cutoff = sized_cutoff(predictions)
    least = least_lesion(predictions, cutoff)
    lenient, strict = likely_cutoffs(predictions, cutoff, least)
    return {
        "temperature": round(found, 3),
        "scar_cutoff": cutoff,
        "least_lesion_percent": least,
        "mvo_cutoff": mvo_cutoff(predictions, cutoff, least),
        "lenient": round(lenient, 4),
        "strict": round(strict, 4),
    }


def sized_cutoff(predictions: Predictions) -> float:
    """Of the cutoffs of nearly the best mean Dice, the one that gets the amount of scar right.

    That is the lowest mean absolute error of scar over wall, hearts without scar included.
    """
    near = _nearly_best({c: _mean_dice(predictions, c, 0.0) for c in AUTOMATIC_CUTOFFS}, NEARLY)

    def error(cutoff: float) -> float:
        return float(np.mean([abs(a.percent(cutoff, 0.0) - a.true_percent) for a in predictions]))

    return min(near, key=error)


def least_lesion(predictions: Predictions, cutoff: float) -> float:
    """Of the sizes of nearly the best mean Dice, that which finds scar in the fewest sound hearts.

    Of sizes alike, that of the best Dice.
    """
    scores = {least: _mean_dice(predictions, cutoff, least) for least in LEAST_LESIONS}

    def invented(least: float) -> int:
        sound = (a for a in predictions if not a.scar.any())
        return sum(a.percent(cutoff, least) > ANY_PERCENT for a in sound)

    near = _nearly_best(scores, NEARLY_LESION)
    return min(near, key=lambda least: (invented(least), -scores[least]))


def mvo_cutoff(predictions: Predictions, cutoff: float, least_percent: float) -> float:
    """Of the cutoffs of nearly the best mean Dice of MVO, the highest: it calls least scar MVO.

    Only patients with MVO count, for a cohort may not label it; the highest where there are none.
    """
    blocked = [(one, one.found(cutoff, least_percent)) for one in predictions if one.mvo.any()]
    if not blocked:
        return MVO_CUTOFFS[-1]
    return max(
        _nearly_best(
            {
                c: float(
                    np.mean([dice(one.mvo, s & (one.mvo_share >= c)) or 0.0 for one, s in blocked])
                )
                for c in MVO_CUTOFFS
            },
            NEARLY,
        )
    )


def likely_cutoffs(
    predictions: Predictions, cutoff: float, least_percent: float
) -> tuple[float, float]:
    """A lenient and a strict cutoff between whose amounts of scar those of 90 in 100 lie.

    Both lie as far from ``cutoff`` in log odds: as far as nine patients of ten need. Of n patients
    the ceil(0.9 n)-th smallest counts, so that one odd patient of ten does not decide; a new
    patient's scar then lies within in ceil(0.9 n) of n + 1 cases, 82 in 100 for ten patients.

    Source: Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005 (split conformal
    prediction, which would take the (n + 1)-th part and the furthest of ten).
    """
    middle = np.log(cutoff / (1.0 - cutoff))

    def pair(distance: float) -> tuple[float, float]:
        strict, lenient = (expit(middle + s * distance) for s in (1.0, -1.0))
        return float(lenient), float(strict)

    def needed(one: HeldOutPrediction) -> float:
        for distance in DISTANCES:
            lenient, strict = pair(distance)
            low, high = one.percent(strict, least_percent), one.percent(lenient, least_percent)
            if low <= one.true_percent <= high:
                return distance
        return DISTANCES[-1]

    distances = sorted(needed(one) for one in predictions)
    rank = int(np.ceil(len(distances) * LEVEL_PERCENT / 100.0))
    return pair(distances[rank - 1])


def store_predictions(predictions: dict[str, HeldOutPrediction], file: Path) -> None:
    """Store predictions, by patient, in one file; whole or not at all."""
    fields = HeldOutPrediction.__slots__
    arrays = {f"{name}|{f}": getattr(one, f) for name, one in predictions.items() for f in fields}
    with whole_file(file) as part:
        np.savez_compressed(part, **arrays)


def stored_predictions(file: Path) -> dict[str, HeldOutPrediction]:
    """Those of ``store_predictions``."""
    fields = HeldOutPrediction.__slots__
    with np.load(file) as stored:
        names = dict.fromkeys(key.rpartition("|")[0] for key in stored.files)
        return {
            name: HeldOutPrediction(**{f: stored[f"{name}|{f}"] for f in fields}) for name in names
        }


def _nearly_best(dice: dict[float, float], loss: float) -> list[float]:
    return [choice for choice, score in dice.items() if score >= max(dice.values()) - loss]


def _mean_dice(predictions: Predictions, cutoff: float, least_percent: float) -> float:
    scores = [one.dice(cutoff, least_percent) for one in predictions if one.scar.any()]
    return float(np.mean(scores)) if scores else 0.0


def _percent(scar: PixelMask, wall: PixelMask) -> float:
    return 100.0 * float(scar.sum()) / max(1.0, float(wall.sum()))
