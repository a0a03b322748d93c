import math

import pytest

from lgescar.prepare.scale import assumed_spacing_mm, spacing_from_heart_mm


def test_a_heart_of_typical_size_sets_the_scale() -> None:
    area_of_a_66_mm_disc_in_2_mm_pixels = math.pi * 33.0**2 / 4.0
    assert spacing_from_heart_mm(area_of_a_66_mm_disc_in_2_mm_pixels) == pytest.approx((2.0, 2.0))


def test_an_interpolated_matrix_is_taken_to_have_finer_pixels() -> None:
    assert assumed_spacing_mm((256, 208))[0] == pytest.approx(1.45)
    assert assumed_spacing_mm((512, 512))[0] == pytest.approx(370.0 / 512)


def test_a_speck_taken_for_a_ventricle_makes_no_field_beyond_two_metres() -> None:
    assert spacing_from_heart_mm(1.0, longest_px=4000) == pytest.approx((0.5, 0.5))
