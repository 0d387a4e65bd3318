"""The cube: the few additive numbers per group and segment that every metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Flag
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.errors import DataError
from fairaudit.ledger import Ledger
from fairaudit.shown import Shown
from fairaudit.spec import CONTROL, MISSING, Spec, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from fairaudit.cubefile import FilePath

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
    *(Count.TP, Count.FP, Count.SELECTED_UNLABELLED),
    *(Count.FN, Count.TN, Count.PASSED_UNLABELLED),
    *(Count.UNDECIDED_POSITIVE, Count.UNDECIDED_NEGATIVE, Count.UNKNOWN),
)
"""The disjoint outcomes in the order of `Cell.counts`: index = 3 * (selected 0, passed 1, undecided 2) + (positive 0,
negative 1, unlabelled 2)."""


@lru_cache
def places(outcomes: Count) -> tuple[int, ...]:
    """Return where in `OUTCOMES` the members of a set of outcomes stand."""
    return tuple(i for i, outcome in enumerate(OUTCOMES) if outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, sum and sum of squares of a real value, the (weighted) sums as integers in units of 2 ** -scale."""

    n: int = 0
    total: int = 0
    squares: int = 0
    weight: int = 0
    """Sum of the rows' weights in `Spec.unit`; 0 without weights."""

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.n + other.n, self.total + other.total, self.squares + other.squares, self.weight + other.weight
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over customers of x * x, x * m and m * m, where x and m are a customer's two totals, as integers.

    They give the variance of the ratio of the totals' sums, however alike the rows of one customer are.
    """

    customers: int = 0
    """Customers with a row that counts."""
    xx: int = 0
    xm: int = 0
    mm: int = 0

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.customers + other.customers, self.xx + other.xx, self.xm + other.xm, self.mm + other.mm)


@dataclass(frozen=True, slots=True)
class Weights:
    """Sums of the rows' weights and of their squares per outcome, as integers in `Spec.unit`."""

    sums: tuple[int, ...]
    squares: tuple[int, ...]

    def __add__(self, other: Weights) -> Weights:
        return Weights(_summed(self.sums, other.sums), _summed(self.squares, other.squares))


@dataclass(frozen=True, slots=True)
class Clusters:
    """What the rows of one customer have in common, where customers have several.

    A customer's total of an outcome is the number (or weight) of its rows with that outcome.
    """

    customers: Mapping[int, int]
    """Set of outcomes that a customer's rows of any weight have, as the value of a `Count` -> number of customers."""
    products: Mapping[tuple[int, int], int]
    """Pair of places in `OUTCOMES`, the lower first -> sum over customers of the product of their two totals, in
    `Spec.unit`."""
    spreads: Mapping[str, Spread]
    """Measure -> totals x of the value and m of the rows that have one; with scores also "calibration" -> totals x of
    the score over labelled rows and m of the positive ones among them; xx and xm in units of 2 ** -scale, mm in
    `Spec.unit`."""

    def __add__(self, other: Clusters) -> Clusters:
        return Clusters(*(_merged(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))

    def count(self, outcomes: Count) -> int:
        """Return how many customers have a row with one of these outcomes."""
        return sum(n for having, n in self.customers.items() if having & outcomes.value)

    def spread(self, of: Count, among: Count) -> Spread:
        """Return the spread of the totals x of one set of outcomes and m of another."""

        def product(a: Count, b: Count) -> int:
            return sum(self.products.get((min(i, j), max(i, j)), 0) for i in places(a) for j in places(b))

        return Spread(self.count(among), product(of, of), product(of, among), product(among, among))


def _summed(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _plus(a: Any, b: Any) -> Any:  # noqa: ANN401  two of a kind, or None
    return b if a is None else a if b is None else a + b


def _same(a: Any, b: Any) -> bool:  # noqa: ANN401
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return a is not None and b is not None and np.array_equal(a, b)
    return bool(a == b)


def _merged(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return both mappings, the values of a key of both added."""
    return MappingProxyType({**a, **{key: a[key] + value if key in a else value for key, value in b.items()}})


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
    weights: Weights | None = None
    """None: every row weighs 1."""
    clusters: Clusters | None = None
    """None: every row is a customer of its own."""
    weighted_histogram: NDArray[np.float64] | None = None
    """As `histogram`, the sums of the rows' weights; None without weights."""
    parts: Mapping[str, Mapping[str, Cell]] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    """Role of `Spec.splits` -> value of its column, `CONTROL` for the control -> the part of the cell with that value;
    filled in by `Cube.cell`."""

    def count(self, outcomes: Count) -> int:
        """Return how many rows have one of these outcomes."""
        counts = self.counts
        return sum([counts[i] for i in places(outcomes)])

    def sums(self, measure: str, among: Count) -> Moments:
        """Return n, sum and sum of squares of a measure over the rows with one of these outcomes."""
        chosen = [self.moments[measure][i] for i in places(among)]
        return Moments(*map(sum, zip(*[(m.n, m.total, m.squares, m.weight) for m in chosen], strict=True)))

    @property
    def n(self) -> int:
        """Number of rows."""
        return sum(self.counts)

    def total(self, outcomes: Count) -> int:
        """Return the weight of the rows with one of these outcomes, in `Spec.unit`."""
        return self.count(outcomes) if self.weights is None else sum(self.weights.sums[i] for i in places(outcomes))

    def squares(self, outcomes: Count) -> int:
        """Return the sum of the squared weights of these rows, in `Spec.unit`."""
        return self.count(outcomes) if self.weights is None else sum(self.weights.squares[i] for i in places(outcomes))

    def customers(self, outcomes: Count) -> int:
        """Return how many customers have a row with one of these outcomes."""
        return self.count(outcomes) if self.clusters is None else self.clusters.count(outcomes)

    def __add__(self, other: Cell) -> Cell:
        a, b = self.moments, other.moments
        nothing = (Moments(),) * len(OUTCOMES)
        return Cell(
            _summed(self.counts, other.counts),
            MappingProxyType({name: _summed(a.get(name, nothing), b.get(name, nothing)) for name in {**a, **b}}),
            _plus(self.histogram, other.histogram),
            _plus(self.weights, other.weights),
            None if self.clusters is None and other.clusters is None else self.apart() + other.apart(),
            _plus(self.weighted_histogram, other.weighted_histogram),
            MappingProxyType(
                {
                    column: _merged(self.parts.get(column, {}), other.parts.get(column, {}))
                    for column in {**self.parts, **other.parts}
                }
            ),
        )

    def apart(self) -> Clusters:
        """Return the clusters; without any, every row is a customer of its own (weighted cells always have them)."""
        if self.clusters is not None:
            return self.clusters
        here = [i for i, n in enumerate(self.counts) if n]
        sums = {name: self.sums(name, Count.ALL) for name in self.moments}
        spreads = {name: Spread(m.n, m.squares, m.total, m.n) for name, m in sums.items()}
        if "score" in self.moments:
            known, positive = (self.sums("score", outcomes) for outcomes in (Count.LABELLED, Count.POSITIVE))
            spreads["calibration"] = Spread(known.n, known.squares, positive.total, positive.n)
        return Clusters(
            MappingProxyType({OUTCOMES[i].value: self.counts[i] for i in here}),
            MappingProxyType({(i, i): self.counts[i] for i in here}),
            MappingProxyType(spreads),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return all(_same(getattr(self, f.name), getattr(other, f.name)) for f in fields(self) if f.compare)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Cube(Shown):
    """The cells of every view of a Spec, and the ledger of the rows they were counted from.

    Cubes of the same Spec add up: ``Cube.zero(spec)`` is the neutral element, and the sum of the cubes of disjoint
    shards equals the cube of the whole. A cube that was cut at the median of its own scores is not added to another.
    """

    spec: Spec
    cells: Mapping[Key, Cell]
    ledger: Ledger
    parts: tuple[str, ...] = field(default=(), compare=False)
    """The checksums of the saved cubes that it was added up from."""
    _sorted: dict[View, dict[Key, Cell]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _apart: dict[tuple[str, Key], dict[str, Cell]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def zero(cls, spec: Spec) -> Cube:
        """Return the cube of no rows."""
        return cls(spec, MappingProxyType({}), Ledger())

    def __repr__(self) -> str:
        return f"<Cube: rows={self.ledger.matched}, attributes={len(self.spec.attributes)}, cells={len(self.cells)}>"

    def __add__(self, other: Cube) -> Cube:
        if self.spec != other.spec:
            keys = ", ".join(f.name for f in fields(Spec) if getattr(self.spec, f.name) != getattr(other.spec, f.name))
            raise DataError(f"These cubes were tabulated with different settings ({keys}) and cannot be merged.")
        if self.spec.threshold == "median":
            raise DataError("Each of these cubes was cut at the median of its own scores, so they cannot be added.")
        if self.spec.disjoint is False or (self.spec.disjoint is None and self.spec.id is not None):
            raise DataError(
                "These cubes may share customers, so their counts cannot be added; if no customer is in both, count "
                'them with customers = "disjoint" under [data] (--customers disjoint).'
            )
        if not {*self.parts}.isdisjoint(other.parts):
            raise DataError("A saved cube is in both of these cubes: its customers would be counted twice.")
        cells = _merged(self.cells, other.cells)
        if any(cell.clusters is not None for cell in cells.values()):
            cells = MappingProxyType({key: replace(cell, clusters=cell.apart()) for key, cell in cells.items()})
        return Cube(self.spec, cells, self.ledger + other.ledger, self.parts + other.parts)

    def save(self, path: FilePath) -> None:
        """Write the cube to a file, whole or not at all; `fairaudit.cubefile` describes the format."""
        from fairaudit import cubefile

        cubefile.save(self, path)

    @classmethod
    def load(cls, path: FilePath) -> Cube:
        """Read a saved cube; a `DataError` says why a file is none, damaged, or of another version."""
        from fairaudit import cubefile

        return cubefile.load(path)

    def cell(self, key: Key = ()) -> Cell:
        """Return one cell; an empty one where no row fell into it."""
        return self._with_parts(key, self.cells.get(key, Cell()))

    def view(self, view: View) -> dict[Key, Cell]:
        """Return the cells of one view, in the order of bands or, elsewhere, of the values' text, missing last."""
        if view not in self._sorted:
            chosen = {key: cell for key, cell in self.cells.items() if tuple(name for name, _ in key) == view}
            order = sorted(chosen, key=lambda key: tuple(self._rank(*pair) for pair in key))
            self._sorted[view] = {key: self._with_parts(key, chosen[key]) for key in order}
        return self._sorted[view]

    def _with_parts(self, key: Key, cell: Cell) -> Cell:
        """Return a cell with its parts by each column of `Spec.splits`."""
        if not self.spec.splits:
            return cell
        if not self._apart:
            for whole, part in self.cells.items():
                for role, column in self.spec.splits.items():
                    rest = tuple(pair for pair in whole if pair[0] != column)
                    if len(rest) < len(whole):
                        value = dict(whole)[column]
                        name = CONTROL if role == "treatment" and value == self.spec.control else value
                        self._apart.setdefault((role, rest), {})[name] = part
        parts = {role: MappingProxyType(self._apart.get((role, key), {})) for role in self.spec.splits}
        return replace(cell, parts=MappingProxyType(parts))

    def _rank(self, attribute: str, value: str) -> tuple[bool, int, str]:
        names = self.spec.band_names(attribute) if attribute in self.spec.bands else ()
        return value == MISSING, names.index(value) if value in names else 0, value
