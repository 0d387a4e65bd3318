"""The terminal's summary: plain text of at most 80 columns whose last line is the verdict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import account, correction, names, paradox, phrases
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import whole
from fairaudit.report.values import interval_text, number_text, rate_text, value_text
from fairaudit.report.words import Words, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Audit, Finding, RuleResult

WIDTH = 80
_LABEL = 12
_GLUE = "\u00a0"
_MOST = 6
"""Lines of one kind; the rest is counted and stands in the other formats."""
_NAME = 32


def render(audit: Audit) -> str:
    """Return the summary; its last line is PASS, FAIL or INCONCLUSIVE."""
    words = Words(audit, lambda name: cut(names.visible(name), _NAME))
    blocks = [
        _head(audit, words),
        _data(words),
        _rules(audit, words),
        _labelled(say("Compared"), [said] if (said := correction.brief(words)) else []),
        _labelled(say("Why open"), _some(words.open_reasons())),
        _worst(audit, words),
        _measured(words),
        _labelled(say("Discovered"), _some(words.discoveries())),
        _labelled(say("Paradox"), _some(paradox.named(words))),
        _open_segments(words),
        _provable(words),
        _not_judged(words),
        _notes(audit, words),
        _labelled(say("Next"), list(words.next_steps())),
    ]
    body = "\n\n".join("\n".join(block) for block in blocks if block)
    return f"{body}\n\n{audit.verdict.value.upper()}\n"


def cut(text: str, width: int) -> str:
    """Return a text cut to a width, with an ellipsis where something is left out."""
    if names.width(text) <= width:
        return text
    while names.width(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, broken at blanks and, within a word that is too long, anywhere.

    A number stays with its per cent sign and after "n =", and an interval in one piece.
    """
    glued = re.sub(r" (?=%)|(?<=\bn =) (?=\d)|(?<=[,;]) (?=[-\w.,∞]+\])", _GLUE, text)
    line = ""
    for word in glued.split(" "):
        rest = word
        joined = f"{line} {rest}" if line else rest
        if names.width(joined) <= width:
            line = joined
            continue
        if line:
            yield line.replace(_GLUE, " ")
        while names.width(rest) > width:
            head = cut(rest, width + 1)[:-1]
            yield head.replace(_GLUE, " ")
            rest = rest[len(head) :]
        line = rest
    if line:
        yield line.replace(_GLUE, " ")


def _labelled(label: str, paragraphs: Sequence[str]) -> list[str]:
    """Return paragraphs beside a label, each wrapped and indented."""
    return _beside(label, [line for text in paragraphs for line in wrap(text, WIDTH - _LABEL)])


def _beside(label: str, lines: Sequence[str]) -> list[str]:
    return [f"{label if i == 0 else '':<{_LABEL}}{line}" for i, line in enumerate(lines)]


def _some(lines: Sequence[str]) -> list[str]:
    return [*lines[:_MOST], *([_more(len(lines) - _MOST)] if len(lines) > _MOST else [])]


def _more(n: int) -> str:
    return say_n("and {n} more", "and {n} more", n)


def _head(audit: Audit, words: Words) -> list[str]:
    title = f"fairaudit {audit.versions.get('fairaudit', '')}".rstrip()
    return [cut(f"{title}   {words.show(audit.policy.name)}" if audit.policy.name else title, WIDTH)]


def _data(words: Words) -> list[str]:
    rows = list(account.ledger(words))
    label, number = (max(len(row[i]) for row in rows) for i in (0, 1))
    lines = [f"{n:>{number}}  {_pad(name, label)}  {what}" for name, n, what in rows]
    return _beside(say("Data"), [cut(line, WIDTH - _LABEL) for line in lines])


def _rules(audit: Audit, words: Words) -> list[str]:
    """Return the table of rules, with the legend of its interval."""
    interval = say("{level} interval", level=words.confidence)
    head = (say("Rule"), say("Limit"), say("Worst"), interval, say("Made"), say("Beyond"), say("Open"), say("Verdict"))
    rows = [head, *(_rule(rule, words) for rule in audit.rules)]
    widths = [max(names.width(row[i]) for row in rows) for i in range(len(head))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(head) - 1))
    lines = []
    for rule, *cells in rows:
        fits = names.width(rule) <= widths[0]
        if not fits:
            lines.append(cut(rule, WIDTH))
        padded = [
            _pad(cell, width, left=i in (0, 6)) for i, (cell, width) in enumerate(zip(cells, widths[1:], strict=True))
        ]
        lines.append("  ".join([_pad(rule if fits else "", widths[0]), *padded]).rstrip())
    if words.by_point:
        how = say("Decided on the value alone, as the policy asks; the interval shows how uncertain it is.")
    else:
        how = say(
            "The {level} interval holds the values that the data leave plausible. All of it within the limit: the "
            "comparison is met. A still wider one wholly beyond: proven. Else it is open.",
            level=words.confidence,
        )
    legend = say("Made, beyond, open: the groups compared, those proven beyond the limit, those left open.")
    return [*lines, "", *wrap(f"{legend} {how}", WIDTH)]


def _rule(rule: RuleResult, words: Words) -> tuple[str, ...]:
    made = rule.compared + rule.compared_in_segments
    worst = words.shown(rule)
    return (
        names.visible(rule.id),
        words.limit(rule),
        "-" if worst is None else number_text(worst),
        "" if worst is None else interval_text(worst),
        whole(made),
        whole(rule.failed + rule.failed_in_segments),
        whole(rule.undecided + rule.undecided_in_segments),
        phrases.verdict(rule.word).upper(),
    )


def _pad(text: str, width: int, *, left: bool = True) -> str:
    blanks = " " * (width - names.width(text))
    return text + blanks if left else blanks + text


def _worst(audit: Audit, words: Words) -> list[str]:
    """Return the worst finding of each rule that decides the verdict; with a pass, the one nearest to its limit."""
    decided = [rule for rule in audit.gating if rule.verdict is audit.verdict and rule.limit.stated]
    chosen = [rule for rule in decided if words.first(rule) is not None]
    if audit.verdict is Verdict.PASS:
        chosen = [rule for rule in chosen if words.first(rule) == words.worst()][:1]
    lines = [
        f"{words.show(rule.id)}: {words.finding(finding)} {words.decision(finding)}{words.inside(finding, rule.id)}"
        for rule in chosen[:3]
        if (finding := words.first(rule)) is not None
    ]
    if len(chosen) > 3:
        lines.append(say_n("and {n} more rule", "and {n} more rules", len(chosen) - 3))
    labels = {Verdict.PASS: say("Nearest"), Verdict.FAIL: say("Worst case"), Verdict.INCONCLUSIVE: say("Look at")}
    return _labelled(labels[audit.verdict], lines)


def _measured(words: Words) -> list[str]:
    """Return what was measured in the population and not decided, since no limit is stated."""
    lines = [
        f"{words.show(f.rule)}, {words.pair(f)}: {value_text(f)} {interval_text(f)}; {_rates(f)}"
        for f in words.measured()
    ]
    return _labelled(say("Measured"), _some(lines))


def _rates(finding: Finding) -> str:
    group = rate_text(finding.group_rate)
    if finding.reference_rate is None:
        return group
    return say("{group} against {reference}", group=group, reference=rate_text(finding.reference_rate))


def _open_segments(words: Words) -> list[str]:
    """Return the segments that a pass does not speak of, with the smallest harm each could have proven."""
    beside = words.beside_a_pass()
    if beside is None:
        return []

    def proves(gap: str) -> str:
        return say("the smallest gap it could prove: {gap}", gap=gap)

    lines = [
        f"{words.show(rule.id)}, {words.place(segment)}: {proves(smallest)}"
        for rule, segment, _, smallest in words.unseen()
    ]
    return _labelled(say("Open"), [beside, *_some(lines)])


def _provable(words: Words) -> list[str]:
    lines = [f"{words.show(rule.id)}: {smallest}" for rule, smallest in words.proves()]
    if not lines:
        return []
    return _labelled(say("Could prove"), [say("The smallest gap that every comparison could have proven:"), *lines])


def _not_judged(words: Words) -> list[str]:
    small = [account.small_group(words, *entry) for entry in account.too_small(words)]
    lines = [f"{sentence(account.too_few(words))}:", *_some(small)] if small else []
    return _labelled(say("Not judged"), [*lines, *_some(account.unanswered(words))])


def _notes(audit: Audit, words: Words) -> list[str]:
    return _labelled(say("Note"), _some([*paradox.notes(words), *map(words.say, audit.notes)]))
