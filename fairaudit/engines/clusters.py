"""What the rows of one customer have in common, counted where customers have several rows or rows have weights."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import TYPE_CHECKING

from fairaudit.cube import Clusters, Spread
from fairaudit.engines import sql
from fairaudit.engines.dialect import real
from fairaudit.spec import WEIGHT_SCALE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.cube import Key
    from fairaudit.engines.table import Session
    from fairaudit.spec import Spec


class Clustering:
    """The customers of the table ``joined``, each with its totals.

    Parameters
    ----------
    session : Session
        Holds ``joined``: packed key k, outcome o, measures, weight v.
    spec : Spec
        What is tabulated.
    outcomes : sequence of int
        Places in `OUTCOMES` that occur.
    customer : str
        What tells customers apart: the column c, or ``rowid`` where no id repeats.
    settled : bool
        Whether it is known that every customer has the same attributes in all of its rows.
    """

    def __init__(self, session: Session, spec: Spec, outcomes: Sequence[int], customer: str, *, settled: bool) -> None:
        self.session, self.spec, self.outcomes = session, spec, outcomes
        self.pairs = list(combinations_with_replacement(outcomes, 2))
        self.spreads = [*spec.measures, *(["calibration"] if "score" in spec.measures else [])]
        totals = ", ".join(f"{total} AS {name}" for name, total in self._totals())
        joined, self.persons, self.kept = (f"{session.prefix}{name}" for name in ("joined", "persons", "clusters"))
        rows = f"(SELECT *, {customer} AS who, CASE WHEN {customer} IS NULL THEN rowid END AS alone FROM {joined})"
        # rows without an id are customers of their own
        apart = "" if settled else ", alone"
        session.keep("persons", f"SELECT k, who, {totals} FROM {rows} WHERE k IS NOT NULL GROUP BY k, who{apart}")
        self.settled = settled or session.one(f"SELECT count(who) = count(DISTINCT who) FROM {self.persons}")[0]
        if self.settled:
            session.keep(
                "clusters",
                f"SELECT k, {self._sums()} FROM (SELECT *, {self._having()} AS p FROM {self.persons}) GROUP BY k, p",
            )

    def cells(self, views: Sequence[Sequence[sql.Coded]]) -> dict[Key, Clusters]:
        """Return the clusters of every cell of the views."""
        width = 1 + len(self.pairs) + 4 * len(self.spreads)
        query = sql.roll_up(views, self.kept, "p", width, self.session.dialect) if self.settled else self._apart(views)
        by_key: dict[Key, list[Sequence[int]]] = defaultdict(list)
        for place, packed, *row in self.session.all(query):
            by_key[tuple((a.name, a.value(packed)) for a in views[place])].append(row)
        return {key: self._cell(rows) for key, rows in by_key.items()}

    def _apart(self, views: Sequence[Sequence[sql.Coded]]) -> str:
        """Return the sums of every view where a customer may be in several of its groups."""
        totals = ", ".join(f"sum({name}) AS {name}" for name, _ in self._totals())
        rows = f"(SELECT *, CASE WHEN who IS NULL THEN rowid END AS alone FROM {self.persons})"
        copies = self.session.dialect.copies([sql.part(view) for view in views], rows)
        return (
            f"SELECT view, g, {self._sums()} FROM (SELECT *, {self._having()} AS p FROM "
            f"(SELECT view, g, {totals} FROM ({copies}) GROUP BY view, g, who, alone)) GROUP BY view, g, p"
        )

    def _cell(self, rows: Sequence[Sequence[int]]) -> Clusters:
        """Return the clusters of one cell from a row for each set of outcomes: set, customers, products, spreads."""
        sums = [sum(sql.exact(row[i]) for row in rows) for i in range(2, len(rows[0]))]
        products = {pair: n for pair, n in zip(self.pairs, sums, strict=False) if n}
        rest = sums[len(self.pairs) :]
        spreads = {name: Spread(*rest[4 * i : 4 * i + 4]) for i, name in enumerate(self.spreads)}
        return Clusters(
            MappingProxyType({int(row[0]): int(row[1]) for row in rows}),
            MappingProxyType(products),
            MappingProxyType(spreads),
        )

    def _totals(self) -> Iterator[tuple[str, str]]:
        """Yield a customer's totals as whole numbers: of each outcome, and of each spread its rows, x and m."""
        whole, unit = self.session.dialect.whole, real(2.0**self.spec.scale)

        def rows(which: str) -> str:
            if not self.spec.weighted:
                return f"count(*) FILTER (WHERE {which})"
            return f"coalesce(sum({whole(f'v * {real(2.0**WEIGHT_SCALE)}')}) FILTER (WHERE {which}), 0)"

        weigh = "" if not self.spec.weighted else " * v"
        for place in self.outcomes:
            yield f"x{place}", rows(f"o = {place}")
        for i, name in enumerate(self.spreads):
            measure = "m0" if name == "calibration" else f"m{i}"
            labelled, positive = (" AND o % 3 < 2", " AND o % 3 = 0") if name == "calibration" else ("", "")
            value = whole(f"{measure}{weigh} * {unit}")
            yield f"n{i}", rows(f"{measure} IS NOT NULL{labelled}")
            yield f"a{i}", f"coalesce(sum({value}) FILTER (WHERE {measure} IS NOT NULL{labelled}), 0)"
            yield f"b{i}", rows(f"{measure} IS NOT NULL{positive}")

    def _having(self) -> str:
        """Return the set of outcomes of a customer's rows."""
        return " + ".join(f"CAST(x{o} > 0 AS INTEGER) * {2**o}" for o in self.outcomes)

    def _sums(self) -> str:
        """Return the customers, the products of their totals, and the spreads."""
        unit, whole = 2.0**self.spec.scale, self.session.dialect.whole
        weight = None if not self.spec.weighted else 2.0**WEIGHT_SCALE

        def product(a: str, b: str, scale: float | None) -> str:
            """Return the sum of a * b in units of the first one's scale."""
            if scale is None:
                return f"sum({a} * {b})"
            other = unit if b[0] == "a" else weight or 1.0
            ratio = f"CAST({a} AS DOUBLE) / {real(scale)} * (CAST({b} AS DOUBLE) / {real(other)})"
            return f"sum({whole(f'{ratio} * {real(scale)}')})"

        parts = ["count(*)"]
        parts += [product(f"x{a}", f"x{b}", weight) for a, b in self.pairs]
        for i, _ in enumerate(self.spreads):
            a, b = f"a{i}", f"b{i}"
            parts += [
                f"count(*) FILTER (WHERE n{i} > 0)",
                product(a, a, unit),
                product(a, b, unit),
                product(b, b, weight),
            ]
        return ", ".join(["p", *(f"{part} AS s{i}" for i, part in enumerate(parts))])
