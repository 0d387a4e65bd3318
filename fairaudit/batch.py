"""The intervals of `fairaudit.intervals` for the rates of many groups at once: the same numbers, to the last bit.

A call of SciPy or NumPy costs as much for one number as for a hundred, and a search for the customers that a comparison
lacks makes some hundred calls. `math.hypot` and ``** 2`` stay Python's, since NumPy's differ in the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fairaudit import intervals
from fairaudit.intervals import INF, Method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fairaudit.intervals import Estimate
    from fairaudit.metrics.row import Compare

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """The ends of many intervals, each an array of shape (n,)."""

    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Estimates:
    """The values of many groups, an array of shape (n,), with their intervals."""

    value: Array
    limits: Limits

    @classmethod
    def of(cls, many: Sequence[Estimate]) -> Estimates:
        """Return single estimates as arrays."""
        rows = [(one.value, one.interval.low, one.interval.high) for one in many]
        value, low, high = np.array(rows, dtype=float).reshape(-1, 3).T
        return cls(value, Limits(low, high))

    def __getitem__(self, chosen: slice | NDArray[np.intp]) -> Estimates:
        return Estimates(self.value[chosen], Limits(self.limits.low[chosen], self.limits.high[chosen]))


def squared(x: Array) -> Array:
    """Return each value to the power of two."""
    return np.fromiter((one**2 for one in x.tolist()), float, len(x))


def _hypot(x: Array, y: Array) -> Array:
    return np.fromiter(map(math.hypot, x.tolist(), y.tolist()), float, len(x))


def each(function: Callable[[float], float], x: Array) -> Array:
    """Return the values of a function of one number, called once for each different one."""
    different, places = np.unique(x, return_inverse=True)
    found: Array = np.array([function(one) for one in different.tolist()], dtype=float)[places]
    return found


def rates(value: Array, n: Array, confidence: Array, method: Method = "exact") -> Estimates:
    """Return observed rates with their intervals; see `fairaudit.intervals.rate`.

    Parameters
    ----------
    value, n : arrays of shape (m,)
        Rates in [0, 1] and the sizes they were observed at; not necessarily whole.
    confidence : array of shape (m,)
        Two-sided levels in (0, 1).
    method : {"exact", "wilson"}
        As for one rate.
    """
    k = value * n
    if method == "wilson":
        rows = zip(k.tolist(), n.tolist(), confidence.tolist(), strict=True)
        return Estimates(
            value, Estimates.of([intervals.Estimate(0, intervals.rate(*row, method)) for row in rows]).limits
        )
    from scipy.special import betaincinv

    side, some, all_but = (1 - confidence) / 2, k > 0, k < n
    # where nobody or everybody is counted the end is known, and what stands in for the counts is of no matter
    low = betaincinv(np.where(some, k, 1), np.where(some, n - k, 1) + 1, side)
    high = betaincinv(np.where(all_but, k, 1) + 1, np.where(all_but, n - k, 1), 1 - side)
    return Estimates(value, Limits(np.where(some, low, 0.0), np.where(all_but, high, 1.0)))


def combined(
    compare: Compare, group: Estimates, reference: Estimates | None, shared: NDArray[np.bool_] | None = None
) -> Limits:
    """Return the intervals of group / reference, group - reference or the group's rate.

    Parameters
    ----------
    compare : {"ratio", "difference", "value"}
        What is compared.
    group, reference : Estimates
        Rates, of which those undefined are NaN.
    shared : array of bool of shape (n,), optional
        Where the same customers may stand on both sides; see `fairaudit.intervals.together`.
    """
    if reference is None:
        return group.limits
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = _ratio(group, reference) if compare == "ratio" else _difference(group, reference)
        if shared is None or not shared.any():
            return apart
        a, b = group.limits, reference.limits
        if compare == "ratio":
            low = np.where(b.high > 0, a.low / b.high, 0.0)
            high = np.where(b.low > 0, a.high / b.low, INF)
        else:
            low, high = a.low - b.high, a.high - b.low
    known = shared & ~np.isnan(group.value) & ~np.isnan(reference.value)
    return Limits(np.where(known, low, apart.low), np.where(known, high, apart.high))


def _difference(a: Estimates, b: Estimates) -> Limits:
    delta = a.value - b.value
    low = delta - _hypot(a.value - a.limits.low, b.limits.high - b.value)
    high = delta + _hypot(a.limits.high - a.value, b.value - b.limits.low)
    unknown = np.isnan(delta)
    return Limits(np.where(unknown, -INF, low), np.where(unknown, INF, high))


def _ratio(a: Estimates, b: Estimates) -> Limits:
    low, inverse = _lower_ratio(a, b), _lower_ratio(b, a)
    unknown = np.isnan(a.value) | np.isnan(b.value)
    high = np.where(inverse > 0, 1 / inverse, INF)
    return Limits(np.where(unknown, 0.0, low), np.where(unknown, INF, high))


def _lower_ratio(a: Estimates, b: Estimates) -> Array:
    """Return the lower ends; see `fairaudit.intervals.ratio`."""
    numerator = a.limits.low * (2 * a.value - a.limits.low)
    denominator = b.limits.high * (2 * b.value - b.limits.high)
    width = b.limits.high - b.limits.low
    further = np.maximum(2 * b.value - b.limits.low - b.limits.high, 0.0)
    lean = np.where(width != 0, further / width, 0.0)
    product = a.value * b.value + squared(lean) / 2 * (a.value - a.limits.low) * (b.limits.high - b.value)
    divisor = product + np.sqrt(np.maximum(product * product - numerator * denominator, 0.0))
    return np.where((numerator > 0) & (divisor != 0), numerator / divisor, 0.0)
