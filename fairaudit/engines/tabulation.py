"""One tabulation: checks of every role, the join, the finest cells, and the views and histograms from them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.cube import MISSING, OUTCOMES, Cell, Count, Cube, Key, Ledger, Moments, Spec, View
from fairaudit.engines import sql
from fairaudit.engines.bands import propose_bands
from fairaudit.engines.files import finite
from fairaudit.engines.session import MANY, Session, Table
from fairaudit.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from fairaudit.engines.files import File

_LARGEST = 1e9
"""Beyond this the sum of squares of many rows would leave 128 bits."""
_LITERALS = ("1.0", "True", "true", "TRUE", "yes", "Yes", "YES", "Y", "y", "t")
"""Values so customary that naming them gives nothing away."""


class Tabulation:
    """One tabulation: checks, join, cells, views and histograms."""

    def __init__(self, session: Session, spec: Spec, files: Sequence[File]) -> None:
        self.session, self.spec = session, spec
        wanted = {spec.id, spec.label, spec.prediction, spec.score, spec.count, *spec.attributes} - {None}
        self.tables = []
        for file in files:
            kept = [name for name in file.header if name in wanted]
            self.tables.append(session.table(file, kept if file.format == "csv" else None))
        self.first = self.tables[0]
        self.second = self.tables[1] if len(self.tables) > 1 else None
        self.median: float | None = None
        self.rows = [self.session.one(f"SELECT count(*) FROM {table.relation}")[0] for table in self.tables]
        for table, n in zip(self.tables, self.rows, strict=True):
            if not n:
                raise DataError("The file has a header and no rows.", file=table.file.name)

    def home(self, name: str, *, of_people: bool = False) -> Table:
        """Return the table that holds a column; roles of the decision are looked for in the predictions only."""
        tables = self.tables if of_people else [self.first]
        holding = [table for table in tables if name in table.names]
        if len(holding) > 1:
            raise DataError("The column stands in both files; remove or rename one.", column=name)
        if not holding:
            known = [n for table in tables for n in (table.file.header or table.names)]
            listed = ", ".join(f'"{n}"' for n in known[:30])
            raise DataError(
                f"There is no such column.{nearest(name, known)} The columns are: {listed}.",
                file=" and ".join(table.file.name for table in tables),
                column=name,
            )
        return holding[0]

    def cube(self) -> Cube:
        """Return the cube; see `fairaudit.engines.Engine.tabulate` for what may be wrong."""
        spec = self.spec
        for name, kind in ((spec.label, spec.label_kind), (spec.prediction, spec.prediction_kind)):
            if name is not None and kind == "binary":
                self._check_two_values(self.home(name), name)
        columns = self._columns()
        small = [self._check_numbers(self.home(columns[role]), columns[role]) for role in spec.measures]
        if spec.count is not None:
            self._check_counts(self.home(spec.count), spec.count)
        attributes = self._attributes()
        self._join(attributes)
        self.session.run(
            f"CREATE TEMP TABLE cells AS SELECT k, o, {sql.sums(spec, small)} FROM joined WHERE k IS NOT NULL "
            "GROUP BY k, o"
        )
        by_name = {attribute.name: attribute for attribute in attributes}
        histograms = self._histograms(by_name)
        cells: dict[Key, Cell] = {}
        for view in spec.views:
            for key, cell in self._view(tuple(by_name[name] for name in view)).items():
                cells[key] = replace(cell, histogram=histograms.get(key))
        return Cube(spec, MappingProxyType(cells), self._ledger(cells.get((), Cell()), attributes))

    def _check_two_values(self, table: Table, name: str) -> None:
        """Check that a label or prediction holds the positive value and at most one other."""
        text = table.text(name)
        found = self.session.all(
            f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL GROUP BY x "
            f"ORDER BY x <> {sql.literal(self.spec.positive)}, n DESC, x LIMIT 10"
        )
        values = [value for value, _ in found]
        positive = self.spec.positive
        if positive not in values and any(value != "0" for value in values):
            usual = next((value for value in values if value in _LITERALS), None)
            remedy = f"; it holds {usual}: say --positive {usual}" if usual else "; state --positive VALUE"
            raise DataError(f"The positive value {positive} never occurs{remedy}.", file=table.file.name, column=name)
        others = [value for value in values if value != positive]
        if len(others) > 1:
            other = "0" if positive == "1" and "0" in others else others[0]
            allowed = {positive, other}
            listed = ", ".join(map(sql.literal, allowed))
            count = self.session.one(
                f"SELECT count(*) FROM (SELECT {text} AS x FROM {table.relation}) WHERE x NOT IN ({listed})"
            )[0]
            line = self._line(table, name, f"x NOT IN ({listed})", lambda value: value not in allowed)
            raise DataError(
                f"{count:,} values are neither the positive value nor the one other value that is expected.",
                file=table.file.name,
                line=line,
                column=name,
            )

    def _line(self, table: Table, name: str, wrong: str, wrong_here: Callable[[str], bool]) -> int | None:
        if table.file.format == "parquet":
            return self.session.first_row(table, name, wrong)
        return table.file.first_line(name, wrong_here)

    def _check_numbers(self, table: Table, name: str) -> bool:
        """Check that every value is a finite number of a size that can be summed; return whether all lie in [-1, 1]."""
        number, wrong = table.number(name), table.is_no_number(name)
        bad, low, high = self.session.one(
            f"SELECT count(*) FILTER ({wrong}), min({number}), max({number}) FROM {table.relation}"
        )
        if bad:
            line = self._line(table, name, "x IS NOT NULL AND coalesce(NOT isfinite(v), true)", lambda v: not finite(v))
            raise DataError(f"{bad:,} values are no finite number.", file=table.file.name, line=line, column=name)
        if low is not None and max(-low, high) > _LARGEST:
            line = self._line(table, name, f"abs(v) > {_LARGEST}", lambda v: abs(float(v)) > _LARGEST)
            raise DataError(
                f"Values lie beyond {_LARGEST:,.0f}; give them in a larger unit.",
                file=table.file.name,
                line=line,
                column=name,
            )
        return low is None or max(-low, high) <= 1

    def _check_counts(self, table: Table, name: str) -> None:
        self._check_numbers(table, name)
        text, number = table.text(name), table.number(name)
        bad = self.session.one(
            "SELECT count(*) FILTER (x IS NULL OR v < 0 OR v <> trunc(v)) "
            f"FROM (SELECT {text} AS x, {number} AS v FROM {table.relation})"
        )[0]
        if bad:
            line = self._line(table, name, "v < 0 OR v <> trunc(v)", lambda v: float(v) < 0 or float(v) % 1 != 0)
            raise DataError(
                f"{bad:,} values are no whole number of customers.", file=table.file.name, line=line, column=name
            )

    def _attributes(self) -> tuple[sql.Coded, ...]:
        values: dict[str, tuple[str, ...]] = {}
        for name in self.spec.attributes:
            table = self.home(name, of_people=True)
            if name in self.spec.bands:
                self._check_numbers(table, name)
                values[name] = self.spec.band_names(name)
                continue
            text = table.text(name)
            found = self.session.all(
                f"SELECT DISTINCT {text} AS x FROM {table.relation} WHERE x IS NOT NULL "
                f"LIMIT {max(self.spec.max_groups, MANY) + 1}"
            )
            if len(found) > min(self.spec.max_groups, MANY):
                self._refuse_many(table, name)
            known = sorted(value for (value,) in found)
            if MISSING in known:
                raise DataError(
                    f'The value "{MISSING}" is reserved for empty cells.', file=table.file.name, column=name
                )
            values[name] = tuple(known)
        attributes = sql.coded(values)
        if sql.cells(attributes) > 2**62:
            raise DataError("The attributes have too many combinations; protect or segment by fewer columns.")
        return attributes

    def _refuse_many(self, table: Table, name: str) -> None:
        column = self.session.column(table, name)
        if column.numeric and column.distinct > MANY:
            cuts = ", ".join(f"{cut:g}" for cut in propose_bands(column))
            raise DataError(
                f"This is a number with {column.distinct:,} different values, and a number needs bands to make groups; "
                f"[data.bands] {name} = [{cuts}] would do.",
                file=table.file.name,
                column=name,
            )
        if column.distinct > self.spec.max_groups:
            raise DataError(
                f"It has {column.distinct:,} different values, more than max_groups = {self.spec.max_groups}: it looks "
                "like an identifier.",
                file=table.file.name,
                column=name,
            )

    def _text_of(self, table: Table, name: str) -> str:
        if name in self.spec.bands:
            return sql.band(table.number(name), self.spec.bands[name], self.spec.band_names(name))
        return table.text(name)

    def _join(self, attributes: Sequence[sql.Coded]) -> None:
        """Make the table ``joined``: packed key k, outcome o, measures, bin b; k is NULL without a match."""
        spec, first = self.spec, self.first
        if self.second is not None:
            self._check_ids()
        if spec.threshold == "median":
            self.median = self._median_score()
        parts = self._row()
        here = {a.name: self._text_of(first, a.name) for a in attributes if a.name in first.names}
        packed = sql.key(here, attributes)
        if self.second is None:
            self.session.run(
                f"CREATE TEMP TABLE joined AS SELECT {packed} AS k, {', '.join(parts)} FROM {first.relation}"
            )
            return
        second = self.second
        there = {a.name: self._text_of(second, a.name) for a in attributes if a.name in second.names}
        kept = [part.rpartition(" AS ")[2] for part in parts]
        # an id is kept only where no prediction has it, to see whether it repeats
        self.session.run(
            f"CREATE TEMP TABLE joined AS SELECT lk + rk AS k, {', '.join(kept)}, CASE WHEN o IS NULL THEN ri END AS i "
            f"FROM (SELECT {first.text(str(spec.id))} AS li, {packed} AS lk, {', '.join(parts)} FROM {first.relation}) "
            f"FULL JOIN (SELECT {second.text(str(spec.id))} AS ri, {sql.key(there, attributes)} AS rk "
            f"FROM {second.relation}) ON li = ri"
        )

    def _row(self) -> list[str]:
        """Return what is kept of a prediction's row."""
        spec, first = self.spec, self.first
        numbers = {role: first.number(name) for role, name in self._columns().items() if role in spec.measures}
        truth = decision = "2"
        if spec.label is not None and spec.label_kind == "binary":
            truth = sql.two_valued(first.missing(spec.label), first.equals(spec.label, spec.positive))
        if spec.threshold is not None:
            # without any score there is no median, and every row is undecided
            above = f"> {self.median or 0.0!r}" if spec.threshold == "median" else f">= {spec.threshold!r}"
            over = f"{numbers['score']} {above}::DOUBLE"
            decision = sql.two_valued(f"{numbers['score']} IS NULL", over)
        elif spec.prediction is not None and spec.prediction_kind == "binary":
            decision = sql.two_valued(first.missing(spec.prediction), first.equals(spec.prediction, spec.positive))
        parts = [f"(3 * ({decision}) + {truth})::UTINYINT AS o"]
        parts += [f"({numbers[role]})::DOUBLE AS m{i}" for i, role in enumerate(spec.measures)]
        if spec.count is not None:
            parts.append(f"{first.number(spec.count)}::BIGINT AS w")
        if spec.threshold is not None and spec.prediction is not None:
            missing, stated = first.missing(spec.prediction), first.equals(spec.prediction, spec.positive)
            parts.append(f"coalesce(({over}) <> (CASE WHEN NOT {missing} THEN {stated} END), false) AS differs")
        if spec.curves:
            parts.append(f"({sql.score_bin(spec, numbers['score'])} + {spec.bins} * ({truth}))::SMALLINT AS b")
        return parts

    def _median_score(self) -> float | None:
        """Return the median of the scores of the rows that will match."""
        first, name, rows = self.first, str(self.spec.id), self.first.relation
        if self.second is not None:
            rows += f" WHERE {first.text(name)} IN (SELECT {self.second.text(name)} FROM {self.second.relation})"
        times = "1" if self.spec.count is None else first.number(self.spec.count)
        low, high = self.session.one(sql.middles(first.number(str(self.spec.score)), times, rows))
        return None if low is None else (low + high) / 2

    def _columns(self) -> dict[str, str]:
        named = (("score", self.spec.score), ("label", self.spec.label), ("prediction", self.spec.prediction))
        return {role: name for role, name in named if name is not None}

    def _check_ids(self) -> None:
        """Check that two files have the column that joins them."""
        name = self.spec.id
        if name is None:
            raise DataError("Two files need an id that joins them.")
        for table in self.tables:
            if name not in table.names:
                near = nearest(name, table.file.header or table.names)
                raise DataError(f"There is no such column to join on.{near}", file=table.file.name, column=name)

    def _ledger(self, everybody: Cell, attributes: Sequence[sql.Coded]) -> Ledger:
        """Return the ledger; what is missing is read off the counts, what did not match off the join."""
        spec, rows = self.spec, "sum(w)" if self.spec.count is not None else "count(*)"
        low, high = spec.score_range
        outside = f"{rows} FILTER (k IS NOT NULL AND (m0 < {low!r} OR m0 > {high!r}))" if spec.curves else "0"
        differs = f"{rows} FILTER (k IS NOT NULL AND differs)" if self._both_decide() else "0"
        joined, alone, orphans, outside_n, differing = self.session.one(
            "SELECT count(k), count(*) FILTER (k IS NULL AND o IS NOT NULL), count(*) FILTER (o IS NULL), "
            f"{outside}, {differs} FROM joined"
        )
        repeated = 0
        excluded: dict[str, int] = {}
        if self.second is not None:
            repeated, alone, excluded = self._check_join(joined, alone, orphans)
        elif spec.id is not None:
            text = self.first.text(spec.id)
            repeated = self.session.one(f"SELECT count({text}) - count(DISTINCT {text}) FROM {self.first.relation}")[0]
        missing = {a.name: f"{rows} FILTER ({a.unpacked} = {len(a.values)})" for a in attributes}
        empty = (
            self.session.one(f"SELECT {', '.join(missing.values())} FROM joined WHERE k IS NOT NULL") if missing else ()
        )
        known = everybody.sums("score", Count.ALL).n if "score" in everybody.moments else 0
        return Ledger(
            predictions_rows=self.rows[0] if spec.count is None else everybody.n,
            attributes_rows=self.rows[1] if self.second is not None else 0,
            matched=everybody.n,
            predictions_without_attributes=alone,
            attributes_without_predictions=orphans,
            repeated_ids=repeated,
            missing_label=self._without(everybody, "label", Count.LABELLED),
            missing_prediction=self._without(everybody, "prediction", Count.DECIDED) if spec.threshold is None else 0,
            missing_score=everybody.n - known if spec.score is not None else 0,
            missing_attributes=MappingProxyType({name: int(n or 0) for name, n in zip(missing, empty, strict=True)}),
            scores_outside=int(outside_n or 0),
            threshold_differs=int(differing or 0),
            score_median=self.median,
            excluded=MappingProxyType(excluded),
        )

    def _both_decide(self) -> bool:
        return self.spec.threshold is not None and self.spec.prediction is not None

    def _without(self, everybody: Cell, role: str, known: Count) -> int:
        """Return how many rows have no label or prediction, where there is such a column."""
        if role not in self._columns():
            return 0
        if role in self.spec.measures:
            return everybody.n - everybody.sums(role, Count.ALL).n
        return everybody.n - everybody.count(known)

    def _check_join(self, joined: int, alone: int, orphans: int) -> tuple[int, int, dict[str, int]]:
        """Return repeated ids, predictions without attributes and exclusions; refuse attribute ids that repeat."""
        assert self.second is not None  # noqa: S101  the caller has looked
        predictions, people = self.rows
        # each prediction row stands once in the join unless an id of the attributes repeats
        twice = joined - (predictions - alone)
        lonely, known = self.session.one("SELECT count(DISTINCT i), count(i) FROM joined WHERE o IS NULL")
        twice += known - lonely
        if twice:
            raise DataError(
                f"{twice:,} rows repeat an id; the attributes have one row per customer.",
                file=self.second.file.name,
                column=self.spec.id,
            )
        if not joined:
            raise DataError(
                f"None of the {predictions:,} predictions found attributes among {people:,} rows: do the ids of the "
                "two files look alike, with the same leading zeros and capitals?",
                column=self.spec.id,
            )
        if not alone:
            return joined - (people - orphans), 0, {}
        no_id = self.session.one(
            f"SELECT count(*) FROM {self.first.relation} WHERE ({self.first.text(str(self.spec.id))}) IS NULL"
        )[0]
        return joined - (people - orphans), alone - no_id, {"missing id": no_id} if no_id else {}

    def _view(self, view: Sequence[sql.Coded]) -> dict[Key, Cell]:
        measures = self.spec.measures
        counts: dict[Key, list[int]] = {}
        moments: dict[Key, list[list[Moments]]] = {}
        for row in self.session.all(sql.roll_up(self.spec, view)):
            key = tuple((a.name, a.value(code)) for a, code in zip(view, row, strict=False))
            outcome, totals = row[len(view)], row[len(view) + 1 :]
            counts.setdefault(key, [0] * len(OUTCOMES))[outcome] = int(totals[0])
            kept = moments.setdefault(key, [[Moments()] * len(OUTCOMES) for _ in measures])
            for i, _ in enumerate(measures):
                n, total, squares = (int(value or 0) for value in totals[1 + 3 * i : 4 + 3 * i])
                kept[i][outcome] = Moments(n, total, squares)
        return {
            key: Cell(
                tuple(counts[key]),
                MappingProxyType({name: tuple(moments[key][i]) for i, name in enumerate(measures)}),
            )
            for key in counts
        }

    def _histograms(self, by_name: Mapping[str, sql.Coded]) -> dict[Key, NDArray[np.int64]]:
        """Return the scores of every cell of the views that ask for them; smaller views are summed from larger ones."""
        spec, result = self.spec, {}
        grids: dict[View, NDArray[np.int64]] = {}
        for view in sql.largest(spec.curves):
            coded = [by_name[name] for name in view]
            found = self.session.run(sql.histogram(spec, coded)).fetchnumpy()
            size = math.prod(a.size for a in coded)
            grid = np.zeros((size, 3 * spec.bins), dtype=np.int64)
            grid[np.asarray(found["g"]), np.asarray(found["b"])] = np.asarray(found["n"])
            grids[view] = grid.reshape(*(a.size for a in reversed(coded)), 3, spec.bins)
        for view in spec.curves:
            larger = next(other for other in grids if set(view) <= set(other))
            # axes run from the last attribute to the first
            others = tuple(len(larger) - 1 - i for i, name in enumerate(larger) if name not in view)
            grid = grids[larger].sum(axis=others)
            coded = [by_name[name] for name in view]
            for place in np.ndindex(*(a.size for a in reversed(coded))):
                key = tuple((a.name, a.value(code)) for a, code in zip(coded, reversed(place), strict=True))
                result[key] = grid[place]
        return result
