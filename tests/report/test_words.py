"""Every sentence of a report."""

import json
import re
from dataclasses import replace

import audits
import pytest

from fairaudit.cube import Cell, Count
from fairaudit.findings import Finding, Limit, Measured, Needed, Verdict
from fairaudit.intervals import Interval
from fairaudit.metrics import METRICS
from fairaudit.policy import Policy
from fairaudit.report import FORMATS, account, phrases, values
from fairaudit.report.arrange import strain
from fairaudit.report.words import Words, count, listed, sentence


def a_finding(**changes):
    finding = Finding(
        rule="offer-rate",
        metric="disparate_impact",
        estimand="selection rate",
        compare="ratio",
        group={"gender": "female"},
        reference={"gender": "male"},
        segment={"lifecycle": "new"},
        value=665 / 3120 / (1168 / 3344),
        interval=Interval(0.57, 0.66),
        interval_fail=Interval(0.55, 0.69),
        level_fail=0.9975,
        limit=Limit(min=0.8),
        verdict=Verdict.FAIL,
        required=False,
        group_rate=Measured(665 / 3120, Interval(0.2, 0.23), 665, 3120),
        reference_rate=Measured(1168 / 3344, Interval(0.33, 0.37), 1168, 3344),
    )
    return replace(finding, **changes)


@pytest.fixture
def words(failing):
    return Words(failing)


def test_a_finding_names_rates_and_counts_on_both_sides(words):
    assert words.finding(a_finding()) == (
        "In lifecycle new, female were selected 61 times for every 100 times that male were: 21.3 % (665 of 3,120) "
        "against 34.9 % (1,168 of 3,344). The limit is 80."
    )


@pytest.mark.parametrize(
    ("shortfall", "estimand", "said"),
    [
        (234, "selection rate", "The limit is 80; 234 more of them selected would reach it."),
        (1, "true positive rate", "The limit is 80; 1 more of them selected would reach it."),
        (-12, "false positive rate", "The limit is 80; 12 fewer of them selected would reach it."),
        (1204, "rate of not being selected", "The limit is 80; 1,204 fewer of them selected would reach it."),
        (-3, "false negative rate", "The limit is 80; 3 more of them selected would reach it."),
        (1, "accuracy", "The limit is 80; 1 more such case would reach it."),
        (2, "precision", "The limit is 80; 2 more such cases would reach it."),
        (-1, "base rate", "The limit is 80; 1 such case less would reach it."),
        (None, "selection rate", "The limit is 80."),
    ],
)
def test_a_finding_says_how_many_would_reach_the_limit(words, shortfall, estimand, said):
    assert words.finding(a_finding(shortfall=shortfall, estimand=estimand)).endswith(f" {said}")


def test_one_in_a_hundred_is_one_time(words):
    assert "were selected 1 time for every 100 times" in words.finding(a_finding(value=0.0101))
    narrow = a_finding(compare="difference", value=-0.03, limit=Limit(max=0.01))
    assert words.gap(narrow) == "3.0 points lower; the limit is 1 point"


def test_a_difference_is_in_points(words):
    finding = a_finding(
        estimand="true positive rate", compare="difference", value=-0.136, limit=Limit(max=0.1), segment={}
    )
    assert words.finding(finding) == (
        "Over all customers, female whose would_redeem is 1 were selected in 21.3 % of cases (665 of 3,120), male in "
        "34.9 % (1,168 of 3,344): 13.6 points lower. The limit is 10 points."
    )
    assert words.gap(replace(finding, value=0.0999999)) == "9.99999 points higher; the limit is 10 points"


def test_a_value_has_no_other_side(words):
    finding = a_finding(
        estimand="observed over expected",
        compare="value",
        reference=None,
        reference_rate=None,
        value=1.64,
        limit=Limit(min=0.8, max=1.25),
        group_rate=Measured(1.64, Interval(1.5, 1.8), None, 2096),
        segment={},
    )
    assert words.finding(finding) == (
        "Over all customers, female have 1.640 times as many positives as their scores foretell (on 2,096). The limit "
        "is 0.80\u20131.25."
    )
    assert words.pair(finding) == "female"


def test_a_mean_is_compared_without_counts(words):
    finding = a_finding(
        estimand="mean score",
        compare="difference",
        value=-0.05,
        limit=Limit(max=0.02),
        group_rate=Measured(0.31, None, None, 500),
        reference_rate=Measured(0.36, None, None, 600),
    )
    assert words.finding(finding) == (
        "In lifecycle new, female have a mean score of 0.310 (on 500), male of 0.360 (on 600): 0.050 lower. The limit "
        "is 0.02."
    )
    assert words.gap(replace(finding, compare="ratio", value=0.86, limit=Limit(min=0.9))) == (
        "a ratio of 0.86; the limit is 0.90"
    )


def test_an_unknown_estimand_is_named_as_it_is(words):
    finding = a_finding(estimand="balanced accuracy", group_rate=Measured(0.6, None, None, 50))
    assert "female have balanced accuracy 0.600 (on 50), male" in words.finding(finding)


def test_a_number_near_its_limit_stays_on_its_side(words):
    assert words.gap(a_finding(value=0.796)) == "79.6 for every 100; the limit is 80"
    assert words.gap(a_finding(value=1.2504)) == "125.04 for every 100; the limit is 125"
    assert words.gap(a_finding(value=0.8)) == "80 for every 100; the limit is 80"


def test_every_metric_that_is_a_rate_has_its_own_phrase():
    rates = {e.name for metric in METRICS.values() for e in metric.estimands if hasattr(e, "counts")}
    assert rates <= set(phrases.RATES)
    assert {m.favourable.name for m in METRICS.values() if m.favourable} <= set(phrases.RATES)


def test_a_harm_is_told_as_the_favourable_outcome():
    policy = Policy.parse(
        {
            "data": {
                "label": "is_fraud", "prediction": "blocked", "labels": "complete", "outcome": "harm",
                "protected": ["gender"],
            },
            "rule": [{"metric": "disparate_impact"}, {"metric": "equal_opportunity"}],
        }
    )  # fmt: skip
    cells = {"female": audits.decided(2000, 0.1, 0.8, 0.5), "male": audits.decided(2000, 0.1, 0.8, 0.2)}
    audit = audits.audit_of(policy, [({"gender": gender}, cell) for gender, cell in cells.items()])
    said = [Words(audit).finding(rule.worst) for rule in audit.rules]
    assert said[0].startswith(
        "Over all customers, female were not selected 64 times for every 100 times that male were"
    )
    assert said[1].startswith("Over all customers, female whose is_fraud is not 1 were not selected in 50.0 % of cases")


def test_decisions(words):
    assert words.decision(a_finding()) == (
        "Proven: even the 99.75 % interval [0.55, 0.69] lies wholly beyond the limit."
    )
    met = a_finding(verdict=Verdict.PASS, interval=Interval(0.85, 0.97))
    assert words.decision(met) == "The whole 90 % interval [0.85, 0.97] lies within the limit."
    leaning = a_finding(verdict=Verdict.INCONCLUSIVE, leaning="pass", value=0.85, interval=Interval(0.7996, 0.9))
    assert words.decision(leaning) == "Open: within the limit, but the 90 % interval [0.7996, 0.90] is not."
    other = a_finding(verdict=Verdict.INCONCLUSIVE, leaning="fail", interval_fail=Interval(0.5, 0.85), provable=0.54)
    assert words.decision(other) == (
        "Open: beyond the limit, but the 99.75 % interval [0.50, 0.85] reaches back within it. The smallest gap these "
        "numbers could have proven is 54 for every 100."
    )
    undefined = a_finding(verdict=Verdict.INCONCLUSIVE, value=None, reason="0 / 0: neither side has any")
    assert words.decision(undefined) == "Open: 0 / 0: neither side has any."
    assert words.gap(undefined) == "0 / 0: neither side has any"
    assert values.value_text(undefined) == "undefined"


SETTLED = [
    (
        Needed(453, 2205),
        "Four times in five 453 more customers of female would settle it if the rates are equal. If they are as "
        "observed, it takes 2,205 more customers of female.",
    ),
    (
        Needed(1, None),
        "Four times in five 1 more customer of female would settle it if the rates are equal. If they are as observed, "
        "they lie so near the limit that no number of female will settle it.",
    ),
    (
        Needed(0, 1204),
        "Four times in five these numbers are enough if the rates are equal. If they are as observed, it takes 1,204 "
        "more customers of female.",
    ),
    (
        Needed(0, None),
        "Four times in five these numbers are enough if the rates are equal. If they are as observed, they lie so near "
        "the limit that no number of female will settle it.",
    ),
    (
        Needed(None, 80),
        "More of female alone would not settle it if the rates are equal: male has too few; if they are as observed, "
        "80 more customers would, four times in five.",
    ),
    (Needed(None, None), "More of female alone would not settle it: male has too few."),
]


@pytest.mark.parametrize(("needed", "said"), SETTLED)
def test_how_many_more_customers_would_settle_it(words, needed, said):
    """DESIGN 5.2 and 6: of whom, if the truth is fair and if it is as observed; at the limit no number will."""
    finding = a_finding(verdict=Verdict.INCONCLUSIVE, undecidable=True, customers_needed=needed)
    assert words.decision(finding) == f"Not enough data: equal rates could not pass either. {said}"
    more = f": {needed.if_fair:,} more needed" if needed.if_fair else ""
    assert words.needed(finding) == f"not enough data{more}"
    for leaning in ("pass", "fail"):
        assert words.decision(replace(finding, undecidable=False, leaning=leaning)).endswith(f". {said}")


def test_how_many_more_customers_would_settle_a_groups_own_value(words):
    finding = a_finding(verdict=Verdict.INCONCLUSIVE, compare="value", reference=None, leaning="pass")
    said = words.decision(replace(finding, customers_needed=Needed(None, 1204)))
    assert said.endswith(
        " Four times in five 1,204 more customers of female would settle it if the rate is as observed."
    )
    said = words.decision(replace(finding, customers_needed=Needed(None, None)))
    assert said.endswith(
        " If the rate is as observed, it lies so near the limit that no number of female will settle it."
    )


def test_without_numbers_nothing_is_said_of_them(words):
    finding = a_finding(verdict=Verdict.INCONCLUSIVE, undecidable=True)
    assert words.decision(finding) == "Not enough data: equal rates could not pass either."
    assert words.needed(finding) == "not enough data"


def test_the_smallest_gap_that_every_comparison_of_a_rule_could_have_proven(failing):
    rule, other, *_ = failing.rules
    rule = replace(rule, provable=0.7002, provable_in_segments=None)
    other = replace(other, provable=-0.1734, provable_in_segments=-0.3299)
    whole = replace(other, compared_in_segments=0)
    nothing = (replace(rule, worst=None), replace(rule, compare="value"))
    words = Words(replace(failing, rules=(rule, other, whole, *nothing)))
    assert [text for _, text in words.proves()] == [
        "70 for every 100; in segments none, some groups are too small",
        "17.3 points; in segments 33.0 points",
        "17.3 points",
    ]
    values = Policy.parse({"verdict": {"decide_on": "point"}, "rule": audits.RULES})
    assert Words(replace(failing, policy=values)).proves() == []


def test_decided_on_the_value_alone():
    audit = audits.failing()
    policy = Policy.parse(
        {"data": audit.policy.data.model_dump(), "verdict": {"decide_on": "point"}, "rule": audits.RULES}
    )
    words = Words(replace(audit, policy=policy))
    assert words.decision(a_finding()) == "By its value alone it lies beyond the limit."
    assert words.decision(a_finding(verdict=Verdict.PASS)) == "By its value alone it lies within the limit."
    undefined = a_finding(verdict=Verdict.INCONCLUSIVE, value=None, reason="undefined")
    assert words.decision(undefined) == "Open: undefined."


def test_the_managers_three_sentences(failing, passing, inconclusive):
    first = [next(Words(audit).manager()) for audit in (failing, passing, inconclusive)]
    assert first == [
        "The model does not meet the policy: all 2 rules failed, and chance does not explain it.",
        "The model meets the policy: all 2 rules are met, with the whole interval inside the limit.",
        "The data do not decide it: all 2 rules are open, and nothing is proven to be broken.",
    ]
    assert all(len(list(Words(audit).manager())) == 3 for audit in (failing, passing, inconclusive))


def test_a_failure_of_the_total_is_named_before_a_worse_one_in_a_segment(failing):
    """In the total 65+ are missed more often, in one segment women still more so."""
    words = Words(failing)
    assert words.worst() == max((f for f in failing.failures if not f.segment), key=strain)
    headline = list(words.manager())[1]
    assert headline.startswith(
        "The worst case: Over all customers, age_band 65+ whose would_redeem is 1 were selected in 50.8 %"
    )
    assert headline.endswith(
        " Worst inside a segment, in lifecycle new: female against male, 26.0 points lower; the limit is 10 points."
    )
    assert next(words.next_steps()).endswith("differently for age_band 65+ against age_band 30-44.")
    for form in ("text", "markdown", "html"):
        shown = " ".join(FORMATS[form](failing).replace("\u00a0", " ").split())
        total, inside = (
            shown.index(part) for part in ("age_band 65+ whose would_redeem is 1", "Worst inside a segment, in")
        )
        assert total < inside


def test_the_worst_segment_of_another_rule_is_named_with_its_rule(failing):
    offers, reached = failing.rules
    other = a_finding(rule="offer-rate", value=0.01)
    audit = replace(failing, findings=(*failing.findings, other), rules=(offers, reached))
    assert list(Words(audit).manager())[1].endswith(
        " Worst inside a segment, in lifecycle new, offer-rate: female against male, 1 for every 100; the limit is 80."
    )


def test_without_a_failure_inside_a_segment_nothing_is_added():
    audit = audits.groups(list("abcd"), n=4000)
    assert audit.failures
    assert "Worst inside" not in list(Words(audit).manager())[1]


def test_one_rule_and_some_rules(failing):
    one = replace(failing, rules=failing.rules[:1])
    assert "its rule failed" in next(Words(one).manager())
    mixed = replace(failing, rules=(failing.rules[0], replace(failing.rules[1], verdict=Verdict.PASS)))
    assert "1 of 2 rules failed" in next(Words(mixed).manager())


def test_an_audit_that_compared_nothing_says_why():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    audit = audits.audit_of(policy, [({"gender": "female"}, audits.decided(500, 0.3, 0.7, 0.2))])
    words = Words(audit)
    assert words.worst() is None
    assert list(words.manager())[1] == "offer-rate: gender: fewer than two groups are large enough to compare."
    assert account.unanswered(words) == ["offer-rate: gender: fewer than two groups are large enough to compare"]
    assert any("either supply it or take the rule out" in step for step in words.next_steps())


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        ({"metric": "statistical_parity", "max": 0.1}, "±10 pts"),
        ({"metric": "mean_score", "compare": "difference", "max": 0.1}, "±0.1"),
        ({"metric": "accuracy", "compare": "value", "min": 0.7}, ">= 70 %"),
    ],
)
def test_a_limit_has_its_unit_where_nothing_was_compared(rule, limit):
    policy = Policy.parse({"data": audits.DATA | {"score": "score", "protected": ["gender"]}, "rule": [rule]})
    audit = audits.audit_of(policy, [({"gender": "female"}, audits.decided(20, 0.3, 0.7, 0.2))])
    assert audit.rules[0].worst is None
    for form in ("text", "markdown", "html"):
        shown = FORMATS[form](audit).replace("\u00a0", " ").replace("≥", ">=").replace("&gt;=", ">=")
        assert re.search(rf"(^|[ >|]){re.escape(limit)}[ <]", shown, re.MULTILINE), form


def test_a_pass_names_what_it_does_not_cover(passing, failing):
    assert Words(passing).beside_a_pass() == ("The pass speaks of all customers together; 1 segment is still open.")
    assert [(rule.id, segment, n) for rule, segment, n, _ in Words(passing).unseen()] == [
        ("offer-rate", {"region": "Islands"}, 1),
        ("redeemers-reached", {"region": "Islands"}, 1),
    ]
    assert Words(failing).beside_a_pass() is None


def test_a_met_rule_shows_what_is_required_and_a_failed_one_its_worst(passing, failing):
    assert not Words(passing).shown(passing.rules[0]).segment
    assert Words(failing).shown(failing.rules[0]) is failing.rules[0].worst


def test_failures_against_several_groups_are_one(failing):
    together = Words(failing).failures()
    assert sum(1 + len(others) for _, others in together) == len(failing.failures)
    assert len(together) < len(failing.failures)


def test_the_ledger_adds_up(failing):
    rows = {label: int(number.replace(",", "")) for label, number, _ in account.ledger(Words(failing))}
    assert rows["predictions"] == rows["with attributes"] + rows["without attributes"]
    assert rows["gender missing"] == failing.ledger.missing_attributes["gender"]


def test_the_ledger_shows_what_else_happened(failing):
    ledger = replace(
        failing.ledger, repeated_ids=1, scores_outside=2, missing_label=3, missing_prediction=4, missing_score=5,
        threshold_differs=6, excluded={"no count": 7},
    )  # fmt: skip
    rows = {label: number for label, number, _ in account.ledger(Words(replace(failing, ledger=ledger)))}
    expected = {
        "repeated ids": "1", "scores outside": "2", "label missing": "3", "prediction missing": "4",
        "score missing": "5", "threshold differs": "6", "left out": "7",
    }  # fmt: skip
    assert expected.items() <= rows.items()


def test_small_groups_are_counted_once(failing):
    words = Words(failing)
    assert [account.small_group(words, *entry) for entry in account.too_small(words)] == [
        "gender non-binary: 16 customers, also too few in 3 segments"
    ]


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"predictions_without_attributes": 900}, "Mend the join first"),
        ({}, "Collect more data"),
    ],
)
def test_what_to_do_next_when_it_is_open(changes, step):
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES})
    strata = [({"gender": g}, audits.decided(120, 0.3, 0.7, 0.2)) for g in ("female", "male")]
    steps = list(Words(audits.audit_of(policy, strata, **changes)).next_steps())
    assert steps[0].startswith(step)
    assert steps[-1].startswith("Until then treat the model as not checked")


def test_near_the_limit_only_more_data_help():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    cells = {"female": audits.decided(3000, 0.3, 0.57, 0.16), "male": audits.decided(3000, 0.3, 0.7, 0.2)}
    audit = audits.audit_of(policy, [({"gender": g}, cell) for g, cell in cells.items()])
    assert next(iter(Words(audit).next_steps())).endswith("the open comparisons are near their limits.")


def test_little_words():
    assert [count(n, "customer") for n in (0, 1, 1204)] == ["0 customers", "1 customer", "1,204 customers"]
    assert listed([]) == "none"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcde"), most=2) == "a, b and 3 more"
    assert sentence("of all") == "Of all"


def test_a_rate_without_a_value_says_why():
    assert values.rate_text(Measured(None, None, 0, 0, "nobody in its denominator")) == "nobody in its denominator"
    assert values.rate_text(Measured(0.2131, None, 665, 3120), counted=False) == "21.3 %"
    assert Cell().count(Count.ALL) == 0


def test_the_smallest_gap_an_open_segment_could_prove(failing):
    open_one = a_finding(verdict=Verdict.INCONCLUSIVE, provable=0.54)
    cases = {
        "54 for every 100": (open_one, replace(open_one, provable=0.61)),
        "no gap, however large": (open_one, replace(open_one, provable=None)),
        "18.2 points": (
            replace(open_one, compare="difference", limit=Limit(max=0.1), provable=-0.182),
            replace(open_one, compare="difference", limit=Limit(max=0.1), provable=0.151),
        ),
        "not worked out for this metric": (replace(open_one, reference=None, compare="value", provable=None),),
    }
    for said, findings in cases.items():
        assert [smallest for *_, smallest in Words(replace(failing, findings=findings)).unseen()] == [said]


# --- rules without a limit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_was_measured_without_a_limit_is_shown_and_never_called_within_or_beyond_one(unlimited, form):
    shown = " ".join(FORMATS[form](unlimited).replace("\u00a0", " ").replace("\u2212", "-").split())
    for finding in (f for f in unlimited.findings if not f.segment):
        assert values.value_text(finding) in shown
        assert values.interval_text(finding) in shown
    assert "the policy states no limit, so nothing is decided" in shown
    assert "State a limit (min or max) for rates, reached and score-is-right" in shown
    shown = shown.partition('<section id="method"')[0].partition("<body>")[2] or shown
    for wrong in ("within the limit, but", "the limit is 0", "Collect more data", "inf ", "None", "smallest gap"):
        assert wrong not in shown, wrong


def test_a_finding_without_a_limit_in_words(unlimited):
    said = Words(unlimited)
    rates, reached = unlimited.findings[0], next(f for f in unlimited.findings if f.compare == "difference")
    assert said.gap(rates).endswith("for every 100; no limit is stated")
    assert said.gap(reached).endswith("points lower; no limit is stated")
    assert said.decision(rates).startswith("Measured, not decided; the 90 % interval is [")
    assert said.unseen() == []
    assert next(said.manager()).startswith("Nothing is decided")


# --- the literal reading and significance ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_significance_stands_beside_the_literal_ratio(literal, form):
    worst = Words(literal).worst()
    assert worst.group == {"ethnicity": "C"}
    shown = " ".join(FORMATS[form](literal).replace("\u00a0", " ").split())
    p_value = values.p_text(worst.significance.p_value)
    said = f"Read literally it lies beyond the limit ({p_value}, two-proportion z test)."
    assert said in shown.replace("&lt;", "<").replace("\\<", "<")


def test_the_record_has_the_literal_reading_of_every_comparison(literal, failing):
    record = json.loads(FORMATS["json"](literal))
    for finding in record["findings"]:
        literally = "fail" if finding["value"] < 0.8 else "pass"
        assert finding["significance"]["literal"] == literally
        assert 0 <= finding["significance"]["p_value"] <= 1
    assert not any("significance" in finding for finding in json.loads(FORMATS["json"](failing))["findings"])


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_group_left_out_for_its_share_is_shown_with_its_size_and_rate(literal, form):
    shown = " ".join(FORMATS[form](literal).replace("\u00a0", " ").split())
    assert "ethnicity D: 44 customers, selected 13.6 % (6 of 44)" in shown
    assert "ess than 2 % of the customers" in shown


@pytest.mark.parametrize(
    ("p_value", "text"), [(0.0004, "p < 0.001"), (0.032, "p = 0.032"), (0.0499, "p = 0.0499"), (1.0, "p = 1.000")]
)
def test_a_p_value_is_not_rounded_to_the_other_side_of_one_in_twenty(p_value, text):
    assert values.p_text(p_value) == text


def test_the_group_that_needs_most_is_named_first():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    strata = [({"gender": gender}, audits.decided(120, 0.3, 0.7, 0.2)) for gender in ("female", "male")]
    open_ones = [
        a_finding(verdict=Verdict.INCONCLUSIVE, required=True, segment={}, customers_needed=Needed(more, None))
        for more in (453, 1204, 0, None)
    ]
    words = Words(replace(audits.audit_of(policy, strata), findings=tuple(open_ones)))
    said = next(iter(words.next_steps()))
    assert said.startswith("Collect more data: about 1,204 more of gender female (now 120). That would settle what is")


# --- exploratory rules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_a_rule_explores_is_no_verdict_and_is_to_be_confirmed(form):
    looking = {"id": "look", "metric": "statistical_parity", "max": 0.05, "exploratory": True}
    deciding = {"id": "floor", "metric": "selection_rate", "compare": "value", "min": 0.01}
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": [deciding, looking]})
    strata = [({"gender": g}, audits.decided(2000, share, 0.7, 0.2)) for g, share in (("female", 0.2), ("male", 0.6))]
    audit = audits.audit_of(policy, strata)
    shown = " ".join(FORMATS[form](audit).replace("\u00a0", " ").split())
    assert audit.verdict is Verdict.PASS
    assert "Expect 5 % of these to be chance; confirm them on other data." in shown
    assert form == "text" or "its rule is met" in shown
    assert "explored" in shown.lower()
    assert "does not meet the policy" not in shown


def test_what_an_exploratory_rule_could_have_proven_is_not_said_to_be_nothing():
    looking = [rule | {"exploratory": True} for rule in audits.RULES]
    audit = audits.unfair([*audits.RULES[:1], looking[1]])
    words = Words(audit)
    assert [rule.id for rule, _ in words.proves()] == ["offer-rate"]
    assert words.unseen() == []
    assert any(f.exploratory and f.segment and f.verdict is Verdict.INCONCLUSIVE for f in audit.findings)


def test_an_open_audit_names_first_what_keeps_it_open():
    """A worse value in a segment that no rule requires does not decide anything."""
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": audits.RULES[:1]}
    )
    rates = {("female", "North"): 0.37, ("female", "South"): 0.45, ("male", "North"): 0.5, ("male", "South"): 0.5}
    strata = [({"gender": g, "region": r}, audits.decided(500, 0.5, rate, rate)) for (g, r), rate in rates.items()]
    audit = audits.audit_of(policy, strata)
    (rule,) = audit.rules
    assert rule.verdict is Verdict.INCONCLUSIVE
    assert rule.worst.segment == {"region": "North"}
    assert not rule.worst.required
    first = Words(audit).worst()
    assert not first.segment
    assert first.verdict is Verdict.INCONCLUSIVE
