"""Features of scars whose shape is known."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Study
from lgescar.core.tissue import LabelMap, Tissue
from lgescar.measure.features import WORDS, ScarFeatures, scar_features

STEP_MM = 10.0


def stack(
    planes: list[np.ndarray], spacing: tuple[float, float] | None = (2.0, 2.0)
) -> tuple[Study, tuple[LabelMap, ...]]:
    """A short-axis stack whose slices hold these codes."""
    slices = tuple(
        Slice(
            f"1.{i}",
            np.zeros(plane.shape, np.float32),
            SliceGeometry((0.0, 0.0, STEP_MM * i), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), spacing),
        )
        for i, plane in enumerate(planes)
    )
    study = Study(
        name="made",
        series_uid=None,
        slices=slices,
        indices=tuple(range(len(planes))),
        grid=Grid((*planes[0].shape, len(planes)), np.eye(4)),
        slice_step_mm=None if spacing is None else STEP_MM,
        view="short-axis",
    )
    return study, tuple(LabelMap(plane.astype(np.uint8)) for plane in planes)


def blank() -> np.ndarray:
    return np.zeros((40, 40), np.uint8)


def square(size: int, at: int = 5) -> np.ndarray:
    plane = blank()
    plane[at : at + size, at : at + size] = Tissue.SCAR
    return plane


def test_a_patient_without_scar_has_no_features() -> None:
    assert scar_features(*stack([blank(), blank()])) is None


def test_areas_and_volume_are_counted_in_millimetres() -> None:
    found = scar_features(*stack([square(4), square(2), blank()]))
    assert found is not None
    # 16 and 4 pixels of 4 mm²; 20 pixels of 4 mm² every 10 mm are 800 mm³.
    assert found.area_mm2 == pytest.approx((64.0 + 16.0) / 2)
    assert found.largest_area_mm2 == pytest.approx(64.0)
    assert found.volume_ml == pytest.approx(0.8)


def test_a_square_is_solid_whatever_its_pixels() -> None:
    found = scar_features(*stack([square(6)], (1.0, 3.0)))
    assert found is not None
    assert found.solidity == pytest.approx(1.0)


def test_a_disc_is_rounder_than_a_bar() -> None:
    rows, cols = np.mgrid[:40, :40]
    disc, bar = blank(), blank()
    disc[np.hypot(rows - 19.5, cols - 19.5) < 15.0] = Tissue.SCAR
    bar[5:7, 2:38] = Tissue.SCAR
    round_one, long_one = (scar_features(*stack([plane, blank()])) for plane in (disc, bar))
    assert round_one is not None
    assert long_one is not None
    assert 0.85 < round_one.circularity <= 1.0  # a digital disc reaches about 0.9
    # The polygon half-way between in and out is 36 by 2 pixels less its four corners of 1/8.
    area, perimeter = 72.0 - 4 / 8, 2 * (35 + 1) + 4 * np.sqrt(0.5)
    assert long_one.circularity == pytest.approx(4 * np.pi * area / perimeter**2, rel=1e-6)


def test_shapes_of_slices_are_weighed_by_their_area() -> None:
    l_shape = blank()
    l_shape[:6, :3] = l_shape[3:6, :6] = Tissue.SCAR  # 27 pixels in a hull of 31.5
    found = scar_features(*stack([l_shape, square(3, 20)]))
    assert found is not None
    assert found.solidity == pytest.approx((27 * (27 / 31.5) + 9 * 1.0) / 36)


def test_patches_are_counted_by_slice_and_in_the_whole() -> None:
    two = square(3) + square(3, 20)
    # Slice one has two patches, slice two goes on with one of them, slice four has a new one.
    found = scar_features(*stack([two, square(3), blank(), square(3)]))
    assert found is not None
    assert found.components == pytest.approx((2 + 1 + 1) / 3)
    assert found.components_3d == 3


def test_mvo_is_part_of_the_scar() -> None:
    plane = square(4)
    plane[6:8, 6:8] = Tissue.MVO
    found = scar_features(*stack([plane, blank()]))
    assert found is not None
    assert found.mvo_percent_of_scar == pytest.approx(25.0)
    assert found.mvo_ml == pytest.approx(4 * 4 * 10 / 1000)
    assert found.mvo_present == 1.0


def test_a_wall_that_is_half_scar_is_half_crossed() -> None:
    rows, cols = np.mgrid[:80, :80]
    radius = np.hypot(rows - 39.5, cols - 39.5)
    plane = np.zeros((80, 80), np.uint8)
    plane[radius < 30] = Tissue.VIABLE
    plane[(radius < 25) & (rows < 40)] = Tissue.SCAR  # the inner half of the upper wall
    plane[radius < 20] = Tissue.BLOOD_POOL
    found = scar_features(*stack([plane, plane]))
    assert found is not None
    assert found.transmural_percent == pytest.approx(50.0, abs=3.0)
    # Half-ring from 20 to 25 of a ring from 20 to 30.
    assert found.percent_of_lv == pytest.approx(50 * (25**2 - 20**2) / (30**2 - 20**2), abs=1.0)


def test_without_spacing_wall_or_cavity_nothing_is_guessed() -> None:
    found = scar_features(*stack([square(4)], None))
    assert found is not None
    unknown = (found.area_mm2, found.largest_area_mm2, found.volume_ml, found.mvo_ml)
    assert unknown == (None,) * 4
    assert found.percent_of_lv is None
    assert found.transmural_percent is None
    assert found.solidity == pytest.approx(1.0)


def test_every_feature_has_its_word_in_order() -> None:
    assert list(WORDS) == [field.name for field in fields(ScarFeatures)]
