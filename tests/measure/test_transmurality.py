"""Extents of scars drawn with a compass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lgescar.core.tissue import LabelMap
from lgescar.measure.polar import cavity_centre, spokes
from lgescar.measure.transmurality import transmurality


def of(codes: Any, spacing_mm: Any = None) -> Any:
    wheel = spokes(LabelMap(codes), spacing_mm)
    assert wheel is not None
    return transmurality([wheel])


def test_a_scar_of_four_tenths_of_the_wall_over_a_quarter(ring: Any) -> None:
    found = of(ring(lambda radius, degrees: (degrees < 90) & (radius < 20)))
    assert found.scarred_percent == pytest.approx(40.0, abs=3.0)
    assert found.all_percent == pytest.approx(10.0, abs=1.0)
    assert found.over_half_percent == pytest.approx(0.0, abs=1.0)


def test_a_scar_through_the_wall_over_a_quarter(ring: Any) -> None:
    found = of(ring(lambda _, degrees: degrees < 90))
    # Spokes along the scar's two straight sides run through its softened edge: a little is lost.
    assert found.scarred_percent == pytest.approx(100.0, abs=5.0)
    assert found.all_percent == pytest.approx(25.0, abs=1.0)
    assert found.over_half_percent == pytest.approx(25.0, abs=1.0)


def test_mvo_counts_as_scar(ring: Any) -> None:
    dark = of(ring(lambda _, degrees: degrees < 90, mvo=True))
    assert dark == of(ring(lambda _, degrees: degrees < 90))


def test_spokes_follow_true_angles_where_pixels_are_not_square(ring: Any) -> None:
    codes = ring(
        lambda _, degrees: abs(degrees - 180) > 135,
        inner=20.0,
        outer=32.0,
        spacing_mm=(2.0, 1.0),
    )
    # 90 of 360 true degrees are scarred; by pixel angles it would be 127.
    assert of(codes, (2.0, 1.0)).over_half_percent == pytest.approx(25.0, abs=1.0)
    assert of(codes).over_half_percent > 30.0


def test_a_ring_without_labelled_blood_pool_has_its_hole_for_a_centre(ring: Any) -> None:
    codes = ring()
    hollow = np.where(codes == 1, 0, codes)
    assert cavity_centre(LabelMap(hollow)) == cavity_centre(LabelMap(codes)) == (40.0, 42.0)


def test_a_solid_cap_has_no_centre(ring: Any) -> None:
    assert spokes(LabelMap(np.where(ring() > 0, 2, 0)), None) is None


def test_an_open_wall_is_not_closed(ring: Any) -> None:
    codes = ring()
    rows, cols = np.indices(codes.shape)
    gap = (codes == 2) & (abs(rows - 40) < 12) & (cols > 42)
    whole, open_ = spokes(LabelMap(codes), None), spokes(LabelMap(np.where(gap, 0, codes)), None)
    assert whole is not None
    assert whole.closed
    assert open_ is not None
    assert not open_.closed


def test_no_spokes_no_transmurality() -> None:
    assert transmurality([]) is None
