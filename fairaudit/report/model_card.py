"""The fairness part of a model card (Mitchell et al. 2019), as Markdown under the usual headings, to be pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.metrics import METRICS
from fairaudit.report import account, gate, names, phrases
from fairaudit.report.language import say, term
from fairaudit.report.markdown import escaped, rules, shown, some, table
from fairaudit.report.values import rate_text
from fairaudit.report.words import Words, listed, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Audit, Measured

_MOST = 40
"""Lines of each table or list."""


def render(audit: Audit) -> str:
    """Return the sections Evaluation and Bias, Risks, and Limitations."""
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    words = Words(audit, shown, escaped)
    verdict = phrases.verdict(audit.verdict.value).upper()
    yield "## Evaluation"
    if audit.policy.name:
        name = shown(audit.policy.name)
        yield "\n" + say("Fairness audit under the policy {name}: **{verdict}**.", name=name, verdict=verdict)
    else:
        yield "\n" + say("Fairness audit: **{verdict}**.", verdict=verdict)
    yield "\n### Testing Data, Factors & Metrics"
    yield "\n#### Testing Data\n"
    yield from table(("", say("Rows"), ""), account.ledger(words), right=(1,))
    yield "\n#### Factors\n"
    data = audit.policy.data
    groups = listed([names.attribute(one, shown) for one in data.protected])
    yield say("Groups that were compared: {groups}.", groups=groups)
    if data.segments:
        segments = listed([shown(one) for one in data.segments])
        yield say("Again inside each segment of: {segments}.", segments=segments)
    yield "\n#### Metrics\n"
    yield from table((say("Rule"), say("Metric"), say("Asks"), say("Limit")), _metrics(audit, words))
    yield "\n### Results\n"
    yield from rules(audit, words)
    yield from _groups(audit, words)
    yield "\n#### Summary\n"
    yield from (f"- {sentence(said)}" for said in words.manager())
    yield "\n## Bias, Risks, and Limitations\n"
    failed = [f"- {shown(first.rule)}: {gate.failure(first, others, words)}" for first, others in words.failures()]
    yield from some(failed, _MOST)
    yield from some([f"- {reason}" for reason in words.open_reasons()], _MOST)
    small = [account.small_group(words, *entry) for entry in account.too_small(words)]
    left_out = ["- " + say("Not judged: {what}", what=one) for one in (*small, *account.unanswered(words))]
    yield from some(left_out, _MOST)
    yield from (f"- {said}" for said in phrases.no_claim())
    yield "\n### Recommendations\n"
    yield from (f"- {step}" for step in words.next_steps())


def _metrics(audit: Audit, words: Words) -> Iterator[tuple[str, ...]]:
    for rule in audit.rules:
        known = METRICS.get(rule.metric)
        yield shown(rule.id), shown(rule.metric), "" if known is None else escaped(term(known.asks)), words.limit(rule)


def _groups(audit: Audit, words: Words) -> Iterator[str]:
    """Yield each group's own values over all customers: a column for each thing that was compared."""
    found: dict[str, dict[str, Measured]] = {}
    columns: dict[str, None] = {}
    for finding in (f for f in audit.findings if not f.segment):
        columns[finding.estimand] = None
        for group, rate in ((finding.group, finding.group_rate), (finding.reference, finding.reference_rate)):
            if group is not None and rate is not None:
                found.setdefault(words.full(group), {})[finding.estimand] = rate
    if not found:
        return
    head = (say("Group"), *(sentence(shown(term(name))) for name in columns))
    rows = (
        (group, *(rate_text(rates[name]) if name in rates else "" for name in columns))
        for group, rates in found.items()
    )
    yield ""
    yield from some(table(head, rows, right=range(1, len(head))), _MOST + 2)
