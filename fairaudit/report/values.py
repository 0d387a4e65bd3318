"""The numbers of a finding as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report.numbers import compared, fixed, interval, limit_text, percent

if TYPE_CHECKING:
    from fairaudit.findings import Finding, Measured
    from fairaudit.intervals import Interval


def is_rate(finding: Finding) -> bool:
    """Return whether the compared values are counts over counts."""
    return finding.group_rate.numerator is not None


def value_text(finding: Finding) -> str:
    """Return the compared value in short: "0.61", "-13.6 points", "undefined"."""
    if finding.value is None:
        return "undefined"
    text = compared(finding.value, finding.limit, finding.compare, rate=is_rate(finding))
    return f"{text} points" if finding.compare == "difference" and is_rate(finding) else text


def interval_text(finding: Finding, limits: Interval | None = None) -> str:
    """Return an interval of a finding, by default the one at the policy's confidence: "[0.57, 0.66]"."""
    return interval(limits or finding.interval, finding.limit, finding.compare, rate=is_rate(finding))


def limit_of(finding: Finding) -> str:
    """Return a finding's limit in short."""
    return limit_text(finding.limit, finding.compare, rate=is_rate(finding))


def p_text(p_value: float) -> str:
    """Return a p-value in short: "p = 0.032", "p < 0.001"."""
    return "p < 0.001" if p_value < 0.001 else f"p = {fixed(p_value, 3, (0.05,))}"


def signals(finding: Finding) -> str:
    """Return the regulatory readings in brackets, nothing where the policy does not ask for them."""
    found = finding.significance
    if found is None:
        return ""
    side = {Verdict.PASS: "within it, ", Verdict.FAIL: "beyond it, "}.get(found.literal, "")
    literal = f"read literally {side}" if finding.limit.stated else ""
    return f" ({literal}{p_text(found.p_value)}, {found.test})"


def rate_text(rate: Measured, *, counted: bool = True) -> str:
    """Return a group's own value with what it rests on: "21.3 % (665 of 3,120)"."""
    if rate.value is None:
        return rate.reason or "undefined"
    if rate.numerator is None or rate.denominator is None:
        return f"{fixed(rate.value, 3)} (on {rate.denominator:,})" if counted else fixed(rate.value, 3)
    weighted = abs(rate.value * rate.denominator - rate.numerator) > 1e-9 * rate.denominator
    how = "weighted; " if weighted else ""
    return percent(rate.value) + (f" ({how}{rate.numerator:,} of {rate.denominator:,})" if counted else "")
