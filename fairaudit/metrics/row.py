"""A metric's row: a question, what it is computed from, and how groups are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fairaudit.amounts import OfAmount
from fairaudit.estimands import Mean
from fairaudit.spec import value_of
from fairaudit.uplift import OfTreatment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from fairaudit.estimands import Estimand

Compare = Literal["ratio", "difference", "value"]
Best = Literal["highest", "lowest"]
Outcome = Literal["benefit", "harm"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What can be asked of every group: a question, what it is computed from, and how groups are compared."""

    name: str
    asks: str
    """The question it answers, in one sentence."""
    formula: str
    """The value per group in counts: n customers, TP, FP, FN, TN, scores s, labels y."""
    estimands: tuple[Estimand, ...]
    """What is compared; two for equalized odds."""
    use: str
    """When it is the right question."""
    avoid: str
    """When it misleads."""
    source: str
    best: Best | None = "highest"
    """Which end is good for a customer; None where neither is."""
    harm_flips: bool = False
    """True if the good end changes sides when being selected is a harm."""
    compare: Compare | None = None
    """How a rule compares groups unless it says otherwise; None: it must say."""
    min: Decimal | None = None
    max: Decimal | None = None
    favourable: Estimand | None = None
    """What is judged instead when being selected is a harm: the favourable outcome."""
    of_column: bool = False
    """True if a rule may name the column it is about: the spend that a treatment is to raise."""
    oracle: str | None = None
    """The function of scikit-learn or fairlearn that gives the same value per group."""

    @property
    def needs_column(self) -> bool:
        """Whether it says nothing until a rule names the column it is about."""
        return any(isinstance(one, Mean) and not one.of for one in self._amounts())

    def _amounts(self) -> Iterator[object]:
        return (one.amount if isinstance(one, OfAmount) else one for one in self.estimands)

    def about(self, column: str) -> tuple[Estimand, ...]:
        """Return what is compared where a rule names the column it is about."""
        mean = Mean(f"mean {column}", of=value_of(column))
        return tuple(one.about(mean) if isinstance(one, OfTreatment | OfAmount) else mean for one in self.estimands)

    def judged(self, outcome: Outcome) -> tuple[Estimand, ...]:
        """Return what is compared when being selected is a benefit or a harm."""
        return (self.favourable,) if outcome == "harm" and self.favourable else self.estimands

    def best_for(self, outcome: Outcome) -> Best | None:
        """Return which end is good for a customer when being selected is a benefit or a harm."""
        if outcome == "harm" and self.harm_flips:
            return "lowest" if self.best == "highest" else "highest"
        return self.best
