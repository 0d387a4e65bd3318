"""What the numbers of customers can show, in words: how many more would settle a finding, and what could be proven."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.report.numbers import ends, fixed
from fairaudit.report.values import is_rate

if TYPE_CHECKING:
    from fairaudit.findings import Limit, Needed, RuleResult
    from fairaudit.metrics.row import Compare

HOW_SURE = "Four times in five"
"""Power 0.8."""


def settled(needed: Needed, group: str, reference: str | None) -> str:
    """Return how many more customers would settle an open comparison, if it is fair and if it is as it looks.

    Parameters
    ----------
    needed : Needed
        The numbers.
    group, reference : str
        The groups as a sentence names them; no reference where the group's own value is held against the limit.
    """
    fair, observed = needed.if_fair, needed.as_observed
    no_number = f"so near the limit that no number of {group} will settle it"
    if reference is None:
        if observed is None:
            return f"If the rate is as observed, it lies {no_number}."
        return f"{HOW_SURE} {_more(observed)} of {group} would settle it if the rate is as observed."
    if fair is None:
        alone = f"of {group} alone would not settle it{'' if observed is None else ' if the rates are equal'}"
        also = "" if observed is None else f"; if they are as observed, {_more(observed)} would, {HOW_SURE.lower()}"
        return f"More {alone}: {reference} has too few{also}."
    also = f"{observed:,} if they are as observed" if observed is not None else ""
    if fair == 0:
        start = f"{HOW_SURE} these numbers are enough if the rates are equal"
        return f"{start}; if they are as observed, " + (
            f"they lie {no_number}." if observed is None else f"it takes {_more(observed)} of {group}."
        )
    start = f"{HOW_SURE} {_more(fair)} of {group} would settle it if the rates are equal"
    return f"{start}, {also}." if also else f"{start}; if they are as observed, they lie {no_number}."


def _more(n: int) -> str:
    return f"{n:,} more customer{'' if n == 1 else 's'}"


def gap(value: float, limit: Limit, compare: Compare) -> str:
    """Return a gap between two rates: "54 for every 100", "18.2 points"."""
    sides = [100 * side for side in ends(limit, compare) if math.isfinite(side)]
    if compare == "ratio":
        return f"{fixed(100 * value, 0, sides)} for every 100"
    return f"{fixed(100 * abs(value), 1, sides)} points"


def provable(rule: RuleResult) -> str | None:
    """Return the smallest gap that every comparison of a rule could have proven; None where rates are not compared."""
    if rule.worst is None or rule.compare == "value" or not is_rate(rule.worst):
        return None
    parts = []
    if rule.compared:
        parts.append(_gap_or_none(rule.provable, rule))
    if rule.compared_in_segments:
        parts.append(f"in segments {_gap_or_none(rule.provable_in_segments, rule)}")
    return "; ".join(parts)


def _gap_or_none(value: float | None, rule: RuleResult) -> str:
    return "none, some groups are too small" if value is None else gap(value, rule.limit, rule.compare)
