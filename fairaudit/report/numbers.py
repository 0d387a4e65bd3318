"""Numbers as text: written as the report's language writes them, and never rounded to the other side of a limit."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from fairaudit.report.language import say, say_n, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fairaudit.findings import Limit
    from fairaudit.intervals import Interval
    from fairaudit.metrics.row import Compare

_SAME = 1e-12
MINUS = "\u2212"
NOTHING = "\u2013"
"""A dash: between two limits, and where there is no value."""


def _side(value: float, limit: float) -> int:
    return 0 if abs(value - limit) <= _SAME else 1 if value > limit else -1


def whole(n: float) -> str:
    """Return a whole number, or one rounded to it, with a sign at thousands: "1,204"."""
    return written(f"{n:,.0f}")


def fixed(value: float, digits: int, sides: Iterable[float] = ()) -> str:
    """Return a number with as many more digits as it takes to show it on its own side of every limit.

    Parameters
    ----------
    value : float
        The number; infinite ones are "inf" and "-inf".
    digits : int
        Decimals where no limit is near.
    sides : iterable of float
        Limits: 0.796 beside the limit 0.8 is "0.796" at two digits, not "0.80".

    Returns
    -------
    str
        With a sign at thousands, and no minus before zero.
    """
    if math.isinf(value):
        return say("inf") if value > 0 else say("-inf")
    limits = tuple(sides)
    text = ""
    for places in range(digits, 16):
        text = f"{value:,.{places}f}"
        shown = float(text.replace(",", ""))
        if all(_side(shown, limit) == _side(value, limit) for limit in limits):
            break
    return written(text.removeprefix("-") if float(text.replace(",", "")) == 0 else text)


def percent(share: float, sides: Iterable[float] = (), digits: int = 1) -> str:
    """Return a share as "21.3 %"; only exactly none and all are "0.0 %" and "100.0 %"."""
    return f"{fixed(100 * share, digits, (0, 100, *(100 * side for side in sides)))} %"


def typeset(text: str) -> str:
    """Return numbers with a book's signs: a true minus, one sign for at least, no break before a per cent sign."""
    text = re.sub(r"(?<![\w.])-(?=\d|inf|∞)", MINUS, text)
    return text.replace(">= ", "≥\u00a0").replace("<= ", "≤\u00a0").replace(" %", "\u00a0%")


def level(confidence: float) -> str:
    """Return a confidence as "90 %" or "99.75 %", never as 100 %."""
    for digits in range(2, 12):
        shown = f"{100 * confidence:.{digits}f}"
        if float(shown) < 100:
            return f"{written(shown.rstrip('0').rstrip('.'))} %"
    return say("nearly 100 %")


def plain(value: float, digits: int = 0) -> str:
    """Return a number as it was written, with at least so many decimals: 0.8 is "0.80" at two, 0.125 stays."""
    text = f"{Decimal(repr(round(value, 12))).normalize():f}"
    whole_part, _, rest = text.partition(".")
    rest = rest.ljust(digits, "0")
    return written(f"{int(whole_part):,}.{rest}" if rest and whole_part != "-0" else text)


def ends(limit: Limit, compare: Compare) -> tuple[float, float]:
    """Return the lowest and highest value within a limit; a ratio's limit holds in both directions."""
    if not limit.stated:
        return -math.inf, math.inf
    if compare == "difference":
        most = math.inf if limit.max is None else limit.max
        return -most, most
    low = -math.inf if limit.min is None else limit.min
    high = math.inf if limit.max is None else limit.max
    if compare == "ratio":
        return (low if limit.min else 1 / high), (high if limit.max else 1 / low)
    return low, high


def compared(value: float, limit: Limit, compare: Compare, *, rate: bool) -> str:
    """Return a ratio, a difference or a value; differences of rates are in points, values of rates in percent."""
    sides = [side for side in ends(limit, compare) if math.isfinite(side)]
    if rate and compare == "difference":
        return fixed(100 * value, 1, [0, *(100 * side for side in sides)])
    if rate and compare == "value":
        return percent(value, sides)
    return fixed(value, 2 if compare == "ratio" else 3, sides)


def interval(limits: Interval, limit: Limit, compare: Compare, *, rate: bool) -> str:
    """Return an interval of compared values as "[0.57, 0.66]", in another language as "[0,57; 0,66]"."""
    low, high = (compared(end, limit, compare, rate=rate) for end in (limits.low, limits.high))
    return bracketed(low, high)


def points(size: str) -> str:
    """Return a finished number of percentage points: "1 point", "18.2 points"."""
    return say_n("{n} point", "{n} points", 1) if size == "1" else say("{size} points", size=size)


def bracketed(low: str, high: str) -> str:
    """Return two finished numbers as an interval."""
    return say("[{low}, {high}]", low=low, high=high)


def limit_text(limit: Limit, compare: Compare, *, rate: bool) -> str:
    """Return a limit in short: ">= 0.80", "±10 pts", "0.80 to 1.25" with a dash, "none"."""
    if not limit.stated:
        return say("none")
    if compare == "difference" and limit.max is not None:
        return say("±{size} pts", size=plain(100 * limit.max)) if rate else f"±{plain(limit.max)}"
    low, high = (
        None if end is None else percent(end, digits=0) if rate and compare == "value" else plain(end, 2)
        for end in (limit.min, limit.max)
    )
    if low is not None and high is not None:
        return f"{low}{NOTHING}{high}"
    return f">= {low}" if low is not None else f"<= {high}"
