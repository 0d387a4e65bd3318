"""The cube: the few additive numbers per group and segment that every metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Flag
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MISSING = "(missing)"
"""The group of the customers whose attribute is empty."""

View = tuple[str, ...]
"""Names of the attributes that a margin is grouped by; ``()`` is the whole population."""

Key = tuple[tuple[str, str], ...]
"""One cell of a view: ``(attribute, value)`` pairs in the order of the view."""


class Count(Flag):
    """What can be true of a row: selected or not or undecided, crossed with positive, negative or unlabelled.

    The nine single flags are disjoint and cover every row, so any set of them is counted by adding.
    """

    TP = 1
    FP = 2
    SELECTED_UNLABELLED = 4
    FN = 8
    TN = 16
    PASSED_UNLABELLED = 32
    UNDECIDED_POSITIVE = 64
    UNDECIDED_NEGATIVE = 128
    UNKNOWN = 256
    SELECTED = TP | FP | SELECTED_UNLABELLED
    PASSED = FN | TN | PASSED_UNLABELLED
    DECIDED = SELECTED | PASSED
    POSITIVE = TP | FN | UNDECIDED_POSITIVE
    NEGATIVE = FP | TN | UNDECIDED_NEGATIVE
    LABELLED = POSITIVE | NEGATIVE
    BOTH = TP | FP | FN | TN
    ALL = DECIDED | LABELLED | UNKNOWN


OUTCOMES: tuple[Count, ...] = (
    Count.TP,
    Count.FP,
    Count.SELECTED_UNLABELLED,
    Count.FN,
    Count.TN,
    Count.PASSED_UNLABELLED,
    Count.UNDECIDED_POSITIVE,
    Count.UNDECIDED_NEGATIVE,
    Count.UNKNOWN,
)
"""The disjoint outcomes in the order of `Cell.counts`: index = 3 * (selected 0, passed 1, undecided 2) + (positive 0,
negative 1, unlabelled 2)."""


@lru_cache
def _places(outcomes: Count) -> tuple[int, ...]:
    """Return where in `OUTCOMES` the members of a set of outcomes stand."""
    return tuple(i for i, outcome in enumerate(OUTCOMES) if outcome in outcomes)


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
    attributes: tuple[str, ...] = ()
    """Protected and segment columns, each once."""
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
    disjoint: bool = True
    """True: no customer of this cube is in another one; merging cubes whose customers may repeat is refused."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The values whose sums each cell holds: of "score", "label" and "prediction" those that are numbers."""
        kinds = (
            ("score", self.score is not None),
            ("label", self.label is not None and self.label_kind == "number"),
            ("prediction", self.prediction is not None and self.prediction_kind == "number" and self.threshold is None),
        )
        return tuple(name for name, present in kinds if present)

    def band_names(self, attribute: str) -> tuple[str, ...]:
        """Return the names of an attribute's bands, lowest first."""
        cuts = self.bands[attribute]
        text = [f"{cut:g}" for cut in cuts]
        inner = [f"{low} to <{high}" for low, high in pairwise(text)]
        return (f"under {text[0]}", *inner, f"{text[-1]} and over")


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, sum and sum of squares of a real value, the sums as integers in units of 2 ** -scale."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)


NO_COUNTS = (0,) * len(OUTCOMES)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The additive numbers of one group in one segment."""

    counts: tuple[int, ...] = NO_COUNTS
    """Customers (or decisions) per outcome, in the order of `OUTCOMES`."""
    moments: Mapping[str, tuple[Moments, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Per measure of the Spec, `Moments` per outcome in the order of `OUTCOMES`."""
    histogram: NDArray[np.int64] | None = None
    """Scores per (positive 0, negative 1, unlabelled 2) and bin, shape (3, bins); None where not asked for."""

    def count(self, outcomes: Count) -> int:
        """Return how many rows have one of these outcomes."""
        counts = self.counts
        return sum([counts[i] for i in _places(outcomes)])

    def sums(self, measure: str, among: Count) -> Moments:
        """Return n, sum and sum of squares of a measure over the rows with one of these outcomes."""
        moments = self.moments[measure]
        return sum((moments[i] for i in _places(among)), start=Moments())

    @property
    def n(self) -> int:
        """Number of rows."""
        return sum(self.counts)

    def __add__(self, other: Cell) -> Cell:
        nothing = (Moments(),) * len(OUTCOMES)
        names = {**self.moments, **other.moments}
        mine, theirs = self.histogram, other.histogram
        return Cell(
            tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)),
            MappingProxyType(
                {
                    name: tuple(
                        a + b
                        for a, b in zip(self.moments.get(name, nothing), other.moments.get(name, nothing), strict=True)
                    )
                    for name in names
                }
            ),
            theirs if mine is None else mine if theirs is None else mine + theirs,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        if self.histogram is None or other.histogram is None:
            same_scores = self.histogram is other.histogram
        else:
            same_scores = np.array_equal(self.histogram, other.histogram)
        return same_scores and self.counts == other.counts and dict(self.moments) == dict(other.moments)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened to the rows on the way into the cube: numbers that add up."""

    predictions_rows: int = 0
    attributes_rows: int = 0
    matched: int = 0
    """Prediction rows that found attributes (all of them where there is one file): the audited rows."""
    predictions_without_attributes: int = 0
    attributes_without_predictions: int = 0
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
            if isinstance(a, int) or a is None:
                return None if a is None else a + b
            return MappingProxyType({name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}})

        return Ledger(**{f.name: plus(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Cube:
    """The cells of every view of a Spec, and the ledger of the rows they were counted from.

    Cubes of the same Spec add up: ``Cube.zero(spec)`` is the neutral element, and the sum of the cubes of disjoint
    shards equals the cube of the whole.
    """

    spec: Spec
    cells: Mapping[Key, Cell]
    ledger: Ledger
    _sorted: dict[View, dict[Key, Cell]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def zero(cls, spec: Spec) -> Cube:
        """Return the cube of no rows."""
        return cls(spec, MappingProxyType({}), Ledger())

    def __add__(self, other: Cube) -> Cube:
        if self.spec != other.spec:
            raise DataError("These cubes were tabulated with different settings and cannot be merged.")
        if self.spec.threshold == "median":
            raise DataError("Each of these cubes was cut at the median of its own scores, so they cannot be added.")
        if not (self.spec.disjoint and other.spec.disjoint):
            raise DataError("These cubes may share customers, so their counts cannot be added.")
        cells = dict(self.cells)
        for key, cell in other.cells.items():
            cells[key] = cells[key] + cell if key in cells else cell
        return replace(self, cells=MappingProxyType(cells), ledger=self.ledger + other.ledger)

    def cell(self, key: Key = ()) -> Cell:
        """Return one cell; an empty one where no row fell into it."""
        return self.cells.get(key, Cell())

    def view(self, view: View) -> dict[Key, Cell]:
        """Return the cells of one view, in the order of bands or, elsewhere, of the values' text, missing last."""
        if view not in self._sorted:
            chosen = {key: cell for key, cell in self.cells.items() if tuple(name for name, _ in key) == view}
            order = sorted(chosen, key=lambda key: tuple(self._rank(*pair) for pair in key))
            self._sorted[view] = {key: chosen[key] for key in order}
        return self._sorted[view]

    def _rank(self, attribute: str, value: str) -> tuple[bool, int, str]:
        names = self.spec.band_names(attribute) if attribute in self.spec.bands else ()
        return value == MISSING, names.index(value) if value in names else 0, value
