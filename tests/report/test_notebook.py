"""What a notebook shows: whole, small, escaped, and without a style or script that would leak into it."""

import re

import audits
import pytest
from markdown_it import MarkdownIt
from test_html import Page

from fairaudit.report import notebook


def everything(audit):
    """Return an audit, its policy, its cube and some findings."""
    return [audit, audit.policy, *audit.findings[:20]]


@pytest.fixture(scope="module")
def cube(passing):
    return audits.cube_of(passing.policy, [({"gender": "<i>f", "region": "N"}, audits.decided(50, 0.4, 0.8, 0.2))])


def test_nothing_leaks_and_nothing_is_large(audit, cube):
    for thing in (*everything(audit), cube):
        html = thing._repr_html_()
        assert len(html) < 50_000
        tags = re.findall(r"<([a-z]+)([^>]*)>", html)
        assert {tag for tag, _ in tags} <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
        assert all(re.fullmatch(r'( scope="col")?( style="[^"]*")?', attributes) for _, attributes in tags)
        # light and dark: the notebook's own colours
        assert not re.search(r"[\"; ]color:", html)
        assert "background" not in html


def test_an_audit_says_its_verdict_its_sentences_and_its_rules(failing):
    html = failing._repr_html_()
    texts = Page(html).texts
    assert any("FAIL" in text for text in texts)
    assert sum(html.count(f">{rule.id}<") for rule in failing.rules) == len(failing.rules)
    assert "does not meet the policy" in html
    assert "It looked at" in html


def test_an_audit_as_markdown_is_a_table_without_markup(audit):
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(audit._repr_markdown_())
    assert html.count("<table>") == 1
    assert "<script" not in html
    assert "<img" not in html


def test_a_finding_says_its_numbers(failing):
    html = failing.failures[0]._repr_html_()
    assert " % (" in html
    assert "limit" in html
    assert "✕ fail" in html


def test_a_cube_and_a_policy(cube, passing):
    assert "gender, region" in cube._repr_html_()
    assert "label would_redeem" in cube._repr_html_()
    shown = passing.policy._repr_html_()
    assert "offer-rate" in shown
    assert "&gt;= 0.80" in shown
    assert "±10 pts" in shown


def test_one_line_at_the_prompt(cube, passing):
    assert repr(cube) == f"<Cube: rows=50, attributes=2, cells={len(cube.cells)}>"
    assert repr(passing.policy) == "<Policy Spring offer: rules=2, protected=gender>"
    assert "\n" not in repr(passing) + repr(passing.findings[0])


def test_only_what_is_known_is_shown():
    with pytest.raises(TypeError):
        notebook.render("text")
