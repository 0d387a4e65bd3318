"""One tabulation: the join, the finest cells, and the views and histograms from them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from fairaudit import reasons
from fairaudit.cube import OUTCOMES, Cell, Count, Cube, Key, Moments, Weights
from fairaudit.engines import sql
from fairaudit.engines.checks import LARGEST
from fairaudit.engines.clusters import Clustering
from fairaudit.engines.dialect import real
from fairaudit.engines.histograms import histograms
from fairaudit.engines.inputs import Inputs
from fairaudit.errors import DataError
from fairaudit.ledger import Ledger
from fairaudit.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.engines.files import File
    from fairaudit.engines.table import Session, Table
    from fairaudit.spec import Spec


class Tabulation:
    """One tabulation: join, cells, views and histograms."""

    def __init__(self, session: Session, spec: Spec, files: Sequence[File]) -> None:
        self.session, self.spec = session, spec
        self.joined, self.kept = f"{session.prefix}joined", f"{session.prefix}cells"
        self.inputs = Inputs(session, spec, files)
        self.first, self.second = self.inputs.first, self.inputs.second
        self.median: float | None = None

    def cube(self) -> Cube:
        """Return the cube; see `fairaudit.engines.Engine.tabulate` for what may be wrong."""
        spec = self.spec
        attributes, small = self._joined()
        sums = sql.sums(spec, small, self.session.dialect)
        named = ", ".join(f"{part} AS s{i}" for i, part in enumerate(sums))
        self.session.keep("cells", f"SELECT k, o, {named} FROM {self.joined} WHERE k IS NOT NULL GROUP BY k, o")
        by_name = {attribute.name: attribute for attribute in attributes}
        views = [tuple(by_name[name] for name in view) for view in spec.views]
        found = histograms(self.session, spec, by_name)
        weighed = histograms(self.session, spec, by_name, weighted=True) if spec.weighted else {}
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
        if spec.count is None and (repeats or spec.weighted):
            if repeats and (self.second is None or self.second.row is None):
                self._join(attributes, with_id=True)
            outcomes = [i for i, n in enumerate(everybody.counts) if n]
            settled = not repeats or (self.second is not None and set(spec.attributes) <= set(self.second.names))
            who = "c" if repeats else "rowid"
            clusters = Clustering(self.session, spec, outcomes, who, settled=settled).cells(views)
            cells = {key: replace(cell, clusters=clusters[key]) for key, cell in cells.items()}
        return Cube(spec, MappingProxyType(cells), ledger)

    def _joined(self) -> tuple[tuple[sql.Coded, ...], list[bool]]:
        """Join the inputs; return the attributes, and which measures lie within [-1, 1]."""
        if self.inputs.partly:
            self.inputs.check()
            attributes = self.inputs.attributes()
            try:
                self._join(attributes)
                largest = self._largest()
            except self.session.unreadable:
                largest = None
            if largest is not None:
                return attributes, [value <= 1 for value in largest]
            self.inputs.look_at_all()
        small = self.inputs.check()
        attributes = self.inputs.attributes()
        self._join(attributes)
        return attributes, small

    def _largest(self) -> list[float] | None:
        """Return the size of each measure's largest value; None if a row is odd by what the first ones told."""
        sizes = [f"coalesce(max(abs(m{i})), 0)" for i, _ in enumerate(self.spec.measures)]
        odd, *largest = self.session.one(
            f"SELECT {', '.join(['count(*) FILTER (WHERE k < 0 OR o > 8)', *sizes])} FROM {self.joined}"
        )
        return None if odd or any(value > LARGEST for value in largest) else largest

    def _value(self, table: Table, name: str) -> tuple[str, str]:
        """Return the group that an attribute's column stands for, and whether it is missing."""
        if name not in self.spec.bands:
            # a text that means missing is no value of the attribute, so the bare column does
            plain = table.kind(name) == "text"
            return table.raw(name) if plain else table.text(name), table.missing(name)
        number = table.number(name)
        band = sql.band(number, self.spec.bands[name], self.spec.band_names(name), table.dialect)
        return band, f"({number} IS NULL AND NOT {table.is_no_number(name)})"

    def _join(self, attributes: Sequence[sql.Coded], *, with_id: bool = False) -> None:
        """Make the table ``joined``: packed key k, outcome o, measures, bin b; k is NULL without a match.

        A customer c is a row of the customers' file; of one file it is the id, kept only if asked for. An id i is kept
        where no prediction has it, to see whether it repeats.
        """
        spec, first, dialect = self.spec, self.first, self.session.dialect
        if spec.threshold == "median" and self.median is None:
            self.median = self._median_score()
        parts = self._row()
        here = {a.name: self._value(first, a.name) for a in attributes if a.name in first.names}
        partly = self.inputs.partly
        packed = sql.key(here, attributes, dialect, strict=partly)
        if self.second is None:
            who = f", {first.text(spec.id)} AS c" if with_id and spec.id is not None else ""
            self.session.keep("joined", f"SELECT {packed} AS k, {', '.join(parts)}{who} FROM {first.relation}")
            return
        second = self.second
        there = {a.name: self._value(second, a.name) for a in attributes if a.name in second.names}
        packed_there = sql.key(there, attributes, dialect, strict=partly)
        kept = [part.rpartition(" AS ")[2] for part in parts]
        who = "li" if with_id else "c"
        row = "NULL" if second.row is None or with_id else f"CAST({second.row} AS {sql.smallest(self.inputs.rows[1])})"
        both = "CASE WHEN lk < 0 OR rk < 0 THEN -1 ELSE lk + rk END" if partly else "lk + rk"
        self.session.keep(
            "joined",
            f"SELECT CAST({both} AS {sql.smallest(sql.cells(attributes))}) AS k, {', '.join(kept)}, {who} AS c, "
            "CASE WHEN o IS NULL THEN ri END AS i "
            f"FROM (SELECT {first.text(str(spec.id))} AS li, {packed} AS lk, {', '.join(parts)} FROM {first.relation}) "
            f"FULL JOIN (SELECT {second.text(str(spec.id))} AS ri, {packed_there} AS rk, "
            f"{row} AS c FROM {second.relation}) ON li = ri",
        )

    def _row(self) -> list[str]:
        """Return what is kept of a prediction's row."""
        spec, first = self.spec, self.first
        numbers = {role: first.number(name) for role, name in self.inputs.columns.items() if role in spec.measures}
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
        outcome = f"3 * ({decision}) + {truth}"
        if self.inputs.partly:
            outcome = f"CASE WHEN {self._odd()} THEN {len(OUTCOMES)} ELSE {outcome} END"
        parts = [f"CAST({outcome} AS TINYINT) AS o"]
        parts += [f"CAST({numbers[role]} AS DOUBLE) AS m{i}" for i, role in enumerate(spec.measures)]
        if spec.count is not None:
            parts.append(f"CAST({first.number(spec.count)} AS BIGINT) AS w")
        if spec.weighted:
            parts.append(f"{self._weight()} AS v")
        if spec.threshold is not None and spec.prediction is not None:
            missing, stated = first.missing(spec.prediction), first.equals(spec.prediction, spec.positive)
            parts.append(f"coalesce(({over}) <> (CASE WHEN NOT {missing} THEN {stated} END), false) AS differs")
        if spec.curves:
            label_and_bin = f"{sql.score_bin(spec, numbers['score'])} + {spec.bins} * ({truth})"
            parts.append(f"CAST({label_and_bin} AS SMALLINT) AS b")
        return parts

    def _weight(self) -> str:
        """Return what a row weighs: its weight over the chance of the treatment that it got."""
        spec, first = self.spec, self.first
        weight = "1.0" if spec.weight is None else first.number(spec.weight)
        return weight if spec.propensity is None else f"{weight} / {first.number(spec.propensity)}"

    def _odd(self) -> str:
        """Return whether a prediction's row holds a value that the rows looked at do not explain."""
        first, odd = self.first, ["false"]
        for name in self.inputs.binary:
            known = [first.equals(name, value) for value in (self.spec.positive, self.inputs.other(name))]
            odd.append(f"NOT ({' OR '.join([first.missing(name), *known])})")
        odd += [first.is_no_number(self.inputs.columns[role]) for role in self.spec.measures]
        return " OR ".join(odd)

    def _median_score(self) -> float | None:
        """Return the median of the scores of the rows that will match."""
        first, name, rows = self.first, str(self.spec.id), self.first.relation
        if self.second is not None:
            rows += f" WHERE {first.text(name)} IN (SELECT {self.second.text(name)} FROM {self.second.relation})"
        times = "1" if self.spec.count is None else first.number(self.spec.count)
        low, high = self.session.one(sql.middles(first.number(str(self.spec.score)), times, rows))
        return None if low is None else (low + high) / 2

    def _ledger(self, everybody: Cell, attributes: Sequence[sql.Coded]) -> Ledger:
        """Return the ledger; what is missing is read off the counts, what did not match off the join."""
        spec, rows = self.spec, "sum(w)" if self.spec.count is not None else "count(*)"
        low, high = spec.score_range
        beyond = f"k IS NOT NULL AND (m0 < {real(low)} OR m0 > {real(high)})"
        outside = f"{rows} FILTER (WHERE {beyond})" if spec.curves else "0"
        differs = f"{rows} FILTER (WHERE k IS NOT NULL AND differs)" if self._both_decide() else "0"
        alone, orphans, outside_n, differing = self.session.one(
            "SELECT count(*) FILTER (WHERE k IS NULL AND o IS NOT NULL), count(*) FILTER (WHERE o IS NULL), "
            f"{outside}, {differs} FROM {self.joined}"
        )
        repeated = 0
        excluded: dict[str, int] = {}
        if self.second is not None:
            repeated, alone, excluded = self._check_join(everybody.n, alone, orphans)
        elif spec.id is not None:
            text = self.first.text(spec.id)
            repeated = self.session.one(f"SELECT count({text}) - count(DISTINCT {text}) FROM {self.first.relation}")[0]
        missing = {a.name: f"sum(s0) FILTER (WHERE {a.part} = {a.step * len(a.values)})" for a in attributes}
        empty = self.session.one(f"SELECT {', '.join(missing.values())} FROM {self.kept}") if missing else ()
        known = everybody.sums("score", Count.ALL).n if "score" in everybody.moments else 0
        return Ledger(
            predictions_rows=self.inputs.rows[0] if spec.count is None else everybody.n,
            attributes_rows=self.inputs.rows[1] if self.second is not None else 0,
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
        if role not in self.inputs.columns:
            return 0
        if role in self.spec.measures:
            return everybody.n - everybody.sums(role, Count.ALL).n
        return everybody.n - everybody.count(known)

    def _check_join(self, joined: int, alone: int, orphans: int) -> tuple[int, int, dict[str, int]]:
        """Return repeated ids, predictions without attributes and exclusions; refuse attribute ids that repeat."""
        assert self.second is not None  # noqa: S101  the caller has looked
        predictions, people = self.inputs.rows
        # each prediction row stands once in the join unless an id of the attributes repeats
        twice = joined - (predictions - alone)
        lonely, known = self.session.one(f"SELECT count(DISTINCT i), count(i) FROM {self.joined} WHERE o IS NULL")
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
        return joined - (people - orphans), alone - no_id, {reasons.MISSING_ID(): no_id} if no_id else {}

    def _cells(self, views: Sequence[Sequence[sql.Coded]], width: int) -> dict[Key, Cell]:
        """Return the cells of every view, summed from the finest."""
        measures = self.spec.measures
        counts: dict[Key, list[int]] = {}
        moments: dict[Key, list[list[Moments]]] = {}
        weights: dict[Key, list[list[int]]] = {}
        for place, packed, outcome, *totals in self.session.all(
            sql.roll_up(views, self.kept, "o", width, self.session.dialect)
        ):
            key = tuple((a.name, a.value(packed)) for a in views[place])
            counts.setdefault(key, [0] * len(OUTCOMES))[outcome] = int(totals[0])
            kept = moments.setdefault(key, [[Moments()] * len(OUTCOMES) for _ in measures])
            for i, _ in enumerate(measures):
                n, *sums = totals[1 + 4 * i : 5 + 4 * i]
                # without any value there is no sum
                kept[i][outcome] = Moments(int(n), *map(sql.exact, sums)) if n else Moments()
            if self.spec.weighted:
                weighed = weights.setdefault(key, [[0] * len(OUTCOMES), [0] * len(OUTCOMES)])
                weighed[0][outcome], weighed[1][outcome] = map(sql.exact, totals[-2:])
        return {
            key: Cell(
                tuple(counts[key]),
                MappingProxyType({name: tuple(moments[key][i]) for i, name in enumerate(measures)}),
                weights=Weights(*map(tuple, weights[key])) if key in weights else None,
            )
            for key in counts
        }
