"""The terminal's summary: narrow, visible, and the verdict last."""

import unicodedata

import audits
import pytest

from fairaudit.policy import Policy
from fairaudit.report import text
from fairaudit.report.names import width
from fairaudit.report.text import cut, wrap


@pytest.mark.parametrize("name", ["failing", "passing", "inconclusive", "admissions"])
def test_golden(name, request, golden):
    golden(f"{name}.txt", text.render(request.getfixturevalue(name)))


def test_the_last_line_is_the_verdict(audit):
    lines = text.render(audit).split("\n")
    assert lines[-1] == ""
    assert lines[-2] == audit.verdict.value.upper()


def test_no_line_is_wider_than_a_terminal(audit):
    assert max(map(width, text.render(audit).split("\n"))) <= 80


def test_nothing_invisible_reaches_the_terminal(audit):
    assert not [
        c for c in text.render(audit) if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def test_an_interval_and_a_percentage_stay_in_one_piece():
    assert list(wrap("the interval [0.51, 0.73] of 21.3 % is", 22)) == ["the interval", "[0.51, 0.73] of 21.3 %", "is"]


def test_a_word_wider_than_the_line_is_broken():
    assert list(wrap("a " + "b" * 9, 4)) == ["a", "bbbb", "bbbb", "b"]
    assert list(wrap("漢字漢字漢字", 5)) == ["漢字", "漢字", "漢字"]


def test_a_cut_is_marked():
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
    assert width(cut("漢字漢字", 5)) <= 5


def test_more_than_a_few_lines_are_counted():
    shown = text.render(audits.groups([f"g{i}" for i in range(30)], n=12))
    assert "and 24 more" in shown


def test_four_failing_rules_show_three_findings():
    rules = [audits.RULES[0] | {"id": f"rule-{i}"} for i in range(5)]
    policy = Policy.parse({"data": audits.DATA | {"protected": ["gender"]}, "rule": rules})
    cells = {"female": audits.decided(4000, 0.3, 0.3, 0.1), "male": audits.decided(4000, 0.3, 0.9, 0.3)}
    audit = audits.audit_of(policy, [({"gender": gender}, cell) for gender, cell in cells.items()])
    assert "and 2 more rules" in text.render(audit)


def test_a_policy_that_decides_on_the_value_says_so():
    policy = Policy.parse(
        {"data": audits.DATA | {"protected": ["gender"]}, "verdict": {"decide_on": "point"}, "rule": audits.RULES[:1]}
    )
    strata = [({"gender": g}, audits.decided(500, 0.3, 0.7, 0.2)) for g in ("female", "male")]
    shown = text.render(audits.audit_of(policy, strata))
    assert "Decided on the value alone" in shown
    assert "By its value alone it lies within the limit." in shown.replace("\n            ", " ")
