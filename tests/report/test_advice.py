"""What to do next: a step for each clue, with this audit's numbers, and no step without one."""

import re
from dataclasses import replace
from itertools import product

import audits
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.findings import Needed, Verdict
from fairaudit.policy import Policy
from fairaudit.report import cutoff
from fairaudit.report.arrange import Arrangement
from fairaudit.report.words import Words
from fairaudit.spec import MISSING


def steps(audit):
    return list(Words(audit).next_steps())


def step(audit, beginning):
    found = [text for text in steps(audit) if text.startswith(beginning)]
    assert len(found) == 1, steps(audit)
    return found[0]


def scores_of(shift, rules=audits.RULES[:1], threshold=0.45, n=4000, **data):
    """Return an audit of two groups whose scores decide; the women's are off by a shift."""
    policy = Policy.parse(
        {"data": audits.DATA | {"score": "score", "threshold": threshold, "protected": ["gender"]} | data,
         "rule": rules}
    )  # fmt: skip
    strata = [
        ({"gender": gender}, audits.scored(n, policy.spec(), -0.4, shift=shift * (gender == "female")))
        for gender in ("female", "male")
    ]
    return audits.audit_of(policy, strata)


# --- segments ---------------------------------------------------------------------------------------------------------


def test_a_failure_in_one_segment_alone_points_there(failing):
    said = step(failing, "Look at lifecycle new first: there, and in none of the other segments, groups of gender")
    assert "beyond the limit of offer-rate and redeemers-reached." in said
    there = next(f for f in failing.failures if f.segment and f.rule == "redeemers-reached")
    total = next(f for f in failing.findings if not f.segment and f.rule == there.rule and f.group == there.group)
    apart, everywhere = (f"{abs(100 * finding.value):.1f} points" for finding in (there, total))
    assert f"There female against male is at {apart} under redeemers-reached" in said
    assert said.endswith(f"over all customers at {everywhere}.")


def test_failures_in_some_segments_are_counted():
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["region"]}, "rule": audits.RULES[:1]}
    )
    low = {"North": 0.5, "South": 0.45}
    strata = [
        ({"gender": g, "region": r}, audits.decided(3000, 0.4, 0.8, low.get(r, 0.1) if g == "male" else 0.1))
        for g, r in product(("female", "male"), ("North", "South", "East", "West", "Far", "Wide", "High", "Low"))
    ]
    audit = audits.audit_of(policy, strata)
    assert not [f for f in audit.failures if not f.segment]
    assert "in 2 of 8 segments and not in all customers together, worst in region North" in step(
        audit, "Look at the seg"
    )


def test_a_total_that_turns_round_points_to_the_mix(admissions):
    said = step(admissions, "Look at the segments first: at the same mix of department in both groups")
    paradox = admissions.paradoxes[0]
    assert f"at {100 * paradox.standardised.value:.0f} for every 100 instead of {100 * paradox.value:.0f}" in said


def test_a_failure_of_the_total_says_nothing_of_segments():
    assert not [text for text in steps(scores_of(-1.2)) if "egment" in text]


# --- the threshold ----------------------------------------------------------------------------------------------------


def question_of(audit, number=0):
    arrangement = Arrangement(audit)
    return arrangement.questions("gender")[number], arrangement


def test_a_reading_at_the_policys_own_threshold_is_what_the_audit_found():
    """The histogram and the counted decisions are two ways to one number."""
    rules = [*audits.RULES, {"metric": "false_positive_rate", "compare": "difference", "max": 0.5},
             {"metric": "precision", "compare": "ratio", "min": 0.1}, {"metric": "accuracy", "compare": "ratio",
             "min": 0.1}]  # fmt: skip
    audit = scores_of(-0.8, rules)
    precision = audit.everybody().metrics["precision"].value
    selected = audit.everybody().metrics["selection_rate"].value
    for number in range(len(rules)):
        question, arrangement = question_of(audit, number)
        reading = next(
            r for r in cutoff.readings(question, "gender", arrangement) if r.threshold == pytest.approx(0.45)
        )
        finding = question.population.findings[0]
        ratio = min(finding.value, 1 / finding.value) if finding.compare == "ratio" else abs(finding.value)
        assert reading.worst == pytest.approx(ratio, abs=1e-12)
        assert reading.selected == pytest.approx(selected, abs=1e-12)
        assert reading.precision == pytest.approx(precision, abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=19))
def test_the_nearest_reading_lies_within_the_limit_and_breaks_least(drawn):
    found = [
        cutoff.Reading(i / 20, worst, within, selected, None, (("other", "gender"),) * (i % 2))
        for i, (within, worst, selected) in enumerate(drawn)
    ]
    chosen = cutoff.nearest(found, 0.4)
    good = [reading for reading in found if reading.within]
    assert (chosen is None) == (not good)
    if chosen is not None:
        assert chosen.within
        assert len(chosen.broken) == min(len(reading.broken) for reading in good)
        alike = [reading for reading in good if reading.broken == chosen.broken]
        assert abs(chosen.selected - 0.4) == min(abs(reading.selected - 0.4) for reading in alike)


def test_another_threshold_is_read_and_not_recommended():
    audit = scores_of(-0.5)
    said = step(audit, "Look at the threshold: at ")
    question, arrangement = question_of(audit)
    now = audit.everybody().metrics["selection_rate"].value
    reading = cutoff.nearest(cutoff.readings(question, "gender", arrangement), now)
    assert f"at {reading.threshold:g} for everybody" in said
    assert f"{100 * reading.selected:.1f} % of all customers are selected instead of {100 * now:.1f} %" in said
    assert said.endswith("check it on others before you use it.")
    assert "by selecting fewer" not in said
    assert reading.worst >= 0.8


def test_a_threshold_that_only_takes_away_is_said_to():
    rule = {"metric": "equal_opportunity", "max": 0.1}
    audit = scores_of(-1.6, [rule, {"id": "many", "metric": "selection_rate", "compare": "ratio", "min": 0.01}], 0.15)
    said = [text for text in steps(audit) if "threshold" in text]
    assert len(said) == 1
    assert ("selecting fewer" in said[0]) == ("instead" in said[0] and "Look at the threshold" in said[0])


def test_a_threshold_that_breaks_another_rule_is_said_to():
    tight = {"id": "few-errors", "metric": "false_positive_rate", "compare": "difference", "max": 0.0001,
             "exploratory": True}  # fmt: skip
    said = step(scores_of(-0.5, [audits.RULES[0], tight]), "Look at the threshold")
    assert "But the limit of few-errors is not met there: none of the thresholds tried meets every rule." in said


def test_a_rule_on_two_rates_is_met_only_where_both_are():
    """Equalized odds: the smaller of two gaps is no reading of the rule."""

    def gaps_of(metric, number=0):
        question, arrangement = question_of(scores_of(-0.9, [{"metric": metric, "max": 0.1}]), number)
        return {reading.threshold: reading for reading in cutoff.readings(question, "gender", arrangement)}

    reached, wasted = gaps_of("equal_opportunity"), gaps_of("predictive_equality")
    both = gaps_of("equalized_odds")
    assert both == gaps_of("equalized_odds", 1)
    assert list(both) == list(reached) == list(wasted)
    for threshold, reading in both.items():
        assert reading.worst == max(reached[threshold].worst, wasted[threshold].worst)
        assert reading.within == (reached[threshold].within and wasted[threshold].within)
    assert any(reached[t].within != wasted[t].within for t in both), "no threshold that would tempt"


def test_a_rule_that_other_groups_break_is_named_with_their_attribute():
    """A threshold that helps women and turns against the young under the same rule."""
    policy = Policy.parse(
        {"data": audits.DATA | {"score": "score", "protected": ["gender", "age"]}, "rule": audits.RULES[:1]}
    )
    shifts = {"female": -0.7, "male": 0.0}, {"old": 0.0, "young": -2.2}
    strata = [
        ({"gender": g, "age": a}, audits.scored(2000, policy.spec(), -0.4, shift=shifts[0][g] + shifts[1][a]))
        for g, a in product(*shifts)
    ]
    audit = audits.audit_of(policy, strata)
    arrangement = Arrangement(audit)
    of_gender, of_age = (arrangement.questions(name)[0] for name in ("gender", "age"))
    by_age = {r.threshold: r.within for r in cutoff.readings(of_age, "age", arrangement)}
    readings = cutoff.readings(of_gender, "gender", arrangement)
    assert False in by_age.values()
    for reading in readings:
        assert (("offer-rate", "age") in reading.broken) == (not by_age[reading.threshold])


def test_where_no_threshold_helps_the_model_is_to_be_looked_at():
    said = step(
        scores_of(-0.7, [{"metric": "disparate_impact", "min": 0.999}]),
        "No single threshold that selects half to twice as many brings",
    )
    assert "the best of the " in said
    assert said.endswith("look at the model and its inputs.")


def test_a_named_reference_alone_is_compared_with():
    policy = Policy.parse(
        {"data": audits.DATA | {"score": "score", "protected": ["gender"]}, "rule": audits.RULES[:1],
         "groups": {"references": {"gender": "b"}}}
    )  # fmt: skip
    shifts = {"a": -0.9, "b": 0.0, "c": 0.4}
    strata = [({"gender": g}, audits.scored(3000, policy.spec(), -0.4, shift=s)) for g, s in shifts.items()]
    audit = audits.audit_of(policy, strata)
    question, arrangement = question_of(audit)
    best = Arrangement(replace(audit, policy=Policy.parse(
        {"data": audits.DATA | {"score": "score", "protected": ["gender"]}, "rule": audits.RULES[:1]}
    )))  # fmt: skip
    named, all_pairs = (
        [abs(1 - r.worst) for r in cutoff.readings(question, "gender", where)] for where in (arrangement, best)
    )
    assert len(named) == len(all_pairs)
    assert all(a <= b + 1e-12 for a, b in zip(named, all_pairs, strict=True))
    assert named != all_pairs


@pytest.mark.parametrize("data", [{"weight": "w"}, {"threshold": "median"}])
def test_what_a_histogram_does_not_hold_is_not_read(data):
    audit = scores_of(-1.2)
    changed = audit.policy.model_copy(update={"data": audit.policy.data.model_copy(update=data)})
    question, _ = question_of(audit)
    assert cutoff.readings(question, "gender", Arrangement(replace(audit, policy=changed))) == []
    rest = audit.policy.model_copy(update={"groups": audit.policy.groups.model_copy(update={"reference": "rest"})})
    assert cutoff.readings(question, "gender", Arrangement(replace(audit, policy=rest))) == []


def test_without_scores_no_threshold_is_named(failing):
    assert not [text for text in steps(failing) if "threshold" in text]


# --- the data and the model -------------------------------------------------------------------------------------------


def test_base_rates_that_differ_point_to_the_data():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    strata = [({"gender": g}, audits.decided(3000, base, 0.7, 0.1)) for g, base in (("female", 0.2), ("male", 0.5))]
    audit = audits.audit_of(policy, strata)
    assert "would_redeem is 1 in 20.0 % of female and in 50.0 % of male." in step(
        audit, "Look at the data: would_redeem"
    )
    assert not [text for text in steps(audit) if "explain the gap" in text]


def test_a_gap_in_the_labels_is_none_of_the_models():
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"]},
         "rule": [{"id": "outcomes", "metric": "base_rate", "compare": "ratio", "min": 0.8}]}
    )  # fmt: skip
    strata = [({"gender": g}, audits.decided(3000, base, 0.7, 0.2)) for g, base in (("female", 0.2), ("male", 0.4))]
    audit = audits.audit_of(policy, strata)
    said = step(audit, "Hold the deploy. Look at the data: outcomes compares what happened, not what the model")
    assert said.endswith("Ask what would_redeem records for female against male.")
    assert "the model sees" not in " ".join(steps(audit))


def test_base_rates_that_do_not_differ_point_to_the_model(failing):
    said = step(failing, "Look at the model and its inputs: no difference in outcomes shows")
    assert "(would_redeem is 1 in 34.0 % of age_band 65+ and in 34.0 % of age_band 30-44)" in said


def test_scores_that_mean_something_else_point_to_the_model():
    audit = scores_of(-1.2)
    said = step(audit, "Look at the model: for every 100 positives that the scores foretell")
    calibration = {g.group["gender"]: g.metrics["calibration"].value for g in audit.groups if g.group}
    assert f"there are {100 * calibration['female']:.0f} among female" in said
    assert not [text for text in steps(scores_of(0.0)) if "foretell" in text]


# --- more data --------------------------------------------------------------------------------------------------------


def test_missing_values_beyond_what_the_policy_allows_are_named():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    strata = [({"gender": g}, audits.decided(n, 0.3, 0.7, 0.2)) for g, n in (("f", 800), ("m", 800), (MISSING, 400))]
    assert "20.0 % of the customers have no gender, more than the 5 %" in step(
        audits.audit_of(policy, strata), "Look at the data: 20.0 %"
    )


def test_at_most_three_groups_are_named_those_that_need_most_first(failing):
    open_ones = [
        replace(failing.findings[0], group={"age_band": name}, segment={}, verdict=Verdict.INCONCLUSIVE, required=True,
                customers_needed=Needed(n, None))
        for name, n in (("18-29", 10), ("30-44", 4000), ("45-64", 300), ("65+", 20))
    ]  # fmt: skip
    audit = replace(failing, findings=(*failing.findings, *open_ones))
    said = step(audit, "Collect more data")
    assert said.startswith("Collect more data: about 4,000 more of age_band 30-44 (now ")
    assert "about 300 more of age_band 45-64" in said
    assert "about 20 more of age_band 65+" in said
    assert "of age_band 18-29" not in said
    assert " and 1 more." in said


@pytest.mark.parametrize(
    ("sizes", "groups", "accept", "collect"),
    [
        ((2000, 2000, 25), {}, True, ()),
        ((2000, 2000, 25), {"small_share": 0.001}, False, ("c",)),
        ((2000, 2000, 25), {"small": "report", "small_share": 0.001}, False, ("c",)),
        ((2000, 2000, 25), {"small": "report"}, False, ()),
        ((25, 25, 25), {}, False, ("a", "b", "c")),
        ((2000, 2000, 2000), {}, False, ()),
    ],
)
def test_groups_are_to_be_accepted_only_where_the_policy_can_accept_them(sizes, groups, accept, collect):
    """A group of half the customers is not put aside in writing, and nobody is told to set what is set."""
    policy = Policy.parse({"data": audits.DATA | {"protected": ["g"]}, "rule": audits.RULES[:1], "groups": groups})
    strata = [({"g": g}, audits.decided(n, 0.5, 0.5, 0.5)) for g, n in zip("abc", sizes, strict=True)]
    # near the limit, so that the audit is open whatever becomes of the small group
    strata[1] = ({"g": "b"}, audits.decided(sizes[1], 0.5, 0.41, 0.41))
    audit = audits.audit_of(policy, strata)
    assert audit.verdict is Verdict.INCONCLUSIVE
    said = " ".join(steps(audit))
    assert ("accept them in writing" in said) == accept
    assert ("may be left out in writing" in said) == bool(collect)
    if collect:
        assert all(f"g {g}" in step(audit, "Collect more data of g ") for g in collect)


def test_a_pass_names_the_segments_it_does_not_speak_of(passing):
    assert "region Islands" in step(passing, "Collect more data in ")
    assert not [text for text in steps(audits.groups(["a", "b"], n=9000, rule={"metric": "disparate_impact",
                "min": 0.2})) if "Collect" in text]  # fmt: skip


def test_every_failing_audit_ends_with_another_audit(failing, shop, admissions, literal, delivery):
    for audit in (failing, shop, admissions, literal, delivery):
        assert steps(audit)[0].startswith("Hold the deploy.")
        assert steps(audit)[-1].startswith("After a change run the same audit again")
        assert not [text for text in steps(audit) if "{" in text]


def test_a_threshold_that_selects_almost_nobody_or_nearly_all_is_no_answer():
    """Where few are selected, few can be apart."""
    for shift in (-0.5, -0.6, -0.7, -0.9, -1.2, -1.6):
        audit = scores_of(shift)
        now = 100 * audit.everybody().metrics["selection_rate"].value
        for said in steps(audit):
            if said.startswith("Look at the threshold"):
                (then,) = re.findall(r"and ([\d.]+) % of all customers are selected", said)
                assert now / 2 <= float(then) <= 2 * now
