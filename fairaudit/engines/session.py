"""A DuckDB session that reads the named files and nothing else, and what one column of them holds."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from fairaudit.engines import Column, sql
from fairaudit.engines.files import File, suspicious
from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MANY = 12
"""A number with more distinct values than this needs bands to make groups."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a relation whose columns are c0, c1, ... in the order of `names`."""

    file: File
    relation: str
    names: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def head(cls, file: File) -> Table:
        """Return a text file's columns without a relation behind them."""
        return cls(file, "", file.header, ("text",) * len(file.header))

    def raw(self, name: str) -> str:
        """Return the name of a column in SQL."""
        return f"c{self.names.index(name)}"

    @property
    def row(self) -> str:
        """The number of a row, the same each time the table is read."""
        return "r" if self.file.format in ("parquet", "frame") else "rowid"

    def _kind(self, name: str) -> str:
        return self.kinds[self.names.index(name)]

    def missing(self, name: str) -> str:
        """Return whether the column has no value, without turning numbers into text."""
        column, kind = self.raw(name), self._kind(name)
        if kind == "text":
            null = ", ".join(map(sql.literal, self.file.source.null))
            return f"({column} IS NULL OR {column} IN ({null}))" if null else f"({column} IS NULL)"
        if kind == "other" or any(self.file.source.null):
            return f"({self.text(name)} IS NULL)"
        return f"({column} IS NULL OR isnan({column}::DOUBLE))" if kind == "number" else f"({column} IS NULL)"

    def equals(self, name: str, value: str) -> str:
        """Return whether the column's text is a value, without turning numbers into text where it is a whole number."""
        if self._kind(name) in ("integer", "number", "boolean") and value.isdigit() and value == str(int(value)):
            return f"({self.raw(name)}::DOUBLE = {value})"
        return f"({self.text(name)} = {sql.literal(value)})"

    def text(self, name: str) -> str:
        """Return the column as text: booleans and whole floats as integers, missing values as NULL."""
        column, kind = self.raw(name), self._kind(name)
        if kind == "number":
            column = f"{column}::DOUBLE"
        if kind == "boolean":
            text = f"{column}::INTEGER::VARCHAR"
        elif kind == "number":
            whole = f"isfinite({column}) AND {column} = trunc({column}) AND abs({column}) < 1e15"
            text = (
                f"CASE WHEN isnan({column}) THEN NULL WHEN {whole} THEN {column}::BIGINT::VARCHAR "
                f"ELSE {column}::VARCHAR END"
            )
        else:
            text = column if kind == "text" else f"{column}::VARCHAR"
        null = ", ".join(map(sql.literal, self.file.source.null))
        return f"CASE WHEN {text} IN ({null}) THEN NULL ELSE {text} END" if null else text

    def is_no_number(self, name: str) -> str:
        """Return whether a value is there and is no finite number."""
        number = self.number(name)
        if self._kind(name) in ("integer", "boolean"):
            return "false"
        if self._kind(name) == "number":
            return f"coalesce(NOT isfinite({number}), false)"
        return f"({self.text(name)} IS NOT NULL AND coalesce(NOT isfinite({number}), true))"

    def number(self, name: str) -> str:
        """Return the column as a number, NULL where it is none."""
        kind = self._kind(name)
        if kind in ("text", "other"):
            return f"TRY_CAST({self.text(name)} AS DOUBLE)"
        value = f"{self.raw(name)}::DOUBLE"
        if kind == "number" or any(self.file.source.null):
            return f"CASE WHEN {self.missing(name)} THEN NULL ELSE {value} END"
        return value


@contextmanager
def session() -> Iterator[Session]:
    """Open a session with a private folder; both are gone at the end, whatever happens.

    Raises
    ------
    EngineError
        DuckDB gave up; its own message may quote a customer's row and goes no further.
    """
    with tempfile.TemporaryDirectory(prefix="fairaudit-") as folder:
        opened = Session(Path(folder))
        failure: str | None = None
        try:
            yield opened
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            failure = type(error).__name__
        except duckdb.OutOfRangeException:
            failure = "a sum is too large"
        except duckdb.Error as error:
            failure = type(error).__name__
        finally:
            opened.close()
    # DuckDB's own message may quote a customer's row: neither it nor its traceback goes on
    if failure is not None:
        raise EngineError(f"The engine could not finish ({failure}).")


class Session:
    """A connection that reads the files it is given and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "python_enable_replacements": False,
                "preserve_insertion_order": False,
                "temp_directory": str(folder),
            },
        )
        self._tables = 0

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def run(self, statement: str) -> duckdb.DuckDBPyConnection:
        """Execute a statement."""
        return self.connection.execute(statement)

    def one(self, statement: str) -> tuple[Any, ...]:
        """Return the first row of a query."""
        row = self.run(statement).fetchone()
        return row if row is not None else ()

    def all(self, statement: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.run(statement).fetchall()

    def table(self, file: File, wanted: Sequence[str] | None) -> Table:
        """Return a file as a relation; text files are read once, and only the wanted columns of them."""
        number = self._tables
        self._tables += 1
        if file.format == "frame":
            return self._frame(file, number)
        # a link of our own name: the engine would expand *, ? and [ in the customer's
        path = self.folder / f"input{number}"
        path.symlink_to(file.source.file.resolve())
        if file.format == "parquet":
            return self._parquet(file, path, number)
        if file.format == "jsonl":
            return self._jsonl(file, path, number)
        kept = list(file.header if wanted is None else wanted)
        self._csv(file, path, kept, number)
        return Table(file, f"t{number}", tuple(kept), ("text",) * len(kept))

    def _csv(self, file: File, path: Path, kept: Sequence[str], number: int) -> None:
        plain = self.folder / f"plain{number}"
        if file.compressed:
            file.unpack(plain)
            path = plain
        sound = file.encoding == "utf-8-sig"
        if not sound or suspicious(path, file.delimiter):
            file.check()
        if sound and self._read_csv(file, path, kept, number, file.delimiter):
            return
        # the check names the fault; a file without one is sound but of a form that the reader refuses
        file.check()
        plain.unlink(missing_ok=True)
        file.rewrite(plain)
        if not self._read_csv(file, plain, kept, number, ","):
            raise DataError("The file cannot be read as CSV.", file=file.name)

    def _read_csv(self, file: File, path: Path, kept: Sequence[str], number: int, delimiter: str) -> bool:
        """Read the wanted columns into a table; return False if the reader refuses the file."""
        columns = ", ".join(f"'f{i}': 'VARCHAR'" for i in range(len(file.header)))
        chosen = ", ".join(f"f{file.header.index(name)} AS c{i}" for i, name in enumerate(kept)) or "1 AS nothing"
        try:
            self.run(
                f"CREATE OR REPLACE TEMP TABLE t{number} AS SELECT {chosen} FROM read_csv({sql.literal(str(path))}, "
                f"auto_detect = false, header = true, columns = {{{columns}}}, delim = {sql.literal(delimiter)}, "
                "quote = '\"', escape = '\"', strict_mode = true, null_padding = false, ignore_errors = false, "
                "nullstr = '', max_line_size = 8000000, compression = 'none')"
            )
        except duckdb.Error:
            return False
        return True

    def _parquet(self, file: File, path: Path, number: int) -> Table:
        try:
            found = self.all(f"DESCRIBE SELECT * FROM read_parquet({sql.literal(str(path))})")
        except duckdb.Error:
            found = []
        if not found:
            raise DataError("The Parquet file is damaged or has no columns.", file=file.name)
        names = tuple(name for name, *_ in found)
        renamed = ", ".join(f"c{i}" for i in range(len(names)))
        self.run(
            f"CREATE TEMP VIEW t{number} AS SELECT * FROM (SELECT *, file_row_number FROM "
            f"read_parquet({sql.literal(str(path))})) AS p({renamed}, r)"
        )
        return Table(file, f"t{number}", names, tuple(_kind(kind) for _, kind, *_ in found))

    def _frame(self, file: File, number: int) -> Table:
        import pyarrow as pa

        table = file.source.frame
        names = tuple(table.column_names)
        if not names:
            raise DataError("The frame has no columns.", file=file.name)
        table = table.rename_columns([f"c{i}" for i in range(len(names))])
        numbered = table.append_column("r", pa.array(np.arange(table.num_rows, dtype=np.uint32)))
        self.connection.register(f"t{number}", numbered)
        found = self.all(f"DESCRIBE SELECT * FROM t{number}")
        return Table(file, f"t{number}", names, tuple(_kind(kind) for _, kind, *_ in found[:-1]))

    def _jsonl(self, file: File, path: Path, number: int) -> Table:
        columns = ", ".join(f"{sql.literal(name)}: 'JSON'" for name in file.header)
        values = ", ".join(
            f"CASE json_type(j{i}) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN (j{i}::BOOLEAN)::INTEGER::VARCHAR "
            f"WHEN 'DOUBLE' THEN CASE WHEN j{i}::DOUBLE = trunc(j{i}::DOUBLE) AND abs(j{i}::DOUBLE) < 1e15 "
            f"THEN j{i}::DOUBLE::BIGINT::VARCHAR ELSE j{i}::VARCHAR END ELSE j{i} ->> '$' END AS c{i}"
            for i in range(len(file.header))
        )
        renamed = ", ".join(f"j{i}" for i in range(len(file.header)))
        compression = "gzip" if file.compressed else "none"
        try:
            self.run(
                f"CREATE TEMP TABLE t{number} AS SELECT {values} FROM read_json({sql.literal(str(path))}, "
                f"format = 'newline_delimited', columns = {{{columns}}}, compression = '{compression}') AS p({renamed})"
            )
        except duckdb.Error:
            failed = True
        else:
            failed = False
        if failed:
            raise DataError("A line is no JSON object; JSON lines hold one object per line.", file=file.name)
        return Table(file, f"t{number}", file.header, ("text",) * len(file.header))

    def column(self, table: Table, name: str) -> Column:
        """Return what the values of one column are."""
        text, number = table.text(name), table.number(name)
        kind = table.kinds[table.names.index(name)]
        n, present, distinct, bad, whole, low, high = self.one(
            f"SELECT count(*), count(x), count(DISTINCT x), count(*) FILTER (x IS NOT NULL AND (v IS NULL OR NOT "
            f"isfinite(v))), bool_and(v = trunc(v)), min(v), max(v) FROM (SELECT {text} AS x, {number} AS v "
            f"FROM {table.relation})"
        )
        numeric = present > 0 and bad == 0
        values: tuple[tuple[str, int], ...] = ()
        if distinct <= 50:
            values = tuple(
                self.all(
                    f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL "
                    "GROUP BY x ORDER BY n DESC, x"
                )
            )
        quartiles: tuple[float, ...] = ()
        if numeric and distinct > MANY:
            quartiles = tuple(
                self.one(
                    "SELECT quantile_cont(v, [0.25, 0.5, 0.75]) "
                    f"FROM (SELECT {number} AS v FROM {table.relation}) WHERE v IS NOT NULL"
                )[0]
            )
        return Column(
            name,
            kind,
            missing=n - present,
            distinct=distinct,
            values=values,
            numeric=numeric,
            whole=numeric and bool(whole),
            minimum=low if numeric else None,
            maximum=high if numeric else None,
            quartiles=quartiles,
        )

    def first_row(self, table: Table, name: str, wrong: str) -> int | None:
        """Return the first row, counted from 1, whose text x or number v is wrong."""
        row = self.one(
            f"SELECT min(r) FROM (SELECT row_number() OVER () AS r, {table.text(name)} AS x, {table.number(name)} AS v "
            f"FROM {table.relation}) WHERE {wrong}"
        )
        return row[0] if row else None


def _kind(duckdb_type: str) -> str:
    if duckdb_type == "BOOLEAN":
        return "boolean"
    if duckdb_type.endswith("INT") or duckdb_type in ("INTEGER", "UINTEGER"):
        return "integer"
    if duckdb_type.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        return "number"
    return "text" if duckdb_type.startswith(("VARCHAR", "ENUM")) else "other"
