"""What sizes can show: power by exact enumeration, the customers that settle a comparison, what could be proven."""

import itertools
import math

import enumeration
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pairs import amounts, chosen, compare
from rows import recount

from fairaudit import intervals, power
from fairaudit import provable as provability
from fairaudit.cube import Cell
from fairaudit.estimands import Mean
from fairaudit.findings import Needed
from fairaudit.intervals import Estimate
from fairaudit.metrics.decisions import TRUE_POSITIVE
from fairaudit.policy import Policy
from fairaudit.provable import provable_by_all
from fairaudit.score import Score
from fairaudit.verdict import judge

RATIO, DIFFERENCE = (0.8, 1.25), (-0.1, 0.1)


class Truth(power.Truth):
    """One truth."""

    def __init__(self, kind, ends, p, q, method="exact"):
        super().__init__(kind, ends, np.array([p]), None if q is None else np.array([q]), method)

    def power(self, aim, sizes, level):
        return float(super().power(aim, *arrays(sizes, level))[0])


def arrays(sizes, level):
    """Return sizes and level of one comparison as arrays."""
    return tuple(np.array([float(size)]) for size in sizes), np.array([level])


def needed(truth, aim, sizes, level):
    """Return the size that one truth needs, None if there is none."""
    size = float(power.needed(truth, aim, *arrays(sizes, level))[0])
    return None if math.isnan(size) else size


def customers_needed(c, confidence, level):
    """Return what one comparison lacks."""
    return power.customers_needed([c], confidence, [level])[0]


def undecidable(c, confidence):
    """Return whether equal rates could not pass one comparison."""
    return provability.undecidable([c], confidence)[0]


def provable(c, level):
    """Return what one comparison could have proven."""
    return provability.provable([c], [level])[0]


# --- power against enumeration --------------------------------------------------------------------------------------

TRUTHS = [
    *(("pass", "ratio", RATIO, truth, 0.9) for truth in (1, 0.93, 1.1)),
    *(("pass", "ratio", (0.9, 1 / 0.9), truth, 0.95) for truth in (1, 0.97)),
    *(("fail", "ratio", RATIO, truth, level) for truth in (0.3, 0.6, 0.72) for level in (0.9, 0.99, 0.9995)),
    *(("fail", "ratio", RATIO, truth, 0.99) for truth in (1.5, 1.9)),
    *(("pass", "difference", DIFFERENCE, truth, 0.9) for truth in (0, 0.03, -0.05)),
    *(("fail", "difference", DIFFERENCE, truth, level) for truth in (-0.2, 0.15) for level in (0.9, 0.999)),
    *(("fail", "difference", (-0.05, 0.05), truth, 0.99) for truth in (-0.12, 0.3)),
]
"""Aim, kind, ends of the limit, true compared value, level: for a benefit (below) and a harm (above)."""


def grid():
    """Yield truths and reference sizes with at least 12 expected of either kind, so that chance is not coarse."""
    for (aim, kind, ends, value, level), q, m in itertools.product(
        TRUTHS, (0.05, 0.1, 0.3, 0.5, 0.8, 0.95), (300, 1000, 10000)
    ):
        p = q * value if kind == "ratio" else q + value
        if 0.01 < p < 0.99 and m * min(q, 1 - q) >= 12:
            yield aim, kind, ends, (p, q), m, level


def test_the_size_found_has_the_power_asked_for_and_four_fifths_of_it_have_less():
    """By enumeration; the power of counts is a saw, so that it is met up to the teeth."""
    found = 0
    for aim, kind, ends, (p, q), m, level in grid():
        size = needed(Truth(kind, ends, p, q), aim, (10, m), level)
        if size is None or size * m > 1e8 or size * min(p, 1 - p) < 5:
            continue
        n = math.ceil(size)
        found += 1
        power = enumeration.power(aim, kind, ends, (p, q), (n, m), level=level)
        less = enumeration.power(aim, kind, ends, (p, q), (int(0.8 * n), m), level=level)
        assert 0.77 <= power <= 0.86, (aim, kind, ends, p, q, n, m, level)
        assert less < power
        if n <= m:
            assert less <= 0.775, (aim, kind, ends, p, q, n, m, level)
    assert found > 200


def test_where_no_size_is_found_the_largest_group_has_less_power():
    missing = 0
    for aim, kind, ends, (p, q), m, level in grid():
        if m > 1000 or needed(Truth(kind, ends, p, q), aim, (50, m), level) is not None:
            continue
        missing += 1
        # the group known all but exactly: 100,000 times the reference's size
        assert Truth(kind, ends, p, q).power(aim, (1e8, m), level) < 0.8
        assert enumeration.power(aim, kind, ends, (p, q), (20 * m, m), level=level) < 0.8
    assert missing > 30


@pytest.mark.parametrize("sizes", [(100, 2000), (400, 400), (2000, 500), (3000, 9000)])
def test_power_at_given_sizes_is_that_of_enumeration(sizes):
    for aim, kind, ends, value, level in TRUTHS:
        q = 0.3
        p = q * value if kind == "ratio" else q + value
        exact = enumeration.power(aim, kind, ends, (p, q), sizes, level=level)
        assert Truth(kind, ends, p, q).power(aim, sizes, level) == pytest.approx(exact, abs=0.05)


def test_power_of_a_groups_own_rate_is_the_binomials():
    """A floor of 30 %, and a ceiling: by enumeration of one binomial."""
    for p, aim, level in ((0.36, "pass", 0.9), (0.24, "fail", 0.99)):
        truth = Truth("value", (0.3, math.inf), p, None)
        n = math.ceil(needed(truth, aim, (50, 1), level))
        chance, (_, low, high) = enumeration.side(p, n, level)
        decided = chance @ ((low >= 0.3) if aim == "pass" else (high < 0.3))
        assert 0.77 <= decided <= 0.86
    n = math.ceil(needed(Truth("value", (-math.inf, 0.3), 0.24, None), "pass", (50, 1), 0.9))
    chance, (_, _, high) = enumeration.side(0.24, n, 0.9)
    assert 0.77 <= chance @ (high <= 0.3) <= 0.86


def test_wilsons_limits_are_used_where_the_policy_asks_for_them():
    exact, wilson = (
        needed(Truth("ratio", RATIO, 0.1, 0.1, method), "pass", (50, 20000), 0.9) for method in ("exact", "wilson")
    )
    assert wilson < exact


def test_at_the_limit_no_number_is_enough():
    for kind, ends, p in (("ratio", RATIO, 0.24), ("difference", DIFFERENCE, 0.2)):
        for aim in ("pass", "fail"):
            assert needed(Truth(kind, ends, p, 0.3), aim, (1000, 10**6), 0.9) is None


@given(
    st.sampled_from([("ratio", RATIO), ("difference", DIFFERENCE), ("value", (0.3, 0.6)), ("value", (-math.inf, 0.6))]),
    st.floats(0, 1), st.floats(0.0001, 1), st.tuples(st.integers(1, 10**7), st.integers(10, 10**7)),
    st.sampled_from([0.9, 0.99999]),
)  # fmt: skip
@example(("ratio", RATIO), 0.0, 1.1e-5, (49, 179), 0.9)
@example(("difference", DIFFERENCE), 0.0147, 0.0147, (9, 7 * 10**6), 0.9)
def test_whatever_the_truth_a_size_is_found_soon_or_none_is(case, p, q, sizes, level):
    kind, ends = case
    truth = Truth(kind, ends, p, None if kind == "value" else q)
    aim = "pass" if ends[0] <= truth.value <= ends[1] else "fail"
    found = needed(truth, aim, sizes, level)
    assert found is None or found >= sizes[0]
    if found is not None and found > sizes[0]:
        assert truth.power(aim, (found, sizes[1]), level) >= 0.8


# --- the customers that settle a comparison -------------------------------------------------------------------------


def test_the_customers_needed_if_fair_and_as_observed():
    """Those of the enumeration: the whole sizes have power 0.8."""
    c = compare(chosen(70, 250), chosen(3000, 10000))
    found = customers_needed(c, 0.9, 0.99)
    pooled = 3070 / 10250
    for more, rates in ((found.if_fair, (pooled, pooled)), (found.as_observed, (0.28, 0.3))):
        assert enumeration.power("pass", "ratio", RATIO, rates, (250 + more, 10000), level=0.9) == pytest.approx(
            0.8, abs=0.03
        )
    assert found.if_fair < found.as_observed


def test_beyond_the_limit_the_level_of_a_failure_counts():
    c = compare(chosen(50, 250), chosen(3000, 10000))
    assert c.leaning() == "fail"
    found = customers_needed(c, 0.9, 0.999)
    more = found.as_observed
    power = enumeration.power("fail", "ratio", RATIO, (0.2, 0.3), (250 + more, 10000), level=0.999)
    assert power == pytest.approx(0.8, abs=0.03)
    assert customers_needed(c, 0.9, 0.9).as_observed < more
    assert customers_needed(c, 0.9, 0.9).if_fair == found.if_fair


def test_a_group_above_its_reference_is_settled_at_the_upper_end():
    found = customers_needed(compare(chosen(140, 300), chosen(3000, 10000)), 0.9, 0.999)
    power = enumeration.power("fail", "ratio", RATIO, (140 / 300, 0.3), (300 + found.as_observed, 10000), level=0.999)
    assert power == pytest.approx(0.8, abs=0.03)


def test_a_group_that_was_large_enough_needs_nobody_if_fair():
    """The rates it drew are unlucky, or it is not fair."""
    assert customers_needed(compare(chosen(1640, 6000), chosen(1980, 6000)), 0.9, 0.99).if_fair == 0


def test_as_observed_at_the_limit_no_number_settles_it():
    found = customers_needed(compare(chosen(96, 400), chosen(3000, 10000)), 0.9, 0.99)
    assert found.if_fair is not None
    assert found.as_observed is None


def test_where_the_reference_is_too_small_no_number_settles_it():
    assert customers_needed(compare(chosen(12, 40), chosen(9, 30)), 0.9, 0.99) == Needed(None, None)


def test_positives_are_found_among_customers():
    """A tenth of the customers are positives: ten times as many customers."""
    positives = Cell((5000, 0, 0, 5000, 0, 0, 0, 0, 0))
    thin, dense = (Cell((20, 0, 0, 20, rest, 0, 0, 0, 0)) for rest in (360, 0))
    many, few = (
        customers_needed(compare(cell, positives, "difference", TRUE_POSITIVE), 0.9, 0.99) for cell in (thin, dense)
    )
    assert many.if_fair == pytest.approx(10 * few.if_fair, rel=0.02)


@given(st.integers(2, 9), st.integers(30, 300), st.integers(1000, 20000), st.sampled_from(["ratio", "difference"]))
def test_an_undecidable_comparison_needs_more_customers_than_let_equal_rates_pass(tenths, n, m, kind):
    k, j = n * tenths // 10, m * tenths // 10
    c = compare(chosen(k, n), chosen(j, m), kind)
    if not undecidable(c, 0.9):
        return
    pooled = (k + j) / (n + m)
    reference = Estimate(pooled, intervals.rate(pooled * m, m, 0.9))
    more = customers_needed(c, 0.9, 0.99).if_fair
    size = 10**8 if more is None else n + more
    group = Estimate(pooled, intervals.rate(pooled * size, size, 0.9))
    combine = intervals.ratio if kind == "ratio" else intervals.difference
    assert more is None or (more > 0 and combine(group, reference).inside(*c.band.ends))


def test_the_customers_needed_are_only_known_for_rates_with_a_value():
    f1 = compare(chosen(30, 60), chosen(30, 60), estimand=Score("f1_score"))
    assert customers_needed(f1, 0.9, 0.99) is None
    assert provable(f1, 0.9) is None
    assert customers_needed(compare(chosen(5, 100), chosen(0, 100)), 0.9, 0.99) is None, "a ratio to nothing"
    assert customers_needed(compare(Cell(), chosen(5, 50)), 0.9, 0.99) is None, "nobody"
    own = customers_needed(compare(chosen(52, 100), None, "value"), 0.9, 0.99)
    assert own.if_fair is None
    assert own.as_observed > 0


@pytest.mark.parametrize(("k", "kind"), [(0, "ratio"), (0, "difference"), (40, "difference"), (1, "ratio")])
def test_rates_at_the_ends_of_their_range_are_no_trouble(k, kind):
    found = customers_needed(compare(chosen(k, 40), chosen(60, 400), kind), 0.9, 0.9999)
    assert found.as_observed is None or found.as_observed >= 0


# --- undecidable ----------------------------------------------------------------------------------------------------


def test_a_comparison_that_equal_rates_could_not_pass_is_undecidable():
    few = compare(chosen(12, 40), chosen(300, 1000))
    assert undecidable(few, 0.9)
    assert not few.interval(0.9).inside(0.8, 1.25)
    many = compare(chosen(300, 1000), chosen(300, 1000))
    assert many.passes(0.9)
    assert not undecidable(many, 0.9)
    near = compare(chosen(250, 1000), chosen(300, 1000))
    assert not near.passes(0.9)
    assert not undecidable(near, 0.9), "large enough; only the observed gap keeps it from passing"


def test_the_own_value_of_a_group_is_never_called_undecidable():
    assert not undecidable(compare(chosen(4, 10), None, "value"), 0.9)


def test_a_mean_is_undecidable_where_its_spread_is_too_wide():
    price = Mean("price", of="score")
    wide = amounts(*(1.0, 19.0) * 20)
    assert undecidable(compare(wide, wide, estimand=price), 0.9)
    narrow = amounts(*(9.9, 10.1) * 20)
    assert not undecidable(compare(narrow, narrow, estimand=price), 0.9)
    assert not undecidable(compare(narrow, amounts(*(11.9, 12.1) * 20), estimand=price), 0.9)


# --- what could have been proven ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ratio", "difference"])
@pytest.mark.parametrize("sizes", [(200, 2000), (1000, 1000), (5000, 300)])
@pytest.mark.parametrize("tenths", [1, 2, 4])
def test_the_provable_value_just_fails_and_a_milder_one_does_not(kind, sizes, tenths):
    n, m = sizes
    c = compare(chosen(n * tenths // 10, n), chosen(m * tenths // 10, m), kind)
    base = (m * tenths // 10) / m
    reference = Estimate(base, intervals.rate(m * tenths // 10, m, 0.95))
    value = provable(c, 0.95)

    def fails(compared):
        p = base * compared if kind == "ratio" else base + compared
        combine = intervals.ratio if kind == "ratio" else intervals.difference
        return combine(Estimate(p, intervals.rate(p * n, n, 0.95)), reference).outside(*c.band.ends)

    if value is None:
        assert not fails(0.0 if kind == "ratio" else -base), "not even nobody could have been proven"
        return
    assert value < (0.8 if kind == "ratio" else -0.1)
    assert fails(value)
    assert not fails(value + 0.001)


def test_of_a_group_above_its_reference_the_provable_value_lies_above():
    assert provable(compare(chosen(220, 1000), chosen(200, 1000)), 0.9) > 1.25
    assert provable(compare(chosen(220, 1000), chosen(200, 1000), "difference"), 0.9) > 0.1


@pytest.mark.parametrize(
    "c",
    [
        compare(chosen(1, 30), chosen(3, 50)),  # too few
        compare(chosen(5, 100), chosen(0, 100)),  # nothing to be a share of
        compare(chosen(950, 1000), chosen(900, 1000)),  # 1.25 times 90 % is no rate
        compare(chosen(5, 100), None, "value"),
    ],
    ids=["too few", "nobody", "no room", "own value"],
)
def test_where_nothing_could_have_been_proven(c):
    assert provable(c, 0.9) is None


def test_what_all_could_prove_is_what_the_weakest_could():
    strong, weak = compare(chosen(300, 1000), chosen(300, 1000)), compare(chosen(60, 200), chosen(300, 1000))
    hopeless = compare(chosen(1, 30), chosen(3, 50))
    assert provable_by_all([strong, weak], 0.05) == provable(weak, 0.95) < provable(strong, 0.95)
    assert provable_by_all([strong, hopeless], 0.05) is None
    assert provable_by_all([], 0.05) is None
    small, large = (compare(chosen(n // 2, n), chosen(500, 1000), "difference") for n in (300, 3000))
    assert provable_by_all([small, large], 0.05) == provable(small, 0.95) < provable(large, 0.95) < -0.1


def test_the_weakest_is_found_on_either_side_of_the_reference():
    below, above = compare(chosen(300, 1000), chosen(300, 1000)), compare(chosen(70, 200), chosen(300, 1000))
    assert provable_by_all([below, above], 0.05) == provable(above, 0.95) > 1.25
    assert provable_by_all([above, below], 0.05) == provable(above, 0.95)
    f1 = compare(chosen(300, 1000), chosen(300, 1000), estimand=Score("f1_score"))
    assert provable_by_all([below, f1], 0.05) is None


# --- customers that repeat ------------------------------------------------------------------------------------------


def test_customers_that_repeat_need_as_many_more_customers_as_if_each_had_one_row():
    """Ten equal rows of each customer tell what one row tells, so as many customers settle the comparison."""
    stated = Policy.parse(
        {"data": {"id": "id", "prediction": "p", "protected": ["g"]}, "rule": [{"metric": "disparate_impact"}]}
    )

    def asked(times):
        rows = [
            {"id": f"{g}{i}", "g": g, "p": int(i % 20 < chosen)}
            for g, chosen in (("a", 10), ("b", 9))
            for i in range(300)
            for _ in range(times)
        ]
        return next(f for f in judge(recount(stated.spec(), rows), stated).findings).customers_needed

    once, ten = asked(1), asked(10)
    assert ten.if_fair == pytest.approx(once.if_fair, rel=0.1)
