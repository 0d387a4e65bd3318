"""What a treatment does: the outcome of those treated beside the control's, and what the one gains on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fairaudit import intervals, reasons
from fairaudit.cube import Cell, Count
from fairaudit.estimands import Mean, Rate, estimate
from fairaudit.intervals import INF, NAN, Interval, Method
from fairaudit.spec import CONTROL, MISSING, Spec

if TYPE_CHECKING:
    from typing import Self

    from fairaudit.intervals import Estimate

OUTCOME = Rate("base rate", of=Count.POSITIVE, among=Count.LABELLED)
"""The outcome, unless a rule names another one: the label."""


def arm_of(cell: Cell, arm: str | None) -> Cell:
    """Return the part of a cell that had one treatment, or any but none where no one is named."""
    parts = cell.parts.get("treatment", {})
    if arm is not None:
        return parts.get(arm, Cell())
    return sum((part for name, part in parts.items() if name not in (CONTROL, MISSING)), start=Cell())


@dataclass(frozen=True, slots=True)
class OfTreatment:
    """An outcome that is looked at by treatment: a rate of a label of two values, or the mean of a number."""

    name: str
    arm: str | None = None
    """A value of the treatment, or `CONTROL`; None: all but the control together."""
    outcome: Rate | Mean = OUTCOME

    @property
    def needs(self) -> frozenset[str]:
        """The treatment, and what the outcome needs."""
        return self.outcome.needs | {"treatment"}

    @property
    def passed_labels(self) -> bool:
        """Never: what followed a treatment is seen whatever the model would decide."""
        return False

    def about(self, outcome: Mean) -> Self:
        """Return the same of another outcome."""
        return replace(self, outcome=outcome)


@dataclass(frozen=True, slots=True)
class InArm(OfTreatment):
    """The outcome of those with one treatment."""

    def size(self, cell: Cell) -> int:
        """Return the rows with the treatment that have an outcome."""
        return self.outcome.size(arm_of(cell, self.arm))

    def customers(self, cell: Cell) -> int:
        """Return the customers behind these rows."""
        return self.outcome.customers(arm_of(cell, self.arm))

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the mean outcome, NaN where nobody has one."""
        return self.outcome.value(arm_of(cell, self.arm), spec)

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the interval of the rate or mean."""
        return self.outcome.interval(arm_of(cell, self.arm), spec, confidence, method)


@dataclass(frozen=True, slots=True)
class Uplift(OfTreatment):
    """The outcome of those treated less that of the control."""

    def in_arm(self, arm: str) -> Self:
        """Return the same of one treatment."""
        return replace(self, arm=arm, name=f"{self.name} of {arm}")

    def _sides(self) -> tuple[InArm, InArm]:
        return InArm(self.name, self.arm, self.outcome), InArm(self.name, CONTROL, self.outcome)

    def size(self, cell: Cell) -> int:
        """Return the rows of the smaller arm: nothing is known of a treatment without its control."""
        return min(side.size(cell) for side in self._sides())

    def customers(self, cell: Cell) -> int:
        """Return the customers of the smaller arm."""
        return min(side.customers(cell) for side in self._sides())

    def estimates(self, cell: Cell, spec: Spec, confidence: float, method: Method) -> tuple[Estimate, Estimate]:
        """Return the outcomes of the treated and of the control, with their intervals."""
        treated, control = (estimate(side, cell, spec, confidence, method) for side in self._sides())
        return treated, control

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the difference of the two outcomes, NaN where an arm is empty."""
        treated, control = self._sides()
        return treated.value(cell, spec) - control.value(cell, spec)

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the MOVER interval of the difference (Newcombe 1998): nearly Welch's for means."""
        return intervals.difference(*self.estimates(cell, spec, confidence, method))


@dataclass(frozen=True, slots=True)
class Lift(Uplift):
    """The outcome of those treated as a multiple of the control's, less one: 0.2 is a fifth more."""

    def value(self, cell: Cell, spec: Spec) -> float:
        """Return the relative gain; NaN where an arm is empty, or the control's outcome not above 0."""
        treated, control = (side.value(cell, spec) for side in self._sides())
        if math.isnan(treated) or math.isnan(control) or treated < 0 or control <= 0:
            return NAN
        return treated / control - 1

    def interval(self, cell: Cell, spec: Spec, confidence: float, method: Method = "exact") -> Interval:
        """Return the MOVER interval of the ratio (Donner and Zou 2012), less one."""
        if math.isnan(self.value(cell, spec)):
            return Interval(-1.0, INF)
        limits = intervals.ratio(*self.estimates(cell, spec, confidence, method))
        return Interval(limits.low - 1, limits.high - 1)


def unanswerable(cell: Cell, spec: Spec, max_missing: float) -> str | None:
    """Return why no effect of the treatment can be told on these data at all, None if one can.

    Parameters
    ----------
    cell : Cell
        Everybody.
    spec : Spec
        Says which value of the treatment means none.
    max_missing : float
        Largest share of rows without a treatment.
    """
    parts = cell.parts.get("treatment", {})
    unknown = parts[MISSING].n / cell.n if MISSING in parts else 0.0
    if unknown > max_missing:
        return reasons.MISSING(name=spec.treatment, share=100 * unknown, most=100 * max_missing)
    if CONTROL not in parts:
        return reasons.NO_CONTROL(name=spec.treatment)
    if not set(parts) - {CONTROL, MISSING}:
        return reasons.NOBODY_TREATED(name=spec.treatment)
    both = sum(part.customers(Count.ALL) for part in parts.values()) - cell.customers(Count.ALL)
    return reasons.IN_BOTH_ARMS(n=both, name=spec.treatment) if both > 0 else None
