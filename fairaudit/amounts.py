"""Amounts that groups pay or get: at the same mix of products, and in standard deviations apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fairaudit import intervals, reasons
from fairaudit.cube import Cell, Count
from fairaudit.estimands import Mean, estimate
from fairaudit.intervals import INF, NAN, Interval, Method
from fairaudit.spec import MISSING, Spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

LEAST_COVERAGE = 0.9
"""Least share of the rows that must be in strata where every group has values; with less, nothing is averaged."""
_FEWEST = 2
"""Values a group needs in a stratum: one has no spread."""


@dataclass(frozen=True, slots=True)
class OfAmount:
    """An amount that is compared in a way that depends on the place: everybody in the population or in a segment."""

    name: str
    amount: Mean

    @property
    def needs(self) -> frozenset[str]:
        """The amount."""
        return self.amount.needs

    @property
    def passed_labels(self) -> bool:
        """As for the amount."""
        return self.amount.passed_labels

    def about(self, amount: Mean) -> Self:
        """Return the same of another amount."""
        return replace(self, amount=amount)


@dataclass(frozen=True, slots=True)
class SameMix(OfAmount):
    """The mean of an amount, averaged over the strata with the same weights for every group.

    Direct standardisation: the weights are the strata's shares of everybody, so that a group does not pay more for
    buying dearer products. Without a stratum column it is the plain mean.
    """

    weights: tuple[tuple[str, float], ...] = field(default=(), repr=False, compare=False)
    """Stratum and its share, of those in which every group has values; filled in by `within`."""

    def within(self, everybody: Cell, groups: Sequence[Cell]) -> tuple[Self, float]:
        """Return the same with the weights of one place, and the share of its rows that these strata cover.

        Parameters
        ----------
        everybody : Cell
            Of the population or a segment, with its parts by the stratum.
        groups : sequence of Cell
            The groups that are to be compared there.
        """
        if "stratum" not in everybody.parts:
            return self, 1.0
        strata = {name: part for name, part in everybody.parts["stratum"].items() if name != MISSING}

        def known(group: Cell, name: str) -> bool:
            part = group.parts["stratum"].get(name)
            return part is not None and self.amount.size(part) >= _FEWEST

        shared = {name: self.amount.size(strata[name]) for name in strata if all(known(g, name) for g in groups)}
        rows, used = self.amount.size(everybody), sum(shared.values())
        weights = tuple((name, n / used) for name, n in shared.items())
        return replace(self, weights=weights), used / rows if rows else 0.0

    def _parts(self, cell: Cell) -> list[tuple[float, Cell]]:
        """Return the cell's strata with their weights; the whole cell where there are none."""
        strata = cell.parts.get("stratum")
        if strata is None:
            return [(1.0, cell)]
        return [(weight, strata.get(name, Cell())) for name, weight in self.weights]

    def size(self, cell: Cell) -> int:
        """Return the number of amounts in these strata."""
        return sum(self.amount.size(part) for _, part in self._parts(cell))

    def customers(self, cell: Cell) -> int:
        """Return the number of customers with an amount; in several strata, at most the group's."""
        known = sum(self.amount.customers(part) for _, part in self._parts(cell))
        return min(known, cell.customers(Count.ALL))

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the weighted mean of the strata's means, NaN without strata or where one is empty."""
        parts = self._parts(cell)
        return math.fsum(weight * self.amount.value(part, spec) for weight, part in parts) if parts else NAN

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the MOVER interval of the weighted sum (Zou, Huang and Zhang 2009).

        Where customers repeat, their rows in several strata depend on each other: the strata's errors are then added as
        if they moved together, so it is never narrower than it should be.
        """
        parts = [(weight, estimate(self.amount, part, spec, confidence, method)) for weight, part in self._parts(cell)]
        if not parts or any(math.isnan(one.value) for _, one in parts):
            return Interval(-INF, INF)
        if cell.clusters is not None and len(parts) > 1:
            ends = [(weight * one.interval.low, weight * one.interval.high) for weight, one in parts]
            return Interval(math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends))
        return intervals.weighted(parts).interval


@dataclass(frozen=True, slots=True)
class Standardized(OfAmount):
    """The mean of an amount in standard deviations of everybody's: a difference of 0.2 is called small (Cohen 1988)."""

    spread: float = field(default=NAN, repr=False, compare=False)
    """Everybody's standard deviation, taken as known; filled in by `within`."""

    def within(self, everybody: Cell, spec: Spec) -> Self:
        """Return the same with the spread of everybody in one place."""
        return replace(self, spread=self.amount.deviation(everybody, spec))

    def size(self, cell: Cell) -> int:
        """Return the number of amounts."""
        return self.amount.size(cell)

    def customers(self, cell: Cell) -> int:
        """Return the number of customers with an amount."""
        return self.amount.customers(cell)

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the mean over the spread, NaN where all amounts are alike."""
        return self.amount.value(cell, spec) / self.spread if self.spread > 0 else NAN

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the mean's interval over the spread."""
        if not self.spread > 0:
            return Interval(-INF, INF)
        limits = self.amount.interval(cell, spec, confidence, method)
        return Interval(limits.low / self.spread, limits.high / self.spread)


def in_place(
    estimand: SameMix | Standardized, everybody: Cell, groups: Sequence[Cell], spec: Spec
) -> tuple[SameMix | Standardized, str | None]:
    """Return what is compared in the population or a segment, and why it cannot be, None if it can.

    Parameters
    ----------
    estimand : SameMix or Standardized
        As the metric declares it.
    everybody : Cell
        Everybody there.
    groups : sequence of Cell
        The groups that are to be compared there.
    spec : Spec
        Of the cube.
    """
    if isinstance(estimand, Standardized):
        return estimand.within(everybody, spec), None
    bound, covered = estimand.within(everybody, groups)
    if covered >= LEAST_COVERAGE:
        return bound, None
    return bound, reasons.FEW_IN_SHARED_STRATA(share=100 * covered, name=spec.stratum, least=100 * LEAST_COVERAGE)
