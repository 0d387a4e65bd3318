"""Intervals for one rate, mean or area, and for the difference and the ratio of two of them.

A rate's limits are exact (Clopper and Pearson 1934); two groups' limits are combined by MOVER, the method of variance
estimates recovery (Newcombe 1998, method 10, for the difference; Donner and Zou 2012 for the ratio). MOVER does not ask
how the single limits were found, so weights, repeats and noise only ever change one group's limits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

INF = math.inf
NAN = math.nan

Method = Literal["exact", "wilson"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed range of values; a side that nothing is known about is infinite."""

    low: float
    high: float

    def inside(self, low: float, high: float) -> bool:
        """Return whether the whole interval lies in [low, high]."""
        return low <= self.low and self.high <= high

    def outside(self, low: float, high: float) -> bool:
        """Return whether the whole interval lies strictly beyond one side of [low, high]."""
        return self.high < low or self.low > high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; the value is NaN where it is undefined."""

    value: float
    interval: Interval


@lru_cache(maxsize=65536)
def rate(k: float, n: float, confidence: float, method: Method = "exact") -> Interval:
    """Return the two-sided interval of a binomial rate.

    Parameters
    ----------
    k, n : float
        Successes and trials, 0 <= k <= n; not necessarily whole (an effective sample size).
    confidence : float
        Two-sided level in (0, 1); each side errs with (1 - confidence) / 2.
    method : {"exact", "wilson"}
        "exact": Clopper-Pearson, whose error per side is at most nominal. "wilson": Wilson (1927), nearer on average.

    Returns
    -------
    Interval
        Within [0, 1]; (0, 1) for n = 0.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    if method == "wilson":
        return _wilson(k, n, confidence)
    from scipy.special import betaincinv

    side = (1 - confidence) / 2
    low = float(betaincinv(k, n - k + 1, side)) if k > 0 else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - side)) if k < n else 1.0
    return Interval(low, high)


def _wilson(k: float, n: float, confidence: float) -> Interval:
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = k / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((centre + sign * spread) / (1 + z * z / n) for sign in (-1, 1))
    return Interval(low if k > 0 else 0.0, high if k < n else 1.0)


def mean(n: float, value: float, variance: float, confidence: float) -> Interval:
    """Return Student's interval of a mean.

    Parameters
    ----------
    n : float
        Number of values; under 2 nothing is known and the interval is infinite.
    value, variance : float
        Mean and unbiased variance of the values.
    confidence : float
        Two-sided level in (0, 1).
    """
    if n < 2:
        return Interval(-INF, INF)
    from scipy.special import stdtrit

    spread = float(stdtrit(n - 1, 0.5 + confidence / 2)) * math.sqrt(max(variance, 0.0) / n)
    return Interval(value - spread, value + spread)


def logit(value: float, error: float, confidence: float) -> Interval:
    """Return the interval of a value in (0, 1) with a standard error, symmetric on the logit scale.

    At 0 or 1, or without a standard error, the scale says nothing and the interval is (0, 1).
    """
    if not 0 < value < 1 or not math.isfinite(error):
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = math.log(value / (1 - value))
    spread = z * error / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-(centre + sign * spread))) for sign in (-1, 1))
    return Interval(low, high)


def difference(a: Estimate, b: Estimate) -> Interval:
    """Return the MOVER interval of ``a - b`` (Newcombe 1998, method 10)."""
    if math.isnan(a.value) or math.isnan(b.value):
        return Interval(-INF, INF)
    delta = a.value - b.value
    return Interval(
        delta - math.hypot(a.value - a.interval.low, b.interval.high - b.value),
        delta + math.hypot(a.interval.high - a.value, b.value - b.interval.low),
    )


def weighted(parts: Sequence[tuple[float, Estimate]]) -> Estimate:
    """Return a weighted sum of independent estimates with its MOVER interval (Zou, Huang and Zhang 2009).

    Parameters
    ----------
    parts : sequence of (float, Estimate)
        Weights, not negative, each with its estimate; shares that add up to 1 give an average.
    """
    value = math.fsum(weight * one.value for weight, one in parts)
    below = math.hypot(*(weight * (one.value - one.interval.low) for weight, one in parts))
    above = math.hypot(*(weight * (one.interval.high - one.value) for weight, one in parts))
    return Estimate(value, Interval(value - below, value + above))


def together(a: Interval, b: Interval, *, as_ratio: bool) -> Interval:
    """Return the interval of ``a - b`` or ``a / b`` whose limits hold however the two estimates depend on each other.

    Every value in it comes from a value of each interval, so it misses only if one of them does.
    """
    if not as_ratio:
        return Interval(a.low - b.high, a.high - b.low)
    if a.low < 0 or b.low < 0:
        return Interval(-INF, INF)
    return Interval(a.low / b.high if b.high > 0 else 0.0, a.high / b.low if b.low > 0 else INF)


def ratio(a: Estimate, b: Estimate) -> Interval:
    """Return the MOVER interval of ``a / b`` for values that are not negative (Donner and Zou 2012).

    Where a side's limits reach further down than up, as those of a rate near 1 do, the two sides are added as if they
    were correlated (Zou 2007) by minus half the squared `_lean`; without that a pass errs too often there.
    Where the reference's lower limit is 0 the ratio has no upper limit; where nothing happened on either side the
    interval is (0, inf).
    A ratio of values below 0 has no meaning, so nothing is known of it.
    """
    if math.isnan(a.value) or math.isnan(b.value):
        return Interval(0.0, INF)
    if min(a.value, b.value) < 0:
        return Interval(-INF, INF)
    return Interval(_lower_ratio(a, b), _upper_ratio(a, b))


def _lower_ratio(a: Estimate, b: Estimate) -> float:
    numerator = a.interval.low * (2 * a.value - a.interval.low)
    if numerator <= 0:
        return 0.0
    if math.isinf(b.interval.high):
        return 0.0
    denominator = b.interval.high * (2 * b.value - b.interval.high)
    product = a.value * b.value + _lean(b) ** 2 / 2 * (a.value - a.interval.low) * (b.interval.high - b.value)
    # the smaller root of a quadratic, written so that no near-equal numbers are subtracted
    divisor = product + math.sqrt(max(product * product - numerator * denominator, 0.0))
    return numerator / divisor if divisor else 0.0  # a limit of 1e-308, whose square is lost


def _lean(b: Estimate) -> float:
    """Return how much further an interval reaches down than up, as a share of its width in [0, 1]; 0 if it does not."""
    width = b.interval.high - b.interval.low
    return max(2 * b.value - b.interval.low - b.interval.high, 0.0) / width if width else 0.0


def _upper_ratio(a: Estimate, b: Estimate) -> float:
    inverse = _lower_ratio(b, a)
    return 1 / inverse if inverse > 0 else INF
