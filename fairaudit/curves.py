"""What the scores of one cell tell beside their labels: the area under the ROC curve, and calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from fairaudit import design, intervals
from fairaudit.cube import Cell, Count
from fairaudit.intervals import INF, NAN, Interval, Method

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fairaudit.spec import Spec

RARER_CLASS = 30
"""Fewest customers of the rarer class for which the interval of an area under the curve holds its level."""


@dataclass(frozen=True, slots=True)
class Area:
    """Area under the ROC curve, from the score histogram."""

    name: str

    @property
    def needs(self) -> frozenset[str]:
        """Labels and scores on a known scale."""
        return frozenset({"label", "curve"})

    @property
    def passed_labels(self) -> bool:
        """Always: every label is ranked."""
        return True

    def size(self, cell: Cell) -> int:
        """Return the number of scored rows of the rarer class."""
        return 0 if cell.histogram is None else int(cell.histogram[:2].sum(axis=1).min())

    def customers(self, cell: Cell) -> int:
        """Return the number of customers of the rarer class."""
        return min(self.size(cell), cell.customers(Count.POSITIVE), cell.customers(Count.NEGATIVE))

    def bounds(self, cell: Cell) -> Interval:
        """Return the range that holds the area of the unbinned scores, whatever their order inside a bin."""
        positive, negative = _scores(cell)
        pairs = positive.sum() * negative.sum()
        if not pairs:
            return Interval(NAN, NAN)
        below = np.concatenate(([0.0], np.cumsum(negative)[:-1]))
        low = float(positive @ below / pairs)
        return Interval(low, low + float(positive @ negative / pairs))

    def value(self, cell: Cell, spec: Spec) -> float:  # noqa: ARG002  one signature for all estimands
        """Return the Mann-Whitney probability in [0, 1], scores of one bin counted as ties; NaN for one class."""
        bounds = self.bounds(cell)
        return (bounds.low + bounds.high) / 2

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:  # noqa: ARG002
        """Return DeLong's interval (1988) on the logit scale; (0, 1) under 30 customers of the rarer class.

        With weights each class counts with Kish's effective size. Where customers repeat, all rows of a customer count
        as one, and the two classes as if they moved together (Cauchy-Schwarz): never narrower than it should be.
        """
        area = self.value(cell, spec)
        if self.customers(cell) < RARER_CLASS or math.isnan(area):
            return Interval(0.0, 1.0)
        positive, negative = _scores(cell)
        m, n = positive.sum(), negative.sum()
        above_negative = (np.cumsum(negative) - negative / 2) / n
        below_positive = 1 - (np.cumsum(positive) - positive / 2) / m
        errors = []
        for row, places, outcomes in (
            (positive, above_negative, Count.POSITIVE),
            (negative, below_positive, Count.NEGATIVE),
        ):
            size = self._size(cell, spec, row, outcomes)
            if size <= 1:
                return Interval(0.0, 1.0)
            errors.append(math.sqrt(float(row @ (places - area) ** 2 / row.sum()) / (size - 1)))
        together = design.repeated(cell, Count.LABELLED)
        error = sum(errors) if together else math.hypot(*errors)
        if not error:
            return Interval(0.0, 1.0)
        # the scores of one bin may be ties or be in any order
        bounds = self.bounds(cell)
        low, high = (intervals.logit(end, error, confidence) for end in (bounds.low, bounds.high))
        return Interval(low.low, high.high)

    def _size(self, cell: Cell, spec: Spec, row: NDArray[np.float64], outcomes: Count) -> float:
        """Return the effective number of scored rows of one class."""
        if design.plain(cell):
            return float(row.sum())
        assert cell.histogram is not None  # noqa: S101  there is an area
        scored = int(cell.histogram[0 if outcomes == Count.POSITIVE else 1].sum())
        return design.alike(cell, spec, outcomes) * scored / cell.count(outcomes)


def _scores(cell: Cell) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the (weighted) histograms of the positives and of the negatives; empty ones without scores."""
    chosen = cell.histogram if cell.weighted_histogram is None else cell.weighted_histogram
    if chosen is None:
        return np.zeros(1), np.zeros(1)
    return chosen[0].astype(float), chosen[1].astype(float)


@dataclass(frozen=True, slots=True)
class ObservedOverExpected:
    """Calibration in the large: the share of positives over the mean score of the same rows."""

    name: str

    @property
    def needs(self) -> frozenset[str]:
        """Labels, and scores that are probabilities."""
        return frozenset({"label", "probability"})

    @property
    def passed_labels(self) -> bool:
        """Always: every scored row is expected to have a label."""
        return True

    def size(self, cell: Cell) -> int:
        """Return the number of rows with score and label."""
        return cell.sums("score", Count.LABELLED).n if "score" in cell.moments else 0

    def customers(self, cell: Cell) -> int:
        """Return the number of customers with such a row."""
        return self.size(cell) if cell.clusters is None else cell.clusters.spreads["calibration"].customers

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return observed / expected, 1 for perfect calibration; NaN where nothing is expected."""
        observed, _, expected = self._totals(cell, spec)
        return float(observed / expected) if expected > 0 else NAN

    def _totals(self, cell: Cell, spec: Spec) -> tuple[Fraction, Fraction, Fraction]:
        """Return the (weighted) positives, rows and scores."""
        if not self.size(cell):
            return Fraction(0), Fraction(0), Fraction(0)
        known, positive = cell.sums("score", Count.LABELLED), cell.sums("score", Count.POSITIVE)
        observed, rows = (
            Fraction(sums.n) if cell.weights is None else sums.weight * spec.unit for sums in (positive, known)
        )
        return observed, rows, Fraction(known.total, 2**spec.scale)

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the interval of the observed rate divided by the mean score, which is taken as known."""
        observed, rows, expected = self._totals(cell, spec)
        if not expected > 0:
            return Interval(0.0, INF)
        rate, mean = observed / rows, float(expected / rows)
        size = self._effective(cell, spec, confidence)
        limits = intervals.rate(float(rate) * size, size, confidence, method)
        return Interval(limits.low / mean, limits.high / mean)

    def _effective(self, cell: Cell, spec: Spec, confidence: float) -> float:
        """Return the number of independent rows that would tell as much.

        It is the rows' number over the design effect of the residuals y - ratio * s: their variance over customers
        against that over rows.
        """
        n = self.size(cell)
        if cell.clusters is None:
            return n * design.kish(cell, spec, Count.LABELLED) / cell.count(Count.LABELLED)
        spread, step = cell.clusters.spreads["calibration"], Fraction(1, 2**spec.scale)
        observed, rows, expected = self._totals(cell, spec)
        ratio, known = observed / expected, cell.sums("score", Count.LABELLED)
        of_positives = cell.sums("score", Count.POSITIVE).total
        residuals = observed - 2 * ratio * of_positives * step + ratio**2 * known.squares * step
        inner = spread.mm * spec.unit - 2 * ratio * spread.xm * step + ratio**2 * spread.xx * step
        differ = float(residuals / rows) if 0 < observed < rows else 0.0
        share = n / cell.count(Count.LABELLED)
        return share * design.shrunk(
            cell, spec, Count.LABELLED, inner=inner, single=differ, total=rows, confidence=confidence
        )
