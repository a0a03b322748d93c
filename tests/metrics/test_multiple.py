"""Several tests at once."""

import pytest

from lgescar.metrics.multiple import holm


def test_the_smallest_p_pays_for_all_and_order_is_kept() -> None:
    # Sorted 0.01, 0.03, 0.04: 3 x 0.01 = 0.03; 2 x 0.03 = 0.06; 1 x 0.04, but not below 0.06.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))


def test_no_p_passes_one_and_one_test_pays_nothing() -> None:
    assert holm([0.7, 0.8]) == (1.0, 1.0)
    assert holm([0.2]) == (0.2,)
    assert holm([]) == ()
