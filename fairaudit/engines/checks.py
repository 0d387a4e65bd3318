"""Checks that every value of a column fits its role, with the line of the first that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairaudit.engines.files import finite
from fairaudit.engines.stored import DATABASES
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fairaudit.engines.survey import Survey
    from fairaudit.engines.table import Session, Table

LARGEST = 1e9
"""Beyond this the sum of squares of many rows would leave 128 bits."""
_LARGEST_WEIGHT = (1e-3, 1e6)
"""Beyond this their squares would leave 128 bits, or vanish in the unit they are kept in."""
_LITERALS = ("1.0", "True", "true", "TRUE", "yes", "Yes", "YES", "Y", "y", "t")
"""Values so customary that naming them gives nothing away."""


class Checks:
    """The checks of one tabulation; each raises a DataError that names no value."""

    def __init__(self, session: Session, positive: str, surveys: Mapping[str, Survey]) -> None:
        self.session, self.positive, self.surveys = session, positive, surveys

    def two_values(self, table: Table, name: str) -> None:
        """Check that a label or prediction holds the positive value and at most one other."""
        positive, known = self.positive, self.surveys[table.relation].values.get(name)
        if known is not None and len(known) <= 2 and (positive in known or not set(known) - {"0"}):
            return
        text, literal = table.text(name), self.session.dialect.literal
        values = [
            value
            for value, _ in self.session.all(
                f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL "
                f"GROUP BY x ORDER BY x <> {literal(positive)}, n DESC, x LIMIT 10"
            )
        ]
        if positive not in values and any(value != "0" for value in values):
            usual = next((value for value in values if value in _LITERALS), None)
            remedy = f"; it holds {usual}: say --positive {usual}" if usual else "; state --positive VALUE"
            raise DataError(f"The positive value {positive} never occurs{remedy}.", file=table.file.name, column=name)
        others = [value for value in values if value != positive]
        allowed = {positive, "0" if positive == "1" and "0" in others else others[0]}
        listed = ", ".join(map(literal, sorted(allowed)))
        count = self.session.one(
            f"SELECT count(*) FROM (SELECT {text} AS x FROM {table.relation}) WHERE x NOT IN ({listed})"
        )[0]
        raise DataError(
            f"{count:,} values are neither the positive value nor the one other value that is expected.",
            **self._place(table, name, f"x NOT IN ({listed})", lambda value: value not in allowed),
        )

    def _place(self, table: Table, name: str, wrong: str, wrong_here: Callable[[str], bool]) -> dict[str, Any]:
        """Return where the first text x or number v is wrong: which of several files, and its line or row."""
        for one in table.tables or (table,):
            text = one.file.textual
            line = one.file.first_line(name, wrong_here) if text else self._row(one, name, wrong)
            if line is not None:
                return {"file": one.file.name, "line": line, "column": name}
        return {"file": table.file.name, "column": name}

    def _row(self, table: Table, name: str, wrong: str) -> int | None:
        """Return the first row that is wrong; None where rows have no order, as in a database."""
        if table.row is None or table.file.format in DATABASES:
            return None
        values = f"{table.text(name)} AS x, {table.number(name)} AS v, {table.is_no_number(name)} AS bad"
        row = self.session.one(
            f"SELECT min(r) FROM (SELECT {table.row} AS r, {values} FROM {table.relation}) WHERE {wrong}"
        )[0]
        return None if row is None else int(row) + 1

    def _number_of(self, table: Table, name: str, wrong: str) -> int:
        """Return in how many rows a text x or number v is wrong."""
        values = f"{table.text(name)} AS x, {table.number(name)} AS v"
        return int(
            self.session.one(f"SELECT count(*) FILTER (WHERE {wrong}) FROM (SELECT {values} FROM {table.relation})")[0]
        )

    def numbers(self, table: Table, name: str) -> bool:
        """Check that every value is a finite number of a size that can be summed; return whether all lie in [-1, 1]."""
        found = self.surveys[table.relation].numbers[name]
        if found.bad:
            place = self._place(table, name, "bad", lambda v: not finite(v))
            raise DataError(f"{found.bad:,} values are no finite number.", **place)
        if found.low is None or found.high is None:
            return True
        if max(-found.low, found.high) > LARGEST:
            place = self._place(table, name, f"abs(v) > {LARGEST}", lambda v: abs(float(v)) > LARGEST)
            raise DataError(f"Values lie beyond {LARGEST:,.0f}; give them in a larger unit.", **place)
        return max(-found.low, found.high) <= 1

    def counts(self, table: Table, name: str) -> None:
        """Check that every value is a whole number of customers."""
        self.numbers(table, name)
        found = self.surveys[table.relation].numbers[name]
        if found.missing or found.fractional or (found.low is not None and found.low < 0):
            wrong = f"v < 0 OR v <> {table.dialect.floor('v')}"
            bad = self._number_of(table, name, f"x IS NULL OR {wrong}")
            place = self._place(table, name, wrong, lambda v: float(v) < 0 or float(v) % 1 != 0)
            raise DataError(f"{bad:,} values are no whole number of customers.", **place)

    def weights(self, table: Table, name: str) -> None:
        """Check that every row has a finite weight that is not negative."""
        self.numbers(table, name)
        found = self.surveys[table.relation].numbers[name]
        if found.missing or found.low is None or found.high is None or found.low < 0:
            bad = self._number_of(table, name, "x IS NULL OR v < 0")
            place = self._place(
                table, name, "x IS NULL OR v < 0", lambda v: v in table.file.source.null or float(v) < 0
            )
            raise DataError(f"{bad:,} weights are missing or negative.", **place)
        self._weight_size(table, name, found.high)

    def propensities(self, table: Table, name: str) -> None:
        """Check that every row has a chance above 0 and at most 1."""
        self.numbers(table, name)
        found = self.surveys[table.relation].numbers[name]
        if found.missing or found.low is None or found.high is None or found.low <= 0 or found.high > 1:
            wrong = "x IS NULL OR v <= 0 OR v > 1"
            place = self._place(table, name, wrong, lambda v: v in table.file.source.null or not 0 < float(v) <= 1)
            bad = self._number_of(table, name, wrong)
            raise DataError(f"{bad:,} propensities are missing, or not above 0 and at most 1.", **place)
        self._weight_size(table, name, 1 / found.low)

    def _weight_size(self, table: Table, name: str, largest: float) -> None:
        """Check that sums of such weights are exact."""
        low, high = _LARGEST_WEIGHT
        if 0 < largest < low or largest > high:
            raise DataError(
                f"The largest weight is not between {low:g} and {high:,.0f}: give the weights in another unit, a mean "
                "of 1 say.",
                file=table.file.name,
                column=name,
            )
