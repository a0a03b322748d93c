"""The unrolled ventricle: places told by hand, the way back, and what turning a slice does."""

import math

import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.errors import GeometryError
from lgescar.prepare.frame import Frame
from lgescar.prepare.polar import PolarGrid, disc_area, disc_places, discs_over


def smooth(shape: tuple[int, int]) -> np.ndarray:
    row, col = np.indices(shape)
    return np.asarray(np.sin(row / 7.0) + np.cos(col / 5.0) + row / 50.0, np.float32)


def test_samples_lie_where_their_angle_and_radius_say() -> None:
    # Two samples a ray, four rays at 45, 135, 225 and 315 degrees, reach 4: radii 1 and 3.
    row, col = np.indices((20, 20)) + 0.5
    grid = PolarGrid((20, 20), (10.0, 11.0), (4.0, 4.0), 4, 2)
    at = grid.sample(np.stack([row, col]))
    half = math.sqrt(0.5)
    assert at[0] == pytest.approx(10 + half * np.array([[1, 3], [1, 3], [-1, -3], [-1, -3]]))
    assert at[1] == pytest.approx(11 + half * np.array([[1, 3], [-1, -3], [-1, -3], [1, 3]]))


def test_anisotropic_pixels_make_an_ellipse_on_the_slice() -> None:
    row = np.indices((40, 40))[0] + 0.5
    grid = PolarGrid((40, 40), (20.0, 20.0), (8.0, 16.0), 64, 16)
    assert grid.sample(row).max() == pytest.approx(20 + 8 * 31 / 32, abs=0.05)


def test_a_smooth_picture_comes_back() -> None:
    image, grid = smooth((60, 70)), PolarGrid((60, 70), (31.3, 33.8), (25.0, 25.0), 128, 48)
    again = grid.restore(grid.sample(image), fill=-9.0)
    row, col = np.indices((60, 70)) + 0.5
    inside = np.hypot(row - 31.3, col - 33.8) < 24.0
    assert again[inside] == pytest.approx(image[inside], abs=0.03)
    assert (again[np.hypot(row - 31.3, col - 33.8) > 25.0] == -9.0).all()


def test_a_disc_that_hangs_over_the_edge_is_restored_on_the_slice_alone() -> None:
    grid = PolarGrid((20, 20), (2.0, 19.0), (10.0, 10.0), 16, 8)
    back = grid.restore(np.ones((3, 16, 8), np.float32))
    row, col = np.indices((20, 20)) + 0.5
    assert back.shape == (3, 20, 20)
    assert (back[0] == (np.hypot(row - 2, col - 19) <= 10)).all()
    assert 0.0 < grid.inside().mean() < 1.0
    away = PolarGrid((20, 20), (90.0, 90.0), (10.0, 10.0), 16, 8)
    assert not away.restore(np.ones((16, 8), np.float32)).any()


@pytest.mark.parametrize("reach", [9.0, 30.0])
def test_turning_or_mirroring_a_slice_shifts_or_reverses_the_rays(reach: float) -> None:
    image = smooth((64, 64))
    grid = PolarGrid((64, 64), (30.0, 35.0), (reach, reach), 32, 16)
    seen = grid.sample(image)
    mirrored = PolarGrid((64, 64), (34.0, 35.0), (reach, reach), 32, 16)
    assert mirrored.sample(image[::-1]) == pytest.approx(seen[::-1], abs=1e-4)
    turned = PolarGrid((64, 64), (64 - 35.0, 30.0), (reach, reach), 32, 16)
    assert turned.sample(np.rot90(image)) == pytest.approx(np.roll(seen, -8, axis=0), abs=1e-4)


def test_fine_detail_does_not_fold_into_sparse_samples() -> None:
    stripes = np.tile([0.0, 1.0], (128, 64)).astype(np.float32)
    seen = PolarGrid((128, 128), (64.0, 64.0), (60.0, 60.0), 64, 10).sample(stripes)
    assert seen == pytest.approx(np.full((64, 10), 0.5), abs=0.1)


def test_samples_weigh_the_area_they_stand_for() -> None:
    # rings of a disc of radius 2: pi and 3 pi, a mean of 2 pi
    assert disc_area(2) == pytest.approx([0.5, 1.5])
    assert disc_area(48).mean() == pytest.approx(1.0)


def test_boxes_are_counted_in_reaches_from_the_centre() -> None:
    grid = PolarGrid((50, 50), (20.0, 30.0), (10.0, 5.0), 8, 4)
    assert grid.box_to_disc(Box(10.0, 25.0, 25.0, 40.0)) == Box(-1.0, -1.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("box", "seen"),
    [
        (Box(25.0, 25.0, 28.0, 28.0), True),
        (Box(38.0, 39.0, 60.0, 60.0), True),  # its nearest corner lies 8 below and 9 beside
        (Box(38.0, 40.0, 45.0, 45.0), False),  # 8 below and 10 beside: the disc ends before
        (Box(-9.0, 28.0, -1.0, 30.0), False),  # off the slice
        (Box(0.0, 0.0, 50.0, 50.0), True),  # all round the disc
    ],
)
def test_a_box_is_seen_where_it_touches_the_disc_on_the_slice(box: Box, seen: bool) -> None:
    assert PolarGrid((50, 50), (30.0, 30.0), (12.1, 12.1), 8, 4).sees(box) is seen


def test_each_slice_gets_a_disc_and_a_slice_without_ventricle_its_neighbours() -> None:
    frame = Frame((100, 100), (50.0, 50.0), (2.0, 1.0), 40)
    ventricle = np.zeros((4, 40, 40), bool)
    ventricle[0, 10:20, 10:20] = True  # centre 15, 15; radius sqrt(100 / pi)
    ventricle[2, 20:25, 20:30] = True  # half the area
    ventricle[3, 0, 0] = True  # a speck is none
    first, between, third, last = discs_over(frame, ventricle, 8, 4) or ()
    assert first.centre == pytest.approx(frame.point_to_slice(15.0, 15.0))
    assert between.centre == pytest.approx(frame.point_to_slice(18.75, 20.0))
    assert third.centre == last.centre == pytest.approx(frame.point_to_slice(22.5, 25.0))
    # radii 5.64 and 3.99, three quarters of the way up 5.23; half of its own and 0.9 of that
    large, small = math.sqrt(100 / math.pi), math.sqrt(50 / math.pi)
    common = 0.9 * (small + 0.75 * (large - small))
    length = 0.5 * large + common
    assert first.reach == pytest.approx((2.0 * length, length))
    assert third.reach[1] == pytest.approx(0.5 * small + common)
    assert discs_over(frame, ventricle & False, 8, 4) is None


def test_places_of_a_unit_disc_stay_inside_it() -> None:
    row, col = disc_places(12, 5)
    assert np.hypot(row, col).max() == pytest.approx(0.9)


@pytest.mark.parametrize(("angles", "radii", "reach"), [(6, 4, 1.0), (8, 0, 1.0), (8, 4, 0.0)])
def test_grids_that_are_none_are_refused(angles: int, radii: int, reach: float) -> None:
    with pytest.raises(GeometryError):
        PolarGrid((9, 9), (4.0, 4.0), (reach, 1.0), angles, radii)
