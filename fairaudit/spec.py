"""What to tabulate: which column plays which role, and which margins are counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = "(missing)"
"""The group of the customers whose attribute is empty."""

View = tuple[str, ...]
"""Names of the attributes that a margin is grouped by; ``()`` is the whole population."""

CONTROL = "(control)"
"""The name of the part of a cell that had no treatment."""
WEIGHT_SCALE = 52
"""Weights are kept in units of 2 ** -52, so that adding them is exact."""


def value_of(column: str) -> str:
    """Return the name under which cells hold the sums of a column of `Spec.values`, unlike any role's."""
    return f"value:{column}"


@dataclass(frozen=True, slots=True)
class Spec:
    """What to tabulate: which column plays which role, and which margins to count."""

    id: str | None = None
    """Column that joins the two files; None for one file."""
    label: str | None = None
    """Column of what really happened; None where it is not known."""
    prediction: str | None = None
    """Column of the decision; with `threshold`, only compared with the score's decision."""
    score: str | None = None
    """Column of the model's score."""
    threshold: float | Literal["median"] | None = None
    """A row is selected where score >= threshold, or where it lies above the median of the audited rows' scores; None:
    `prediction` decides."""
    positive: str = "1"
    """The value of label and prediction that counts as positive, compared as text."""
    label_kind: Literal["binary", "number"] = "binary"
    """"binary": two values, matched to `positive`; "number": taken as it is."""
    prediction_kind: Literal["binary", "number"] = "binary"
    """As `label_kind`, for the prediction."""
    count: str | None = None
    """Column of frequencies: each row stands for that many customers."""
    weight: str | None = None
    """Column of weights: finite, not negative; every value is then a weighted one."""
    values: tuple[str, ...] = ()
    """Columns of further numbers whose sums each cell holds: spend, price."""
    propensity: str | None = None
    """Column of the chance that a row had of the treatment it got; its inverse is a weight."""
    attributes: tuple[str, ...] = ()
    """Protected and segment columns, then those of `splits`, each once."""
    views: tuple[View, ...] = ((),)
    """The margins to count, `()` among them; each names attributes in the order of `attributes`."""
    curves: tuple[View, ...] = ()
    """The views that also get a score histogram."""
    bands: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Cut points that turn a numeric attribute into groups, each band closed on the left."""
    score_range: tuple[float, float] = (0.0, 1.0)
    """The scale that histograms divide into `bins` equal bins, the last closed on the right."""
    bins: int = 1000
    """Number of bins of a score histogram."""
    scale: int = 40
    """Sums of real values are kept as integers in units of 2 ** -scale, so that adding is exact."""
    max_groups: int = 50
    """More distinct values than this in an attribute are an error (it looks like an identifier)."""
    disjoint: bool | None = None
    """True: no customer of this cube is in another one, though some may repeat in it; False: they may, and merging is
    refused; None: nothing is said, and cubes of customers with an id are not merged."""
    protected: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    outcome: Literal["benefit", "harm"] = "benefit"
    labels: Literal["observed", "complete"] = "observed"
    treatment: str | None = None
    """Column of how a customer was treated: personalized or not, or one of several arms."""
    control: str = "0"
    """The value of the treatment that means none."""
    stratum: str | None = None
    """Column within whose values amounts are compared: the product of a price."""
    """These, as under ``[data]`` of a policy, count nothing: they stay with the counts for whoever judges them."""

    @property
    def measures(self) -> tuple[str, ...]:
        """What has sums in each cell: those of score, label and prediction that are numbers, then the `values`."""
        kinds = (
            ("score", self.score is not None),
            ("label", self.label is not None and self.label_kind == "number"),
            ("prediction", self.prediction is not None and self.prediction_kind == "number" and self.threshold is None),
        )
        return (*(name for name, present in kinds if present), *map(value_of, self.values))

    @property
    def splits(self) -> dict[str, str]:
        """The columns by whose values every group's cell is also known in parts, by role: "treatment", "stratum"."""
        named = (("treatment", self.treatment), ("stratum", self.stratum))
        return {role: name for role, name in named if name is not None}

    @property
    def weighted(self) -> bool:
        """Whether rows weigh differently."""
        return self.weight is not None or self.propensity is not None

    @property
    def unit(self) -> Fraction:
        """The unit of weights and of their products: 1 where every row weighs 1."""
        return Fraction(1, 2**WEIGHT_SCALE) if self.weighted else Fraction(1)

    def band_names(self, attribute: str) -> tuple[str, ...]:
        """Return the names of an attribute's bands, lowest first."""
        cuts = self.bands[attribute]
        text = [f"{cut:.12g}" for cut in cuts]
        inner = [f"{low} to <{high}" for low, high in pairwise(text)]
        return (f"under {text[0]}", *inner, f"{text[-1]} and over")
