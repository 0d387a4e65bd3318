"""Effective sizes: how many independent customers of equal weight a cell's rows are worth.

Rows of one customer are alike and unequal weights lean on few rows, so n rows tell less than n customers. Intervals are
made from the effective numbers instead: Kish's (1965) for weights, the linearised variance of customers' totals for
repeats and, where customers are few, Student's quantile in place of the normal one (Korn and Graubard 1998).
"""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.cube import Cell, Count, Spec, Spread


def plain(cell: Cell) -> bool:
    """Return whether every row is a customer of its own and weighs 1."""
    return cell.weights is None and cell.clusters is None


def repeated(cell: Cell, among: Count) -> bool:
    """Return whether a customer has several of the rows with these outcomes."""
    return cell.clusters is not None and cell.clusters.count(among) < cell.count(among)


def effective(cell: Cell, spec: Spec, of: Count, among: Count, confidence: float) -> tuple[float, float]:
    """Return the successes and trials of a plain sample that tells as much about a rate as the cell's rows.

    Parameters
    ----------
    cell : Cell
        The rows.
    spec : Spec
        Holds the unit of the weights.
    of, among : Count
        Numerator and denominator of the rate, the first a part of the second.
    confidence : float
        Two-sided level in (0, 1) of the interval they are for; it matters only where customers are few.

    Returns
    -------
    k, n : float
        The counts themselves where no customer repeats and no row is weighted; (0, 0) where nothing is known.
    """
    if plain(cell):
        return cell.count(of), cell.count(among)
    total = cell.total(among)
    if not total:
        return 0.0, 0.0
    rate, size = Fraction(cell.total(of), total), kish(cell, spec, among)
    if repeated(cell, among):
        assert cell.clusters is not None  # noqa: S101  something repeats
        spread = cell.clusters.spread(of, among)
        size = min(size, _independent(spread, rate, total, spec.unit)) * few(spread.customers, confidence)
    return float(rate) * size, size


def kish(cell: Cell, spec: Spec, among: Count) -> float:
    """Return Kish's effective number of rows, (sum of w) ** 2 / sum of w ** 2: the rows themselves without weights."""
    squares = cell.squares(among)
    return float(cell.total(among) ** 2 * spec.unit / squares) if squares else 0.0


def alike(cell: Cell, spec: Spec, among: Count) -> float:
    """Return the effective number of customers if all rows of a customer told the same: the fewest there can be."""
    if not repeated(cell, among):
        return kish(cell, spec, among)
    assert cell.clusters is not None  # noqa: S101  something repeats
    squares = cell.clusters.spread(among, among).mm
    return float(cell.total(among) ** 2 * spec.unit / squares) if squares else 0.0


def few(customers: int, confidence: float) -> float:
    """Return the factor (z / t) ** 2 by which an effective size shrinks when the variance rests on few customers."""
    if customers < 2:
        return 0.0
    from scipy.special import stdtrit

    side = 0.5 + confidence / 2
    return (NormalDist().inv_cdf(side) / float(stdtrit(customers - 1, side))) ** 2


def variance(customers: int, inner: Fraction, total: Fraction) -> float:
    """Return the linearised variance of a ratio of two sums over customers.

    Parameters
    ----------
    customers : int
        Number of customers, at least 2.
    inner : Fraction
        Sum over customers of (x - ratio * m) ** 2.
    total : Fraction
        Sum of m.
    """
    return float(Fraction(customers, customers - 1) * inner / total**2)


def _independent(spread: Spread, rate: Fraction, total: int, unit: Fraction) -> float:
    """Return the number of independent rows with the variance that the rate has over customers."""
    if spread.customers < 2:
        return 0.0
    if rate in (0, 1):
        # nobody differs, so nothing tells how alike the rows of a customer are: as alike as can be
        return float(total**2 * unit / spread.mm)
    inner = spread.xx - 2 * rate * spread.xm + rate**2 * spread.mm
    if not inner:
        return float("inf")
    return float(rate * (1 - rate)) / variance(spread.customers, inner * unit, total * unit)
