"""What every format says of the number of comparisons and of the correction for it."""

import audits
import pytest

from fairaudit.findings import Verdict
from fairaudit.policy import Policy
from fairaudit.report import FORMATS, correction, html
from fairaudit.report.words import Words


def shown(form, audit):
    return " ".join(FORMATS[form](audit).replace("\u00a0", " ").split())


def two_groups(a, rules=1, **verdict):
    """Return the audit of men, of whom half are selected, and women of another rate; no segments."""
    policy = Policy.parse(
        {
            "data": audits.DATA | {"protected": ["gender"]},
            "verdict": verdict,
            "rule": [audits.RULES[0] | {"id": f"rule-{i}"} for i in range(rules)],
        }
    )
    cells = {"women": audits.decided(1000, 0.5, a, a), "men": audits.decided(1000, 0.5, 0.5, 0.5)}
    return audits.audit_of(policy, [({"gender": gender}, cell) for gender, cell in cells.items()])


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("name", ["failing", "passing", "inconclusive", "shop", "admissions"])
def test_every_format_says_how_many_were_made_and_what_a_failure_took(form, name, request):
    audit = request.getfixturevalue(name)
    text = shown(form, audit)
    made = sum(rule.compared + rule.compared_in_segments for rule in audit.rules)
    assert f"{made:,} comparisons" in text
    assert "5 %" in text
    rules = len(audit.rules)
    assert f"{rules} rule{'s' if rules > 1 else ''}, all customers and their segments" in text
    # Bonferroni, written out: an equal share for each rule, half of it for each half, then for each comparison
    levels = [1 - 2 * 0.05 / rules / 2 / n for rule in audit.rules for n in (rule.compared, rule.compared_in_segments)]
    low, high = (f"{100 * level:.2f}".rstrip("0").rstrip(".") for level in (min(levels), max(levels)))
    assert f"{low} % to {high} %" in text


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_was_held_back_is_counted(form):
    audit = two_groups(0.36, rules=10)
    assert audit.verdict is Verdict.INCONCLUSIVE
    assert "That held back 10: beyond the limit at 90 %, but no failure." in shown(form, audit)
    assert "That held back none." in shown(form, two_groups(0.5, rules=10))


def test_the_table_has_each_rules_levels(failing):
    rows = correction.levels(Words(failing))
    assert [row[0] for row in rows] == ["offer-rate", "redeemers-reached"]
    assert rows[0][1:] == ("7", "99.64 %", "21", "99.88 %", "0")
    assert sum(int(row[-1]) for row in rows) == sum(rule.correction.held_back for rule in failing.rules) > 0


def test_without_segments_the_whole_error_is_the_populations():
    audit = two_groups(0.5, rules=2)
    assert "2 rules, all customers, and then" in correction.explained(Words(audit))
    assert correction.levels(Words(audit))[0] == ("rule-0", "1", "95 %", "0", "\u2013", "0")


def test_one_comparison_is_not_corrected():
    audit = two_groups(0.36)
    assert audit.verdict is Verdict.FAIL
    said = "1 comparison was made, so nothing had to be corrected for their number."
    assert correction.brief(Words(audit)) == correction.explained(Words(audit)) == said


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_limit_read_literally_weighs_no_number(form):
    text = shown(form, two_groups(0.36, rules=2, decide_on="point"))
    assert "2 comparisons, each decided on its value: their number is not weighed." in text
    assert "held back" not in text.lower()


def test_nothing_compared_nothing_said():
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": audits.RULES[:1]})
    audit = audits.audit_of(policy, [({"gender": "female"}, audits.decided(500, 0.3, 0.7, 0.2))])
    assert correction.brief(Words(audit)) is None
    assert not any("Many comparisons" in FORMATS[form](audit) for form in ("markdown", "html"))


def test_the_error_is_not_rounded():
    audit = two_groups(0.5, rules=2, confidence=0.95)
    assert "the 2.5 % of audits" in correction.explained(Words(audit))
    assert "in at most 2.5 % of audits" in html.render(audit).replace("\u00a0", " ")
