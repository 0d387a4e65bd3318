"""One tabulation: checks of every role, the join, the finest cells, and the views and histograms from them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from fairaudit.cube import MISSING, OUTCOMES, Cell, Count, Cube, Key, Moments, Spec, Weights
from fairaudit.engines import sql
from fairaudit.engines.bands import propose_bands
from fairaudit.engines.checks import Checks
from fairaudit.engines.clusters import Clustering
from fairaudit.engines.dialect import real
from fairaudit.engines.histograms import histograms
from fairaudit.engines.survey import MANY, Survey, column, survey
from fairaudit.errors import DataError, nearest
from fairaudit.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.engines.files import File
    from fairaudit.engines.table import Session, Table


_MOST_CELLS = 1_000_000
_MOST_HISTOGRAMS = 50_000


class Tabulation:
    """One tabulation: checks, join, cells, views and histograms."""

    def __init__(self, session: Session, spec: Spec, files: Sequence[File]) -> None:
        self.session, self.spec = session, spec
        named = (spec.id, spec.label, spec.prediction, spec.score, spec.count, spec.weight, *spec.attributes)
        wanted = {name for name in named if name is not None}
        self.tables = [session.table(file, wanted) for file in files]
        self.first = self.tables[0]
        self.second = self.tables[1] if len(self.tables) > 1 else None
        self.median: float | None = None
        if spec.count is not None and self.second is not None:
            raise DataError(
                "A row that stands for several customers has no id to join on: put all columns into one file.",
                file=self.first.file.name,
                column=spec.count,
            )
        self.surveys = self._surveys()
        self.rows = [self.surveys[table.relation].rows for table in self.tables]
        for table, n in zip(self.tables, self.rows, strict=True):
            if not n:
                raise DataError("The file has a header and no rows.", file=table.file.name)

    def _surveys(self) -> dict[str, Survey]:
        """Read each table once, for what all checks need."""
        spec, columns = self.spec, self._columns()
        texts = [(self.home(name), name) for name in self._binary()]
        numbers = [(self.home(columns[role]), columns[role]) for role in spec.measures]
        numbers += [(self.home(name), name) for name in (spec.count, spec.weight) if name is not None]
        for name in spec.attributes:
            (numbers if name in spec.bands else texts).append((self.home(name, of_people=True), name))
        if self.second is not None:
            self._check_ids()
        most = max(spec.max_groups, MANY)

        def of(table: Table, columns: Sequence[tuple[Table, str]]) -> list[str]:
            return list(dict.fromkeys(name for home, name in columns if home is table))

        return {
            table.relation: survey(self.session, table, of(table, texts), of(table, numbers), most)
            for table in self.tables
        }

    def _binary(self) -> list[str]:
        """Return the columns that hold the positive value and one other."""
        spec = self.spec
        named = ((spec.label, spec.label_kind), (spec.prediction, spec.prediction_kind))
        return [name for name, kind in named if name is not None and kind == "binary"]

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
        small = self._check()
        attributes = self._attributes()
        self._join(attributes)
        sums = sql.sums(spec, small, self.session.dialect)
        named = ", ".join(f"{part} AS s{i}" for i, part in enumerate(sums))
        self.session.keep("cells", f"SELECT k, o, {named} FROM joined WHERE k IS NOT NULL GROUP BY k, o")
        by_name = {attribute.name: attribute for attribute in attributes}
        views = [tuple(by_name[name] for name in view) for view in spec.views]
        found = histograms(self.session, spec, by_name)
        weighed = histograms(self.session, spec, by_name, weighted=True) if spec.weight is not None else {}
        cells = {
            key: replace(cell, histogram=found.get(key), weighted_histogram=weighed.get(key))
            for key, cell in self._cells(views, len(sums)).items()
        }
        everybody = cells.get((), Cell())
        ledger = self._ledger(everybody, attributes)
        repeats = ledger.repeated_ids > 0
        if repeats and spec.count is not None:
            raise DataError(
                f"{ledger.repeated_ids:,} rows repeat an id, but a row that stands for several customers has none: "
                "leave out the id, or the count.",
                file=self.first.file.name,
                column=spec.id,
            )
        if spec.count is None and (repeats or spec.weight is not None):
            if repeats and (self.second is None or self.second.row is None):
                self._join(attributes, with_id=True)
            outcomes = [i for i, n in enumerate(everybody.counts) if n]
            settled = not repeats or (self.second is not None and set(spec.attributes) <= set(self.second.names))
            who = "c" if repeats else "rowid"
            clusters = Clustering(self.session, spec, outcomes, who, settled=settled).cells(views)
            cells = {key: replace(cell, clusters=clusters[key]) for key, cell in cells.items()}
        return Cube(spec, MappingProxyType(cells), ledger)

    def _check(self) -> list[bool]:
        """Check the values of every role; return which measures lie within [-1, 1]."""
        spec, checks, columns = self.spec, self._checks(), self._columns()
        for name in self._binary():
            checks.two_values(self.home(name), name)
        if spec.count is not None:
            checks.counts(self.home(spec.count), spec.count)
        if spec.weight is not None:
            checks.weights(self.home(spec.weight), spec.weight)
        return [checks.numbers(self.home(columns[role]), columns[role]) for role in spec.measures]

    def _checks(self) -> Checks:
        return Checks(self.session, self.spec.positive, self.surveys)

    def _attributes(self) -> tuple[sql.Coded, ...]:
        values: dict[str, tuple[str, ...]] = {}
        for name in self.spec.attributes:
            table = self.home(name, of_people=True)
            if name in self.spec.bands:
                self._checks().numbers(table, name)
                values[name] = self.spec.band_names(name)
                continue
            known = self.surveys[table.relation].values.get(name)
            if known is None or len(known) > min(self.spec.max_groups, MANY):
                self._refuse_many(table, name)
            if known is not None and MISSING in known:
                raise DataError(
                    f'The value "{MISSING}" is reserved for empty cells.', file=table.file.name, column=name
                )
            values[name] = tuple(sorted(known or ()))
        attributes = sql.coded(values)
        self._check_room(attributes)
        return attributes

    def _check_room(self, attributes: Sequence[sql.Coded]) -> None:
        """Refuse views of so many cells that counting them fills the memory and judging them takes hours."""
        sizes = {attribute.name: attribute.size for attribute in attributes}
        cells = {view: math.prod(sizes[name] for name in view) for view in self.spec.views}
        filled = sum(min(n, self.rows[0]) for n in cells.values())
        scored = sum(cells[view] for view in sql.largest(self.spec.curves))
        for n, most, what in ((filled, _MOST_CELLS, "cells"), (scored, _MOST_HISTOGRAMS, "histograms of scores")):
            if n > most:
                raise DataError(
                    f"The groups and segments make {n:,} {what}, more than {most:,}: protect or segment by fewer "
                    "columns, or by columns of fewer values."
                )
        if sql.cells(attributes) > 2**62:
            raise DataError("The attributes have too many combinations; protect or segment by fewer columns.")

    def _refuse_many(self, table: Table, name: str) -> None:
        found = column(self.session, table, name)
        if found.numeric and found.distinct > MANY:
            cuts = ", ".join(f"{cut:g}" for cut in propose_bands(found))
            raise DataError(
                f"This is a number with {found.distinct:,} different values, and a number needs bands to make groups; "
                f"[data.bands] {name} = [{cuts}] would do.",
                file=table.file.name,
                column=name,
            )
        if found.distinct > self.spec.max_groups:
            raise DataError(
                f"It has {found.distinct:,} different values, more than max_groups = {self.spec.max_groups}: it looks "
                "like an identifier.",
                file=table.file.name,
                column=name,
            )

    def _text_of(self, table: Table, name: str) -> str:
        if name in self.spec.bands:
            return sql.band(table.number(name), self.spec.bands[name], self.spec.band_names(name), table.dialect)
        return table.text(name)

    def _join(self, attributes: Sequence[sql.Coded], *, with_id: bool = False) -> None:
        """Make the table ``joined``: packed key k, outcome o, measures, bin b; k is NULL without a match.

        A customer c is a row of the customers' file; of one file it is the id, kept only if asked for. An id i is kept
        where no prediction has it, to see whether it repeats.
        """
        spec, first, dialect = self.spec, self.first, self.session.dialect
        if spec.threshold == "median" and self.median is None:
            self.median = self._median_score()
        parts = self._row()
        here = {a.name: self._text_of(first, a.name) for a in attributes if a.name in first.names}
        packed = sql.key(here, attributes, dialect)
        if self.second is None:
            who = f", {first.text(spec.id)} AS c" if with_id and spec.id is not None else ""
            self.session.keep("joined", f"SELECT {packed} AS k, {', '.join(parts)}{who} FROM {first.relation}")
            return
        second = self.second
        there = {a.name: self._text_of(second, a.name) for a in attributes if a.name in second.names}
        kept = [part.rpartition(" AS ")[2] for part in parts]
        who = "li" if with_id else "c"
        row = "NULL" if second.row is None or with_id else f"CAST({second.row} AS {sql.smallest(self.rows[1])})"
        self.session.keep(
            "joined",
            f"SELECT CAST(lk + rk AS {sql.smallest(sql.cells(attributes))}) AS k, {', '.join(kept)}, {who} AS c, "
            "CASE WHEN o IS NULL THEN ri END AS i "
            f"FROM (SELECT {first.text(str(spec.id))} AS li, {packed} AS lk, {', '.join(parts)} FROM {first.relation}) "
            f"FULL JOIN (SELECT {second.text(str(spec.id))} AS ri, {sql.key(there, attributes, dialect)} AS rk, "
            f"{row} AS c FROM {second.relation}) ON li = ri",
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
            median = spec.threshold == "median"
            above = f"> {real(self.median or 0.0)}" if median else f">= {real(float(spec.threshold))}"
            over = f"{numbers['score']} {above}"
            decision = sql.two_valued(f"{numbers['score']} IS NULL", over)
        elif spec.prediction is not None and spec.prediction_kind == "binary":
            decision = sql.two_valued(first.missing(spec.prediction), first.equals(spec.prediction, spec.positive))
        parts = [f"CAST(3 * ({decision}) + {truth} AS TINYINT) AS o"]
        parts += [f"CAST({numbers[role]} AS DOUBLE) AS m{i}" for i, role in enumerate(spec.measures)]
        if spec.count is not None:
            parts.append(f"CAST({first.number(spec.count)} AS BIGINT) AS w")
        if spec.weight is not None:
            parts.append(f"{first.number(spec.weight)} AS v")
        if spec.threshold is not None and spec.prediction is not None:
            missing, stated = first.missing(spec.prediction), first.equals(spec.prediction, spec.positive)
            parts.append(f"coalesce(({over}) <> (CASE WHEN NOT {missing} THEN {stated} END), false) AS differs")
        if spec.curves:
            label_and_bin = f"{sql.score_bin(spec, numbers['score'])} + {spec.bins} * ({truth})"
            parts.append(f"CAST({label_and_bin} AS SMALLINT) AS b")
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
        beyond = f"k IS NOT NULL AND (m0 < {real(low)} OR m0 > {real(high)})"
        outside = f"{rows} FILTER (WHERE {beyond})" if spec.curves else "0"
        differs = f"{rows} FILTER (WHERE k IS NOT NULL AND differs)" if self._both_decide() else "0"
        alone, orphans, outside_n, differing = self.session.one(
            "SELECT count(*) FILTER (WHERE k IS NULL AND o IS NOT NULL), count(*) FILTER (WHERE o IS NULL), "
            f"{outside}, {differs} FROM joined"
        )
        repeated = 0
        excluded: dict[str, int] = {}
        if self.second is not None:
            repeated, alone, excluded = self._check_join(everybody.n, alone, orphans)
        elif spec.id is not None:
            text = self.first.text(spec.id)
            repeated = self.session.one(f"SELECT count({text}) - count(DISTINCT {text}) FROM {self.first.relation}")[0]
        missing = {a.name: f"sum(s0) FILTER (WHERE {a.part} = {a.step * len(a.values)})" for a in attributes}
        empty = self.session.one(f"SELECT {', '.join(missing.values())} FROM cells") if missing else ()
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

    def _cells(self, views: Sequence[Sequence[sql.Coded]], width: int) -> dict[Key, Cell]:
        """Return the cells of every view, summed from the finest."""
        measures = self.spec.measures
        counts: dict[Key, list[int]] = {}
        moments: dict[Key, list[list[Moments]]] = {}
        weights: dict[Key, list[list[int]]] = {}
        for place, packed, outcome, *totals in self.session.all(sql.roll_up(views, "cells", "o", width)):
            key = tuple((a.name, a.value(packed)) for a in views[place])
            counts.setdefault(key, [0] * len(OUTCOMES))[outcome] = int(totals[0])
            kept = moments.setdefault(key, [[Moments()] * len(OUTCOMES) for _ in measures])
            for i, _ in enumerate(measures):
                kept[i][outcome] = Moments(*(int(value or 0) for value in totals[1 + 4 * i : 5 + 4 * i]))
            if self.spec.weight is not None:
                weighed = weights.setdefault(key, [[0] * len(OUTCOMES), [0] * len(OUTCOMES)])
                weighed[0][outcome], weighed[1][outcome] = (int(value) for value in totals[-2:])
        return {
            key: Cell(
                tuple(counts[key]),
                MappingProxyType({name: tuple(moments[key][i]) for i, name in enumerate(measures)}),
                weights=Weights(*map(tuple, weights[key])) if key in weights else None,
            )
            for key in counts
        }
