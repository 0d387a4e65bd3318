"""The test of two equal rates: statsmodels for the z test, a count of every table for Fisher's."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportions_ztest

from fairaudit.significance import FISHER, Z_TEST, two_rates


def every_table(k1, n1, k2, n2):
    """Return Fisher's two-sided p-value as a fraction: the share of tables at most as likely as the observed one."""
    k = k1 + k2
    ways = {i: comb(n1, i) * comb(n2, k - i) for i in range(max(0, k - n2), min(n1, k) + 1)}
    return Fraction(sum(way for way in ways.values() if way <= ways[k1]), sum(ways.values()))


@pytest.mark.parametrize("table", [(50, 100, 30, 100), (400, 1000, 500, 1000), (20, 40, 90, 300), (930, 1000, 90, 100)])
def test_the_z_test_is_the_pooled_one_of_statsmodels(table):
    k1, n1, k2, n2 = table
    p_value, test = two_rates(*table)
    assert test == Z_TEST
    assert p_value == pytest.approx(proportions_ztest([k1, k2], [n1, n2])[1], rel=1e-12)


def test_the_lady_tasting_tea():
    """Fisher 1935: three of four cups right."""
    p_value, test = two_rates(3, 4, 1, 4)
    assert test == FISHER
    assert p_value == pytest.approx(34 / 70, rel=1e-12)


@given(st.integers(1, 25), st.integers(1, 60), st.data())
def test_a_small_expected_count_calls_for_the_exact_test(n1, n2, data):
    k1, k2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    p_value, test = two_rates(k1, n1, k2, n2)
    margins = [Fraction(n * k, n1 + n2) for n in (n1, n2) for k in (k1 + k2, n1 + n2 - k1 - k2)]
    assert (test == FISHER) == (min(margins) < 5)
    if test == FISHER:
        assert p_value == pytest.approx(float(every_table(k1, n1, k2, n2)), rel=1e-9)


@pytest.mark.parametrize("table", [(0, 50, 0, 60), (50, 50, 60, 60), (20, 40, 50, 100)])
def test_equal_rates_are_no_evidence(table):
    assert two_rates(*table)[0] == pytest.approx(1)


def test_the_order_of_the_groups_does_not_matter():
    assert two_rates(30, 90, 55, 120) == two_rates(55, 120, 30, 90)
