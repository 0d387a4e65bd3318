"""What the rows of one customer have in common, counted where customers have several rows or rows have weights."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import TYPE_CHECKING

from fairaudit.cube import WEIGHT_SCALE, Clusters, Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.cube import Key, Spec
    from fairaudit.engines import sql
    from fairaudit.engines.session import Session


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
        # rows without an id are customers of their own
        who = f"{customer}, CASE WHEN {customer} IS NULL THEN rowid END"
        session.run(
            f"CREATE TEMP TABLE persons AS SELECT k, {customer} AS c, {totals} "
            f"FROM joined WHERE k IS NOT NULL GROUP BY k, {customer if settled else who}"
        )
        self.settled = settled or session.one("SELECT count(c) = count(DISTINCT c) FROM persons")[0]
        if self.settled:
            session.run(f"CREATE TEMP TABLE clusters AS SELECT k, {self._sums()} FROM persons GROUP BY k, p")

    def view(self, view: Sequence[sql.Coded]) -> dict[Key, Clusters]:
        """Return the clusters of every cell of a view."""
        codes = [attribute.unpacked for attribute in view]
        if self.settled:
            width = 1 + len(self.pairs) + 4 * len(self.spreads)
            totals = ", ".join(f"sum(s{i})" for i in range(width))
            found = self.session.all(f"SELECT {', '.join([*codes, 'p', totals])} FROM clusters GROUP BY ALL")
        else:
            named = "".join(f"{code} AS g{i}, " for i, code in enumerate(codes))
            groups = "".join(f"g{i}, " for i, _ in enumerate(codes))
            totals = ", ".join(f"sum({name})::HUGEINT AS {name}" for name, _ in self._totals())
            found = self.session.all(
                f"SELECT {groups}{self._sums()} FROM (SELECT {named}c, {totals} FROM persons "
                f"GROUP BY {groups}c, CASE WHEN c IS NULL THEN rowid END) GROUP BY {groups}p"
            )
        return self._collected(view, found)

    def _collected(self, view: Sequence[sql.Coded], found: Sequence[Sequence[int]]) -> dict[Key, Clusters]:
        by_key: dict[Key, list[Sequence[int]]] = defaultdict(list)
        for row in found:
            by_key[tuple((a.name, a.value(code)) for a, code in zip(view, row, strict=False))].append(row[len(view) :])
        return {key: self._cell(rows) for key, rows in by_key.items()}

    def _cell(self, rows: Sequence[Sequence[int]]) -> Clusters:
        """Return the clusters of one cell from a row for each set of outcomes: set, customers, products, spreads."""
        sums = [sum(int(row[i] or 0) for row in rows) for i in range(2, len(rows[0]))]
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

        def rows(which: str) -> str:
            if self.spec.weight is None:
                return f"count(*) FILTER ({which})"
            return f"coalesce(sum(round(v * {float(2**WEIGHT_SCALE)!r})::HUGEINT) FILTER ({which}), 0)"

        weigh, unit = "" if self.spec.weight is None else " * v", f"{float(2**self.spec.scale)!r}"
        for place in self.outcomes:
            yield f"x{place}", rows(f"o = {place}")
        for i, name in enumerate(self.spreads):
            measure = "m0" if name == "calibration" else f"m{i}"
            labelled, positive = (" AND o % 3 < 2", " AND o % 3 = 0") if name == "calibration" else ("", "")
            value = f"round({measure}{weigh} * {unit})::HUGEINT"
            yield f"n{i}", rows(f"{measure} IS NOT NULL{labelled}")
            yield f"a{i}", f"coalesce(sum({value}) FILTER ({measure} IS NOT NULL{labelled}), 0)"
            yield f"b{i}", rows(f"{measure} IS NOT NULL{positive}")

    def _sums(self) -> str:
        """Return the set of outcomes, the customers, the products of their totals, and the spreads."""
        unit = float(2**self.spec.scale)
        weight = None if self.spec.weight is None else float(2**WEIGHT_SCALE)

        def product(a: str, b: str, scale: float | None) -> str:
            """Return the sum of a * b in units of the first one's scale."""
            if scale is None:
                return f"sum({a} * {b})"
            other = unit if b[0] == "a" else weight or 1.0
            return f"sum(round({a}::DOUBLE / {scale!r} * ({b}::DOUBLE / {other!r}) * {scale!r})::HUGEINT)"

        parts = ["count(*)"]
        parts += [product(f"x{a}", f"x{b}", weight) for a, b in self.pairs]
        for i, _ in enumerate(self.spreads):
            a, b = f"a{i}", f"b{i}"
            parts += [f"count(*) FILTER (n{i} > 0)", product(a, a, unit), product(a, b, unit), product(b, b, weight)]
        having = " + ".join(f"(x{o} > 0)::INTEGER * {2**o}" for o in self.outcomes)
        return ", ".join([f"{having} AS p", *(f"{part} AS s{i}" for i, part in enumerate(parts))])
