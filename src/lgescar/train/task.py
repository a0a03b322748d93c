"""What a network of a run is trained for: its batches, its loss, how it is checked and drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.metrics.overlap import Area, Mask, dice
from lgescar.train.dataset import LabelledSlice
from lgescar.train.overlays import Picture
from lgescar.train.recipe import Data, Schedule

N = TypeVar("N", bound=nn.Module)


class Task(ABC, Generic[N]):
    """One network of a run, as ``loop.fit`` trains it; ``name`` is its folder in the run's."""

    def __init__(self, name: str, schedule: Schedule, seed: int) -> None:
        self.name, self.schedule, self.seed = name, schedule, seed

    @abstractmethod
    def loss(self, network: N, step: int) -> Tensor:
        """Loss of the network on the batch of a step; the step alone decides the batch."""

    def check(self, network: N) -> dict[str, float]:
        """Scores of the averaged network on the tune patients; none where it has no check."""
        return {}

    def picture(self, network: N) -> Picture | None:
        """Predictions of some tune slices, (rows, cols, 3); None where there are none to draw."""
        return None


class SliceTask(Task[N]):
    """A task on labelled slices, drawn by the odds of the recipe's data."""

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        seed: int,
        slices: tuple[Sequence[LabelledSlice], Sequence[LabelledSlice]],
        data: Data,
    ) -> None:
        """``slices`` are those that train and those that tune."""
        super().__init__(name, schedule, seed)
        self.train, self.tune = slices
        self._odds = odds(self.train, data)

    def numbers(self, step: int) -> tuple[NDArray[np.int64], Generator]:
        """Numbers of the training slices of a step, and the step's random numbers from there."""
        rng = batch_rng(self.seed, step)
        return rng.choice(len(self.train), self.schedule.batch, p=self._odds), rng

    def batch(self, step: int) -> tuple[list[LabelledSlice], Generator]:
        """The same with the slices themselves."""
        numbers, rng = self.numbers(step)
        return [self.train[i] for i in numbers], rng


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are, and its batches must be."""
    return next(network.parameters()).device


def odds(slices: Sequence[LabelledSlice], data: Data) -> NDArray[np.float64]:
    """Chance of each slice: cohorts by their share, slices with scar more often than others.

    Raises:
        UsageError: a cohort was read that the recipe gives no share.
    """
    unknown = {s.cohort for s in slices} - set(data.share)
    if unknown:
        raise UsageError(f"the recipe gives no share to cohort {', '.join(sorted(unknown))}")
    scarred = np.array([bool((s.codes >= Tissue.SCAR).any()) for s in slices])
    weight = np.where(scarred, data.scar_odds, 1.0)
    for cohort, share in data.share.items():
        ours = np.array([s.cohort == cohort for s in slices])
        if ours.any():
            weight[ours] *= share / weight[ours].sum()
    return np.asarray(weight / weight.sum())


def batch_rng(seed: int, step: int) -> Generator:
    """The random numbers of one step, whatever came before."""
    return np.random.default_rng([seed, step])


def by_patient(slices: Iterable[LabelledSlice]) -> dict[tuple[str, str], list[LabelledSlice]]:
    """Slices by (cohort, patient), patients in the order of their names."""
    found: dict[tuple[str, str], list[LabelledSlice]] = {}
    for one in slices:
        found.setdefault((one.cohort, one.patient), []).append(one)
    return dict(sorted(found.items()))


def cohort_dice(
    masks: Iterable[tuple[tuple[str, str], Mask, Mask]],
    tissue: str,
    area: Area | None = None,
) -> dict[str, float]:
    """``COHORT_TISSUE``: mean 3-D Dice of a cohort's patients whose reference is not empty.

    ``masks`` are (cohort, patient), reference and prediction: a patient's come whole or slice by
    slice. ``area`` is what each sample stands for, alike where None.
    """
    whole: dict[tuple[str, str], list[tuple[Mask, Mask]]] = {}
    for patient, reference, predicted in masks:
        whole.setdefault(patient, []).append((reference, predicted))
    scores: dict[str, list[float]] = {}
    for (cohort, _), pairs in whole.items():
        reference, predicted = (np.stack(part) for part in zip(*pairs, strict=True))
        value = dice(reference, predicted, area=area)
        if reference.any() and value is not None:
            scores.setdefault(f"{cohort}_{tissue}", []).append(value)
    return {name: round(float(np.mean(values)), 4) for name, values in scores.items()}
