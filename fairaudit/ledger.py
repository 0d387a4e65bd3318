"""The ledger: what happened to the rows on their way into the cube."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED = "several cubes were merged, and they may have been joined with the same customers"
"""Why a ledger does not know how many customers there were."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened to the rows on the way into the cube: numbers that add up."""

    predictions_rows: int = 0
    attributes_rows: int | None = 0
    """0 where there is one file; None, for the reason `SHARED`, where ledgers with such a file were added."""
    matched: int = 0
    """Prediction rows that found attributes (all of them where there is one file): the audited rows."""
    predictions_without_attributes: int = 0
    attributes_without_predictions: int | None = 0
    """None where `attributes_rows` is."""
    repeated_ids: int = 0
    """Matched prediction rows beyond the first of their id."""
    missing_label: int = 0
    missing_prediction: int = 0
    missing_score: int = 0
    missing_attributes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Per attribute, the matched rows in which it is empty."""
    scores_outside: int = 0
    """Rows whose score lies outside the Spec's score_range; any such row makes the curves not evaluable."""
    threshold_differs: int = 0
    """Rows where both a prediction and a threshold are given and disagree; the threshold decides."""
    score_median: float | None = None
    """The median of the audited rows' scores, where the Spec's threshold is the median."""
    excluded: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Per reason, the prediction rows that are neither matched nor without attributes."""

    @property
    def coverage(self) -> float:
        """Share of the prediction rows that found attributes, in [0, 1]; NaN for no rows."""
        return self.matched / self.predictions_rows if self.predictions_rows else float("nan")

    def __add__(self, other: Ledger) -> Ledger:
        def plus(a: Any, b: Any) -> Any:  # noqa: ANN401  one field of both: numbers, counts by name, or nothing
            if a is None or b is None:
                return None
            if isinstance(a, int):
                return a + b
            return MappingProxyType({name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}})

        added = {f.name: plus(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        # a customer without a prediction here may have one there, and a file that both were joined with counts once
        if self.attributes_rows != 0 and other.attributes_rows != 0:
            added["attributes_rows"] = added["attributes_without_predictions"] = None
        return Ledger(**added)
