import numpy as np
import pytest

from lgescar.core.errors import GeometryError, InputError
from lgescar.core.image import Slice, SliceGeometry

FLAT = SliceGeometry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.4, 1.4))


def test_the_normal_is_dicoms_across_times_down() -> None:
    # An axial slice: across runs to the patient's left, down to the back, so the normal is up.
    assert FLAT.normal == (0.0, 0.0, 1.0)


def test_the_position_counts_along_the_normal_only() -> None:
    there = SliceGeometry((50.0, -20.0, 12.5), FLAT.down, FLAT.across, None)
    assert there.position_mm == 12.5


def test_directions_that_are_not_perpendicular_are_refused() -> None:
    with pytest.raises(GeometryError, match="orthogonal"):
        SliceGeometry((0.0, 0.0, 0.0), (0.6, 0.8, 0.0), (1.0, 0.0, 0.0), None)


@pytest.mark.parametrize("spacing", [(0.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0)])
def test_a_spacing_that_is_not_positive_is_refused(spacing: tuple[float, float]) -> None:
    with pytest.raises(GeometryError, match="positive"):
        SliceGeometry(FLAT.origin_mm, FLAT.down, FLAT.across, spacing)


def test_pixels_cannot_change_and_belong_to_nobody_else() -> None:
    mine = np.ones((2, 3))
    image = Slice("1", mine, FLAT)
    mine[0, 0] = 5.0
    assert image.pixels[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 2.0


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2, 2)), np.zeros((0, 3)), np.array([[np.nan]]), np.array([[np.inf]])]
)
def test_pixels_that_are_no_picture_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(InputError):
        Slice("1", pixels, FLAT)
