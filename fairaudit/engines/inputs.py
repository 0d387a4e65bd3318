"""The inputs of one tabulation: which column is where, and what a look at their rows tells of its values.

A look at the first rows is enough where they are typical of the others: the join marks every row that is odd by what
they told, and if there is one, the inputs are read whole. A table of millions of rows is so read once, not twice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.cube import MISSING
from fairaudit.engines import sql
from fairaudit.engines.bands import propose_bands
from fairaudit.engines.checks import Checks
from fairaudit.engines.survey import MANY, Survey, column, survey
from fairaudit.errors import DataError, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fairaudit.cube import Spec
    from fairaudit.engines.files import File
    from fairaudit.engines.table import Session, Table

HEAD = 100_000
"""Rows that are looked at before the others."""
_MOST_CELLS = 1_000_000
_MOST_HISTOGRAMS = 50_000


class Inputs:
    """The tables of one tabulation.

    Parameters
    ----------
    session : Session
        Where the tables are made.
    spec : Spec
        Which column plays which role.
    files : sequence of File
        The predictions and, perhaps, the attributes.
    """

    def __init__(self, session: Session, spec: Spec, files: Sequence[File]) -> None:
        self.session, self.spec = session, spec
        named = (spec.id, spec.label, spec.prediction, spec.score, spec.count, spec.weight, *spec.attributes)
        wanted = {name for name in named if name is not None}
        self.tables = [session.table(file, wanted) for file in files]
        self.first = self.tables[0]
        self.second = self.tables[1] if len(self.tables) > 1 else None
        if spec.count is not None and self.second is not None:
            raise DataError(
                "A row that stands for several customers has no id to join on: put all columns into one file.",
                file=self.first.file.name,
                column=spec.count,
            )
        self._texts, self._numbers = self._looked_at()
        self.rows = [self._count(table) for table in self.tables]
        self.partly = max(self.rows) > HEAD and spec.count is None and spec.weight is None
        """Whether the first rows alone were looked at."""
        self.surveys: Mapping[str, Survey] = {}
        self._look()
        if self.partly and not self._typical():
            self.look_at_all()

    def _count(self, table: Table) -> int:
        if table.rows is not None:
            return table.rows
        return int(self.session.first(table, f"SELECT count(*) FROM {table.relation}")[0][0])

    def look_at_all(self) -> None:
        """Look at every row."""
        self.partly = False
        self._look()

    def _look(self) -> None:
        most, head = max(self.spec.max_groups, MANY), HEAD if self.partly else None
        self.surveys = {
            table.relation: survey(self.session, table, texts, numbers, most=most, head=head)
            for table, texts, numbers in zip(self.tables, self._texts, self._numbers, strict=True)
        }
        if not self.partly:
            self.rows = [found.rows for found in self.surveys.values()]
        for table, n in zip(self.tables, self.rows, strict=True):
            if not n:
                raise DataError("The file has a header and no rows.", file=table.file.name)

    def _looked_at(self) -> tuple[list[list[str]], list[list[str]]]:
        """Return for each table the columns whose values are listed, and those that hold numbers."""
        spec = self.spec
        texts = [(self.home(name), name) for name in self.binary]
        numbers = [(self.home(self.columns[role]), self.columns[role]) for role in spec.measures]
        numbers += [(self.home(name), name) for name in (spec.count, spec.weight) if name is not None]
        for name in spec.attributes:
            (numbers if name in spec.bands else texts).append((self.home(name, of_people=True), name))
        if self.second is not None:
            self._check_ids()

        def per_table(columns: Sequence[tuple[Table, str]]) -> list[list[str]]:
            return [list(dict.fromkeys(name for home, name in columns if home is table)) for table in self.tables]

        return per_table(texts), per_table(numbers)

    def _typical(self) -> bool:
        """Return whether the rows looked at have nothing to complain of, and both values of every yes and no."""
        values = {name: known for found in self.surveys.values() for name, known in found.values.items()}
        numbers = [number for found in self.surveys.values() for number in found.numbers.values()]
        return (
            not any(number.bad for number in numbers)
            and all(name in values for names in self._texts for name in names)
            and all(len(values[name]) == 2 and self.spec.positive in values[name] for name in self.binary)
        )

    def other(self, name: str) -> str:
        """Return the value of a yes and no that is not the positive one."""
        known = self.surveys[self.home(name).relation].values[name]
        return next(value for value in known if value != self.spec.positive)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of score, label and prediction, by role."""
        named = (("score", self.spec.score), ("label", self.spec.label), ("prediction", self.spec.prediction))
        return {role: name for role, name in named if name is not None}

    @property
    def binary(self) -> list[str]:
        """The columns that hold the positive value and one other."""
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
            listed = ", ".join(f'"{shortened(n)}"' for n in known[:30])
            raise DataError(
                f"There is no such column.{nearest(name, known)} The columns are: {listed}.",
                file=" and ".join(table.file.name for table in tables),
                column=name,
            )
        return holding[0]

    def check(self) -> list[bool]:
        """Check the values of every role; return which measures lie within [-1, 1]."""
        spec, checks = self.spec, self._checks()
        for name in self.binary:
            checks.two_values(self.home(name), name)
        if spec.count is not None:
            checks.counts(self.home(spec.count), spec.count)
        if spec.weight is not None:
            checks.weights(self.home(spec.weight), spec.weight)
        small = [checks.numbers(self.home(self.columns[role]), self.columns[role]) for role in spec.measures]
        self._check_size()
        return small

    def _check_size(self) -> None:
        """Check that a row's squares, times its count, fit what sums are kept in; not every engine would say so."""
        spec, numbers = self.spec, self.surveys[self.first.relation].numbers
        if spec.count is None:
            return

        def most(name: str) -> float:
            return max(abs(numbers[name].low or 0.0), abs(numbers[name].high or 0.0))

        value = max((most(self.columns[role]) for role in spec.measures), default=0.0)
        weight = 1.0 if spec.weight is None else most(spec.weight)
        sql.exact(None if value**2 * weight * most(spec.count) * 2.0**spec.scale > 1e37 else 0)

    def _checks(self) -> Checks:
        return Checks(self.session, self.spec.positive, self.surveys)

    def attributes(self) -> tuple[sql.Coded, ...]:
        """Return every attribute with its values."""
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

    def _check_ids(self) -> None:
        """Check that two files have the column that joins them."""
        name = self.spec.id
        if name is None:
            raise DataError("Two files need an id that joins them.")
        for table in self.tables:
            if name not in table.names:
                near = nearest(name, table.file.header or table.names)
                raise DataError(f"There is no such column to join on.{near}", file=table.file.name, column=name)
