"""The verdict: DESIGN 5, point by point."""

import itertools
import math
import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import reached, recount, selected, table
from scipy import stats

from fairaudit.cube import Cube
from fairaudit.findings import Verdict
from fairaudit.multiplicity import discoveries
from fairaudit.pairing import Pairing
from fairaudit.policy import Policy
from fairaudit.score import Score
from fairaudit.verdict import judge

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
IMPACT, OPPORTUNITY = {"metric": "disparate_impact"}, {"metric": "equal_opportunity"}


def policy(*rules, groups=None, verdict=None, **data):
    return Policy.parse(
        {
            "data": {"label": "y", "prediction": "p", "protected": ["g"], **data},
            "groups": groups or {},
            "verdict": verdict or {},
            "rule": [{**rule} for rule in rules or [IMPACT]],
        }
    )


def audit(stated, *groups, **ledger):
    return judge(table(stated, *groups, **ledger), stated)


def rates(stated, **sizes):
    """Return the audit of groups given as name = (selected, customers)."""
    return audit(stated, *(({"g": name}, selected(*size)) for name, size in sizes.items()))


EQUAL, UNFAIR, NEAR = (5000, 10000), (3000, 10000), (4100, 10000)
THIN = (16, 32)


# --- the truth table ------------------------------------------------------------------------------------------------

SEGMENTS = {
    "fair": ((500, 1000), (500, 1000)),
    "undecided": ((20, 40), (20, 40)),
    "unfair": ((250, 1000), (500, 1000)),
}


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("segment", ["fair", "undecided", "unfair"])
@pytest.mark.parametrize(
    ("population", "b"),
    [("all inside", EQUAL), ("undecided", NEAR), ("not evaluable", (10, 20)), ("beyond", UNFAIR)],
)
def test_the_truth_table(population, b, segment, required):
    """DESIGN 5.5; a third group of equal size keeps one required comparison decided in every row."""
    in_segments = "required" if required else "report"
    stated = policy({**IMPACT, "in_segments": in_segments}, groups={"max_missing": 1}, segments=["s"])
    one, other = SEGMENTS[segment]
    rest = [(k - s[0], n - s[1]) for (k, n), s in ((EQUAL, one), (EQUAL, other))]
    found = audit(
        stated,
        ({"g": "a", "s": "x"}, selected(*one)),
        ({"g": "c", "s": "x"}, selected(*other)),
        ({"g": "a"}, selected(*rest[0])),
        ({"g": "c"}, selected(*rest[1])),
        ({"g": "b"}, selected(*b)),
    )
    if population == "beyond" or segment == "unfair":
        expected = FAIL
    elif population in ("undecided", "not evaluable") or (segment == "undecided" and required):
        expected = INCONCLUSIVE
    else:
        expected = PASS
    assert found.verdict is expected
    (rule,) = found.rules
    assert rule.verdict is expected
    assert (rule.failed > 0) == (population == "beyond")
    assert (rule.failed_in_segments > 0) == (segment == "unfair")
    assert (rule.undecided > 0) == (population == "undecided")
    assert (rule.undecided_in_segments > 0) == (segment == "undecided")
    assert found.exit_code == {PASS: 0, FAIL: 1, INCONCLUSIVE: 4}[expected]
    assert (found.reasons == ()) == (expected is PASS)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (EQUAL, (1000, 2000), PASS),
        (EQUAL, (600, 2000), FAIL),
        (EQUAL, (870, 2000), INCONCLUSIVE),
        (NEAR, (600, 2000), FAIL),
        (UNFAIR, (870, 2000), FAIL),
        (NEAR, (1000, 2000), INCONCLUSIVE),
    ],
)
def test_an_audit_fails_by_any_rule_and_passes_by_all(first, second, verdict):
    stated = policy(IMPACT, {**OPPORTUNITY, "max": 0.08})
    k, n = first
    j, m = second
    found = audit(
        stated,
        ({"g": "a"}, reached(1000, 2000, rest=8000, wrongly=4000)),
        ({"g": "b"}, reached(j, m, rest=n - m, wrongly=k - j)),
    )
    assert found.verdict is verdict
    assert found.verdict is min((rule.verdict for rule in found.rules), key=[FAIL, INCONCLUSIVE, PASS].index)


def test_a_warning_instead_of_a_block_changes_the_exit_code_and_not_the_verdict():
    for mode, code in (("block", 4), ("warn", 0)):
        found = rates(policy(verdict={"on_inconclusive": mode}), a=EQUAL, b=NEAR)
        assert (found.verdict, found.exit_code) == (INCONCLUSIVE, code)
    assert rates(policy(verdict={"on_inconclusive": "warn"}), a=EQUAL, b=UNFAIR).exit_code == 1


# --- inside, outside, neither ---------------------------------------------------------------------------------------


def test_pass_is_the_whole_interval_inside_at_the_stated_confidence():
    for confidence in (0.8, 0.9, 0.95, 0.99):
        for k in range(415, 460, 3):
            found = rates(policy(verdict={"confidence": confidence}), a=(k, 1000), b=(500, 1000))
            (finding,) = found.findings
            inside = finding.interval.low >= 0.8 and finding.interval.high <= 1.25
            assert (found.verdict is PASS) == inside
            assert finding.interval.low <= finding.value <= finding.interval.high


def test_fail_is_the_whole_interval_outside_at_the_level_that_decided():
    for k in range(300, 400, 4):
        found = rates(policy(), a=(k, 1000), b=(500, 1000))
        (finding,) = found.findings
        assert finding.level_fail == pytest.approx(0.90), "one rule, one pair, no segment: 5 % on the one side"
        assert (found.verdict is FAIL) == (finding.interval_fail.high < 0.8)


def test_the_same_numbers_at_the_limit_are_neither():
    found = rates(policy(), a=(400, 1000), b=(500, 1000))
    assert found.verdict is INCONCLUSIVE
    (finding,) = found.findings
    assert finding.value == pytest.approx(0.8)
    assert (finding.leaning, finding.undecidable) == ("pass", False)


def test_a_decidable_comparison_leans_and_an_undecidable_one_does_not():
    leaning = rates(policy(), a=(4200, 10000), b=(3350, 10000)).findings[0]
    assert (leaning.verdict, leaning.leaning, leaning.undecidable) == (INCONCLUSIVE, "fail", False)
    assert leaning.reason is None
    thin = rates(policy(), a=(15, 32), b=(5000, 10000)).findings[0]
    assert (thin.verdict, thin.leaning, thin.undecidable) == (INCONCLUSIVE, None, True)
    assert thin.customers_needed.if_fair > 0
    assert thin.reason == (
        f"not enough data: equal rates could not pass either; {thin.customers_needed.if_fair:,} more customers of this "
        "group would let them pass four times in five"
    )
    both = rates(policy(), a=THIN, b=THIN).findings[0]
    assert (both.customers_needed.if_fair, both.undecidable) == (None, True), "more of this group alone would not help"
    assert both.reason == "not enough data: equal rates could not pass either"


def test_an_undecided_comparison_says_what_could_have_been_proven():
    (finding,) = rates(policy(), a=(430, 1000), b=(500, 1000)).findings
    assert finding.verdict is INCONCLUSIVE
    assert 0.6 < finding.provable < 0.8
    harmed = rates(policy(), a=(math.floor(500 * finding.provable) - 1, 1000), b=(500, 1000))
    assert harmed.verdict is FAIL
    assert rates(policy(), a=EQUAL, b=EQUAL).findings[0].provable is None


def test_an_undecided_comparison_says_how_many_more_customers_would_settle_it():
    """DESIGN 6: under the deciding rule, if the truth is fair and if it is as observed; the rule's own levels count."""
    (finding,) = rates(policy(), a=(65, 150), b=(5000, 10000)).findings
    assert (finding.verdict, finding.leaning) == (INCONCLUSIVE, "pass")
    assert 0 < finding.customers_needed.if_fair < finding.customers_needed.as_observed
    (harmed,) = rates(policy(), a=(50, 140), b=(5000, 10000)).findings
    assert (harmed.verdict, harmed.leaning) == (INCONCLUSIVE, "fail")
    two_rules = policy(IMPACT, {**IMPACT, "id": "again"})
    stricter = rates(two_rules, a=(50, 140), b=(5000, 10000)).findings[0]
    assert stricter.customers_needed.as_observed > harmed.customers_needed.as_observed
    assert stricter.customers_needed.if_fair == harmed.customers_needed.if_fair
    assert rates(policy(), a=EQUAL, b=EQUAL).findings[0].customers_needed is None, "it is decided"
    nobody = rates(policy(), a=(0, 1000), b=(0, 1000)).findings[0]
    assert (nobody.verdict, nobody.customers_needed) == (INCONCLUSIVE, None), "0 / 0"


def test_the_customers_called_for_settle_it_in_four_of_five_draws():
    """Drawn with a fixed seed: a fair model passes, one as it looks fails, in about 80 % of whole audits."""
    chance = np.random.default_rng(7)
    (finding,) = rates(policy(), a=(50, 140), b=(5000, 10000)).findings
    fair, observed = finding.customers_needed.if_fair, finding.customers_needed.as_observed
    pooled = 5050 / 10140
    for more, p, q, verdict in ((fair, pooled, pooled, PASS), (observed, 50 / 140, 0.5, FAIL)):
        n = 140 + more
        drawn = zip(chance.binomial(n, p, 400), chance.binomial(10000, q, 400), strict=True)
        found = [rates(policy(), a=(int(k), n), b=(int(j), 10000)).verdict for k, j in drawn]
        assert 0.74 <= found.count(verdict) / 400 <= 0.86


def test_a_rule_says_what_every_comparison_could_have_proven():
    segments = {"new": ((290, 600), (300, 600)), "old": (EQUAL, EQUAL)}
    (rule,) = in_segments(policy(segments=["s"]), **segments).rules
    assert 0.5 < rule.provable_in_segments < rule.provable < 0.8
    # the weakest comparison just fails where its group has the rate that could have been proven
    harmed = in_segments(
        policy(segments=["s"]), new=((int(300 * rule.provable_in_segments), 600), (300, 600)), old=(EQUAL, EQUAL)
    )
    assert harmed.verdict is FAIL
    (thin,) = rates(policy(), a=(1, 32), b=(3, 32)).rules
    assert (thin.provable, thin.provable_in_segments) == (None, None)
    literal = rates(policy(verdict={"decide_on": "point"}), a=EQUAL, b=EQUAL).rules[0]
    assert literal.provable is None, "the bare value decides: no interval, nothing to prove"


# --- never a pass by losing a group ---------------------------------------------------------------------------------


def test_a_small_group_blocks():
    """FIELD trap 4: fairpipe 0.12 drops the third group, selected at 0 %, and passes with exit 0."""
    found = rates(policy(), a=(4000, 5000), b=(4000, 5000), c=(0, 20))
    assert found.verdict is INCONCLUSIVE
    assert found.exit_code == 4
    assert "fewer than min_size = 30" in found.rules[0].reason
    assert [entry.group for entry in found.not_evaluable] == [{"g": "c"}]


def test_a_small_group_accepted_in_writing_does_not_block_and_is_listed():
    within = rates(policy(groups={"small": "report"}), a=(4000, 5000), b=(4000, 5000), c=(0, 20))
    assert within.verdict is PASS
    assert [(entry.group, entry.blocks) for entry in within.not_evaluable] == [({"g": "c"}, False)]
    above = rates(policy(groups={"small": "report"}), a=(400, 500), b=(400, 500), c=(0, 21))
    assert above.verdict is INCONCLUSIVE


def test_a_group_with_an_empty_denominator_blocks():
    """FIELD traps 2 and 3: its true positive rate is neither 0 nor left out."""
    found = audit(
        policy(OPPORTUNITY),
        ({"g": "a"}, reached(2500, 5000, rest=100, wrongly=50)),
        ({"g": "b"}, reached(2500, 5000, rest=100, wrongly=50)),
        ({"g": "c"}, reached(0, 0, rest=1000, wrongly=500)),
    )
    assert found.verdict is INCONCLUSIVE
    (entry,) = found.not_evaluable
    assert (entry.group, entry.n, entry.denominator) == ({"g": "c"}, 1000, 0)


@pytest.mark.parametrize(("missing", "verdict"), [(1000, PASS), (1200, INCONCLUSIVE)])
def test_missing_groups_are_reported_up_to_a_share_and_block_above(missing, verdict):
    found = audit(policy(), ({"g": "a"}, selected(*EQUAL)), ({"g": "b"}, selected(*EQUAL)), ({}, selected(0, missing)))
    assert found.verdict is verdict
    assert all("(missing)" not in {**f.group, **f.reference}.values() for f in found.findings), "counted, not judged"
    assert ("(missing)", missing) in [(group.group.get("g"), group.n) for group in found.groups]


def test_a_rule_that_matched_nothing_is_inconclusive():
    found = audit(policy(protected=[]), ({}, selected(*EQUAL)))
    assert found.verdict is INCONCLUSIVE
    assert found.rules[0].reason == "nothing could be compared"
    assert found.rules[0].worst is None


def test_one_group_alone_is_inconclusive():
    found = rates(policy(), a=EQUAL)
    assert (found.verdict, found.rules[0].compared) == (INCONCLUSIVE, 0)
    assert "fewer than two groups" in found.rules[0].reason


def test_no_rule_is_inconclusive():
    stated = Policy.parse({"data": {"prediction": "p", "protected": ["g"]}})
    found = audit(stated, ({"g": "a"}, selected(*EQUAL)))
    assert found.verdict is INCONCLUSIVE
    assert found.reasons == ("the policy has no rule that decides",)


def test_no_rows_are_inconclusive():
    stated = policy()
    found = judge(Cube.zero(stated.spec()), stated)
    assert found.verdict is INCONCLUSIVE
    assert found.everybody().n == 0


def test_a_rule_that_needs_labels_without_any_is_inconclusive_and_the_others_are_judged():
    """FIELD trap 26: a metric that cannot be had must be visible in the verdict."""
    found = audit(
        policy(IMPACT, OPPORTUNITY, label=None), ({"g": "a"}, selected(*EQUAL)), ({"g": "b"}, selected(*EQUAL))
    )
    assert [rule.verdict for rule in found.rules] == [PASS, INCONCLUSIVE]
    assert found.verdict is INCONCLUSIVE
    assert found.reasons == ("equal_opportunity: there is no label column",)


def test_labels_that_only_the_selected_have_are_inconclusive():
    groups = [({"g": name}, {"TP": 3000, "FP": 2000, "PASSED_UNLABELLED": 5000}) for name in "ab"]
    found = audit(policy(OPPORTUNITY), *groups)
    assert found.verdict is INCONCLUSIVE
    assert "labels are known for 100 % of those selected and 0 % of the others" in found.reasons[0]
    # declared complete, the others' missing labels are not evidence of anything
    assert audit(policy(OPPORTUNITY, labels="complete"), *groups).rules[0].compared == 1


@pytest.mark.parametrize(("rows", "verdict"), [(20000, PASS), (21052, PASS), (21054, INCONCLUSIVE)])
def test_less_than_the_least_coverage_is_inconclusive(rows, verdict):
    groups = [({"g": "a"}, selected(*EQUAL)), ({"g": "b"}, selected(*EQUAL))]
    found = audit(policy(), *groups, predictions_rows=rows)
    assert found.verdict is verdict
    if verdict is INCONCLUSIVE:
        assert found.reasons == ("95.0 % of the predictions found attributes, less than min_coverage = 95 %",)
        assert audit(policy(min_coverage=0.5), *groups, predictions_rows=rows).verdict is PASS


def test_proven_harm_fails_whatever_else_is_missing():
    found = audit(
        policy(IMPACT, OPPORTUNITY, label=None),
        ({"g": "a"}, selected(*EQUAL)),
        ({"g": "b"}, selected(*UNFAIR)),
        ({"g": "c"}, selected(1, 3)),
        predictions_rows=10**6,
    )
    assert found.verdict is FAIL


def test_several_decisions_for_one_customer_count_as_few_as_they_are():
    """What 400 customers prove, 40 with ten equal decisions each do not; the literal reading sees no difference."""
    stated = policy(id="id")

    def repeated(times, **verdict):
        asked = policy(id="id", verdict=verdict)
        rows = [
            {"id": f"{g}{i // times}", "g": g, "p": int(i // times % 10 < chosen)}
            for g, chosen in (("a", 6), ("b", 3))
            for i in range(400)
        ]
        return judge(recount(stated.spec(), rows), asked)

    assert repeated(1).verdict is FAIL
    assert repeated(10).verdict is INCONCLUSIVE
    assert repeated(10, decide_on="point").verdict is FAIL
    rate = repeated(10).findings[0].group_rate
    assert (rate.value, rate.numerator, rate.denominator, rate.customers) == (0.3, 120, 400, 40)
    assert 35 < rate.effective < 40


# --- exploratory rules ----------------------------------------------------------------------------------------------


def explored(seed, groups=6):
    """Return the comparisons of groups of which the later ones are selected more and more rarely."""
    rng = np.random.default_rng(seed)
    boxes = [
        ({"g": f"g{i}"}, selected(int(rng.binomial(1500, 0.5 - 0.05 * i * rng.random())), 1500)) for i in range(groups)
    ]
    stated = policy({"metric": "statistical_parity", "max": 0.05, "exploratory": True})
    return Pairing(table(stated, *boxes), stated, stated.rules[0]).in_population


def error_at_the_limit(comparison):
    """Return the smallest one-sided error at which the interval lies beyond the limit: its p-value."""
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if comparison.fails(1 - 2 * middle) else (middle, high)
    return high


@pytest.mark.parametrize("seed", range(8))
def test_discoveries_are_those_of_benjamini_and_hochberg(seed):
    comparisons = explored(seed)
    adjusted = stats.false_discovery_control([error_at_the_limit(c) for c in comparisons])
    found = discoveries(comparisons, 0.05)
    assert [one for one, _ in found] == [bool(value <= 0.05) for value in adjusted]
    assert len({level for _, level in found}) == 1


def test_some_discovery_sets_are_neither_empty_nor_full():
    """Else the test above would say little."""
    kinds = {sum(one for one, _ in discoveries(explored(seed), 0.05)) for seed in range(8)}
    assert len(kinds) > 2


def test_an_exploratory_rule_never_gates():
    groups = [({"g": "a"}, selected(*EQUAL)), ({"g": "b"}, selected(*UNFAIR))]
    looking = {"id": "look", "metric": "statistical_parity", "max": 0.05, "exploratory": True}
    deciding = {"metric": "selection_rate", "compare": "value", "min": 0.01}
    found = audit(policy(deciding, looking), *groups)
    assert found.verdict is PASS
    assert found.failures == ()
    assert [f.rule for f in found.discoveries] == ["look"]
    assert found.rules[1].reason == "1 comparison discovered, to be confirmed on other data"
    assert audit(policy(looking), *groups).reasons == ("the policy has no rule that decides",)


def test_an_exploratory_rule_takes_nothing_from_the_others():
    groups = [({"g": "a"}, selected(*EQUAL)), ({"g": "b"}, selected(*UNFAIR))]
    looking = {"id": "look", "metric": "statistical_parity", "max": 0.05, "exploratory": True}
    alone, beside = (audit(policy(*rules), *groups).findings[0] for rules in ((IMPACT,), (IMPACT, looking)))
    assert alone == beside


sizes = st.integers(100, 4000)
shares = st.sampled_from([0.2, 0.4, 0.42, 0.5])


@st.composite
def counted_groups(draw, least=2, most=4, small=None):
    """Draw the selected and the size of each group, one of them tiny if asked for."""
    made = {}
    for i in range(draw(st.integers(least, most))):
        n = draw(sizes)
        made[f"g{i}"] = (round(n * draw(shares)), n)
    if small is not None:
        n = draw(st.integers(1, small))
        made[draw(st.sampled_from(sorted(made)))] = (draw(st.integers(0, n)), n)
    return made


@settings(max_examples=60)
@given(counted_groups(least=3, small=29))
def test_making_a_group_too_small_never_passes(made):
    assert rates(policy(), **made).verdict is not PASS


@settings(max_examples=60)
@given(counted_groups(least=3, small=29), st.sampled_from([0.0, 0.005, 0.02, 0.1]))
def test_making_a_group_too_small_passes_only_within_the_share_accepted_in_writing(made, share):
    found = rates(policy(groups={"small": "report", "small_share": share}), **made)
    few = sum(n for _, n in made.values() if n < 30)
    if few > share * sum(n for _, n in made.values()):
        assert found.verdict is not PASS


@settings(max_examples=60)
@given(counted_groups(), st.integers(0, 3))
def test_hiding_a_group_among_the_missing_passes_only_within_the_share_accepted(made, hidden):
    names = sorted(made)
    lost = names[hidden % len(names)]
    found = audit(policy(), *(({"g": n} if n != lost else {}, selected(*made[n])) for n in names))
    if made[lost][1] > 0.05 * sum(n for _, n in made.values()):
        assert found.verdict is not PASS


# --- whom to compare with -------------------------------------------------------------------------------------------


def test_against_the_best_a_pair_without_the_best_keeps_the_rule_from_passing():
    """DESIGN 5.4: all pairs for PASS; comparing with the observed best alone falsely passes up to 24 %."""
    found = rates(policy(), best=(50500, 100000), b=(50, 100), c=(50, 100))
    against_best = [f for f in found.findings if f.reference == {"g": "best"}]
    assert {f.verdict for f in against_best} == {PASS}
    (other,) = [f for f in found.findings if f.reference != {"g": "best"}]
    assert other.verdict is INCONCLUSIVE
    assert found.verdict is INCONCLUSIVE


def test_against_the_best_a_pair_without_the_best_can_be_the_one_that_fails():
    """Where the best group is small nothing is proven against it, though two large groups differ."""
    found = rates(policy(), best=(19, 30), b=(5000, 10000), c=(3700, 10000))
    failed = [(f.group["g"], f.reference["g"]) for f in found.failures]
    assert failed == [("c", "b")]
    assert found.verdict is FAIL


def test_listed_are_the_pairs_with_the_best_and_of_the_others_the_failing_and_undecided():
    found = rates(policy(), a=(5000, 10000), b=(4900, 10000), c=(4800, 10000), d=(3000, 10000))
    (rule,) = found.rules
    assert rule.compared == 6
    assert [(f.group["g"], f.reference["g"], f.verdict) for f in found.findings] == [
        ("b", "a", PASS),
        ("c", "a", PASS),
        ("d", "a", FAIL),
        ("d", "b", FAIL),
        ("d", "c", FAIL),
    ]
    assert rule.failed == 3
    assert all(f.group != f.reference for f in found.findings), "the reference has no finding against itself"


def test_the_largest_is_compared_in_both_directions():
    stated = policy(groups={"reference": "largest"})
    above = rates(stated, large=(4000, 10000), small=(3000, 5000))
    assert above.verdict is FAIL
    assert above.findings[0].value == pytest.approx(1.5)
    assert rates(stated, large=(4000, 10000), small=(2100, 5000)).verdict is PASS


def test_the_largest_claims_less_than_the_best():
    """Two groups may differ from each other by more than either does from the largest."""
    made = {"large": (50000, 100000), "up": (5700, 10000), "down": (4350, 10000)}
    assert rates(policy(groups={"reference": "largest"}), **made).verdict is PASS
    assert rates(policy(), **made).verdict is FAIL


def test_a_named_reference_is_the_one_compared_with():
    stated = policy(groups={"references": {"g": "b"}})
    found = rates(stated, a=EQUAL, b=(4900, 10000), c=(4800, 10000))
    assert [f.reference for f in found.findings] == [{"g": "b"}] * 2
    assert found.verdict is PASS
    assert rates(stated, a=EQUAL, c=EQUAL).verdict is INCONCLUSIVE


def test_the_rest_is_reported_fails_and_never_passes():
    """FIELD trap 18: at rates 1, 1, 0 the rest drags the reference to 0.5."""
    stated = policy(groups={"reference": "rest"})
    fair = rates(stated, a=EQUAL, b=EQUAL, c=EQUAL)
    assert [f.verdict for f in fair.findings] == [PASS] * 3
    assert fair.verdict is INCONCLUSIVE
    assert 'reference = "rest" is reported and cannot pass' in fair.reasons[0]
    assert rates(stated, a=(10000, 10000), b=(10000, 10000), c=(0, 10000)).verdict is FAIL


def test_a_floor_for_each_groups_own_value_has_no_rest():
    stated = policy({"metric": "selection_rate", "compare": "value", "min": 0.3}, groups={"reference": "rest"})
    assert rates(stated, a=EQUAL, b=EQUAL).verdict is PASS


@pytest.mark.parametrize(
    ("k", "verdict"), [(4500, PASS), (4100, PASS), (4000, INCONCLUSIVE), (3950, INCONCLUSIVE), (3500, FAIL)]
)
def test_a_floor_is_held_by_every_group(k, verdict):
    stated = policy({"metric": "selection_rate", "compare": "value", "min": 0.4})
    found = rates(stated, a=EQUAL, b=(k, 10000))
    assert found.verdict is verdict
    assert [f.reference for f in found.findings] == [None, None], "whatever its verdict, each group is listed"
    assert found.rules[0].worst.group == {"g": "b"}


@pytest.mark.parametrize(
    ("scores", "verdict"), [((0.3, 0.3), PASS), ((0.3, 0.2), FAIL), ((0.3, 0.45), FAIL), ((0.3, 0.24), INCONCLUSIVE)]
)
def test_calibration_is_held_between_two_limits(scores, verdict):
    stated = policy({"metric": "calibration", "min": 0.8, "max": 1.25}, score="s", labels="complete")
    rows = [
        {"g": g, "y": int(i % 10 < 3), "p": i % 2, "s": s}
        for g, s in zip("ab", scores, strict=True)
        for i in range(2000)
    ]
    assert judge(recount(stated.spec(), rows), stated).verdict is verdict


# --- how many comparisons share the error ---------------------------------------------------------------------------


def levels(findings):
    return sorted({round(f.level_fail, 9) for f in findings})


def shared(*parts):
    """Return the two-sided level at which one side errs with 5 % divided by some numbers."""
    return round(1 - 2 * 0.05 / math.prod(parts), 9)


@pytest.mark.parametrize("groups", [2, 3, 4, 5])
def test_five_percent_are_shared_by_the_unordered_pairs(groups):
    made = {f"g{i}": (5000 - 400 * i, 10000) for i in range(groups)}
    found = rates(policy({**IMPACT, "min": 0.5}), **made)
    assert levels(found.findings) == [shared(math.comb(groups, 2))]


def test_five_percent_are_shared_by_the_rules():
    groups = [({"g": name}, reached(1000, 2000, rest=2000, wrongly=700)) for name in "ab"]
    found = audit(policy(IMPACT, OPPORTUNITY, {"metric": "predictive_parity", "max": 0.1}), *groups)
    assert levels(found.findings) == [shared(3)]


def test_equalized_odds_counts_each_pair_twice():
    groups = [({"g": name}, reached(1000, 2000, rest=2000, wrongly=700)) for name in "abc"]
    found = audit(policy({"metric": "equalized_odds", "max": 0.1}), *groups)
    assert found.rules[0].compared == 2 * 3
    assert levels(found.findings) == [shared(6)]
    assert {f.estimand for f in found.findings} == {"true positive rate", "false positive rate"}


def test_half_goes_to_the_population_and_half_to_the_segments():
    stated = policy(segments=["s"])
    found = audit(
        stated,
        *(({"g": g, "s": s}, selected(2000, 4000)) for g in "abc" for s in "wxyz"),
    )
    assert levels(f for f in found.findings if not f.segment) == [shared(2, 3)]
    assert levels(f for f in found.findings if f.segment) == [shared(2, 3 * 4)]


def test_all_goes_to_the_population_where_no_segment_can_be_compared():
    stated = policy(segments=["s"])
    found = audit(stated, ({"g": "a", "s": "x"}, selected(*EQUAL)), ({"g": "b", "s": "y"}, selected(*EQUAL)))
    assert levels(found.findings) == [shared(1)] == [0.9]


def test_passing_is_not_corrected_since_all_must_pass():
    """DESIGN 5.2: an intersection-union test; each comparison at the stated confidence."""
    made = {f"g{i}": (4600 + i, 10000) for i in range(5)}
    found = rates(policy(), **made)
    two = rates(policy(), g0=made["g0"], g4=made["g4"])
    widest = next(f for f in found.findings if f.group == {"g": "g0"})
    assert widest.interval == two.findings[0].interval
    assert found.verdict is PASS


def bonferroni_fails(found, comparisons):
    """Return whether any finding's interval at Bonferroni's level is outside, which is Holm's first step."""
    return any(f.level_fail == pytest.approx(shared(comparisons)) and f.verdict is FAIL for f in found.findings)


def test_holm_only_adds_failures_and_never_changes_the_verdict():
    # against the largest: one group clearly harmed, one that fails only at the level of the second step
    stated = policy(groups={"reference": "largest"})
    clear, others = (2000, 10000), {"c": (5000, 10000), "d": (5000, 10000)}
    for k in range(3780, 3960, 2):
        found = rates(stated, large=(10000, 20000), a=clear, b=(k, 10000), **others)
        second = next(f for f in found.findings if f.group == {"g": "b"})
        assert found.verdict is FAIL
        if second.verdict is FAIL and second.level_fail < shared(4) - 1e-9:
            assert second.level_fail == pytest.approx(shared(3))
            break
    else:
        pytest.fail("no group was failed at Holm's second step")
    alone = rates(stated, large=(10000, 20000), a=(5000, 10000), b=(k, 10000), **others)
    assert alone.failures == (), "without a failure at the first step there is no second"
    assert alone.verdict is INCONCLUSIVE
    assert levels(alone.findings) == [shared(4)]


@settings(max_examples=40)
@given(counted_groups(least=3))
def test_a_finding_shows_the_interval_and_the_level_that_decided_it(made):
    found = rates(policy(), **made)
    for f in found.findings:
        outside = f.interval_fail.high < 0.8 or f.interval_fail.low > 1.25
        assert (f.verdict is FAIL) == outside
        assert f.interval_fail.low <= f.interval.low
        assert f.interval.high <= f.interval_fail.high
    if found.verdict is FAIL:
        assert bonferroni_fails(found, math.comb(len(made), 2))


# --- the literal reading --------------------------------------------------------------------------------------------

POINT = {"verdict": {"decide_on": "point"}, "groups": {"min_size": 1}}


def test_the_literal_reading_passes_four_fifths_exactly():
    found = rates(policy(**POINT), a=(4, 10), b=(5, 10))
    assert found.verdict is PASS
    assert rates(policy({**IMPACT, "min": "0.80001"}, **POINT), a=(4, 10), b=(5, 10)).verdict is FAIL


@pytest.mark.parametrize(("a", "b"), [((0, 10), (0, 10)), ((0, 0), (5, 10))])
def test_the_literal_reading_of_what_is_undefined_is_inconclusive(a, b):
    found = audit(
        policy({"metric": "true_positive_rate", "compare": "ratio", "min": 0.8}, labels="complete", **POINT),
        ({"g": "a"}, reached(*a, rest=5)),
        ({"g": "b"}, reached(*b, rest=5)),
    )
    assert found.verdict is INCONCLUSIVE


def test_the_literal_reading_fails_zero_against_some():
    found = rates(policy(**POINT), a=(0, 10), b=(1, 10))
    assert (found.verdict, found.findings[0].value) == (FAIL, 0.0)


def test_the_literal_reading_keeps_the_least_size():
    assert rates(policy(verdict={"decide_on": "point"}), a=(5, 10), b=(5, 10)).verdict is INCONCLUSIVE


@settings(max_examples=200)
@given(st.lists(st.integers(1, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=4))
def test_the_literal_reading_of_small_tables_is_the_fraction(made):
    found = rates(policy(**POINT), **{f"g{i}": size for i, size in enumerate(made)})
    exact = [Fraction(k, n) for k, n in made]
    if min(exact) / (max(exact) or 1) >= Fraction(4, 5):
        assert found.verdict is PASS
    elif max(exact) > 0:
        assert found.verdict is FAIL
    else:
        assert found.verdict is INCONCLUSIVE


# --- a harm ---------------------------------------------------------------------------------------------------------


def test_where_being_selected_is_a_harm_the_favourable_outcome_is_judged():
    """4 and 2 in 100 flagged: half as often, but 96 and 98 % are left alone."""
    made = {"a": (400, 10000), "b": (200, 10000)}
    assert rates(policy(), **made).verdict is FAIL
    harm = rates(policy(outcome="harm"), **made)
    assert harm.verdict is PASS
    (finding,) = harm.findings
    assert finding.estimand == "rate of not being selected"
    assert (finding.group, finding.value) == ({"g": "a"}, pytest.approx(0.96 / 0.98))


def test_the_other_way_round_a_harm_fails_what_a_benefit_passes():
    made = {"a": (9600, 10000), "b": (9000, 10000)}
    assert rates(policy(), **made).verdict is PASS
    harm = rates(policy(outcome="harm"), **made)
    assert harm.verdict is FAIL
    assert harm.findings[0].value == pytest.approx(0.4)


def test_equal_opportunity_of_a_harm_is_of_those_who_should_be_left_alone():
    groups = [
        ({"g": "a"}, reached(900, 1000, rest=2000, wrongly=200)),
        ({"g": "b"}, reached(600, 1000, rest=2000, wrongly=210)),
    ]
    assert audit(policy(OPPORTUNITY), *groups).verdict is FAIL
    harm = audit(policy(OPPORTUNITY, outcome="harm"), *groups)
    assert harm.verdict is PASS
    assert harm.findings[0].estimand == "true negative rate"


@pytest.mark.parametrize("outcome", ["benefit", "harm"])
def test_fairlearns_names_are_never_flipped(outcome):
    made = {"a": (400, 10000), "b": (200, 10000)}
    found = rates(policy({"metric": "demographic_parity_ratio"}, outcome=outcome), **made)
    assert found.verdict is FAIL
    assert found.rules[0].worst.value == 0.5
    assert found.findings[0].estimand == "selection rate"


# --- segments -------------------------------------------------------------------------------------------------------


def in_segments(stated, **segments):
    return audit(
        stated,
        *(
            ({"g": g, "s": name}, selected(*size))
            for name, pair in segments.items()
            for g, size in zip("ab", pair, strict=True)
        ),
    )


def test_harm_proven_in_a_segment_fails_the_audit_though_the_population_is_fair():
    found = in_segments(policy(segments=["s"]), new=((2000, 5000), (3500, 5000)), old=((3500, 5000), (2000, 5000)))
    (rule,) = found.rules
    assert found.verdict is FAIL
    assert (rule.failed, rule.failed_in_segments) == (0, 2)
    assert [f.segment for f in found.failures] == [{"s": "new"}, {"s": "old"}]


def test_thin_evidence_in_a_segment_is_reported_with_what_it_could_have_proven():
    found = in_segments(policy(segments=["s"]), new=((120, 300), (150, 300)), old=(EQUAL, EQUAL))
    (rule,) = found.rules
    assert (found.verdict, rule.undecided_in_segments, rule.compared_in_segments) == (PASS, 1, 2)
    (thin,) = [f for f in found.findings if f.segment == {"s": "new"}]
    assert (thin.verdict, thin.required) == (INCONCLUSIVE, False)
    assert thin.provable is None or thin.provable < 0.8


def test_a_group_too_small_in_a_segment_that_must_be_decided_blocks():
    groups = {"new": ((10, 20), (150, 300)), "old": (EQUAL, EQUAL)}
    assert in_segments(policy(segments=["s"]), **groups).verdict is PASS
    required = in_segments(policy({**IMPACT, "in_segments": "required"}, segments=["s"]), **groups)
    assert required.verdict is INCONCLUSIVE


# --- the worst finding ----------------------------------------------------------------------------------------------


def test_the_worst_is_proven_before_undecided_and_then_the_furthest():
    found = rates(policy(), best=(20000, 40000), a=(3500, 10000), b=(2500, 10000), c=(4150, 10000))
    assert (found.rules[0].worst.group, found.rules[0].worst.verdict) == ({"g": "b"}, FAIL)
    undecided = rates(policy(), best=(20000, 40000), a=(4100, 10000), b=(4200, 10000))
    assert undecided.rules[0].worst.group == {"g": "a"}


def test_a_comparison_too_thin_to_decide_is_not_the_worst_while_another_leans():
    found = rates(policy(), best=(20000, 40000), thin=(15, 40), near=(410, 1000))
    assert found.verdict is INCONCLUSIVE
    assert found.rules[0].worst.group == {"g": "near"}


def test_a_ratio_is_as_far_from_one_above_as_below():
    stated = policy(groups={"reference": "largest"})
    found = rates(stated, large=(8000, 40000), above=(4500, 10000), below=(1400, 10000))
    assert {f.group["g"] for f in found.failures} == {"above", "below"}
    assert found.rules[0].worst.group == {"g": "above"}, "2.25 times is further than 0.7 times"


def test_a_difference_is_as_far_from_zero_above_as_below():
    stated = policy({"metric": "statistical_parity", "max": 0.1}, groups={"reference": "largest"})
    found = rates(stated, large=(20000, 40000), above=(9000, 10000), below=(3000, 10000))
    assert found.rules[0].worst.group == {"g": "above"}


def test_an_undefined_ratio_is_the_worst_of_the_undecided():
    stated = policy({"metric": "false_positive_rate", "compare": "ratio", "max": 1.25}, labels="complete")
    found = audit(
        stated,
        ({"g": "a"}, reached(50, 100, rest=1000, wrongly=0)),
        ({"g": "b"}, reached(50, 100, rest=1000, wrongly=0)),
    )
    worst = found.rules[0].worst
    assert (worst.value, worst.verdict, worst.reason) == (None, INCONCLUSIVE, "0 / 0: neither side has any")


def test_the_worst_value_of_a_limit_on_one_side_only():
    stated = policy({"metric": "false_positive_rate", "compare": "ratio", "max": 1.25}, labels="complete")
    groups = [
        ({"g": name}, reached(500, 1000, rest=10000, wrongly=k)) for name, k in (("a", 2000), ("b", 2900), ("c", 4000))
    ]
    found = audit(stated, *groups)
    assert found.rules[0].worst.group == {"g": "c"}
    assert found.rules[0].worst.value == 2.0


# --- an undefined value ---------------------------------------------------------------------------------------------


def test_nobody_selected_anywhere_is_inconclusive():
    """FIELD traps 5 and 8: an audit of nothing is not a pass."""
    found = rates(policy(), a=(0, 10000), b=(0, 10000))
    assert found.verdict is INCONCLUSIVE
    (finding,) = found.findings
    assert (finding.value, finding.reason, finding.leaning) == (None, "0 / 0: neither side has any", None)


def test_nobody_selected_in_one_group_is_the_worst_ratio():
    found = rates(policy(), a=(0, 1000), b=(500, 1000))
    assert (found.verdict, found.findings[0].value) == (FAIL, 0.0)


def test_a_reference_of_nobody_has_no_ratio_and_still_fails():
    found = rates(policy(groups={"references": {"g": "none"}}), none=(0, 1000), some=(500, 1000))
    (finding,) = found.findings
    assert (finding.value, finding.verdict) == (None, FAIL)
    assert "the reference's value is 0" in finding.reason
    assert finding.interval.high == math.inf


def test_a_value_without_a_limit_to_hold_it_against_is_not_a_pass():
    """Odds without false positives are undefined: nothing to hold against a floor."""
    stated = policy({"metric": "treatment_equality", "compare": "value", "min": 0.5}, labels="complete")
    found = audit(stated, ({"g": "a"}, {"FN": 400, "TN": 600, "TP": 10}), ({"g": "b"}, {"FN": 300, "FP": 200, "TN": 9}))
    assert found.findings[0].value is None
    assert found.verdict is not PASS


def test_a_score_of_ones_own_is_judged_like_any_metric():
    f1 = Score("f1_score")
    stated = policy({"metric": f1, "compare": "difference", "max": 0.1})
    fair = [({"g": g}, reached(800, 1000, rest=3000, wrongly=200)) for g in "ab"]
    assert audit(stated, *fair).verdict is PASS
    unfair = [fair[0], ({"g": "b"}, reached(400, 1000, rest=3000, wrongly=200))]
    found = audit(stated, *unfair)
    assert found.verdict is FAIL
    assert found.findings[0].metric == "f1 score"


# --- what must not matter -------------------------------------------------------------------------------------------

ORDER = [FAIL, INCONCLUSIVE, PASS]


@settings(max_examples=60)
@given(counted_groups(), st.sampled_from([0.5, 0.7, 0.8, 0.9]), st.sampled_from(["interval", "point"]))
def test_a_tighter_limit_never_makes_a_better_verdict(made, loose, decide_on):
    verdicts = [
        rates(policy({**IMPACT, "min": limit}, verdict={"decide_on": decide_on}), **made).verdict
        for limit in (loose, loose + 0.05)
    ]
    assert ORDER.index(verdicts[1]) <= ORDER.index(verdicts[0])


def plain(found, rename=lambda name: name):
    """Return the findings as plain values with renamed groups, in any order."""
    return sorted(
        (
            rename(f.group["g"]),
            rename(f.reference["g"]),
            f.value,
            f.interval.low,
            f.interval.high,
            f.level_fail,
            f.verdict,
            f.leaning,
            f.customers_needed,
            f.provable,
        )
        for f in found.findings
    )


@settings(max_examples=60)
@given(counted_groups(), st.randoms(use_true_random=False))
def test_the_names_of_the_groups_change_nothing(made, chance):
    names = sorted(made)
    new = dict(zip(names, chance.sample(["x", "a", "zz", "Ä", "10", "9"], len(names)), strict=True))
    before = rates(policy(), **made)
    after = rates(policy(), **{new[name]: size for name, size in made.items()})
    assert after.verdict is before.verdict
    counts = ("compared", "failed", "undecided", "verdict")
    assert [getattr(after.rules[0], c) for c in counts] == [getattr(before.rules[0], c) for c in counts]
    # of two groups with the same rate either may be called the better one; otherwise findings map one to one
    if len({Fraction(k, n) for k, n in made.values()}) == len(made):
        assert [row[2:] for row in plain(before, new.get)] == [row[2:] for row in plain(after)]
        assert plain(before, new.get) == plain(after)


@settings(max_examples=30)
@given(counted_groups(), counted_groups())
def test_the_order_of_rows_and_of_attributes_changes_nothing(one, other):
    rows = [({"g": g, "h": h}, selected(*one[g])) for g, h in zip(one, itertools.cycle(other), strict=False)]
    found = [
        audit(policy(protected=protected), *ordered)
        for protected in (["g", "h"], ["h", "g"])
        for ordered in (rows, rows[::-1])
    ]
    records = [sorted(map(repr, f.findings)) for f in found]
    assert records[0] == records[1] == records[2] == records[3]
    assert len({f.verdict for f in found}) == 1


@settings(max_examples=40)
@given(counted_groups())
def test_four_times_the_customers_never_unmake_a_decision(made):
    once = rates(policy(), **made)
    more = rates(policy(), **{name: (4 * k, 4 * n) for name, (k, n) in made.items()})
    if once.verdict is not INCONCLUSIVE:
        assert more.verdict is once.verdict


def test_the_audit_holds_everything_a_report_needs():
    stated = policy(IMPACT, OPPORTUNITY)
    found = audit(
        stated, *(({"g": name}, reached(1000, 2000, rest=2000, wrongly=700)) for name in "ab"), predictions_rows=8000
    )
    assert found.policy is stated
    assert found.ledger.matched == 8000
    assert found.everybody().n == 8000
    assert [group.group for group in found.groups] == [{}, {"g": "a"}, {"g": "b"}]
    assert found.failures == ()
    assert [rule.id for rule in found.rules] == ["disparate_impact", "equal_opportunity"]
    assert found.rules[0].limit.min == 0.8


# --- simulations ----------------------------------------------------------------------------------------------------

RUNS = 300
DESIGNS = [(groups, segments) for groups in (2, 3, 4) for segments in (1, 3, 5)]
"""Numbers of groups and segments, each taken in turn."""


def simulated(rng, groups, segments, rates_of, customers=4000):
    """Return one audit of both default rules; rates_of(group) gives the rate among positives and among negatives."""
    stated = policy(IMPACT, OPPORTUNITY, segments=["s"] if segments > 1 else [])
    shares = rng.dirichlet([5] * groups)
    made = []
    for g, share in enumerate(shares):
        for s in range(segments):
            n = max(int(customers * share / segments), 1)
            positives = rng.binomial(n, 0.3)
            hit, wrong = rates_of(g)
            made.append(
                (
                    {"g": f"g{g}", "s": f"s{s}"},
                    reached(
                        int(rng.binomial(positives, hit)),
                        int(positives),
                        rest=int(n - positives),
                        wrongly=int(rng.binomial(n - positives, wrong)),
                    ),
                )
            )
    return audit(stated, *made)


def share_failed(rates_of, seed, runs=RUNS):
    rng = np.random.default_rng(seed)
    made = itertools.islice(itertools.cycle(DESIGNS), runs)
    return sum(simulated(rng, *design, rates_of).verdict is FAIL for design in made)


def fair(_group):
    return 0.6, 0.2


def at_the_limit(group):
    """Every second group is 10 points lower among positives, and at four fifths in total."""
    return (0.6, 0.2) if group % 2 == 0 else (0.5, (0.8 * 0.32 - 0.15) / 0.7)


def planted(group):
    """The last of every two groups is selected 0.6 times as often, whoever would respond."""
    return (0.6, 0.2) if group % 2 == 0 else (0.36, 0.12)


TOLERATED = int(stats.binom.ppf(0.999, RUNS, 0.05))
"""28 of 300: with a true rate of exactly 5 % one seed in a thousand gives more."""


@pytest.mark.parametrize(("truth", "seed"), [(fair, 1), (at_the_limit, 2)], ids=["fair", "at the limit"])
def test_an_unharmed_model_is_failed_in_at_most_five_percent_of_audits(truth, seed):
    """DESIGN 9: whole audits with every rule fair, or at its limit, are FAILED in at most 5 %."""
    assert share_failed(truth, seed) <= TOLERATED


def test_a_ratio_of_six_tenths_is_found():
    assert share_failed(planted, 3, runs=90) >= 85


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "seed"), [(fair, 11), (at_the_limit, 12)], ids=["fair", "at the limit"])
def test_an_unharmed_model_is_failed_in_at_most_five_percent_of_many_audits(truth, seed):
    runs = 3000 if os.environ.get("FAIRAUDIT_LONG") == "1" else 1500
    assert share_failed(truth, seed, runs) <= stats.binom.ppf(0.999, runs, 0.05)


def test_a_fair_model_with_many_customers_passes():
    rng = np.random.default_rng(4)
    found = [simulated(rng, 3, 3, fair, customers=200_000).verdict for _ in range(10)]
    assert found.count(PASS) >= 9


# --- rules without a limit -------------------------------------------------------------------------------------------

MEASURED = {"metric": "selection_rate", "compare": "ratio"}


def test_without_a_limit_each_group_is_measured_against_the_best_and_nothing_is_decided():
    for decide_on in ("interval", "point"):
        stated = policy(MEASURED, verdict={"without_limit": "report", "decide_on": decide_on})
        found = rates(stated, a=(500, 1000), b=(400, 1000), c=(10, 1000))
        assert [(f.group["g"], f.reference["g"]) for f in found.findings] == [("b", "a"), ("c", "a")]
        assert [f.value for f in found.findings] == [0.8, 0.02]
        assert {f.verdict for f in found.findings} == {INCONCLUSIVE}
        assert {(f.leaning, f.provable, f.customers_needed, f.undecidable) for f in found.findings} == {
            (None, None, None, False)
        }
        assert {f.reason for f in found.findings} == {"the policy states no limit"}
        assert found.reasons == ("selection_rate: the policy states no limit, so nothing is decided",)
        assert (found.verdict, found.exit_code) == (INCONCLUSIVE, 4)
        assert found.rules[0].worst.group == {"g": "c"}


def test_without_a_limit_the_interval_is_the_one_of_a_rule_with_a_limit():
    sizes = {"a": (500, 1000), "b": (400, 1000)}
    (measured,) = rates(policy(MEASURED, verdict={"without_limit": "report"}), **sizes).findings
    (judged,) = rates(policy({**MEASURED, "min": 0.8}), **sizes).findings
    assert measured.interval == judged.interval


def test_a_rule_without_a_limit_takes_no_share_of_the_error_and_does_not_keep_another_from_failing():
    warn = {"without_limit": "report", "on_inconclusive": "warn"}
    both = rates(policy(IMPACT, MEASURED, verdict=warn), a=EQUAL, b=UNFAIR)
    alone = rates(policy(IMPACT), a=EQUAL, b=UNFAIR)
    assert both.verdict is FAIL
    assert both.findings[0].level_fail == alone.findings[0].level_fail
    open_one = rates(policy(IMPACT, MEASURED, verdict=warn), a=EQUAL, b=EQUAL)
    assert (open_one.verdict, open_one.exit_code) == (INCONCLUSIVE, 0), "a rule that is met is no pass of the other"
    assert [rule.verdict for rule in open_one.rules] == [PASS, INCONCLUSIVE]


@pytest.mark.parametrize("compare", ["ratio", "difference", "value"])
def test_the_worst_without_a_limit_is_the_one_farthest_from_equal(compare):
    stated = policy({"metric": "selection_rate", "compare": compare}, verdict={"without_limit": "report"})
    found = rates(stated, a=(500, 1000), b=(300, 1000), c=(450, 1000))
    worst = found.rules[0].worst
    assert worst.verdict is INCONCLUSIVE
    assert compare == "value" or worst.group == {"g": "b"}


# --- groups left out for their share ---------------------------------------------------------------------------------


def test_a_group_under_the_share_is_listed_and_does_not_block():
    stated = policy(groups={"min_share": 0.02, "min_size": 1})
    found = rates(stated, a=EQUAL, b=EQUAL, c=(0, 100), d=(250, 500))
    assert found.verdict is PASS
    (left_out,) = found.not_evaluable
    assert (left_out.group, left_out.n, left_out.blocks) == ({"g": "c"}, 100, False)
    assert "min_share = 2 %" in left_out.reason
    assert next(group for group in found.groups if group.group == {"g": "c"}).metrics["selection_rate"].value == 0
    assert rates(policy(groups={"min_size": 1}), a=EQUAL, b=EQUAL, c=(0, 100), d=(250, 500)).verdict is FAIL


def test_a_group_at_the_share_is_judged():
    stated = policy(groups={"min_share": 0.02})
    assert rates(stated, a=(2450, 4900), b=(2450, 4900), c=(0, 200)).verdict is FAIL
    assert rates(stated, a=(2450, 4900), b=(2451, 4901), c=(0, 199)).verdict is PASS


def test_a_group_left_out_is_never_the_reference_nor_the_one_that_makes_a_comparison():
    stated = policy(groups={"min_share": 0.02, "min_size": 1})
    found = rates(stated, a=(5000, 10000), b=(100, 100))
    assert found.findings == ()
    assert found.verdict is INCONCLUSIVE, "one group alone cannot pass"


# --- the literal reading and significance ----------------------------------------------------------------------------


def test_the_readings_stand_beside_the_verdict_and_do_not_make_it():
    stated = policy(verdict={"significance": True})
    (near,) = rates(stated, a=(80, 100), b=(63, 100)).findings
    assert near.value < 0.8
    assert near.verdict is INCONCLUSIVE
    assert near.significance.literal is FAIL
    assert near.significance.p_value == pytest.approx(2 * stats.norm.sf(0.17 / math.sqrt(0.715 * 0.285 / 50)))
    (large,) = rates(stated, a=(50000, 100000), b=(49000, 100000)).findings
    assert (large.verdict, large.significance.literal) == (PASS, PASS)
    assert large.significance.p_value < 0.001, "significant and yet within the limit"


def test_four_fifths_is_read_literally_on_the_counts():
    """A true 0.8 must not become 0.79999."""
    stated = policy(verdict={"significance": True})
    for times in range(1, 400, 7):
        (at,) = rates(stated, a=(35 * times, 49 * times), b=(28 * times, 49 * times)).findings
        assert at.significance.literal is PASS


def test_no_p_value_where_there_are_no_two_rates_or_rows_repeat_a_customer():
    asked = {"significance": True}
    value = rates(policy({"metric": "precision", "compare": "value", "min": 0.1}, verdict=asked), a=EQUAL)
    assert all(finding.significance is None for finding in value.findings)
    repeated = policy(verdict=asked, id="id")
    rows = [{"id": f"{g}{i // 2}", "g": g, "p": i // 2 % 2} for g in "ab" for i in range(400)]
    weighted = policy(verdict=asked, weight="w")
    for stated, data in ((repeated, rows), (weighted, [{**row, "w": 1.5} for row in rows])):
        found = judge(recount(stated.spec(), data), stated).findings
        assert [finding.significance for finding in found] == [None]


def test_without_a_limit_there_is_a_p_value_and_no_literal_reading():
    stated = policy(MEASURED, verdict={"significance": True, "without_limit": "report"})
    (measured,) = rates(stated, a=(80, 100), b=(63, 100)).findings
    assert measured.significance.literal is INCONCLUSIVE
    assert measured.significance.p_value < 0.01


# --- customers in several groups, and other ways to lose somebody ----------------------------------------------------


def test_customers_in_both_groups_are_not_two_samples():
    """Each was decided once on either side, and selected on exactly one: the two rates move against each other."""
    stated = policy({"metric": "statistical_parity", "max": 0.12}, id="id")
    rows = [
        {"id": i, "g": side, "p": int((i < 465) == (side == "app"))} for i in range(1000) for side in ("app", "web")
    ]
    (finding,) = judge(recount(stated.spec(), rows), stated).findings
    assert finding.verdict is INCONCLUSIVE
    apart = [{**row, "id": f"{row['id']}{row['g']}"} for row in rows]
    (independent,) = judge(recount(stated.spec(), apart), stated).findings
    assert independent.verdict is PASS
    assert finding.interval.low < independent.interval.low


def test_a_small_share_is_one_of_customers_and_not_of_rows():
    stated = policy(groups={"min_share": 0.02}, id="id")
    rows = [{"id": f"{g}{i}", "g": g, "p": i % 2} for g in "ab" for i in range(500) for _ in range(20)]
    rows += [{"id": f"c{i}", "g": "c", "p": 0} for i in range(200)]
    found = judge(recount(stated.spec(), rows), stated)
    assert found.verdict is FAIL
    assert not any("min_share" in entry.reason for entry in found.not_evaluable)


def test_required_segments_that_are_mostly_missing_block():
    stated = policy({**IMPACT, "in_segments": "required"}, segments=["s"])
    groups = [({"g": g, **s}, selected(*n)) for g in "ab" for s, n in (({"s": "x"}, (500, 1000)), ({}, (5000, 9000)))]
    found = audit(stated, *groups)
    assert found.verdict is INCONCLUSIVE
    assert found.reasons[0].startswith("disparate_impact: s is missing for 90.0 %")


def test_one_customer_with_several_rows_needs_no_division():
    stated = policy(groups={"min_size": 1}, id="id")
    rows = [{"id": f"a{i}", "g": "a", "p": i % 2} for i in range(200)]
    rows += [{"id": "b", "g": "b", "p": i % 2} for i in range(5)]
    assert judge(recount(stated.spec(), rows), stated).verdict is INCONCLUSIVE
