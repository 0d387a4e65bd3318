"""A table in an engine, what one column of it is in SQL, and what a tabulation asks of an engine's session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from fairaudit.engines.dialect import finite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from fairaudit.engines.dialect import Dialect
    from fairaudit.engines.files import File


class Session(Protocol):
    """An engine at work: it answers queries and keeps their results as tables."""

    dialect: Dialect
    prefix: str
    """What stands before the name of a kept table in queries, so that two tabulations do not share one."""
    unreadable: tuple[type[Exception], ...]
    """What a query raises where an input cannot be read."""

    def one(self, query: str) -> tuple[Any, ...]:
        """Return the first row of a query."""
        ...

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query; it is asked for groups, never for customers' rows."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, in the place of an earlier one of that name.

        Each of its rows has a number of its own, ``rowid``.
        """
        ...

    def batches(self, query: str) -> Iterator[Sequence[NDArray[Any]]] | None:
        """Yield the rows of a query as arrays, a part at a time; None where rows stay on other machines."""
        ...

    def table(self, file: File, wanted: Collection[str] | None) -> Table:
        """Return an input as a table, of text files and databases the wanted columns alone."""
        ...

    def first(self, table: Table, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of the first query that reads a whole table, or raise what is wrong with its file."""
        ...


@dataclass(frozen=True, slots=True)
class Table:
    """An input as a relation whose columns are c0, c1, ... in the order of `names`."""

    file: File
    relation: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    dialect: Dialect
    row: str | None = None
    """The number of a row, the same each time the table is read; None where there is none."""
    rows: int | None = None
    """The number of rows, where it is known without reading them."""
    tables: tuple[Table, ...] = ()
    """The inputs of which it is put together."""

    def raw(self, name: str) -> str:
        """Return the name of a column in SQL."""
        return f"c{self.names.index(name)}"

    def kind(self, name: str) -> str:
        """Return the kind of a column, as `fairaudit.engines.Column` names it."""
        return self.kinds[self.names.index(name)]

    def _null(self) -> str:
        return ", ".join(map(self.dialect.literal, self.file.source.null))

    def missing(self, name: str) -> str:
        """Return whether the column has no value, without turning numbers into text."""
        column, kind = self.raw(name), self.kind(name)
        if kind == "text":
            null = self._null()
            return f"({column} IS NULL OR {column} IN ({null}))" if null else f"({column} IS NULL)"
        if kind == "other" or any(self.file.source.null):
            return f"({self.text(name)} IS NULL)"
        return f"({column} IS NULL OR isnan(CAST({column} AS DOUBLE)))" if kind == "number" else f"({column} IS NULL)"

    def equals(self, name: str, value: str) -> str:
        """Return whether the column's text is a value, without turning numbers into text where it is a whole number."""
        if self.kind(name) in ("integer", "number", "boolean") and value.isdigit() and value == str(int(value)):
            return f"({self._double(name)} = {value})"
        return f"({self.text(name)} = {self.dialect.literal(value)})"

    def _double(self, name: str) -> str:
        return f"CAST({self.raw(name)} AS DOUBLE)"

    def text(self, name: str) -> str:
        """Return the column as text: booleans and whole floats as integers, missing values as NULL."""
        column, kind, as_text = self.raw(name), self.kind(name), f"AS {self.dialect.text})"
        if kind == "boolean":
            text = f"CAST(CAST({column} AS INTEGER) {as_text}"
        elif kind == "number":
            number = self._double(name)
            whole = f"{finite(number)} AND {number} = {self.dialect.floor(number)} AND abs({number}) < 1e15"
            text = (
                f"CASE WHEN isnan({number}) THEN NULL WHEN {whole} THEN CAST(CAST({number} AS BIGINT) {as_text} "
                f"ELSE {self.dialect.real_text(number)} END"
            )
        else:
            text = column if kind == "text" else f"CAST({column} {as_text}"
        null = self._null()
        return f"CASE WHEN {text} IN ({null}) THEN NULL ELSE {text} END" if null else text

    def is_no_number(self, name: str) -> str:
        """Return whether a value is there and is no finite number."""
        number = self.number(name)
        if self.kind(name) in ("integer", "boolean"):
            return "false"
        if self.kind(name) == "number":
            return f"coalesce(NOT ({finite(number)}), false)"
        return f"({self.text(name)} IS NOT NULL AND coalesce(NOT ({finite(number)}), true))"

    def number(self, name: str) -> str:
        """Return the column as a number, NULL where it is none."""
        kind = self.kind(name)
        if kind in ("text", "other"):
            return self.dialect.number(self.text(name))
        value = self._double(name)
        if kind == "number" or any(self.file.source.null):
            return f"CASE WHEN {self.missing(name)} THEN NULL ELSE {value} END"
        return value
