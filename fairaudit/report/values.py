"""The numbers of a finding as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report.language import say, term, written
from fairaudit.report.numbers import compared, fixed, interval, limit_text, percent, points, whole
from fairaudit.report.translated import in_language

if TYPE_CHECKING:
    from fairaudit.findings import Finding, Measured
    from fairaudit.intervals import Interval


def is_rate(finding: Finding) -> bool:
    """Return whether the compared values are counts over counts."""
    return finding.group_rate.numerator is not None


def number_text(finding: Finding) -> str:
    """Return the compared value without its unit: "0.61", "-13.6", "undefined"."""
    if finding.value is None:
        return say("undefined")
    return compared(finding.value, finding.limit, finding.compare, rate=is_rate(finding))


def value_text(finding: Finding) -> str:
    """Return the compared value in short: "0.61", "-13.6 points", "undefined"."""
    text = number_text(finding)
    in_points = finding.value is not None and finding.compare == "difference" and is_rate(finding)
    return points(text) if in_points else text


def interval_text(finding: Finding, limits: Interval | None = None) -> str:
    """Return an interval of a finding, by default the one at the policy's confidence: "[0.57, 0.66]"."""
    return interval(limits or finding.interval, finding.limit, finding.compare, rate=is_rate(finding))


def limit_of(finding: Finding) -> str:
    """Return a finding's limit in short."""
    return limit_text(finding.limit, finding.compare, rate=is_rate(finding))


def p_text(p_value: float) -> str:
    """Return a p-value in short: "p = 0.032", "p < 0.001"."""
    return f"p < {written('0.001')}" if p_value < 0.001 else f"p = {fixed(p_value, 3, (0.05,))}"


def signals(finding: Finding) -> str | None:
    """Return the regulatory readings as a sentence, None where the policy does not ask for them."""
    found = finding.significance
    if found is None:
        return None
    values = {"p_value": p_text(found.p_value), "test": term(found.test)}
    if finding.limit.stated and found.literal is Verdict.PASS:
        return say("Read literally it lies within the limit ({p_value}, {test}).", **values)
    if finding.limit.stated and found.literal is Verdict.FAIL:
        return say("Read literally it lies beyond the limit ({p_value}, {test}).", **values)
    return say("A test of equal rates gives {p_value} ({test}).", **values)


def rate_text(rate: Measured, *, counted: bool = True) -> str:
    """Return a group's own value with what it rests on: "21.3 % (665 of 3,120)"."""
    if rate.value is None:
        return in_language(rate.reason) if rate.reason else say("undefined")
    share = fixed(rate.value, 3) if rate.numerator is None else percent(rate.value)
    if not counted or rate.denominator is None:
        return share
    return say("{share} ({counts})", share=share, counts=counts_text(rate))


def counts_text(rate: Measured) -> str:
    """Return what a group's own value rests on: "665 of 3,120", "on 2,096"."""
    if rate.value is None or rate.denominator is None:
        return ""
    n = whole(rate.denominator)
    if rate.numerator is None:
        return say("on {n}", n=n)
    weighted = abs(rate.value * rate.denominator - rate.numerator) > 1e-9 * rate.denominator
    if weighted:
        return say("weighted; {k} of {n}", k=whole(rate.numerator), n=n)
    return say("{k} of {n}", k=whole(rate.numerator), n=n)
