"""What can be estimated from one cell of the cube: rates, means and what a score histogram tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from fairaudit import intervals
from fairaudit.cube import Cell, Count, Spec
from fairaudit.intervals import INF, NAN, Estimate, Interval, Method

_PASSED_LABELLED = Count.FN | Count.TN
RARER_CLASS = 30
"""Fewest rows of the rarer class for which the interval of an area under the curve holds its level."""


class Estimand(Protocol):
    """A number that one cell of the cube gives, with the interval of that number."""

    @property
    def name(self) -> str:
        """Name in the words of the field."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """What the Spec must have: "label", "prediction" (two-valued), "score", "curve", or "label number" and such."""
        ...

    @property
    def passed_labels(self) -> bool:
        """Whether it uses the labels of rows that were not selected, which selective labels do not have."""
        ...

    def size(self, cell: Cell) -> int:
        """Return the number of rows it rests on: its own denominator."""
        ...

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the value, NaN where it is undefined."""
        ...

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the two-sided interval at a confidence in (0, 1)."""
        ...


def _by_decision(outcomes: Count) -> bool:
    """Return whether a set of outcomes looks at the decision alone."""
    return all((outcomes & part) in (Count(0), part) for part in (Count.SELECTED, Count.PASSED)) and not (
        outcomes & Count.UNKNOWN
    )


def _by_label(outcomes: Count) -> bool:
    """Return whether a set of outcomes looks at the label alone."""
    return all((outcomes & part) in (Count(0), part) for part in (Count.POSITIVE, Count.NEGATIVE)) and not (
        outcomes & Count.UNKNOWN
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """A count over a count: ``Rate("true positive rate", of=TP, among=TP | FN)`` is the definition."""

    name: str
    of: Count
    among: Count

    @property
    def needs(self) -> frozenset[str]:
        """The columns whose two values the outcomes tell apart."""
        both = (self.of, self.among)
        if all(_by_decision(outcomes) for outcomes in both):
            return frozenset({"prediction"})
        if all(_by_label(outcomes) for outcomes in both):
            return frozenset({"label"})
        return frozenset({"label", "prediction"})

    @property
    def passed_labels(self) -> bool:
        """True if labels are needed where the decision was not to select."""
        return "label" in self.needs and bool((self.of | self.among) & _PASSED_LABELLED)

    def counts(self, cell: Cell) -> tuple[int, int]:
        """Return numerator and denominator."""
        return cell.count(self.of), cell.count(self.among)

    def size(self, cell: Cell) -> int:
        """Return the denominator."""
        return cell.count(self.among)

    def value(self, cell: Cell, spec: Spec) -> float:  # noqa: ARG002  one signature for all estimands
        """Return the rate in [0, 1], NaN for an empty denominator."""
        k, n = self.counts(cell)
        return k / n if n else NAN

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:  # noqa: ARG002
        """Return the rate as a fraction, None for an empty denominator."""
        k, n = self.counts(cell)
        return Fraction(k, n) if n else None

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:  # noqa: ARG002
        """Return the binomial interval."""
        return intervals.rate(*self.counts(cell), confidence, method)


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds of a rate, ``p / (1 - p)``: ``Odds(Rate("", of=FN, among=FN | FP))`` is FN / FP."""

    name: str
    rate: Rate

    @property
    def needs(self) -> frozenset[str]:
        """The columns of the rate."""
        return self.rate.needs

    @property
    def passed_labels(self) -> bool:
        """As for the rate."""
        return self.rate.passed_labels

    def size(self, cell: Cell) -> int:
        """Return the denominator of the rate."""
        return self.rate.size(cell)

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the odds, NaN where the rate is undefined or 1."""
        exact = self.exact(cell, spec)
        return NAN if exact is None else float(exact)

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:  # noqa: ARG002
        """Return the odds as a fraction, None where the rate is undefined or 1."""
        k, n = self.rate.counts(cell)
        return Fraction(k, n - k) if n > k else None

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the odds of the rate's limits."""
        limits = self.rate.interval(cell, spec, confidence, method)
        low, high = (p / (1 - p) if p < 1 else INF for p in (limits.low, limits.high))
        return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a real value: "score", "label" or "prediction" as they are."""

    name: str
    of: str

    @property
    def needs(self) -> frozenset[str]:
        """The score, or a label or prediction that can be averaged."""
        return frozenset({"score"} if self.of == "score" else {f"{self.of} mean"})

    @property
    def passed_labels(self) -> bool:
        """True for the mean of the label."""
        return self.of == "label"

    def _rate(self, spec: Spec) -> Rate | None:
        """Return the rate that the mean of two values, 1 and 0, is; None for numbers."""
        if self.of in ("score", *spec.measures):
            return None
        of, among = (Count.POSITIVE, Count.LABELLED) if self.of == "label" else (Count.SELECTED, Count.DECIDED)
        return Rate(self.name, of, among)

    def _sums(self, cell: Cell, spec: Spec) -> tuple[int, Fraction, Fraction]:
        if self.of not in cell.moments:
            return 0, Fraction(0), Fraction(0)
        sums = cell.sums(self.of, Count.ALL)
        unit = Fraction(1, 2**spec.scale)
        return sums.n, sums.total * unit, sums.squares * unit

    def size(self, cell: Cell) -> int:
        """Return the number of values."""
        if self.of in cell.moments:
            return cell.sums(self.of, Count.ALL).n
        if self.of == "score":
            return 0
        return cell.count(Count.LABELLED if self.of == "label" else Count.DECIDED)

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the mean, NaN for no values."""
        exact = self.exact(cell, spec)
        return NAN if exact is None else float(exact)

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:
        """Return the mean as a fraction, of numbers up to the rounding of their sum; None for no values."""
        rate = self._rate(spec)
        if rate is not None:
            return rate.exact(cell, spec)
        n, total, _ = self._sums(cell, spec)
        return total / n if n else None

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return Student's interval of the mean; of two values, which may all be the same, their rate's interval."""
        rate = self._rate(spec)
        if rate is not None:
            return rate.interval(cell, spec, confidence, method)
        n, total, squares = self._sums(cell, spec)
        variance = float((squares - total * total / n) / (n - 1)) if n > 1 else NAN
        return intervals.mean(n, float(total / n) if n else NAN, variance, confidence)


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

    def bounds(self, cell: Cell) -> Interval:
        """Return the range that holds the area of the unbinned scores, whatever their order inside a bin."""
        if not self.size(cell):
            return Interval(NAN, NAN)
        assert cell.histogram is not None  # noqa: S101  a size has been counted
        positive, negative = (row.astype(float) for row in cell.histogram[:2])
        below = np.concatenate(([0.0], np.cumsum(negative)[:-1]))
        pairs = positive.sum() * negative.sum()
        low = float(positive @ below) / pairs
        return Interval(low, low + float(positive @ negative) / pairs)

    def value(self, cell: Cell, spec: Spec) -> float:  # noqa: ARG002
        """Return the Mann-Whitney probability in [0, 1], scores of one bin counted as ties; NaN for one class."""
        bounds = self.bounds(cell)
        return (bounds.low + bounds.high) / 2

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:  # noqa: ARG002
        """Return DeLong's interval (1988) on the logit scale; (0, 1) under 30 rows of the rarer class."""
        if self.size(cell) < RARER_CLASS:
            return Interval(0.0, 1.0)
        assert cell.histogram is not None  # noqa: S101
        positive, negative = (row.astype(float) for row in cell.histogram[:2])
        m, n = positive.sum(), negative.sum()
        above_negative = (np.cumsum(negative) - negative / 2) / n
        below_positive = 1 - (np.cumsum(positive) - positive / 2) / m
        area = float(positive @ above_negative) / m
        variance = (
            float(positive @ (above_negative - area) ** 2) / (m - 1) / m
            + float(negative @ (below_positive - area) ** 2) / (n - 1) / n
        )
        return intervals.logit(area, math.sqrt(variance), confidence)


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

    def _expected(self, cell: Cell, spec: Spec) -> tuple[int, int, float]:
        if not self.size(cell):
            return 0, 0, NAN
        observed = cell.sums("score", Count.POSITIVE).n
        sums = cell.sums("score", Count.LABELLED)
        return observed, sums.n, float(Fraction(sums.total, 2**spec.scale))

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return observed / expected, 1 for perfect calibration; NaN where nothing is expected."""
        observed, _, expected = self._expected(cell, spec)
        return observed / expected if expected > 0 else NAN

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the interval of the observed rate divided by the mean score, which is taken as known."""
        observed, n, expected = self._expected(cell, spec)
        if not expected > 0:
            return Interval(0.0, INF)
        limits = intervals.rate(observed, n, confidence, method)
        return Interval(limits.low * n / expected, limits.high * n / expected)


def estimate(estimand: Estimand, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Estimate:
    """Return the value of an estimand in a cell with its interval."""
    return Estimate(estimand.value(cell, spec), estimand.interval(cell, spec, confidence, method))


def unmet(needs: frozenset[str], spec: Spec, *, scores_outside: int = 0) -> str | None:
    """Return why the data cannot give what an estimand needs, None if they can."""
    two_valued = {"label": spec.label_kind, "prediction": spec.prediction_kind}
    checks = {
        "label": (spec.label is None, "there is no label column"),
        "prediction": (
            spec.prediction is None and spec.threshold is None,
            "there is no prediction, nor a score with a threshold",
        ),
        "score": (spec.score is None, "there is no score column"),
        "curve": (spec.score is None, "there is no score column"),
        "probability": (spec.score is None, "there is no score column"),
    }
    for need in sorted(needs):
        name = need.removesuffix(" mean")
        absent, reason = checks[name]
        if absent:
            return reason
        if (
            need in two_valued
            and two_valued[need] == "number"
            and not (need == "prediction" and spec.threshold is not None)
        ):
            return f"the {need} is a number, not one of two values"
        if need.endswith(" mean") and two_valued[name] == "binary" and spec.positive != "1":
            return f"the {name} is a category, which has no mean"
        if need in ("curve", "probability") and scores_outside:
            low, high = spec.score_range
            return f"{scores_outside:,} scores lie outside {low:g} to {high:g}; state [data] score_range"
        if need == "probability" and not (spec.score_range[0] >= 0 and spec.score_range[1] <= 1):
            return "the score is not a probability between 0 and 1"
    return None
