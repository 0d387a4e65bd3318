"""One tabulation: checks of every role, the join, the finest cells, and the views and histograms from them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.cube import MISSING, OUTCOMES, Cell, Cube, Key, Ledger, Moments, Spec, View
from fairaudit.engines import sql
from fairaudit.engines.bands import propose_bands
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
        label = self._role(spec.label, spec.label_kind)
        prediction = self._role(spec.prediction, spec.prediction_kind)
        if spec.score is not None:
            self._check_numbers(self.home(spec.score), spec.score)
        if spec.count is not None:
            self._check_counts(self.home(spec.count), spec.count)
        attributes = self._attributes()
        self._join(attributes, label, prediction)
        ledger = self._ledger(attributes)
        self.session.run(
            f"CREATE TEMP TABLE cells AS SELECT k, o, {sql.sums(spec, count=spec.count is not None)} FROM joined "
            "WHERE matched GROUP BY k, o"
        )
        by_name = {attribute.name: attribute for attribute in attributes}
        histograms = self._histograms(by_name)
        cells: dict[Key, Cell] = {}
        for view in spec.views:
            for key, cell in self._view(tuple(by_name[name] for name in view)).items():
                cells[key] = replace(cell, histogram=histograms.get(key))
        return Cube(spec, MappingProxyType(cells), ledger)

    def _role(self, name: str | None, kind: str) -> str | None:
        """Return the text of a label or prediction column, checked to have two values where it must."""
        if name is None:
            return None
        table = self.home(name)
        if kind == "number":
            self._check_numbers(table, name)
            return table.text(name)
        text = table.text(name)
        found = self.session.all(
            f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL GROUP BY x "
            "ORDER BY n DESC, x LIMIT 10"
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
        return text

    def _line(self, table: Table, name: str, wrong: str, wrong_here: Callable[[str], bool]) -> int | None:
        if table.file.format == "parquet":
            return self.session.first_row(table, name, wrong)
        return table.file.first_line(name, wrong_here)

    def _check_numbers(self, table: Table, name: str) -> None:
        text, number = table.text(name), table.number(name)
        bad, large = self.session.one(
            "SELECT count(*) FILTER (x IS NOT NULL AND (v IS NULL OR NOT isfinite(v))), "
            f"count(*) FILTER (isfinite(v) AND abs(v) > {_LARGEST}) FROM (SELECT {text} AS x, {number} AS v "
            f"FROM {table.relation})"
        )
        if bad:
            wrong = "x IS NOT NULL AND (v IS NULL OR NOT isfinite(v))"
            line = self._line(table, name, wrong, lambda value: not _finite(value))
            raise DataError(f"{bad:,} values are no finite number.", file=table.file.name, line=line, column=name)
        if large:
            line = self._line(table, name, f"abs(v) > {_LARGEST}", lambda value: abs(float(value)) > _LARGEST)
            raise DataError(
                f"{large:,} values lie beyond {_LARGEST:,.0f}; give them in a larger unit.",
                file=table.file.name,
                line=line,
                column=name,
            )

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

    def _join(self, attributes: Sequence[sql.Coded], label: str | None, prediction: str | None) -> None:
        spec, first = self.spec, self.first
        score = None if spec.score is None else first.number(spec.score)
        measures = {
            "score": score,
            "label": None if spec.label is None else first.number(spec.label),
            "prediction": None if spec.prediction is None else first.number(spec.prediction),
        }
        o = f"(3 * ({sql.decision(spec, prediction, score)}) + {sql.truth(spec, label)})::TINYINT"
        differs = "false"
        if spec.threshold is not None and prediction is not None:
            differs = f"(({score} >= {spec.threshold!r}::DOUBLE) <> ({prediction} = {sql.literal(spec.positive)}))"
        parts = [
            f"{o} AS o",
            *(f"({measures[name]})::DOUBLE AS m{i}" for i, name in enumerate(spec.measures)),
            f"{first.number(spec.count)}::BIGINT AS w" if spec.count is not None else "1::BIGINT AS w",
            f"coalesce({differs}, false) AS differs",
            f"{label or 'NULL'} IS NULL AS no_label",
            f"{prediction or 'NULL'} IS NULL AS no_prediction",
            f"{score or 'NULL'} IS NULL AS no_score",
        ]
        if spec.curves:
            low, high = spec.score_range
            parts += [
                f"({sql.score_bin(spec, str(score))} + {spec.bins} * ({sql.truth(spec, label)}))::SMALLINT AS b",
                f"coalesce({score} < {low!r} OR {score} > {high!r}, false) AS outside",
            ]
        else:
            parts.append("false AS outside")
        here = {a.name: self._text_of(first, a.name) for a in attributes if a.name in first.names}
        packed = sql.key(here, attributes)
        if self.second is None:
            identity = f"{first.text(spec.id)} AS i" if spec.id is not None else "'' AS i"
            self.session.run(
                f"CREATE TEMP TABLE joined AS SELECT {packed} AS k, {', '.join(parts)}, {identity}, true AS matched, "
                f"true AS p FROM {first.relation}"
            )
            return
        second = self.second
        if spec.id is None:
            raise DataError("Two files need an id that joins them.")
        for table in self.tables:
            if spec.id not in table.names:
                self._no_id(table)
        there = {a.name: self._text_of(second, a.name) for a in attributes if a.name in second.names}
        kept = [part.rpartition(" AS ")[2] for part in parts]
        self.session.run(
            f"CREATE TEMP TABLE joined AS SELECT lk + rk AS k, {', '.join(kept)}, "
            "CASE WHEN lk IS NULL THEN ri END AS i, (lk IS NOT NULL AND rk IS NOT NULL) AS matched, "
            f"lk IS NOT NULL AS p FROM (SELECT {first.text(spec.id)} AS li, {packed} AS lk, {', '.join(parts)} "
            f"FROM {first.relation}) FULL JOIN (SELECT {second.text(spec.id)} AS ri, "
            f"{sql.key(there, attributes)} AS rk FROM {second.relation}) ON li = ri"
        )

    def _no_id(self, table: Table) -> None:
        known = table.file.header or table.names
        raise DataError(
            f"There is no such column to join on.{nearest(str(self.spec.id), known)}",
            file=table.file.name,
            column=self.spec.id,
        )

    def _ledger(self, attributes: Sequence[sql.Coded]) -> Ledger:
        spec = self.spec
        missing = ", ".join(f"sum(w) FILTER (matched AND {a.unpacked} = {len(a.values)})" for a in attributes)
        row = self.session.one(
            "SELECT count(*) FILTER (matched), count(*) FILTER (p AND NOT matched), count(*) FILTER (NOT p), "
            "sum(w) FILTER (matched), sum(w) FILTER (matched AND no_label), sum(w) FILTER (matched AND no_prediction), "
            "sum(w) FILTER (matched AND no_score), sum(w) FILTER (matched AND outside), "
            f"sum(w) FILTER (matched AND differs){', ' + missing if missing else ''} FROM joined"
        )
        joined, alone, orphans = row[:3]
        matched, no_label, no_prediction, no_score, outside, differs = (int(n or 0) for n in row[3:9])
        repeated = 0
        excluded: dict[str, int] = {}
        people = 0
        if self.second is not None:
            repeated, alone, excluded = self._check_join(joined, alone, orphans)
            people = self.rows[1]
        elif spec.id is not None:
            distinct, present = self.session.one("SELECT count(DISTINCT i), count(i) FROM joined")
            repeated = present - distinct
        return Ledger(
            predictions_rows=self.rows[0] if spec.count is None else matched,
            attributes_rows=people,
            matched=matched,
            predictions_without_attributes=alone,
            attributes_without_predictions=orphans,
            repeated_ids=repeated,
            missing_label=no_label if spec.label is not None else 0,
            missing_prediction=no_prediction if spec.prediction is not None and spec.threshold is None else 0,
            missing_score=no_score if spec.score is not None else 0,
            missing_attributes=MappingProxyType(
                {a.name: int(n or 0) for a, n in zip(attributes, row[9:], strict=True)}
            ),
            scores_outside=outside,
            threshold_differs=differs,
            excluded=MappingProxyType(excluded),
        )

    def _check_join(self, joined: int, alone: int, orphans: int) -> tuple[int, int, dict[str, int]]:
        """Return repeated ids, predictions without attributes and exclusions; refuse attribute ids that repeat."""
        assert self.second is not None  # noqa: S101  the caller has looked
        predictions, people = self.rows
        # each prediction row stands once in the join unless an id of the attributes repeats
        twice = joined - (predictions - alone)
        lonely, known = self.session.one("SELECT count(DISTINCT i), count(i) FROM joined WHERE NOT p")
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
            found = self.session.run(sql.histogram(coded, count=spec.count is not None)).fetchnumpy()
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


def _finite(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
