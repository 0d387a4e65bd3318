"""The shuffle distance of an attribute: how far the groups' shares of the selected lie from their shares of all.

It is the total variation distance between the two audiences, half the sum of |share of the selected - share of all|:
the smallest part of the selected that would have to be others for both to look alike. It equals the largest surplus of
any set of groups, max over sets S of (share of S among the selected - share of S among all), which gives its interval.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairaudit import design, intervals
from fairaudit.cube import Cell, Count
from fairaudit.intervals import NAN, Interval, Method

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fairaudit.spec import Spec

ALL_GROUPS = "(all groups)"
"""What stands for a group where a finding is about all groups of an attribute together."""
MOST_GROUPS = 12
"""With more groups the sets of them are too many to look at, and a wider interval is given."""


@dataclass(frozen=True, slots=True)
class ShuffleDistance:
    """Half the sum, over the groups, of how far their share of the selected lies from their share of all decided."""

    name: str
    groups: tuple[Cell, ...] = field(default=(), repr=False, compare=False)
    """The cells of the attribute's groups, in the population or in one segment."""

    def of(self, groups: Iterable[Cell]) -> ShuffleDistance:
        """Return the same for these groups."""
        return replace(self, groups=tuple(groups))

    @property
    def needs(self) -> frozenset[str]:
        """The decision alone."""
        return frozenset({"prediction"})

    @property
    def passed_labels(self) -> bool:
        """Never: it looks at no label."""
        return False

    def _totals(self) -> tuple[list[int], list[int]]:
        """Return each group's weight among the selected and among all with a decision."""
        return [c.total(Count.SELECTED) for c in self.groups], [c.total(Count.DECIDED) for c in self.groups]

    def size(self, cell: Cell) -> int:  # noqa: ARG002  one signature for all estimands
        """Return the number of the selected in these groups."""
        return sum(c.count(Count.SELECTED) for c in self.groups)

    def customers(self, cell: Cell) -> int:  # noqa: ARG002
        """Return the number of customers among the selected."""
        return sum(c.customers(Count.SELECTED) for c in self.groups)

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:  # noqa: ARG002
        """Return the distance as a fraction, None where nobody is selected."""
        chosen, everybody = self._totals()
        n, total = sum(chosen), sum(everybody)
        if not n:
            return None
        apart = (abs(Fraction(k, n) - Fraction(m, total)) for k, m in zip(chosen, everybody, strict=True))
        return sum(apart, start=Fraction(0)) / 2

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the distance in [0, 1], NaN where nobody is selected."""
        exact = self.exact(cell, spec)
        return NAN if exact is None else float(exact)

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the interval, which errs on each side with at most (1 - confidence) / 2.

        The shares of all are taken as known; the selected are a sample of shares unknown. The true distance is the
        surplus of one set of groups, so the largest of all sets' upper limits holds it without a correction. The lower
        limit must hold for every set at once: Bonferroni over the 2**k - 2 sets of k groups. With more than
        `MOST_GROUPS` groups both ends are half the sum of the single groups' ends, Bonferroni over the groups. Rows of
        one customer count as one.
        """
        chosen, everybody = self._totals()
        if not sum(chosen) or len(chosen) < 2:
            return Interval(0.0, 1.0)
        n = min(design.alike(cell, spec, Count.SELECTED), self.size(cell))
        among = [k / sum(chosen) * n for k in chosen]
        shares = np.array(everybody, dtype=float) / sum(everybody)
        if len(chosen) > MOST_GROUPS:
            return self._by_groups(among, n, shares, confidence, method)
        inside, share = _sums(np.array(among)), _sums(shares)
        every_set = 1 - (1 - confidence) / len(inside)
        low = max(intervals.rate(k, n, every_set, method).low - q for k, q in zip(inside, share, strict=True))
        high = max(intervals.rate(k, n, confidence, method).high - q for k, q in zip(inside, share, strict=True))
        return Interval(max(0.0, float(low)), min(1.0, float(high)))

    def _by_groups(
        self, chosen: list[float], n: float, shares: np.ndarray, confidence: float, method: Method
    ) -> Interval:
        level = 1 - (1 - confidence) / (2 * len(chosen))
        limits = [intervals.rate(k, n, level, method) for k in chosen]
        low = sum(max(0.0, one.low - q, q - one.high) for one, q in zip(limits, shares, strict=True)) / 2
        high = sum(max(one.high - q, q - one.low) for one, q in zip(limits, shares, strict=True)) / 2
        return Interval(float(low), min(1.0, float(high)))


def _sums(parts: np.ndarray) -> np.ndarray:
    """Return the sum of every set of the parts, without the empty and the full one."""
    sums = np.zeros(1, dtype=parts.dtype)
    for part in parts:
        sums = np.concatenate((sums, sums + part))
    return sums[1:-1]
