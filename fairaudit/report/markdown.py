"""The summary for a pull request: Markdown under 64 kB, in which no name can become markup, a link or a mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import account, correction, names, paradox, phrases
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import NOTHING, level, whole
from fairaudit.report.values import interval_text, limit_of, p_text, rate_text, value_text
from fairaudit.report.words import Words, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit, Finding, RuleResult

LARGEST = 64_000
"""Bytes; a comment on GitHub ends at 64 kB."""
_NAME = 60
_SIGN = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "❔"}


def render(audit: Audit) -> str:
    """Return the summary, with as many rows of each table as fit."""
    for most in (40, 20, 10, 5, 2):
        text = "\n".join(_lines(audit, most)) + "\n"
        if len(text.encode()) <= LARGEST:
            return text
    rest = say("The rest is too long for a summary and stands in `report.html`.")
    return f"## {_title(audit)}\n\n{rest}\n"


def escaped(text: str) -> str:
    """Return a text from the data in which nothing is markup, a link, a mention, a formula or a line's end.

    Backslashes stop markup; a zero-width space after ``@`` and ``#`` stops mentions and references to issues, which are
    made from the finished page.
    """
    text = re.sub(r"([\\`*{}\[\]<>&|~$]|:(?=\S)|(?<![^\W_])_|_(?![^\W_]))", r"\\\1", names.harmless(text))
    return re.sub(r"([@#])", "\\\\\\1\u200b", text).replace("www.", "www\\.").replace("WWW.", "WWW\\.")


def shown(name: str) -> str:
    """Return a name from the data escaped, and cut to what fits into a table."""
    text = names.visible(name)
    return escaped(text if len(text) <= _NAME else f"{text[: _NAME - 1]}…")


def _title(audit: Audit) -> str:
    name = f": {shown(audit.policy.name)}" if audit.policy.name else ""
    title, verdict = say("Fairness audit"), phrases.verdict(audit.verdict.value).upper()
    return f"{_SIGN[audit.verdict]} {title} {verdict}{name}"


def _lines(audit: Audit, most: int) -> Iterator[str]:
    words = Words(audit, shown, escaped)
    yield f"## {_title(audit)}"
    yield ""
    yield from (f"- {said}" for said in words.manager())
    yield from _section(say("Rules"), rules(audit, words))
    yield from _section(say("Many comparisons"), _corrected(words))
    yield from _section(say("Proven beyond the limit"), _failures(audit, words, most))
    yield from _section(say("Discovered by exploring"), some([f"- {one}" for one in words.discoveries()], most))
    yield from _section(say("Measured without a limit"), _measured(words, most))
    said = [f"- {one}" for one in paradox.named(words)]
    yield from _section(say("Where the total and the segments disagree"), some(said, most))
    yield from _section(say("Why it is open"), some([f"- {reason}" for reason in words.open_reasons()], most))
    yield from _section(say("Open in segments"), _open_segments(words, most))
    yield from _section(
        say("Smallest gap that every comparison could have proven"),
        some([f"- {shown(rule.id)}: {smallest}" for rule, smallest in words.proves()], most),
    )
    yield from _section(say("Not judged"), _not_judged(words, most))
    yield from _section(say("Data"), table(("", say("Rows"), ""), account.ledger(words), right=(1,)))
    yield from _section(
        say("Notes"), some([f"- {note}" for note in [*paradox.notes(words), *map(words.say, audit.notes)]], most)
    )
    yield from _section(say("What to do next"), [f"1. {step}" for step in words.next_steps()])
    yield ""
    yield f"<sub>{' '.join(phrases.no_claim()[:2])}</sub>"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", f"### {title}", "")
        yield from lines


def table(head: Sequence[str], rows: Iterator[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return a table; the columns named in `right` are aligned on the right."""
    marks = ["--:" if i in right else ":--" for i in range(len(head))]
    return [f"| {' | '.join(row)} |" for row in (head, marks, *rows)]


def some(lines: list[str], most: int) -> list[str]:
    """Return the first lines, and how many more there are."""
    left = len(lines) - most
    if left <= 0:
        return lines
    return [*lines[:most], "", say_n("and {n} more in `audit.json`", "and {n} more in `audit.json`", left)]


def rules(audit: Audit, words: Words) -> list[str]:
    """Return the table of the rules: verdict, limit, worst value, how many comparisons and why."""
    interval = say("{level} interval", level=words.confidence)
    counted = (say("Compared"), say("Beyond"), say("Open"))
    head = (say("Rule"), say("Verdict"), say("Limit"), say("Worst"), interval, *counted, say("Why"))
    return table(head, (_rule(rule, words) for rule in audit.rules), right=(3, 4, 5, 6, 7))


def _rule(rule: RuleResult, words: Words) -> tuple[str, ...]:
    worst, word = words.shown(rule), phrases.verdict(rule.word)
    return (
        shown(rule.id),
        word if rule.exploratory else f"{_SIGN[rule.verdict]} {word}",
        words.limit(rule),
        NOTHING if worst is None else value_text(worst),
        NOTHING if worst is None else interval_text(worst),
        f"{whole(rule.compared)} + {whole(rule.compared_in_segments)}",
        f"{whole(rule.failed)} + {whole(rule.failed_in_segments)}",
        f"{whole(rule.undecided)} + {whole(rule.undecided_in_segments)}",
        words.say(rule.reason),
    )


def _corrected(words: Words) -> list[str]:
    """Return how many comparisons were made and what the correction did, with each rule's levels."""
    said, rows = correction.explained(words), correction.levels(words)
    if said is None:
        return []
    return [said, *(["", *table(correction.head(), iter(rows), right=(1, 2, 3, 4, 5))] if rows else [])]


def _failures(audit: Audit, words: Words, most: int) -> list[str]:
    """Return the failures only, with the interval and the level that decided each."""
    if not audit.failures:
        return []
    where = (say("Rule"), say("Where"), say("Group"), say("Against"))
    head = (*where, say("Value"), say("Limit"), say("Interval that decided"), say("At"))
    rows = table(head, (_failure(*failure, words) for failure in words.failures()), right=(4, 6, 7))
    return [*some(rows, most + 2), "", say("Compared, beyond and open: in the population + in its segments.")]


def _failure(finding: Finding, others: Sequence[Finding], words: Words) -> tuple[str, ...]:
    group, against = _sides(finding, words)
    if others:
        groups = listed([words.group(other.reference) for other in others], 4)
        against = say("{group}; also {groups}", group=against, groups=groups)
    return (
        shown(finding.rule),
        words.place(finding.segment),
        group,
        against,
        value_text(finding) + (f", {p_text(finding.significance.p_value)}" if finding.significance else ""),
        limit_of(finding),
        say("the value") if words.by_point else interval_text(finding, finding.interval_fail),
        NOTHING if words.by_point else level(finding.level_fail),
    )


def _measured(words: Words, most: int) -> list[str]:
    """Return what was measured in the population and not decided, since no limit is stated."""
    found = words.measured()
    if not found:
        return []
    interval = say("{level} interval", level=words.confidence)
    head = (say("Rule"), say("Group"), say("Against"), say("Value"), interval)
    rows = ((shown(f.rule), *_sides(f, words), value_text(f), interval_text(f)) for f in found)
    return some(table(head, rows, right=(3, 4)), most + 2)


def _sides(finding: Finding, words: Words) -> tuple[str, str]:
    """Return the group and the reference with their own values."""
    against = NOTHING
    if finding.reference_rate is not None:
        against = f"{words.group(finding.reference)} {rate_text(finding.reference_rate)}"
    return f"{words.group(finding.group)} {rate_text(finding.group_rate)}", against


def _open_segments(words: Words, most: int) -> list[str]:
    rows = [(shown(rule.id), words.place(segment), whole(n), smallest) for rule, segment, n, smallest in words.unseen()]
    if not rows:
        return []
    head = (say("Rule"), say("Segment"), say("Open"), say("Smallest harm that could be proven"))
    lines = table(head, iter(rows), right=(2,))
    return [
        words.beside_a_pass() or say("The verdict on all customers does not speak of these:"),
        "",
        *some(lines, most + 2),
    ]


def _not_judged(words: Words, most: int) -> list[str]:
    small = [f"- {account.small_group(words, *entry)} ({account.too_few(words)})" for entry in account.too_small(words)]
    return [*some(small, most), *some([f"- {line}" for line in account.unanswered(words)], most)]
