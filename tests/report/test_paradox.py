"""Where the total and the segments disagree: named in every format, with both numbers and no side taken."""

from dataclasses import replace

import audits
import pytest

from fairaudit.policy import Policy
from fairaudit.report import FORMATS, paradox
from fairaudit.report.words import Words

FORMS = ("text", "markdown", "html")


def shown(form, audit):
    return " ".join(FORMATS[form](audit).replace("\u00a0", " ").replace("&#39;", "'").split())


@pytest.mark.parametrize("form", FORMS)
def test_berkeley_is_named_with_both_numbers(form, admissions):
    text = shown(form, admissions)
    assert "Simpson's paradox" in text
    assert "0.68 [0.64, 0.73]" in text
    assert "1.11 [1.02, 1.19]" in text
    assert "it is lower in 2 of 6 segments" in text


@pytest.mark.parametrize("form", FORMS)
def test_what_the_total_hides_is_named_with_its_segment(form, failing):
    text = shown(form, failing)
    assert (
        "Hidden in the total (Simpson's paradox): female against male passes offer-rate over all customers "
        "(0.90 [0.87, 0.93]) and fails in lifecycle new. At the same mix of lifecycle in both groups it is "
        "0.90 [0.87, 0.93]."
    ) in text.replace("redeemers\\_reached", "redeemers-reached")


def test_a_difference_of_rates_is_in_points(failing):
    assert any("-6.7 points [-8.8, -4.5]" in said for said in paradox.named(Words(failing)))


def test_a_value_has_no_second_number(shop):
    (said,) = [said for said in paradox.named(Words(shop)) if "score-is-right" in said]
    assert said.startswith(
        "Hidden in the total (Simpson's paradox): female passes score-is-right over all customers (1.1"
    )
    assert "same mix" not in said


@pytest.mark.parametrize("name", ["admissions", "failing", "shop"])
def test_every_paradox_is_named_once(name, request):
    audit = request.getfixturevalue(name)
    assert len(paradox.named(Words(audit))) == len(audit.paradoxes) > 0


def test_very_many_are_counted(failing):
    audit = replace(failing, paradoxes=failing.paradoxes[:1] * 70)
    assert shown("text", audit).count("Hidden in the total") == 6
    assert shown("markdown", audit).count("Hidden in the total") == 40
    assert shown("html", audit).count("Hidden in the total") == 60
    assert "and 64 more" in shown("text", audit)
    assert "and 30 more in `audit.json`" in shown("markdown", audit)
    assert "10 more places where total and segments disagree in audit.json" in shown("html", audit)


def test_no_side_is_taken(admissions):
    (said,) = paradox.named(Words(admissions))
    assert "Both are true of these data, and neither alone says what is fair" in said


@pytest.mark.parametrize("name", ["passing", "inconclusive", "hostile"])
def test_where_nothing_disagrees_nothing_is_named(name, request):
    audit = request.getfixturevalue(name)
    assert audit.paradoxes == ()
    assert not any("Simpson" in FORMATS[form](audit) for form in FORMS)


def test_what_could_not_be_standardised_says_why(failing):
    (first, *_) = failing.paradoxes
    none = replace(first.standardised, value=None, interval=None, reason="only 62.0 % are in segments")
    audit = replace(failing, paradoxes=(replace(first, standardised=none),))
    assert (
        "There is no value at the same mix of lifecycle: only 62.0 % are in segments." in paradox.named(Words(audit))[0]
    )


def test_what_the_average_leaves_out_is_said(failing):
    (first, *_) = failing.paradoxes
    part = replace(first.standardised, coverage=0.956)
    audit = replace(failing, paradoxes=(replace(first, standardised=part),))
    assert "in both groups, over the 95.6 % in segments with both, it is 0.90" in paradox.named(Words(audit))[0]


def from_rates(rates):
    """Return the audit of (gender, segment) -> (customers, rate of selection)."""
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"], "segments": ["segment"]}, "rule": audits.RULES[:1]}
    )
    strata = [({"gender": g, "segment": s}, audits.decided(n, 0.5, rate, rate)) for (g, s), (n, rate) in rates.items()]
    return audits.audit_of(policy, strata)


def test_a_gap_that_fades_within_segments_is_a_note_and_no_paradox():
    audit = from_rates(
        {("women", "x"): (2000, 0.2), ("men", "x"): (500, 0.2), ("women", "y"): (500, 0.8), ("men", "y"): (2000, 0.8)}
    )
    words = Words(audit)
    assert audit.paradoxes == ()
    assert paradox.named(words) == []
    assert [note.partition(";")[2] for note in paradox.notes(words)] == [
        " within segment that is so in only 0 of 2 segments. The gap can come from which segments the groups are in. "
        "Both views are true: ask how customers come to be in their segment before calling either the fair one."
    ]
    assert all("in only 0 of 2 segments" in shown(form, audit) for form in FORMS)


def test_a_reversal_is_not_noted_a_second_time(admissions):
    assert paradox.notes(Words(admissions)) == []
