"""Simpson's paradox by name, and the comparison at the same mix of segments: against pandas and simulation."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from public_data import read_rows
from rows import reached, selected, table

import fairaudit
from fairaudit import intervals
from fairaudit.findings import Verdict
from fairaudit.intervals import Estimate, Interval
from fairaudit.policy import Policy
from fairaudit.verdict import judge

ROOT = Path(__file__).resolve().parents[1]
IMPACT = {"metric": "disparate_impact"}


def audit(rule, *groups, groups_=None, verdict=None, **data):
    policy = Policy.parse(
        {
            "data": {"prediction": "p", "protected": ["g"], "segments": ["s"], **data},
            "groups": groups_ or {},
            "verdict": verdict or {},
            "rule": [rule],
        }
    )
    return judge(table(policy, *groups), policy)


def places(counts):
    """Return rows for `table` of (group, segment) -> (selected, customers); a segment of None is missing."""
    return [({"g": g} | ({} if s is None else {"s": s}), selected(*size)) for (g, s), size in counts.items()]


REVERSED = {
    ("women", "few places"): (400, 2000),
    ("men", "few places"): (60, 500),
    ("women", "many places"): (450, 500),
    ("men", "many places"): (1600, 2000),
}
"""Women are chosen more often in both segments and less often in total."""


def by_pandas(counts, a, b):
    """Return both groups' rates with the segments' shares of everybody as weights."""
    frame = pd.DataFrame([(*place, *size) for place, size in counts.items()], columns=["g", "s", "k", "n"])
    shares = frame.groupby("s")["n"].sum() / frame["n"].sum()
    rates = frame.assign(rate=frame["k"] / frame["n"]).pivot_table(index="s", columns="g", values="rate")
    averaged = rates.mul(shares, axis=0).sum()
    return averaged[a], averaged[b]


# --- reversal -------------------------------------------------------------------------------------------------------


def test_a_gap_that_turns_round_is_a_reversal():
    (paradox,) = audit(IMPACT, *places(REVERSED)).paradoxes
    assert paradox.kind == "reversal"
    assert (paradox.group, paradox.reference, paradox.column) == ({"g": "women"}, {"g": "men"}, "s")
    assert paradox.value == pytest.approx((850 / 2500) / (1660 / 2500))
    women, men = by_pandas(REVERSED, "women", "men")
    assert paradox.standardised.value == pytest.approx(women / men)
    assert paradox.interval.high < 1 < paradox.standardised.interval.low
    assert (paradox.same_way, paradox.compared, paradox.standardised.coverage) == (0, 2, 1.0)


def test_a_difference_is_standardised_too():
    (paradox,) = audit({"metric": "statistical_parity", "max": 0.1}, *places(REVERSED)).paradoxes
    women, men = by_pandas(REVERSED, "women", "men")
    assert paradox.value == pytest.approx(850 / 2500 - 1660 / 2500)
    assert paradox.standardised.value == pytest.approx(women - men)
    assert paradox.standardised.interval.low > 0


def test_a_rate_among_positives_is_weighted_by_positives():
    """The segments' customers are 1 to 1, their positives are not."""
    counts = {place: (k, n) for place, (k, n) in REVERSED.items()}
    rows = [
        ({"g": g, "s": s}, reached(k, n, rest=3000 if s == "many places" else 0)) for (g, s), (k, n) in counts.items()
    ]
    rule = {"metric": "equal_opportunity", "max": 0.1}
    (paradox,) = audit(rule, *rows, label="y", labels="complete").paradoxes
    women, men = by_pandas(counts, "women", "men")
    assert paradox.standardised.value == pytest.approx(women - men)


def test_noise_is_no_reversal():
    """Nearly the same rates from a fortieth of the customers: the sign turns, and the intervals reach equality."""
    small = {place: (k // 40, n // 40) for place, (k, n) in REVERSED.items()}
    found = audit(IMPACT, *places(small), groups_={"min_size": 1})
    women, men = by_pandas(small, "women", "men")
    assert women > men
    assert found.paradoxes == ()


def test_a_gap_that_only_vanishes_is_no_reversal():
    fair = {
        ("women", "x"): (200, 2000), ("men", "x"): (50, 500), ("women", "y"): (400, 500), ("men", "y"): (1600, 2000),
    }  # fmt: skip
    found = audit(IMPACT, *places(fair))
    assert found.verdict is Verdict.FAIL
    assert found.paradoxes == ()


def test_a_reversal_never_changes_the_verdict():
    with_segments, without = audit(IMPACT, *places(REVERSED)), audit(IMPACT, *places(REVERSED), segments=[])
    assert with_segments.rules[0].failed == without.rules[0].failed == 1
    assert with_segments.verdict is without.verdict is Verdict.FAIL


def test_an_audit_without_segments_has_no_paradox():
    assert audit(IMPACT, *places(REVERSED), segments=[]).paradoxes == ()


def test_an_intersection_is_not_standardised_over_a_column_of_its_own():
    """Men of y are behind women of y; the mix of x and y is no answer, since y is part of who they are."""
    counts = {("women", "x"): (2000, 10000), ("men", "x"): (3000, 10000), ("women", "y"): (9000, 10000)}
    found = audit(IMPACT, *places(counts | {("men", "y"): (8500, 10000)}), protected=["g*s"])
    assert any(f.group == {"g": "men", "s": "y"} and f.interval.high < 1 for f in found.findings)
    assert found.paradoxes == ()


def test_the_rest_is_no_group_to_standardise():
    assert audit(IMPACT, *places(REVERSED), groups_={"reference": "rest"}).paradoxes == ()


def test_where_nobody_is_selected_there_is_no_ratio_to_turn_round():
    nobody = {place: (0, n) for place, (_, n) in REVERSED.items()}
    assert audit(IMPACT, *places(nobody)).paradoxes == ()


# --- hidden ---------------------------------------------------------------------------------------------------------

HIDING = {
    ("women", "new"): (240, 1000), ("men", "new"): (400, 1000), ("women", "old"): (4000, 10000),
    ("men", "old"): (4000, 10000),
}  # fmt: skip


def test_a_failing_segment_under_a_passing_total_is_hidden():
    found = audit(IMPACT, *places(HIDING))
    (paradox,) = found.paradoxes
    assert found.verdict is Verdict.FAIL
    assert (paradox.kind, paradox.failed, paradox.column) == ("hidden", ("new",), "s")
    women, men = by_pandas(HIDING, "women", "men")
    assert paradox.value == pytest.approx(4240 / 4400)
    assert paradox.standardised.value == pytest.approx(women / men)


def test_a_failing_segment_under_an_undecided_or_failing_total_is_not_hidden():
    open_total = HIDING | {("women", "old"): (3240, 10000)}
    assert audit(IMPACT, *places(open_total)).rules[0].undecided == 1
    assert audit(IMPACT, *places(open_total)).paradoxes == ()
    assert audit(IMPACT, *places(HIDING | {("women", "old"): (2400, 10000)})).paradoxes == ()


def test_a_group_compared_only_inside_a_segment_is_looked_up_in_the_total():
    """In new the largest group is another one than in total, so that the pair was never compared there."""
    counts = HIDING | {("third", "new"): (400, 3000), ("third", "old"): (3800, 9000)}
    found = audit(IMPACT, *places(counts), groups_={"reference": "largest"})
    pairs = {(paradox.group["g"], paradox.reference["g"]) for paradox in found.paradoxes}
    assert ("men", "third") in pairs
    assert all(paradox.kind == "hidden" for paradox in found.paradoxes)
    (one,) = [p for p in found.paradoxes if (p.group["g"], p.reference["g"]) == ("men", "third")]
    assert one.value == pytest.approx((4400 / 11000) / (4200 / 12000))


def test_a_value_hides_too_and_has_nothing_to_standardise():
    rule = {"metric": "selection_rate", "compare": "value", "min": 0.3}
    (paradox,) = audit(rule, *places(HIDING)).paradoxes
    assert (paradox.kind, paradox.group, paradox.reference) == ("hidden", {"g": "women"}, None)
    assert paradox.value == pytest.approx(4240 / 11000)
    assert paradox.standardised.value is None
    assert "not another group's" in paradox.standardised.reason


def test_where_the_value_decides_a_total_passes_by_its_value():
    """4,240 of 11,000 pass 0.8 literally with any number of customers; so do 42 of 110."""
    tiny = {place: (k // 100, n // 100) for place, (k, n) in HIDING.items()}
    found = audit(IMPACT, *places(tiny), verdict={"decide_on": "point"}, groups_={"min_size": 1})
    assert [paradox.kind for paradox in found.paradoxes] == ["hidden"]


# --- what cannot be standardised ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lonely", "given"), [(2000, True), (3000, False)])
def test_segments_without_one_of_the_groups_are_left_out_up_to_a_tenth(lonely, given):
    counts = HIDING | {("men", "abroad"): (int(0.4 * lonely), lonely)}
    (paradox,) = audit(IMPACT, *places(counts)).paradoxes
    standardised, coverage = paradox.standardised, 22000 / (22000 + lonely)
    assert standardised.coverage == pytest.approx(coverage)
    assert (standardised.value is not None) is given
    if given:
        women, men = by_pandas(HIDING, "women", "men")
        assert standardised.value == pytest.approx(women / men)
    else:
        assert standardised.reason == (
            f"only {100 * coverage:.1f} % are in segments where both groups have a value, less than 90 %"
        )
        assert standardised.interval is None


def test_customers_of_no_known_segment_are_not_covered():
    counts = HIDING | {("men", None): (400, 1000), ("women", None): (400, 1000)}
    (paradox,) = audit(IMPACT, *places(counts)).paradoxes
    assert paradox.standardised.coverage == pytest.approx(22000 / 24000)
    assert paradox.compared == 2


def test_a_score_per_group_is_not_averaged():
    rule = {"metric": "treatment_equality", "min": 0.8}
    rows = [
        ({"g": g, "s": s}, {"TP": 2000, "TN": 2000, "FP": 1000, "FN": missed})
        for g, s, missed in (("a", "x", 2000), ("b", "x", 1000), *product("ab", ("y", "z"), (1000,)))
    ]
    rows += [({"g": g, "s": s}, {"FP": 20000, "FN": 20000}) for g, s in product("ab", "yz")]
    (paradox, *_) = audit(rule, *rows, label="y", labels="complete").paradoxes
    assert paradox.kind == "hidden"
    assert paradox.standardised.value is None
    assert paradox.standardised.reason == "only rates and means can be averaged over segments"


# --- the weighted average -------------------------------------------------------------------------------------------


def test_one_stratum_is_the_plain_rate():
    plain = Estimate(0.3, intervals.rate(30, 100, 0.9))
    averaged = intervals.weighted([(1.0, plain)])
    assert averaged.value == plain.value
    assert (averaged.interval.low, averaged.interval.high) == pytest.approx((plain.interval.low, plain.interval.high))


def test_with_many_customers_it_is_the_normal_interval():
    """Var(sum W p) = sum W^2 p (1 - p) / n."""
    counts, weights = [(30_000, 100_000), (150_000, 200_000), (9_000, 90_000)], [0.2, 0.5, 0.3]
    parts = [(w, Estimate(k / n, intervals.rate(k, n, 0.9))) for w, (k, n) in zip(weights, counts, strict=True)]
    averaged = intervals.weighted(parts)
    variance = sum(w * w * (k / n) * (1 - k / n) / n for w, (k, n) in zip(weights, counts, strict=True))
    spread = 1.6448536269514722 * math.sqrt(variance)
    assert averaged.value == pytest.approx(0.2 * 0.3 + 0.5 * 0.75 + 0.3 * 0.1)
    assert averaged.interval.low == pytest.approx(averaged.value - spread, rel=1e-3)
    assert averaged.interval.high == pytest.approx(averaged.value + spread, rel=1e-3)


def test_nothing_known_of_one_stratum_is_nothing_known():
    unknown = Estimate(1.0, Interval(-math.inf, math.inf))
    averaged = intervals.weighted([(0.5, unknown), (0.5, Estimate(2.0, Interval(1.0, 3.0)))])
    assert averaged.interval == Interval(-math.inf, math.inf)


@pytest.mark.parametrize("sizes", [(8, 15, 40), (100, 300, 50)])
def test_the_interval_of_a_standardised_ratio_covers_at_least_its_level(sizes):
    """2,000 draws; the exact limits inside make it wider than nominal, as for a single rate."""
    rng = np.random.default_rng(7)
    weights, p, q = (0.5, 0.2, 0.3), np.array([0.2, 0.5, 0.8]), np.array([0.3, 0.5, 0.7])
    truth = (weights @ p) / (weights @ q)
    inside = 0
    for _ in range(2000):
        a, b = (
            intervals.weighted(
                [
                    (w, Estimate(k / n, intervals.rate(int(k), n, 0.9)))
                    for w, k, n in zip(weights, rng.binomial(sizes, rates), sizes, strict=True)
                ]
            )
            for rates in (p, q)
        )
        inside += a.value > 0 and b.value > 0 and intervals.ratio(a, b).low <= truth <= intervals.ratio(a, b).high
    assert inside / 2000 >= 0.9 - 2 * math.sqrt(0.9 * 0.1 / 2000)


# --- known data -----------------------------------------------------------------------------------------------------


def test_berkeley_is_named():
    """Bickel, Hammel and O'Connell 1975: fewer women in total; at the same mix of departments, more."""
    folder = ROOT.parent / "shared" / "data" / "ucb_admissions"
    rows = pd.DataFrame(read_rows("ucb_admissions", "counts.csv")).astype({"Freq": int})
    policy = ROOT / "tests" / "real_data" / "ucb_admissions.toml"
    found = fairaudit.audit(folder / "predictions.csv", folder / "attributes.csv", policy=policy)
    (paradox,) = found.paradoxes
    assert (paradox.kind, paradox.group, paradox.column) == ("reversal", {"gender": "Female"}, "dept")
    assert paradox.value == pytest.approx((557 / 1835) / (1198 / 2691))
    table_ = rows.pivot_table(index=["Gender", "Dept"], columns="Admit", values="Freq", aggfunc="sum")
    counts = {place: (row["Admitted"], row.sum()) for place, row in table_.iterrows()}
    women, men = by_pandas(counts, "Female", "Male")
    assert women > men
    assert paradox.standardised.value == pytest.approx(women / men)
    assert (paradox.same_way, paradox.compared) == (2, 6)


def test_the_harm_planted_in_the_sample_is_hidden():
    sample = ROOT / "sample_data"
    found = fairaudit.audit(sample / "predictions.csv", sample / "customers.csv", policy=sample / "fairaudit.toml")
    planted = [p for p in found.paradoxes if p.rule == "offer-rate"]
    assert [(p.kind, p.group, p.column, p.failed) for p in planted] == [
        ("hidden", {"gender": "female"}, "lifecycle", ("new",))
    ]
    assert all(paradox.kind == "hidden" for paradox in found.paradoxes)
    rows = pd.read_csv(sample / "predictions.csv").merge(pd.read_csv(sample / "customers.csv"), on="customer_id")
    shares = rows["lifecycle"].value_counts(normalize=True)
    rates = rows.groupby(["gender", "lifecycle"])["offered"].mean()
    women, men = (rates[gender].mul(shares).sum() for gender in ("female", "male"))
    assert planted[0].standardised.value == pytest.approx(women / men)
