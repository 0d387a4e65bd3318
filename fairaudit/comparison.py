"""One comparison of a group with a reference: its value, its interval at any level, and its literal reading."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from fairaudit import intervals, reasons, significance
from fairaudit.design import plain
from fairaudit.estimands import Estimand, Mean, Odds, Rate
from fairaudit.findings import Limit, Measured, Names, Significance, Verdict
from fairaudit.intervals import INF, NAN, Estimate, Interval, Method
from fairaudit.shuffle import ShuffleDistance

if TYPE_CHECKING:
    from fairaudit.cube import Cell
    from fairaudit.metrics.row import Compare
    from fairaudit.rule import Rule
    from fairaudit.spec import Spec


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: a group's cell and what is estimated from it, once for all that it is compared with."""

    names: Names
    cell: Cell
    estimand: Estimand
    spec: Spec
    method: Method
    _estimates: dict[float, Estimate] = field(default_factory=dict, init=False, repr=False, compare=False)
    _effective: dict[float, float] = field(default_factory=dict, init=False, repr=False, compare=False)
    _measured: dict[float, Measured] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def value(self) -> float:
        """The group's own value, NaN where undefined."""
        return self.estimand.value(self.cell, self.spec)

    @cached_property
    def exact(self) -> Fraction | float | None:
        """The group's own value, a fraction where it is one count over another; None where undefined."""
        if isinstance(self.estimand, Rate | Odds | Mean | ShuffleDistance):
            return self.estimand.exact(self.cell, self.spec)
        return None if math.isnan(self.value) else self.value

    @cached_property
    def size(self) -> int:
        """Rows the value rests on."""
        return self.estimand.size(self.cell)

    @cached_property
    def customers(self) -> int:
        """Customers behind these rows."""
        return self.estimand.customers(self.cell)

    def effective(self, confidence: float) -> float:
        """Return the effective size of a rate: the rows, less what weights and repeated customers take away."""
        if not isinstance(self.estimand, Rate):
            return self.size
        if confidence not in self._effective:
            self._effective[confidence] = self.estimand.effective(self.cell, self.spec, confidence)[1]
        return self._effective[confidence]

    def estimate(self, confidence: float) -> Estimate:
        """Return the group's own value with its interval."""
        if confidence not in self._estimates:
            limits = self.estimand.interval(self.cell, self.spec, confidence, self.method)
            self._estimates[confidence] = Estimate(self.value, limits)
        return self._estimates[confidence]

    def if_it_were(self, value: float, confidence: float) -> Estimate:
        """Return the estimate this group would give if its observed value were another."""
        if isinstance(self.estimand, Rate):
            n = self.effective(confidence)
            return Estimate(value, intervals.rate(value * n, n, confidence, self.method))
        now = self.estimate(confidence)
        shift = value - now.value
        return Estimate(value, Interval(now.interval.low + shift, now.interval.high + shift))

    def measured(self, confidence: float) -> Measured:
        """Return the group's value, interval and counts for the record."""
        if confidence not in self._measured:
            self._measured[confidence] = self._measure(confidence)
        return self._measured[confidence]

    def _measure(self, confidence: float) -> Measured:
        k, n = self.estimand.counts(self.cell) if isinstance(self.estimand, Rate) else (None, self.size)
        now = self.estimate(confidence)
        if math.isnan(now.value):
            found = Measured(None, None, k, n, reasons.UNDEFINED() if n else reasons.NOBODY())
        else:
            found = Measured(now.value, now.interval, k, n)
        if plain(self.cell):
            return found
        effective = self.effective(confidence)
        customers = self.customers if self.customers < n else None
        # equal weights of a third give n but for the last digit of a float
        whole = math.isclose(effective, n, rel_tol=1e-9)
        return replace(found, effective=None if whole else effective, customers=customers)


@dataclass(frozen=True)
class Band:
    """The range, both ends included, in which a compared value is within the limit; exact, as the policy states it."""

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def of(cls, rule: Rule, *, any_pair: bool) -> Band:
        """Return the band of a rule.

        A limit on a ratio holds whichever group is the reference (max = 1 / min), a limit on a difference bounds its
        size. Where any pair may be compared, two stated limits are each applied in both directions.
        """
        low, high = (None if limit is None else Fraction(limit) for limit in (rule.min, rule.max))
        if not rule.limited:
            return cls(None, None)
        if rule.compare == "difference":
            assert high is not None  # noqa: S101  checked when the rule was read
            return cls(-high, high)
        if rule.compare == "ratio":
            if low is None or (any_pair and high is not None):
                assert high is not None  # noqa: S101
                low = max(1 / high, low or Fraction(0))
            if high is None or any_pair:
                high = 1 / low
        return cls(low, high)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The two ends as floats, infinite where there is none."""
        return (-INF if self.low is None else float(self.low), INF if self.high is None else float(self.high))

    def contains(self, value: Fraction | float) -> bool:
        """Return whether a value is within the limit; exact for a fraction."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group beside a reference under one rule; without one, the group's own value is held against the limit."""

    compare: Compare
    arm: Arm
    reference: Arm | None
    band: Band
    segment: Names
    required: bool
    shown: bool
    """Whether it is listed whatever its verdict: the group against the best or the stated reference."""
    shared: bool = False
    """Whether the same customers may stand on both sides, so that the two values are not independent."""

    def interval(self, confidence: float) -> Interval:
        """Return the interval of the compared value at a two-sided confidence."""
        reference = None if self.reference is None else self.reference.estimate(confidence)
        return combined(self.compare, self.arm.estimate(confidence), reference, shared=self.shared)

    def value(self) -> float:
        """Return group / reference, group - reference or the group's value; NaN where undefined."""
        if self.reference is None:
            return self.arm.value
        if self.compare == "difference":
            return self.arm.value - self.reference.value
        if min(self.arm.value, self.reference.value) < 0 or self.reference.value == 0:
            return NAN
        return self.arm.value / self.reference.value

    def pooled(self) -> float:
        """Return the value of both groups together."""
        a, b = self.arm, self.reference
        assert b is not None  # noqa: S101  the callers have looked
        return (a.value * a.size + b.value * b.size) / (a.size + b.size)

    def undefined(self) -> str | None:
        """Return why there is no value, None if there is one."""
        if not math.isnan(self.value()):
            return None
        if self.reference is not None and self.reference.value == 0:
            both = self.arm.value == 0
            return reasons.ZERO_BY_ZERO() if both else reasons.REFERENCE_ZERO()
        if self.compare == "ratio" and self.reference is not None and min(self.arm.value, self.reference.value) < 0:
            return reasons.BELOW_ZERO()
        return reasons.UNDEFINED_IN_ONE()

    def exact_verdict(self) -> Verdict:
        """Return the literal reading of the limit, decided on the counts in exact arithmetic where they are counts."""
        value = self._exact_value()
        if value is None:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS if self.band.contains(value) else Verdict.FAIL

    def _exact_value(self) -> Fraction | float | None:
        value = self.arm.exact
        if self.reference is None or value is None:
            return value
        base = self.reference.exact
        if base is None:
            return None
        if self.compare == "difference":
            return value - base
        return value / base if min(value, base) >= 0 and base else None

    def shortfall(self) -> int | None:
        """Return how many more of the group's counted rows, or fewer, would bring its value just within the limit.

        The reference and the group's size stay as they are, and the counts are exact: for disparate impact, how many
        more of the group would have to be selected. None within the limit, where the value is no count over a count or
        rows are weighted, and where no number of the group alone would do.
        """
        value, a = self._exact_value(), self.arm
        if value is None or self.band.contains(value) or not isinstance(a.estimand, Rate) or a.cell.weights is not None:
            return None
        below = self.band.low is not None and value < self.band.low
        k, n = a.estimand.counts(a.cell)
        rate = self._own(self.band.low if below else self.band.high)
        reached = math.ceil(rate * n) if below else math.floor(rate * n)
        return reached - k if 0 <= reached <= n else None

    def _own(self, value: Fraction | None) -> Fraction | float:
        """Return the group's own value that gives a compared value."""
        assert value is not None  # noqa: S101  the end that something lies beyond
        base = None if self.reference is None else self.reference.exact
        if base is None:
            return value
        return base + value if self.compare == "difference" else base * value

    def significance(self) -> Significance | None:
        """Return the literal reading of the limit and the test of equal rates; None where these are no two rates."""
        a, b = self.arm, self.reference
        if b is None or not isinstance(a.estimand, Rate) or not a.size or not b.size:
            return None
        p_value, test = significance.two_rates(*a.estimand.counts(a.cell), *a.estimand.counts(b.cell))
        literal = Verdict.INCONCLUSIVE if self.band == Band(None, None) else self.exact_verdict()
        return Significance(literal, p_value, test)

    def passes(self, confidence: float) -> bool:
        """Return whether the interval lies inside the limit."""
        return self.interval(confidence).inside(*self.band.ends)

    def fails(self, confidence: float) -> bool:
        """Return whether the interval lies outside the limit."""
        return self.interval(confidence).outside(*self.band.ends)

    def leaning(self) -> str | None:
        """Return the side of the limit the value lies on."""
        value = self._exact_value()
        return None if value is None else ("pass" if self.band.contains(value) else "fail")


def combined(compare: Compare, group: Estimate, reference: Estimate | None, *, shared: bool = False) -> Interval:
    """Return the interval of group / reference, group - reference or, without a reference, of the group's value."""
    if reference is None:
        return group.interval
    if shared and not math.isnan(group.value) and not math.isnan(reference.value):
        return intervals.together(group.interval, reference.interval, as_ratio=compare == "ratio")
    return intervals.ratio(group, reference) if compare == "ratio" else intervals.difference(group, reference)


def stated(rule: Rule) -> Limit:
    """Return the limit as the policy states it, as numbers."""
    return Limit(*(None if limit is None else float(limit) for limit in (rule.min, rule.max)))
