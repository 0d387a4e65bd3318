"""One comparison: its value, its interval and its literal reading."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import pytest
from pairs import amounts, arm, chosen, compare, rule

from fairaudit import intervals
from fairaudit.comparison import Band, stated
from fairaudit.cube import Cell, Count, Weights
from fairaudit.estimands import Mean, Rate
from fairaudit.findings import Limit, Measured, Verdict
from fairaudit.intervals import INF, Estimate
from fairaudit.metrics import METRICS, TRUE_POSITIVE
from fairaudit.score import Score

# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "limits", "any_pair", "low", "high"),
    [
        ("ratio", {"min": "0.8"}, True, "4/5", "5/4"),
        ("ratio", {"min": "0.8"}, False, "4/5", "5/4"),
        ("ratio", {"max": "1.25"}, True, "4/5", "5/4"),
        ("ratio", {"max": "2"}, False, "1/2", "2"),
        ("ratio", {"min": "0.8", "max": "2"}, False, "4/5", "2"),
        ("ratio", {"min": "0.8", "max": "2"}, True, "4/5", "5/4"),
        ("ratio", {"min": "0.5", "max": "1.25"}, True, "4/5", "5/4"),
        ("difference", {"max": "0.1"}, True, "-1/10", "1/10"),
        ("difference", {"max": "0.1"}, False, "-1/10", "1/10"),
        ("value", {"min": "0.5"}, True, "1/2", None),
        ("value", {"max": "1.25"}, False, None, "5/4"),
        ("value", {"min": "0.8", "max": "1.25"}, False, "4/5", "5/4"),
    ],
)
def test_a_limit_holds_in_both_directions(kind, limits, any_pair, low, high):
    """DESIGN 6: max = 1 / min for a ratio; a difference bounds its size; FIELD trap 25: one band, in writing."""
    band = Band.of(rule(kind, **limits), any_pair=any_pair)
    assert band == Band(None if low is None else Fraction(low), None if high is None else Fraction(high))
    assert band.ends == (-INF if low is None else float(Fraction(low)), INF if high is None else float(Fraction(high)))


def test_the_ends_of_a_band_are_within_the_limit():
    band = Band(Fraction(4, 5), Fraction(5, 4))
    assert band.contains(Fraction(4, 5))
    assert band.contains(Fraction(5, 4))
    assert not band.contains(Fraction(4, 5) - Fraction(1, 10**9))
    assert not band.contains(Fraction(5, 4) + Fraction(1, 10**9))
    assert Band(None, Fraction(1)).contains(-7.0)
    assert Band(Fraction(1), None).contains(7.0)


def test_the_stated_limit_is_shown_as_stated():
    assert stated(rule("ratio", min="0.8")) == Limit(0.8, None)
    assert stated(rule("value", min="0.8", max="1.25")) == Limit(0.8, 1.25)


# --- value and interval ---------------------------------------------------------------------------------------------


def test_a_ratio_is_group_over_reference_and_a_difference_group_minus_reference():
    """FIELD trap 17: peers differ in both; DESIGN 6 fixes them."""
    few, many = chosen(20, 100), chosen(40, 100)
    assert compare(few, many).value() == 0.5
    assert compare(many, few).value() == 2.0
    assert compare(few, many, "difference").value() == pytest.approx(-0.2)
    assert compare(few, None, "value").value() == 0.2


def test_the_interval_combines_the_two_groups_limits():
    c = compare(chosen(20, 100), chosen(40, 100))
    sides = [Estimate(k / 100, intervals.rate(k, 100, 0.9)) for k in (20, 40)]
    assert c.interval(0.9) == intervals.ratio(*sides)
    assert compare(chosen(20, 100), chosen(40, 100), "difference").interval(0.9) == intervals.difference(*sides)
    assert compare(chosen(20, 100), None, "value").interval(0.9) == sides[0].interval


def test_wilsons_limits_are_used_where_the_policy_asks_for_them():
    made = arm(chosen(20, 100), method="wilson")
    assert made.estimate(0.9).interval == intervals.rate(20, 100, 0.9, "wilson")
    assert made.if_it_were(0.3, 0.9).interval == intervals.rate(30, 100, 0.9, "wilson")


def test_passing_is_inside_and_failing_is_outside():
    assert compare(chosen(500, 1000), chosen(500, 1000)).passes(0.9)
    assert not compare(chosen(500, 1000), chosen(500, 1000)).fails(0.9)
    assert compare(chosen(200, 1000), chosen(500, 1000)).fails(0.9)
    assert compare(chosen(500, 1000), chosen(200, 1000)).fails(0.9), "whichever of the two is the reference"
    near = compare(chosen(40, 100), chosen(50, 100))
    assert not near.passes(0.9)
    assert not near.fails(0.9)


# --- undefined ------------------------------------------------------------------------------------------------------


def test_nobody_against_somebody_is_the_worst_ratio_and_can_be_proven():
    """FIELD trap 5: dalex sets a ratio of 0 to NaN and skips it."""
    c = compare(chosen(0, 200), chosen(100, 200))
    assert c.value() == 0.0
    assert c.undefined() is None
    assert c.fails(0.9)
    assert c.exact_verdict() is Verdict.FAIL


def test_nobody_on_either_side_is_undefined():
    """FIELD traps 5 and 8: smclarify reads 0, aedt-audit calls it no adverse impact."""
    c = compare(chosen(0, 5000), chosen(0, 5000))
    assert math.isnan(c.value())
    assert c.undefined() == "0 / 0: neither side has any"
    assert not c.passes(0.9)
    assert not c.fails(0.9)
    assert c.leaning() is None
    assert c.exact_verdict() is Verdict.INCONCLUSIVE


def test_somebody_against_nobody_is_undefined_with_a_reason_and_replaced_by_no_number():
    """FIELD trap 5: aequitas reads 10, equiboots -1, AIF360 infinity or 0."""
    c = compare(chosen(100, 200), chosen(0, 200))
    assert math.isnan(c.value())
    assert "the reference's value is 0" in c.undefined()
    assert c.exact_verdict() is Verdict.INCONCLUSIVE
    assert c.interval(0.9).high == INF
    assert c.interval(0.9).low > 1.25


def test_a_group_without_a_denominator_is_undefined():
    nobody, some = Cell((0, 3, 0, 0, 30, 0, 0, 0, 0)), Cell((20, 0, 0, 20, 0, 0, 0, 0, 0))
    for kind in ("ratio", "difference"):
        for a, b in ((nobody, some), (some, nobody)):
            c = compare(a, b, kind, TRUE_POSITIVE)
            assert math.isnan(c.value())
            assert c.undefined() == "the value is undefined in one of the groups"
            assert c.exact_verdict() is Verdict.INCONCLUSIVE
            assert not c.passes(0.9)
            assert not c.fails(0.9)


@pytest.mark.parametrize(("a", "b"), [((-1.0, -1.1) * 200, (-1.0, -1.1) * 200), ((-1.0, -1.1) * 200, (1.0, 1.1) * 200)])
def test_a_ratio_of_negative_means_is_refused(a, b):
    """FIELD trap 20: fairlearn's ratio of a mean error -1 and +1 is -1; ours passes and fails nothing."""
    c = compare(amounts(*a), amounts(*b), estimand=Mean("mean error", of="score"))
    assert math.isnan(c.value())
    assert c.undefined() == "a ratio of values below 0 has no meaning"
    assert not c.passes(0.9)
    assert not c.fails(0.9)
    assert c.exact_verdict() is Verdict.INCONCLUSIVE


def test_means_are_compared_like_rates():
    c = compare(amounts(*(8.0, 12.0) * 100), amounts(*(10.0, 14.0) * 100), estimand=Mean("price", of="score"))
    assert c.value() == pytest.approx(10 / 12)
    assert c.exact_verdict() is Verdict.PASS
    assert c.interval(0.9).low < 10 / 12 < c.interval(0.9).high
    assert compare(amounts(4.0, 4.0), amounts(5.0, 5.0), estimand=Mean("", of="score")).exact_verdict() is Verdict.PASS


# --- the literal reading --------------------------------------------------------------------------------------------

SMALL = [(Fraction(k, n), k, n) for n in (5, 7, 10, 15, 20) for k in range(n + 1)]


@pytest.mark.parametrize("limit", ["0.8", "0.9", "0.35", "1"])
def test_the_literal_reading_of_a_ratio_is_exact_in_every_small_table(limit):
    """DESIGN 5.2: floats err in a third of small tables; decided on the counts, none does."""
    low = Fraction(limit)
    for (p, k, n), (q, j, m) in itertools.product(SMALL, SMALL):
        verdict = compare(chosen(k, n), chosen(j, m), min=limit).exact_verdict()
        if q == 0:
            assert verdict is Verdict.INCONCLUSIVE
        else:
            assert (verdict is Verdict.PASS) == (low <= p / q <= 1 / low)
            assert verdict is not Verdict.INCONCLUSIVE


@pytest.mark.parametrize("limit", ["0.1", "0.2", "0"])
def test_the_literal_reading_of_a_difference_is_exact_in_every_small_table(limit):
    for (p, k, n), (q, j, m) in itertools.product(SMALL, SMALL):
        verdict = compare(chosen(k, n), chosen(j, m), "difference", max=limit).exact_verdict()
        assert (verdict is Verdict.PASS) == (abs(p - q) <= Fraction(limit))


def test_four_in_ten_against_five_in_ten_is_four_fifths():
    assert compare(chosen(4, 10), chosen(5, 10)).exact_verdict() is Verdict.PASS
    assert compare(chosen(4, 10), chosen(5, 10), min="0.8000001").exact_verdict() is Verdict.FAIL
    assert compare(chosen(4, 10), None, "value", min="0.4").exact_verdict() is Verdict.PASS


def test_floats_would_err_where_the_literal_reading_is_exact():
    wrong = [
        (k, n, j, m)
        for (p, k, n), (q, j, m) in itertools.product(SMALL, SMALL)
        if q and p / q == Fraction(4, 5) and (k / n) / (j / m) < 0.8
    ]
    assert wrong
    for k, n, j, m in wrong:
        assert compare(chosen(k, n), chosen(j, m)).exact_verdict() is Verdict.PASS
        assert compare(chosen(k, n), chosen(j, m)).leaning() == "pass", "the side it leans to is exact too"


def test_the_literal_reading_of_treatment_equality_is_exact():
    odds = METRICS["treatment_equality"].estimands[0]
    for fn, fp, other_fn, other_fp in itertools.product(range(1, 9), repeat=4):
        a, b = (Cell((0, y, 0, x, 0, 0, 0, 0, 0)) for x, y in ((fn, fp), (other_fn, other_fp)))
        true = Fraction(fn, fp) / Fraction(other_fn, other_fp)
        verdict = compare(a, b, estimand=odds).exact_verdict()
        assert (verdict is Verdict.PASS) == (Fraction(4, 5) <= true <= Fraction(5, 4))


def test_the_literal_reading_of_a_score_is_that_of_its_float():
    cells = Cell((30, 5, 0, 5, 60, 0, 0, 0, 0)), Cell((30, 30, 0, 30, 30, 0, 0, 0, 0))
    f1 = Score("f1_score")
    assert compare(cells[0], cells[0], estimand=f1).exact_verdict() is Verdict.PASS
    assert compare(cells[1], cells[0], estimand=f1).exact_verdict() is Verdict.FAIL
    undefined = Score("precision_score")
    assert compare(Cell((0, 0, 0, 5, 5, 0, 0, 0, 0)), cells[0], estimand=undefined).exact_verdict() is (
        Verdict.INCONCLUSIVE
    )


# --- leaning ---------------------------------------------------------------------------------------------------------


def test_leaning_is_the_side_of_the_limit_the_value_lies_on():
    assert compare(chosen(41, 100), chosen(50, 100)).leaning() == "pass"
    assert compare(chosen(39, 100), chosen(50, 100)).leaning() == "fail"
    assert compare(chosen(60, 100), chosen(45, 100)).leaning() == "fail"


# --- the record -----------------------------------------------------------------------------------------------------


def test_a_groups_value_is_recorded_with_its_counts():
    made = arm(chosen(20, 100)).measured(0.9)
    assert made == Measured(0.2, intervals.rate(20, 100, 0.9), 20, 100)
    nobody = arm(Cell(), TRUE_POSITIVE).measured(0.9)
    assert (nobody.value, nobody.numerator, nobody.denominator) == (None, 0, 0)
    assert nobody.reason == "nobody in its denominator"
    odds = arm(Cell((0, 0, 0, 5, 0, 0, 0, 0, 0)), METRICS["treatment_equality"].estimands[0]).measured(0.9)
    assert (odds.value, odds.numerator, odds.denominator, odds.reason) == (None, None, 5, "undefined")


def test_an_arm_knows_its_own_exact_value():
    assert arm(chosen(20, 100)).exact == Fraction(1, 5)
    assert arm(Cell()).exact is None
    assert arm(Cell((3, 1, 0, 0, 4, 0, 0, 0, 0)), Score("accuracy_score")).exact == 7 / 8
    assert arm(Cell(), Score("accuracy_score")).exact is None
    assert arm(chosen(1, 2), Rate("", of=Count.PASSED, among=Count.DECIDED)).exact == Fraction(1, 2)


# --- how many more would do -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ratio", "difference", "value"])
def test_the_shortfall_is_the_smallest_change_of_the_groups_count_that_meets_the_limit(kind):
    """Against every count the group could have, tried one by one."""
    n, reference = 23, 19
    for k, base in itertools.product(range(n + 1), range(reference + 1)):
        against = None if kind == "value" else chosen(base, reference)
        c = compare(chosen(k, n), against, kind)
        within = [
            other for other in range(n + 1)
            if compare(chosen(other, n), against, kind).exact_verdict() is Verdict.PASS
        ]  # fmt: skip
        expected = min((other - k for other in within), key=abs, default=None)
        if c.exact_verdict() is Verdict.FAIL:
            assert c.shortfall() == expected, (k, base)
        else:
            assert c.shortfall() is None, (k, base)


def test_the_shortfall_of_the_four_fifths_rule_by_hand():
    """80 % of 500 in 1,000 are 400 in 1,000, of which 150 are missing; 0.8 itself is met, in exact arithmetic."""
    assert compare(chosen(250, 1000), chosen(500, 1000)).shortfall() == 150
    assert compare(chosen(1000, 1000), chosen(500, 1000)).shortfall() == -375
    assert compare(chosen(400, 1000), chosen(500, 1000)).shortfall() is None


def test_there_is_no_shortfall_in_rows_where_rows_are_weighted_or_no_counts():
    c = compare(chosen(250, 1000), chosen(500, 1000))
    weights = Weights(c.arm.cell.counts, c.arm.cell.counts)
    assert compare(replace(c.arm.cell, weights=weights), c.reference.cell).shortfall() is None
    means = compare(amounts(1.0, 2.0), amounts(8.0, 9.0), "difference", Mean("mean score", of="score"))
    assert means.exact_verdict() is Verdict.FAIL
    assert means.shortfall() is None
