"""Numbers as text: on their own side of a limit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.findings import Limit
from fairaudit.intervals import Interval
from fairaudit.report import numbers


@pytest.mark.parametrize(
    ("value", "digits", "sides", "shown"),
    [
        (0.796, 2, [0.8], "0.796"),
        (0.7999999, 2, [0.8], "0.7999999"),
        (0.804, 2, [0.8], "0.804"),
        (0.8, 2, [0.8], "0.80"),
        (0.1 + 0.2, 1, [0.3], "0.3"),
        (0.61, 2, [0.8], "0.61"),
        (1234.5, 1, [], "1,234.5"),
        (-0.004, 2, [], "0.00"),
        (-0.004, 2, [0], "-0.004"),
        (math.inf, 2, [0.8], "inf"),
        (-math.inf, 2, [0.8], "-inf"),
    ],
)
def test_fixed(value, digits, sides, shown):
    assert numbers.fixed(value, digits, sides) == shown


@given(st.floats(0, 2), st.sampled_from([0.8, 1.25, 0.1, 1.0]))
def test_a_number_is_never_shown_on_the_other_side_of_its_limit(value, limit):
    shown = float(numbers.fixed(value, 2, [limit]))
    if abs(value - limit) > 1e-11:
        assert (shown > limit, shown < limit) == (value > limit, value < limit)


@pytest.mark.parametrize(
    ("share", "shown"), [(0.213, "21.3 %"), (0.9999, "99.99 %"), (0.0003, "0.03 %"), (0, "0.0 %"), (1, "100.0 %")]
)
def test_only_none_and_all_are_shown_as_such(share, shown):
    assert numbers.percent(share) == shown


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.9, "90 %"), (0.995, "99.5 %"), (0.99897, "99.9 %"), (0.999999, "99.9999 %")]
)
def test_a_level_is_never_shown_as_certainty(confidence, shown):
    assert numbers.level(confidence) == shown
    assert numbers.level(1 - 1e-14) == "nearly 100 %"


@pytest.mark.parametrize(
    ("limit", "compare", "rate", "shown"),
    [
        (Limit(min=0.8), "ratio", True, ">= 0.80"),
        (Limit(max=1.25), "ratio", True, "<= 1.25"),
        (Limit(max=0.1), "difference", True, "±10 pts"),
        (Limit(max=0.125), "difference", True, "±12.5 pts"),
        (Limit(max=0.05), "difference", False, "±0.05"),
        (Limit(min=0.8, max=1.25), "value", False, "0.80\u20131.25"),
        (Limit(min=0.3), "value", True, ">= 30 %"),
    ],
)
def test_limits_in_short(limit, compare, rate, shown):
    assert numbers.limit_text(limit, compare, rate=rate) == shown


def test_a_ratio_is_limited_in_both_directions():
    assert numbers.ends(Limit(min=0.8), "ratio") == (0.8, 1.25)
    assert numbers.ends(Limit(max=1.25), "ratio") == (0.8, 1.25)
    assert numbers.ends(Limit(max=0.1), "difference") == (-0.1, 0.1)
    assert numbers.ends(Limit(min=0.7), "value") == (0.7, math.inf)


def test_differences_of_rates_are_in_points():
    assert numbers.compared(-0.136, Limit(max=0.1), "difference", rate=True) == "-13.6"
    assert numbers.compared(-0.09996, Limit(max=0.1), "difference", rate=True) == "-9.996"
    assert numbers.compared(0.0123, Limit(max=0.1), "difference", rate=False) == "0.012"
    assert numbers.compared(0.413, Limit(min=0.4), "value", rate=True) == "41.3 %"
    assert numbers.interval(Interval(0.57, math.inf), Limit(min=0.8), "ratio", rate=True) == "[0.57, inf]"


def test_numbers_are_typeset_and_names_are_not():
    assert numbers.typeset("[-7.4, -0.3] >= 0.80 21.3 %") == "[\u22127.4, \u22120.3] \u2265\u00a00.80 21.3\u00a0%"
    assert numbers.typeset("30-44") == "30-44"


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(0.8, 2, "0.80"), (0.125, 2, "0.125"), (10.0, 0, "10"), (0, 0, "0")]
)
def test_plain(value, digits, shown):
    assert numbers.plain(value, digits) == shown
