"""What can be estimated from the counts of one cell of the cube: rates, odds and means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from fairaudit import design, intervals, reasons
from fairaudit.cube import Cell, Count
from fairaudit.intervals import INF, NAN, Estimate, Interval, Method
from fairaudit.spec import Spec, value_of

_PASSED_LABELLED = Count.FN | Count.TN


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

    def customers(self, cell: Cell) -> int:
        """Return the number of customers behind these rows: fewer, where some have several."""
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
        """Return numerator and denominator in rows."""
        return cell.count(self.of), cell.count(self.among)

    def size(self, cell: Cell) -> int:
        """Return the denominator in rows."""
        return cell.count(self.among)

    def customers(self, cell: Cell) -> int:
        """Return the customers in the denominator."""
        return cell.customers(self.among)

    def value(self, cell: Cell, spec: Spec) -> float:  # noqa: ARG002  one signature for all estimands
        """Return the (weighted) rate in [0, 1], NaN for an empty denominator."""
        k, n = cell.total(self.of), cell.total(self.among)
        return k / n if n else NAN

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:  # noqa: ARG002
        """Return the rate as a fraction, None for an empty denominator."""
        k, n = cell.total(self.of), cell.total(self.among)
        return Fraction(k, n) if n else None

    def effective(self, cell: Cell, spec: Spec, confidence: float) -> tuple[float, float]:
        """Return numerator and denominator of a plain sample that tells as much; see `fairaudit.design.effective`."""
        return design.effective(cell, spec, self.of, self.among, confidence)

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the binomial interval of the effective counts."""
        return intervals.rate(*self.effective(cell, spec, confidence), confidence, method)


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

    def customers(self, cell: Cell) -> int:
        """Return the customers in the denominator of the rate."""
        return self.rate.customers(cell)

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the odds, NaN where the rate is undefined or 1."""
        exact = self.exact(cell, spec)
        return NAN if exact is None else float(exact)

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:
        """Return the odds as a fraction, None where the rate is undefined or 1."""
        rate = self.rate.exact(cell, spec)
        return None if rate is None or rate == 1 else rate / (1 - rate)

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

    def size(self, cell: Cell) -> int:
        """Return the number of values."""
        if self.of in cell.moments:
            return cell.sums(self.of, Count.ALL).n
        if self.of == "score":
            return 0
        return cell.count(Count.LABELLED if self.of == "label" else Count.DECIDED)

    def customers(self, cell: Cell) -> int:
        """Return the number of customers with a value."""
        if cell.clusters is None:
            return self.size(cell)
        if self.of in cell.clusters.spreads:
            return cell.clusters.spreads[self.of].customers
        return cell.clusters.count(Count.LABELLED if self.of == "label" else Count.DECIDED)

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the mean, NaN for no values."""
        exact = self.exact(cell, spec)
        return NAN if exact is None else float(exact)

    def exact(self, cell: Cell, spec: Spec) -> Fraction | None:
        """Return the mean as a fraction, of numbers up to the rounding of their sum; None for no values."""
        rate = self._rate(spec)
        if rate is not None:
            return rate.exact(cell, spec)
        if self.of not in cell.moments:
            return None
        weight, total, _ = self._sums(cell, spec)
        return total / weight if weight else None

    def _sums(self, cell: Cell, spec: Spec) -> tuple[Fraction, Fraction, Fraction]:
        """Return weight, sum and sum of squares of the values."""
        sums, step = cell.sums(self.of, Count.ALL), Fraction(1, 2**spec.scale)
        weight = Fraction(sums.n) if cell.weights is None else sums.weight * spec.unit
        return weight, sums.total * step, sums.squares * step

    def deviation(self, cell: Cell, spec: Spec) -> float:
        """Return the standard deviation of the values, NaN for no values."""
        value, rate = self.exact(cell, spec), self._rate(spec)
        if value is None:
            return NAN
        if rate is not None:
            return math.sqrt(value * (1 - value))
        weight, total, squares = self._sums(cell, spec)
        return math.sqrt(max(float((squares - total * value) / weight), 0.0))

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return Student's interval of the mean; of two values, which may all be the same, their rate's interval.

        With weights it rests on Kish's effective size or on the customers' totals, whichever tells less.
        """
        rate = self._rate(spec)
        if rate is not None:
            return rate.interval(cell, spec, confidence, method)
        value, n = self.exact(cell, spec), self.size(cell)
        if value is None or n < 2:
            return Interval(-INF, INF)
        weight, total, squares = self._sums(cell, spec)
        size = n * design.kish(cell, spec, Count.ALL) / cell.n if cell.weights else float(n)
        variance = float((squares - total * value) / weight) * size / (size - 1) if size > 1 else NAN
        if cell.clusters is not None:
            spread, step = cell.clusters.spreads[self.of], Fraction(1, 2**spec.scale)
            if spread.customers < 2:
                return Interval(-INF, INF)
            inner = (spread.xx - 2 * value * spread.xm) * step + value**2 * spread.mm * spec.unit
            error = max(variance / size, design.variance(inner, weight, spread.customers))
            size, variance = spread.customers, error * spread.customers
        return intervals.mean(size, float(value), variance, confidence)


def estimate(estimand: Estimand, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Estimate:
    """Return the value of an estimand in a cell with its interval."""
    return Estimate(estimand.value(cell, spec), estimand.interval(cell, spec, confidence, method))


def unmet(needs: frozenset[str], spec: Spec, *, scores_outside: int = 0) -> str | None:
    """Return why the data cannot give what an estimand needs, None if they can."""
    two_valued = {"label": spec.label_kind, "prediction": spec.prediction_kind}
    checks = {
        "label": (spec.label is None, reasons.NO_LABEL()),
        "prediction": (
            spec.prediction is None and spec.threshold is None,
            reasons.NO_PREDICTION(),
        ),
        "score": (spec.score is None, reasons.NO_SCORE()),
        "curve": (spec.score is None, reasons.NO_SCORE()),
        "probability": (spec.score is None, reasons.NO_SCORE()),
        "treatment": (spec.treatment is None, reasons.NO_TREATMENT()),
    }
    # a column that a rule names is there, or the data are refused
    for need in sorted(need for need in needs if not need.startswith(value_of(""))):
        name = need.removesuffix(" mean")
        absent, reason = checks[name]
        if absent:
            return reason
        if (
            need in two_valued
            and two_valued[need] == "number"
            and not (need == "prediction" and spec.threshold is not None)
        ):
            return reasons.LABEL_IS_NUMBER() if need == "label" else reasons.PREDICTION_IS_NUMBER()
        if need.endswith(" mean") and two_valued[name] == "binary" and spec.positive != "1":
            return reasons.LABEL_IS_CATEGORY() if name == "label" else reasons.PREDICTION_IS_CATEGORY()
        if need in ("curve", "probability") and scores_outside:
            low, high = spec.score_range
            return reasons.SCORES_OUTSIDE(n=scores_outside, low=low, high=high)
        if need == "probability" and not (spec.score_range[0] >= 0 and spec.score_range[1] <= 1):
            return reasons.NO_PROBABILITY()
    return None
