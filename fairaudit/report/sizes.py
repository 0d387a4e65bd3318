"""What the numbers of customers can show, in words: how many more would settle a finding, and what could be proven."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import ends, fixed, points
from fairaudit.report.values import is_rate

if TYPE_CHECKING:
    from fairaudit.findings import Limit, Needed, RuleResult
    from fairaudit.metrics.row import Compare


def settled(needed: Needed, group: str, reference: str | None) -> str:
    """Return how many more customers would settle an open comparison, if it is fair and if it is as it looks.

    Parameters
    ----------
    needed : Needed
        The numbers; "four times in five" is their power of 0.8.
    group, reference : str
        The groups as a sentence names them; no reference where the group's own value is held against the limit.
    """
    fair, observed = needed.if_fair, needed.as_observed
    if reference is None:
        return _own_value(observed, group)
    if fair is None:
        return _reference_too_small(observed, group, reference)
    first = _enough() if fair == 0 else _if_equal(fair, group)
    return f"{first} {_as_observed(observed, group)}"


def _own_value(observed: int | None, group: str) -> str:
    if observed is None:
        return say(
            "If the rate is as observed, it lies so near the limit that no number of {group} will settle it.",
            group=group,
        )
    return say_n(
        "Four times in five {n} more customer of {group} would settle it if the rate is as observed.",
        "Four times in five {n} more customers of {group} would settle it if the rate is as observed.",
        observed,
        group=group,
    )


def _reference_too_small(observed: int | None, group: str, reference: str) -> str:
    if observed is None:
        return say(
            "More of {group} alone would not settle it: {reference} has too few.", group=group, reference=reference
        )
    return say_n(
        "More of {group} alone would not settle it if the rates are equal: {reference} has too few; if they are as "
        "observed, {n} more customer would, four times in five.",
        "More of {group} alone would not settle it if the rates are equal: {reference} has too few; if they are as "
        "observed, {n} more customers would, four times in five.",
        observed,
        group=group,
        reference=reference,
    )


def _enough() -> str:
    return say("Four times in five these numbers are enough if the rates are equal.")


def _if_equal(fair: int, group: str) -> str:
    return say_n(
        "Four times in five {n} more customer of {group} would settle it if the rates are equal.",
        "Four times in five {n} more customers of {group} would settle it if the rates are equal.",
        fair,
        group=group,
    )


def _as_observed(observed: int | None, group: str) -> str:
    if observed is None:
        return say(
            "If they are as observed, they lie so near the limit that no number of {group} will settle it.", group=group
        )
    return say_n(
        "If they are as observed, it takes {n} more customer of {group}.",
        "If they are as observed, it takes {n} more customers of {group}.",
        observed,
        group=group,
    )


def gap(value: float, limit: Limit, compare: Compare) -> str:
    """Return a gap between two rates: "54 for every 100", "18.2 points"."""
    sides = [100 * side for side in ends(limit, compare) if math.isfinite(side)]
    if compare == "ratio":
        return say("{n} for every 100", n=fixed(100 * value, 0, sides))
    return points(fixed(100 * abs(value), 1, sides))


def provable(rule: RuleResult) -> str | None:
    """Return the smallest gap that every comparison of a rule could have proven; None where rates are not compared."""
    if rule.worst is None or rule.compare == "value" or not is_rate(rule.worst):
        return None
    total, inside = (_gap_or_none(value, rule) for value in (rule.provable, rule.provable_in_segments))
    if rule.compared and rule.compared_in_segments:
        return say("{total}; in segments {inside}", total=total, inside=inside)
    return total if rule.compared else say("in segments {inside}", inside=inside)


def _gap_or_none(value: float | None, rule: RuleResult) -> str:
    return say("none, some groups are too small") if value is None else gap(value, rule.limit, rule.compare)
