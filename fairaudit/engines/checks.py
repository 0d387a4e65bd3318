"""Checks that every value of a column fits its role, with the line of the first that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.engines import sql
from fairaudit.engines.files import finite
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fairaudit.engines.session import Session, Table

_LARGEST = 1e9
"""Beyond this the sum of squares of many rows would leave 128 bits."""
_LARGEST_WEIGHT = (1e-3, 1e6)
"""Beyond this their squares would leave 128 bits, or vanish in the unit they are kept in."""
_LITERALS = ("1.0", "True", "true", "TRUE", "yes", "Yes", "YES", "Y", "y", "t")
"""Values so customary that naming them gives nothing away."""


class Checks:
    """The checks of one tabulation; each raises a DataError that names no value."""

    def __init__(self, session: Session, positive: str) -> None:
        self.session, self.positive = session, positive

    def two_values(self, table: Table, name: str) -> None:
        """Check that a label or prediction holds the positive value and at most one other."""
        text = table.text(name)
        found = self.session.all(
            f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL GROUP BY x "
            f"ORDER BY x <> {sql.literal(self.positive)}, n DESC, x LIMIT 10"
        )
        values = [value for value, _ in found]
        positive = self.positive
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
        if table.file.format in ("parquet", "frame"):
            return self.session.first_row(table, name, wrong)
        return table.file.first_line(name, wrong_here)

    def numbers(self, table: Table, name: str) -> bool:
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

    def counts(self, table: Table, name: str) -> None:
        """Check that every value is a whole number of customers."""
        self.numbers(table, name)
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

    def weights(self, table: Table, name: str) -> None:
        """Check that every row has a finite weight that is not negative."""
        self.numbers(table, name)
        bad, largest = self.session.one(
            "SELECT count(*) FILTER (x IS NULL OR v < 0), max(v) "
            f"FROM (SELECT {table.text(name)} AS x, {table.number(name)} AS v FROM {table.relation})"
        )
        if bad:
            line = self._line(table, name, "x IS NULL OR v < 0", lambda v: v in table.file.source.null or float(v) < 0)
            raise DataError(f"{bad:,} weights are missing or negative.", file=table.file.name, line=line, column=name)
        low, high = _LARGEST_WEIGHT
        if 0 < largest < low or largest > high:
            raise DataError(
                f"The largest weight is not between {low:g} and {high:,.0f}: give the weights in another unit, a mean "
                "of 1 say.",
                file=table.file.name,
                column=name,
            )
