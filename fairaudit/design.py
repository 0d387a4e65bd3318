"""Effective sizes: how many independent customers of equal weight a cell's rows are worth.

Rows of one customer are alike and unequal weights lean on few rows, so n rows tell less than n customers. Intervals are
made from the effective numbers instead: at most Kish's (1965), fewer where the linearised variance of the (customers')
totals is larger, as where weights go with the outcome, and, where customers that repeat are few, Student's quantile in
place of the normal one (Korn and Graubard 1998).
"""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.cube import Cell, Count
    from fairaudit.spec import Spec


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
    rate = Fraction(cell.total(of), total)
    size = shrunk(
        cell,
        spec,
        among,
        inner=_inner(cell, of, among, rate) * spec.unit,
        single=float(rate * (1 - rate)),
        total=total * spec.unit,
        confidence=confidence,
    )
    return float(rate) * size, size


def shrunk(
    cell: Cell, spec: Spec, among: Count, *, inner: Fraction, single: float, total: Fraction, confidence: float
) -> float:
    """Return the effective number of rows: at most Kish's, fewer where weights go with the value or customers repeat.

    Parameters
    ----------
    cell, spec, among
        The rows.
    inner : Fraction
        Sum over customers of (x - ratio * m) ** 2, the weighted totals of each: over rows, where each is a customer.
    single : float
        The variance that one independent row of weight 1 has; 0 where nobody differs.
    total : Fraction
        Sum of m.
    confidence : float
        Two-sided level; it matters only where customers are few.
    """
    again, size = repeated(cell, among), kish(cell, spec, among)
    customers = cell.customers(among)
    if again and (customers < 2 or single <= 0):
        # nobody differs, so nothing tells how alike the rows of a customer are: as alike as can be
        size = alike(cell, spec, among)
    elif inner > 0 and single > 0:
        size = min(size, single / variance(inner, total, customers if again else None))
    return size * few(customers, confidence) if again else size


def kish(cell: Cell, spec: Spec, among: Count) -> float:
    """Return Kish's effective number of rows, (sum of w) ** 2 / sum of w ** 2: the rows themselves without weights."""
    squares = cell.squares(among)
    found = float(cell.total(among) ** 2 * spec.unit / squares) if squares else 0.0
    return min(found, cell.count(among))


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


def variance(inner: Fraction, total: Fraction, customers: int | None = None) -> float:
    """Return the linearised variance of a ratio of two sums.

    Parameters
    ----------
    inner : Fraction
        Sum of (x - ratio * m) ** 2.
    total : Fraction
        Sum of m.
    customers : int, optional
        Number of customers, at least 2, where the sums are over customers' totals; None: over rows.
    """
    found = inner / total**2
    return float(found if customers is None else found * Fraction(customers, customers - 1))


def _inner(cell: Cell, of: Count, among: Count, rate: Fraction) -> Fraction:
    """Return the sum of (x - rate * m) ** 2, over customers where there are any, else over rows."""
    if cell.clusters is not None:
        spread = cell.clusters.spread(of, among)
        return spread.xx - 2 * rate * spread.xm + rate**2 * spread.mm
    squares, others = cell.squares(of), cell.squares(among) - cell.squares(of)
    return squares * (1 - rate) ** 2 + others * rate**2
