"""What the correction for many comparisons did: DESIGN 5.4 as numbers of each rule."""

from itertools import product

import pytest
from rows import selected, table

from fairaudit.findings import Verdict
from fairaudit.policy import Policy
from fairaudit.verdict import judge

IMPACT, PARITY = {"metric": "disparate_impact"}, {"metric": "statistical_parity", "max": 0.1}


def audit(rules, *groups, verdict=None, **data):
    named = [rule | {"id": f"rule-{i}"} for i, rule in enumerate(rules)]
    policy = Policy.parse(
        {"data": {"prediction": "p", "protected": ["g"], **data}, "rule": named, "verdict": verdict or {}}
    )
    return judge(table(policy, *groups), policy)


def pair(a, b):
    return [({"g": "a"}, selected(*a)), ({"g": "b"}, selected(*b))]


def test_one_comparison_needs_no_correction():
    (rule,) = audit([IMPACT], *pair((400, 1000), (500, 1000))).rules
    assert rule.correction.error == pytest.approx(0.05)
    assert rule.correction.share == pytest.approx(0.05)
    assert rule.correction.level == pytest.approx(0.9)
    assert rule.correction.level_in_segments is None
    assert rule.correction.held_back == 0


def test_the_error_is_divided_over_rules_halves_and_comparisons():
    groups = [({"g": g, "s": s}, selected(500, 1000)) for g, s in product("abc", "xy")]
    found = audit([IMPACT, PARITY], *groups, segments=["s"])
    for rule in found.rules:
        assert (rule.compared, rule.compared_in_segments) == (3, 6)
        assert rule.correction.share == pytest.approx(0.05 / 2 / 2)
        assert rule.correction.level == pytest.approx(1 - 2 * 0.05 / 2 / 2 / 3)
        assert rule.correction.level_in_segments == pytest.approx(1 - 2 * 0.05 / 2 / 2 / 6)


def test_what_a_single_comparison_would_prove_is_held_back_among_many():
    """The same table fails alone; among ten rules no comparison is a failure, and each is counted."""
    near = pair((360, 1000), (500, 1000))
    (alone,) = audit([IMPACT], *near).rules
    assert alone.verdict is Verdict.FAIL
    assert alone.correction.held_back == 0
    many = audit([IMPACT] * 10, *near).rules
    assert {rule.verdict for rule in many} == {Verdict.INCONCLUSIVE}
    assert [rule.correction.held_back for rule in many] == [1] * 10


@pytest.mark.parametrize("a", [(200, 1000), (420, 1000), (500, 1000)])
def test_a_failure_a_leaning_one_and_a_pass_are_not_held_back(a):
    assert sum(rule.correction.held_back for rule in audit([IMPACT] * 10, *pair(a, (500, 1000))).rules) == 0


def test_comparisons_in_segments_are_held_back_too():
    rows = [({"g": g, "s": s}, selected(360 if (g, s) == ("a", "x") else 500, 1000)) for g, s in product("ab", "xyz")]
    (rule,) = audit([IMPACT], *rows, segments=["s"]).rules
    (beyond,) = [f for f in audit([IMPACT], *rows, segments=["s"]).findings if f.interval.high < 0.8]
    assert (beyond.segment, beyond.verdict) == ({"s": "x"}, Verdict.INCONCLUSIVE)
    assert rule.correction.held_back == 1


def test_another_confidence_is_another_error():
    (rule,) = audit([IMPACT], *pair((500, 1000), (500, 1000)), verdict={"confidence": 0.95}).rules
    assert rule.correction.error == pytest.approx(0.025)


def test_nothing_is_corrected_where_the_value_alone_decides():
    (rule,) = audit([IMPACT], *pair((360, 1000), (500, 1000)), verdict={"decide_on": "point"}).rules
    assert rule.correction is None


def test_a_rule_that_compared_nothing_has_no_level():
    (rule,) = audit([IMPACT], ({"g": "a"}, selected(500, 1000))).rules
    assert (rule.correction.level, rule.correction.level_in_segments, rule.correction.held_back) == (None, None, 0)


def test_a_rule_without_a_limit_shares_no_error():
    stated = Policy.parse(
        {
            "data": {"prediction": "p", "protected": ["g"]},
            "verdict": {"without_limit": "report"},
            "rule": [{"metric": "selection_rate", "compare": "ratio"}],
        }
    )
    found = judge(table(stated, ({"g": "a"}, selected(40, 100)), ({"g": "b"}, selected(50, 100))), stated)
    assert found.rules[0].correction is None
