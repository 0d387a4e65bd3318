"""How many comparisons an audit made and what the correction for their number did, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report.numbers import NOTHING, level, plain
from fairaudit.report.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit, Correction, RuleResult
    from fairaudit.report.words import Words

HEAD = ("Rule", "In all customers", "A FAIL takes", "In segments", "A FAIL takes", "Held back")
"""Of the table whose rows `levels` gives."""


def brief(words: Words) -> str | None:
    """Return what was compared and corrected in one line for a terminal, None where nothing was compared."""
    made, corrections = _made(words.audit), _corrections(words.audit)
    if made < 2 or not corrections:
        return explained(words)
    shared = f"{count(made, 'comparison')} share the {_error(corrections)} error of a FAIL ({_over(words.audit)})"
    return f"{shared}: each needs {_span(corrections)}. {_held_back(words, corrections)}"


def explained(words: Words) -> str | None:
    """Return the same for a newcomer."""
    made, corrections = _made(words.audit), _corrections(words.audit)
    if not made:
        return None
    if not corrections:
        return f"{count(made, 'comparison')}, each decided on its value: their number is not weighed."
    if made == 1:
        return "1 comparison was made, so nothing had to be corrected for their number."
    return (
        f"{made:,} comparisons were made, and the more one compares, the more looks unfair by chance alone. So the "
        f"{_error(corrections)} of audits in which a FAIL may be an error are divided over {_over(words.audit)}, and "
        f"then over the comparisons made there: each needs an interval of {_span(corrections)} instead of "
        f"{words.confidence} to be called a failure. {_held_back(words, corrections)}"
    )


def levels(words: Words) -> list[tuple[str, ...]]:
    """Return per rule how many comparisons were made, the level a failure needs, and how many were held back."""
    return [
        (
            words.show(rule.id),
            f"{rule.compared:,}",
            _level(rule.correction.level),
            f"{rule.compared_in_segments:,}",
            _level(rule.correction.level_in_segments),
            f"{rule.correction.held_back:,}",
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
    segments = " and their segments" if any(rule.compared_in_segments for rule in _deciding(audit)) else ""
    return f"{count(len(_deciding(audit)), 'rule')}, all customers{segments}"


def _span(corrections: Sequence[Correction]) -> str:
    known = [one for each in corrections for one in (each.level, each.level_in_segments) if one is not None]
    low, high = level(min(known)), level(max(known))
    return low if low == high else f"{low} to {high}"


def _held_back(words: Words, corrections: Sequence[Correction]) -> str:
    n = sum(correction.held_back for correction in corrections)
    return (
        f"That held back {n:,}: beyond the limit at {words.confidence}, but no failure."
        if n
        else "That held back none."
    )


def _level(value: float | None) -> str:
    return NOTHING if value is None else level(value)
