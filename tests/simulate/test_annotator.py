"""Readers' labels differ from the truth, plausibly, and more so the hastier the reader."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from lgescar.core.tissue import LabelMap
from lgescar.simulate import SimulatedPatient
from lgescar.simulate.annotator import Habit, annotate


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """2 |a & b| / (|a| + |b|)."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def read(patient: SimulatedPatient, degree: float) -> tuple[float, float]:
    """Overlap of a reader's wall and scar with the truth, over the whole patient."""
    rng = np.random.default_rng(1)
    drawn = [
        annotate(rng, s.pixels, t, patient.protocol.spacing_mm, degree)
        for s, t in zip(patient.study.slices, patient.truth, strict=True)
    ]

    def whole(labels: tuple[LabelMap, ...] | list[LabelMap], part: str) -> np.ndarray:
        return np.stack([getattr(label, part) for label in labels])

    return (
        overlap(whole(drawn, "wall"), whole(patient.truth, "wall")),
        overlap(whole(drawn, "scar"), whole(patient.truth, "scar")),
    )


@pytest.fixture(scope="module")
def by_degree(
    acute: list[SimulatedPatient], chronic: list[SimulatedPatient]
) -> dict[float, np.ndarray]:
    patients = [p for p in acute[:3] + chronic[:3] if p.mass.scar_g > 3.0]
    return {d: np.array([read(p, d) for p in patients]).mean(0) for d in (0.0, 1.0, 2.5)}


def test_a_usual_reader_agrees_as_readers_do(by_degree: dict[float, np.ndarray]) -> None:
    # Two published annotations of one EMIDEC patient: wall 0.928, infarct 0.822; inter-observer
    # infarct 0.69. A reader against the truth must lie in that neighbourhood.
    wall, scar = by_degree[1.0]
    assert 0.85 < wall < 0.97
    assert 0.60 < scar < 0.90


def test_a_steady_hand_draws_the_true_wall(by_degree: dict[float, np.ndarray]) -> None:
    assert by_degree[0.0][0] > 0.995


def test_noise_grows_with_the_degree(by_degree: dict[float, np.ndarray]) -> None:
    assert np.all(by_degree[0.0] > by_degree[1.0])
    assert np.all(by_degree[1.0] > by_degree[2.5])


def test_the_same_stream_draws_the_same_label(acute: list[SimulatedPatient]) -> None:
    patient = acute[0]
    k = len(patient.truth) // 2
    args = (patient.study.slices[k].pixels, patient.truth[k], patient.protocol.spacing_mm, 1.0)
    first, second = (annotate(np.random.default_rng(9), *args) for _ in range(2))
    assert np.array_equal(first.codes, second.codes)


def test_a_slice_without_heart_stays_empty() -> None:
    nothing = LabelMap(np.zeros((32, 32), np.uint8))
    noise = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32)
    drawn = annotate(np.random.default_rng(0), noise, nothing, 1.4, 2.0)
    assert not drawn.codes.any()


def test_a_hasty_reader_misses_slices(acute: list[SimulatedPatient]) -> None:
    # At degree 10 scar is overlooked on about 0.04 x 10 = 40 % of the slices that hold it.
    patient = max(acute, key=lambda p: p.mass.scar_g)
    pairs = [
        (s, t)
        for s, t in zip(patient.study.slices, patient.truth, strict=True)
        if t.scar.sum() > 50
    ]
    missed = [
        not annotate(
            np.random.default_rng(i), s.pixels, t, patient.protocol.spacing_mm, 10.0
        ).scar.any()
        for s, t in pairs
        for i in range(20)
    ]
    assert 0.2 < np.mean(missed) < 0.7


def test_habits_are_the_same_at_every_reading() -> None:
    rows, cols = np.indices((60, 60)) - 30.0
    radius = np.hypot(rows, cols)
    codes = np.where(radius < 10, 1, np.where(radius < 18, 2, 0)).astype(np.uint8)
    codes[(codes == 2) & (cols > 8)] = 3
    truth, step = LabelMap(codes), np.clip(codes - 2.0, 0.0, 1.0).astype(np.float32)
    pixels = ndimage.gaussian_filter(step, 2.0)  # a soft border: a higher level leaves less

    def drawn(habit: Habit, seed: int = 0) -> LabelMap:
        return annotate(np.random.default_rng(seed), pixels, truth, 1.0, 0.0, habit)

    plain, wide, bright = drawn(Habit()), drawn(Habit(wide_mm=2.0)), drawn(Habit(bright=0.5))
    # Two pixels on either side of a ring from 10 to 18: the area goes with 20² − 8².
    assert wide.wall.sum() / plain.wall.sum() == pytest.approx(336 / 224, rel=0.1)
    assert 0 < bright.scar.sum() < plain.scar.sum()
    assert np.array_equal(drawn(Habit(wide_mm=2.0), seed=1).wall, wide.wall)
