"""What a notebook shows of an audit, a finding, a cube and a policy: small tables without a style sheet or a script.

A notebook may be light or dark and has styles of its own, so colours are left to it: borders take the text's colour,
and a verdict is a word.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from fairaudit.comparison import stated
from fairaudit.cube import Cube
from fairaudit.estimands import Rate
from fairaudit.findings import Audit, Finding, Verdict
from fairaudit.policy import Policy
from fairaudit.report import markdown, names
from fairaudit.report.markdown import escaped, shown
from fairaudit.report.numbers import NOTHING, limit_text
from fairaudit.report.values import interval_text, limit_of, rate_text, value_text
from fairaudit.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fairaudit.rule import Rule

MOST = 40
"""Rows of a table; the others are counted."""
_CELL = "text-align:left;vertical-align:top;padding:.2em .7em;border-bottom:1px solid rgba(128,128,128,.4)"
_SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✕", Verdict.INCONCLUSIVE: "?"}


def render(thing: object) -> str:
    """Return an audit, a finding, a cube or a policy as a piece of HTML.

    Raises
    ------
    TypeError
        It is none of these.
    """
    if isinstance(thing, Audit):
        return _audit(thing)
    if isinstance(thing, Finding):
        return _finding(thing)
    if isinstance(thing, Cube):
        return _cube(thing)
    if isinstance(thing, Policy):
        return _policy(thing)
    raise TypeError(type(thing).__name__)


def _audit(audit: Audit) -> str:
    """Return the verdict, the three sentences of a manager and a line for each rule."""
    words = Words(audit)
    rows = (
        (
            words.show(rule.id),
            f"{_SIGNS[rule.verdict]} {rule.word}",
            words.limit(rule),
            NOTHING if worst is None else f"{value_text(worst)} {interval_text(worst)}",
            NOTHING if worst is None else f"{words.pair(worst)}, {words.place(worst.segment)}",
        )
        for rule in audit.rules
        for worst in (words.shown(rule),)
    )
    head = ("Rule", "Verdict", "Limit", f"Value and its {words.confidence} interval", "Where")
    said = "".join(f"<p>{_safe(sentence(one))}</p>" for one in words.manager())
    title = f" {_safe(names.visible(audit.policy.name))}" if audit.policy.name else ""
    return f"<div><p><b>{audit.verdict.value.upper()}</b>{title}</p>{said}{_table(head, rows)}</div>"


def as_markdown(audit: Audit) -> str:
    """Return an audit as Markdown, for what shows no HTML."""
    words = Words(audit, shown, escaped)
    said = [f"- {sentence(one)}" for one in words.manager()]
    return "\n".join([f"**{audit.verdict.value.upper()}**", "", *said, "", *markdown.rules(audit, words)]) + "\n"


def _finding(finding: Finding) -> str:
    """Return a finding in a sentence with its numbers."""
    where = names.full(finding.segment, nobody="all customers")
    sides = f"{names.group(finding.group)} {rate_text(finding.group_rate)}"
    if finding.reference is not None and finding.reference_rate is not None:
        sides += f", {names.group(finding.reference)} {rate_text(finding.reference_rate)}"
    estimand = sentence(names.visible(finding.estimand))
    held = f"{value_text(finding)} {interval_text(finding)}, limit {limit_of(finding)}"
    text = f"{estimand} of {where}: {sides}. As a {finding.compare}: {held}."
    rule = _safe(names.visible(finding.rule))
    return f"<p><b>{rule}: {_SIGNS[finding.verdict]} {finding.verdict.value}</b> {_safe(text)}</p>"


def _cube(cube: Cube) -> str:
    """Return what a cube counted: how many rows, by which columns, in which roles."""
    spec = cube.spec
    columns = ("id", "label", "prediction", "score", "weight", "count")
    roles = [f"{role} {names.visible(name)}" for role in columns if (name := getattr(spec, role)) is not None]
    rows = [
        ("rows", f"{cube.ledger.matched:,}"),
        ("attributes", ", ".join(map(names.visible, spec.attributes)) or NOTHING),
        ("columns", ", ".join(roles) or NOTHING),
        ("cells", f"{len(cube.cells):,} in {len(spec.views):,} views"),
        ("merged from", f"{max(1, len(cube.parts)):,}"),
    ]
    return f"<div><p><b>Cube</b></p>{_table(('', ''), rows)}</div>"


def _policy(policy: Policy) -> str:
    """Return the rules of a policy with their limits, and what they look at."""
    rows = (
        (names.visible(rule.id), names.visible(rule.name), rule.compare, _limit(rule, policy)) for rule in policy.rules
    )
    data = policy.data
    protected = ", ".join(names.attribute(name) for name in data.protected) or "not stated"
    segments = ", ".join(map(names.visible, data.segments)) or "none"
    title = f" {_safe(names.visible(policy.name))}" if policy.name else ""
    said = f"<p>Protected: {_safe(protected)}. Segments: {_safe(segments)}.</p>"
    return f"<div><p><b>Policy</b>{title}</p>{said}{_table(('Rule', 'Metric', 'Compared as', 'Limit'), rows)}</div>"


def _limit(rule: Rule, policy: Policy) -> str:
    rate = all(isinstance(estimand, Rate) for estimand in rule.estimands(policy.data.outcome))
    return limit_text(stated(rule), rule.compare, rate=rate) + (", only explored" if rule.exploratory else "")


def _safe(text: str) -> str:
    return escape(names.harmless(text))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = list(rows)
    top = "".join(f'<th scope="col" style="{_CELL}">{_safe(name)}</th>' for name in head)
    first = f"<thead><tr>{top}</tr></thead>" if any(head) else ""
    body = "".join(f"<tr>{''.join(map(_cell, line))}</tr>" for line in lines[:MOST])
    more = f"<p>and {len(lines) - MOST:,} more</p>" if len(lines) > MOST else ""
    return f'<table style="border-collapse:collapse">{first}<tbody>{body}</tbody></table>{more}'


def _cell(text: str) -> str:
    return f'<td style="{_CELL}">{_safe(text)}</td>'
