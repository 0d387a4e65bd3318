"""What the sizes at hand can show: whether a comparison could pass, and the mildest harm it could have proven."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fairaudit import batch
from fairaudit.batch import Array, Estimates
from fairaudit.comparison import combined
from fairaudit.estimands import Rate
from fairaudit.intervals import INF, NAN, Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fairaudit.comparison import Comparison
    from fairaudit.metrics.row import Compare

_AHEAD = 16
"""Comparisons looked at together for the first that could prove less than those before."""


def undecidable(comparisons: Sequence[Comparison], confidence: float) -> list[bool]:
    """Return of each comparison of a rule whether even equal observed values could not pass at these sizes."""
    found = [
        c.reference is not None and not isinstance(c.arm.estimand, Rate) and not _equal(c, confidence)
        for c in comparisons
    ]
    rates = _Rates.of(comparisons, [confidence] * len(comparisons))
    if rates is not None:
        pooled = np.array([comparisons[i].pooled() for i in rates.rows])
        for i, passes in zip(rates.rows, rates.pass_alike(pooled).tolist(), strict=True):
            found[i] = not passes
    return found


def _equal(c: Comparison, confidence: float) -> bool:
    """Return whether a comparison would pass if both values were the pooled one."""
    assert c.reference is not None  # noqa: S101  the caller has looked
    sides = (side.if_it_were(c.pooled(), confidence) for side in (c.arm, c.reference))
    return combined(c.compare, *sides, shared=c.shared).inside(*c.band.ends)


def provable(comparisons: Sequence[Comparison], levels: Sequence[float]) -> list[float | None]:
    """Return of each comparison of a rule the mildest value beyond the limit that could have been proven, None if none.

    It is the value at which the interval, at the level that decides a failure, just leaves the limit when the
    reference keeps its observed rate.
    """
    found: list[float | None] = [None] * len(comparisons)
    rates = _Rates.of(comparisons, levels)
    if rates is not None:
        for i, value in zip(rates.rows, rates.provable().tolist(), strict=True):
            found[i] = None if math.isnan(value) else value
    return found


def provable_by_all(comparisons: Sequence[Comparison], side: float) -> float | None:
    """Return the provable value of the comparison that can prove least, None if one can prove nothing.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Those of one rule in the population, or in its segments.
    side : float
        The one-sided error that they share equally.
    """
    level = 1 - 2 * side / max(1, len(comparisons))
    rates = _Rates.of(comparisons, [level] * len(comparisons))
    if rates is None or len(rates.rows) < len(comparisons):
        return None
    weakest, place, ahead = NAN, 0, _AHEAD
    first, values = 0, rates[:_AHEAD].provable()
    while place < len(comparisons):
        proven = rates[place : place + ahead].proves(weakest)
        if proven.all():
            place, ahead = place + ahead, 2 * ahead
            continue
        place, ahead = place + int(proven.argmin()), _AHEAD
        if place >= first + _AHEAD:
            first, values = place, rates[place : place + _AHEAD].provable()
        weakest = float(values[place - first])
        if math.isnan(weakest):
            return None
        place += 1
    return weakest


@dataclass(frozen=True, slots=True)
class _Rates:
    """Comparisons of two rates under one rule as arrays of shape (n,)."""

    rows: Sequence[int]
    """Their places among all comparisons."""
    compare: Compare
    ends: tuple[float, float]
    method: Method
    sizes: tuple[Array, Array]
    below: NDArray[np.bool_]
    """Whether the group's rate is at most the reference's."""
    references: Estimates
    """As observed, at the level."""
    shared: NDArray[np.bool_]
    level: Array

    @classmethod
    def of(cls, comparisons: Sequence[Comparison], levels: Sequence[float]) -> _Rates | None:
        """Return those of the comparisons that are of two rates, None without any."""
        pairs = [
            (i, c, c.reference, level)
            for i, (c, level) in enumerate(zip(comparisons, levels, strict=True))
            if c.reference is not None and isinstance(c.arm.estimand, Rate)
        ]
        if not pairs:
            return None
        rows, (c, *_) = [i for i, *_ in pairs], comparisons
        sizes = np.array([(c.arm.effective(level), b.effective(level)) for _, c, b, level in pairs], dtype=float).T
        return cls(
            rows,
            c.compare,
            c.band.ends,
            c.arm.method,
            (sizes[0], sizes[1]),
            np.array([c.arm.value <= b.value for _, c, b, _ in pairs]),
            Estimates.of([b.estimate(level) for _, _, b, level in pairs]),
            np.array([c.shared for _, c, _, _ in pairs]),
            np.array([level for *_, level in pairs]),
        )

    def __getitem__(self, chosen: slice | NDArray[np.intp]) -> _Rates:
        own, others = self.sizes
        return replace(
            self,
            rows=self.rows if isinstance(chosen, slice) else [self.rows[i] for i in chosen],
            sizes=(own[chosen], others[chosen]),
            below=self.below[chosen],
            references=self.references[chosen],
            shared=self.shared[chosen],
            level=self.level[chosen],
        )

    def pass_alike(self, value: Array) -> NDArray[np.bool_]:
        """Return which would pass if both sides had this rate."""
        group, reference = (batch.rates(value, n, self.level, self.method) for n in self.sizes)
        interval, (low, high) = batch.combined(self.compare, group, reference, self.shared), self.ends
        return (low <= interval.low) & (interval.high <= high)

    def fail(self, value: Array) -> NDArray[np.bool_]:
        """Return which would fail if the group had this rate and the reference the one it has."""
        group = batch.rates(value, self.sizes[0], self.level, self.method)
        interval, (low, high) = batch.combined(self.compare, group, self.references, self.shared), self.ends
        return (interval.high < low) | (interval.low > high)

    def provable(self) -> Array:
        """Return the mildest values that each could prove, NaN for none."""
        base, (low, high) = self.references.value, self.ends
        limit, far = np.where(self.below, low, high), np.where(self.below, 0.0, 1.0)
        with np.errstate(invalid="ignore"):
            near = base * limit if self.compare == "ratio" else base + limit
        rows = np.flatnonzero((near > 0) & (near < 1))
        rows = rows[self[rows].fail(far[rows])]
        able, near, far, base = self[rows], near[rows], far[rows], base[rows]
        for _ in range(14 if len(rows) else 0):
            middle = (near + far) / 2
            fails = able.fail(middle)
            near, far = np.where(fails, near, middle), np.where(fails, middle, far)
        found = np.full(len(self.level), NAN)
        found[rows] = far / base if self.compare == "ratio" else far - base
        return found

    def proves(self, value: float) -> NDArray[np.bool_]:
        """Return which could have proven a value as far beyond the limit, on the side that each one's group lies on."""
        base, ratio = self.references.value, self.compare == "ratio"
        opposite = -value if not ratio else 1 / value if value else INF
        with np.errstate(invalid="ignore"):
            one = np.where(self.below == (value <= (1 if ratio else 0)), value, opposite)
            rate = base * one if ratio else base + one
        possible = (rate >= 0) & (rate <= 1)
        return possible & self.fail(np.where(possible, rate, 0.0))
