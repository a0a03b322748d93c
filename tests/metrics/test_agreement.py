"""Agreement of readings whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lgescar.core.errors import InputError
from lgescar.metrics import agreement as a

X = [1.0, 2.0, 3.0, 4.0]
ONE_MORE = [2.0, 3.0, 4.0, 5.0]
FIRST = [10.1, 12.0, 8.4, 15.2, 9.9, 11.3, 14.0, 7.7]
SECOND = [11.0, 11.4, 9.1, 14.1, 10.8, 12.9, 13.2, 8.5]


def test_a_constant_offset_costs_concordance() -> None:
    # Moments over n: covariance 1.25, variances 1.25, offset 1.
    assert a.lin_ccc(X, ONE_MORE) == pytest.approx(2 * 1.25 / (1.25 + 1.25 + 1.0))


def test_a_constant_offset_costs_absolute_agreement_but_not_consistency() -> None:
    # Patients' mean square 10/3, readers' 2, error 0, 4 patients.
    assert a.icc_2_1(X, ONE_MORE) == pytest.approx((10 / 3) / (10 / 3 + 2 * 2 / 4))
    assert a.icc_3_1(X, ONE_MORE) == pytest.approx(1.0)


def test_equal_readings_agree_fully() -> None:
    for index in (a.lin_ccc, a.icc_2_1, a.icc_3_1):
        assert index(FIRST, FIRST) == pytest.approx(1.0)


def test_readings_that_never_vary_have_no_agreement() -> None:
    assert a.lin_ccc([2, 2, 2], [2, 2, 2]) is None
    assert a.icc_2_1([2, 2, 2], [2, 2, 2]) is None
    assert a.lin_ccc([1], [1]) is None


def test_limits_of_agreement_by_hand() -> None:
    found = a.bland_altman(X, [2.0, 2.0, 5.0, 5.0])
    # Differences 1, 0, 2, 1: mean 1, standard deviation √(2/3), 3 degrees of freedom: t = 3.182.
    sd = (2 / 3) ** 0.5
    assert found is not None
    assert (found.bias, found.sd) == (1.0, pytest.approx(sd))
    assert (found.lower, found.upper) == pytest.approx((1 - 1.96 * sd, 1 + 1.96 * sd))
    assert found.bias_interval == pytest.approx((1 - 3.182 * sd / 2, 1 + 3.182 * sd / 2), abs=1e-3)
    half = 3.182 * sd * (1 / 4 + 1.96**2 / 6) ** 0.5
    assert found.upper_interval == pytest.approx((found.upper - half, found.upper + half), abs=1e-3)
    assert found.lower_interval == pytest.approx((found.lower - half, found.lower + half), abs=1e-3)


def test_the_coefficient_of_variation_is_within_patients() -> None:
    # Differences -1 and 1: standard deviation √2, within patients 1, mean of all 10.
    assert a.coefficient_of_variation_percent([10, 10], [9, 11]) == pytest.approx(10.0)


def test_the_tests_are_scipys() -> None:
    assert a.rank_sum_p(FIRST, SECOND) == stats.mannwhitneyu(FIRST, SECOND).pvalue
    assert a.signed_rank_p(FIRST, SECOND) == stats.wilcoxon(FIRST, SECOND).pvalue
    assert a.signed_rank_p(FIRST, FIRST) == 1.0


def test_tests_of_ranks_count_the_orders_as_far_out() -> None:
    # Five differences of one sign: 2 of 2^5 sign patterns; readings that do not overlap: 2 of
    # the 20 ways to choose three of six.
    assert a.signed_rank_p([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]) == pytest.approx(2 / 32)
    assert a.rank_sum_p([1, 2, 3], [4, 5, 6]) == pytest.approx(2 / 20)


def test_holm_multiplies_by_the_tests_that_are_left_and_never_falls() -> None:
    # Sorted: 0.01 x 4, 0.02 x 3, 0.03 x 2 (raised to the one before), 0.5 x 1.
    assert a.holm([0.02, 0.5, 0.01, 0.03]) == pytest.approx((0.06, 0.5, 0.04, 0.06))
    assert a.holm([0.9, 0.6]) == (1.0, 1.0)
    assert a.holm([]) == ()


def test_equivalence_is_the_larger_of_two_one_sided_tests() -> None:
    difference = np.subtract(SECOND, FIRST)
    sides = (
        stats.ttest_1samp(difference, -1.5, alternative="greater").pvalue,
        stats.ttest_1samp(difference, 1.5, alternative="less").pvalue,
    )
    assert a.equivalence_p(FIRST, SECOND, 1.5) == pytest.approx(max(sides))


def test_equivalence_of_readings_that_differ_by_a_constant() -> None:
    assert a.equivalence_p(X, ONE_MORE, 1.5) == 0.0
    assert a.equivalence_p(X, ONE_MORE, 0.5) == 1.0


def test_nan_and_unpaired_readings_are_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        a.lin_ccc([1.0, float("nan")], [1.0, 2.0])
    with pytest.raises(InputError, match="pairs"):
        a.lin_ccc([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="margin"):
        a.equivalence_p(X, ONE_MORE, 0.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=3, max_size=12))
def test_concordance_never_exceeds_correlation(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs).T
    found = a.lin_ccc(x, y)
    if found is None or x.std() < 1e-3 or y.std() < 1e-3:
        return
    assert abs(found) <= abs(float(np.corrcoef(x, y)[0, 1])) + 1e-6


def test_icc_of_four_judges_is_that_of_shrout_and_fleiss() -> None:
    # Their table 2: six targets, four judges; ICC(2,1) 0.29 and ICC(3,1) 0.71 in table 4.
    judges = ((9, 6, 8, 7, 10, 6), (2, 1, 4, 1, 5, 2), (5, 3, 6, 2, 6, 4), (8, 2, 8, 6, 9, 7))
    assert a.icc_2_1(*judges) == pytest.approx(0.29, abs=0.005)
    assert a.icc_3_1(*judges) == pytest.approx(0.71, abs=0.005)
    with pytest.raises(InputError, match="two readers"):
        a.icc_2_1(judges[0])
