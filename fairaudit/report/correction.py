"""How many comparisons an audit made and what the correction for their number did, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report.language import message, say, say_n
from fairaudit.report.numbers import NOTHING, level, plain, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit, Correction, RuleResult
    from fairaudit.report.words import Words

HEAD = (
    message("Rule"),
    message("In all customers"),
    message("A FAIL takes"),
    message("In segments"),
    message("A FAIL takes"),
    message("Held back"),
)
"""Of the table whose rows `levels` gives."""


def head() -> tuple[str, ...]:
    """Return the head of that table in the language of the report."""
    return tuple(say(name) for name in HEAD)


def brief(words: Words) -> str | None:
    """Return what was compared and corrected in one line for a terminal, None where nothing was compared."""
    made, corrections = _made(words.audit), _corrections(words.audit)
    if made < 2 or not corrections:
        return explained(words)
    shared = say(
        "{n} comparisons share the {error} error of a FAIL ({over}): each needs {levels}.",
        n=whole(made),
        error=_error(corrections),
        over=_over(words.audit),
        levels=_span(corrections),
    )
    return f"{shared} {_held_back(words, corrections)}"


def explained(words: Words) -> str | None:
    """Return the same for a newcomer."""
    made, corrections = _made(words.audit), _corrections(words.audit)
    if not made:
        return None
    if not corrections:
        return say_n(
            "{n} comparison, decided on its value: their number is not weighed.",
            "{n} comparisons, each decided on its value: their number is not weighed.",
            made,
        )
    if made == 1:
        return say("1 comparison was made, so nothing had to be corrected for their number.")
    divided = say(
        "{n} comparisons were made, and the more one compares, the more looks unfair by chance alone. So the {error} "
        "of audits in which a FAIL may be an error are divided over {over}, and then over the comparisons made there: "
        "each needs an interval of {levels} instead of {confidence} to be called a failure.",
        n=whole(made),
        error=_error(corrections),
        over=_over(words.audit),
        levels=_span(corrections),
        confidence=words.confidence,
    )
    return f"{divided} {_held_back(words, corrections)}"


def levels(words: Words) -> list[tuple[str, ...]]:
    """Return per rule how many comparisons were made, the level a failure needs, and how many were held back."""
    return [
        (
            words.show(rule.id),
            whole(rule.compared),
            _level(rule.correction.level),
            whole(rule.compared_in_segments),
            _level(rule.correction.level_in_segments),
            whole(rule.correction.held_back),
        )
        for rule in words.audit.rules
        if rule.correction is not None
    ]


def _deciding(audit: Audit) -> list[RuleResult]:
    """Return the rules that can fail an audit."""
    return [rule for rule in audit.gating if rule.limit.stated]


def _made(audit: Audit) -> int:
    return sum(rule.compared + rule.compared_in_segments for rule in _deciding(audit))


def _corrections(audit: Audit) -> list[Correction]:
    return [rule.correction for rule in audit.rules if rule.correction is not None]


def _error(corrections: Sequence[Correction]) -> str:
    return f"{plain(100 * corrections[0].error)} %"


def _over(audit: Audit) -> str:
    """Return over what the error is divided: "3 rules, all customers and their segments"."""
    rules = _deciding(audit)
    if any(rule.compared_in_segments for rule in rules):
        return say_n(
            "{n} rule, all customers and their segments", "{n} rules, all customers and their segments", len(rules)
        )
    return say_n("{n} rule, all customers", "{n} rules, all customers", len(rules))


def _span(corrections: Sequence[Correction]) -> str:
    known = [one for each in corrections for one in (each.level, each.level_in_segments) if one is not None]
    low, high = level(min(known)), level(max(known))
    return low if low == high else say("{low} to {high}", low=low, high=high)


def _held_back(words: Words, corrections: Sequence[Correction]) -> str:
    n = sum(correction.held_back for correction in corrections)
    if not n:
        return say("That held back none.")
    return say_n(
        "That held back {n}: beyond the limit at {level}, but no failure.",
        "That held back {n}: beyond the limit at {level}, but no failure.",
        n,
        level=words.confidence,
    )


def _level(value: float | None) -> str:
    return NOTHING if value is None else level(value)
