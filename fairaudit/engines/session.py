"""A DuckDB session that reads the named files and nothing else, and what one column of them holds."""

from __future__ import annotations

import tempfile
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from fairaudit.engines import jsonlines, parquet, union
from fairaudit.engines.dialect import DUCKDB
from fairaudit.engines.files import scan
from fairaudit.engines.frames import check_names
from fairaudit.engines.stored import STORED, opened
from fairaudit.engines.table import Table
from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from fairaudit.engines import Source
    from fairaudit.engines.files import File

_BROKE_OFF = "Its rows broke off before the end: a statement failed on a value, or the connection was lost."
_BATCH = 1 << 17
"""Rows that go from the engine to NumPy at a time: few enough for the processor's cache."""


@contextmanager
def session(memory_limit: str | None = None) -> Iterator[DuckDBSession]:
    """Open a session with a private folder; both are gone at the end, whatever happens.

    Parameters
    ----------
    memory_limit : str, optional
        Memory beyond which the engine goes to the disk, "2GB" say.

    Raises
    ------
    DataError
        A Parquet file has damaged pages.
    EngineError
        DuckDB gave up; its own message may quote a customer's row and goes no further.
    """
    with tempfile.TemporaryDirectory(prefix="fairaudit-") as folder:
        opened = DuckDBSession(Path(folder), memory_limit)
        failure: str | None = None
        damaged: DataError | None = None
        try:
            yield opened
        except duckdb.Error as error:
            failure = next(
                (words for kind, words in _FAILURES.items() if isinstance(error, kind)), type(error).__name__
            )
            if not isinstance(error, duckdb.OutOfMemoryException | duckdb.InterruptException):
                damaged = opened.damaged()
        finally:
            opened.close()
    if damaged is not None:
        raise damaged
    # DuckDB's own message may quote a customer's row: neither it nor its traceback goes on
    if failure is not None:
        raise EngineError(f"The engine could not finish: {failure}.")


_FAILURES = {
    duckdb.OutOfMemoryException: "it ran out of memory; give it more with --memory-limit, or a temporary folder with "
    "more room (TMPDIR) to spill to",
    duckdb.IOException: "it could not read the input or write to its temporary folder; is the disk full? TMPDIR names "
    "another folder",
    duckdb.OutOfRangeException: "a sum is too large",
}


class DuckDBSession:
    """A connection that reads the files it is given and nothing else; see `fairaudit.engines.table.Session`."""

    dialect = DUCKDB
    prefix = ""
    unreadable: tuple[type[Exception], ...] = (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.InvalidTypeException,
    )

    def __init__(self, folder: Path, memory_limit: str | None = None) -> None:
        self.folder, self.memory_limit = folder, memory_limit
        self.connection = self._connect()
        self._tables = 0
        self._pages: dict[str, DataError] = {}
        """Rows of each Parquet file in SQL -> what to say if they cannot be read."""
        self.counted: dict[Source, int] = {}
        """Rows of each file where several are merged."""

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "python_enable_replacements": False,
                "preserve_insertion_order": False,
                "temp_directory": str(self.folder),
                **({"memory_limit": self.memory_limit} if self.memory_limit is not None else {}),
            },
        )

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

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, in the place of an earlier one of that name."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def batches(self, query: str) -> Iterator[Sequence[NDArray[Any]]]:
        """Yield the rows of a query as arrays, a part at a time."""
        for batch in self.connection.sql(query).to_arrow_reader(_BATCH):
            # to_numpy would import pandas
            yield [np.from_dlpack(column) for column in batch.columns]

    def table(self, file: File, wanted: Collection[str] | None) -> Table:  # noqa: PLR0911  one for each form
        """Return an input as a table, of text files and databases the wanted columns alone."""
        if file.further:
            return self._several(file, wanted)
        number = self._tables
        self._tables += 1
        if file.format == "frame":
            return self._frame(file, number)
        if file.format in STORED:
            return self._stored(file, wanted, number)
        if file.parts:
            return self._parts(file, number)
        # a link of our own name: the engine would expand *, ? and [ in the customer's
        path = self.folder / f"input{number}"
        path.symlink_to(file.source.file.resolve())
        if file.format == "parquet":
            return self._parquet(file, path, number)
        if file.format == "jsonl":
            return self._jsonl(file, path, number)
        kept = tuple(name for name in file.header if wanted is None or name in wanted)
        return self._csv(Table(file, f"t{number}", kept, ("text",) * len(kept), DUCKDB), path)

    def first(self, table: Table, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of the first query that reads a whole table, or raise what is wrong with its file."""
        try:
            return self.all(query)
        except self.unreadable:
            if table.file.format != "csv":
                raise
        # the check names the fault; a file without one is sound but of a form that the reader refuses
        table.file.check()
        plain = self._plain(table)
        plain.unlink(missing_ok=True)
        table.file.rewrite(plain)
        self._view(table, plain, ",")
        try:
            return self.all(query)
        except self.unreadable:
            pass
        raise DataError("The file cannot be read as CSV.", file=table.file.name)

    def held(self, table: Table) -> Table:
        """Return a table that is read often; a text file is taken into the engine, which spills what is too large."""
        if table.file.format != "csv":
            return table
        self.first(table, f"CREATE TEMP TABLE held{table.relation} AS SELECT * FROM {table.relation}")
        return replace(table, relation=f"held{table.relation}", row="rowid")

    def damaged(self) -> DataError | None:
        """Return what to say of the first Parquet file with a page that cannot be read."""
        for pages, fault in self._pages.items():
            # some failures leave a connection of no more use
            with closing(self._connect()) as fresh:
                try:
                    fresh.execute(f"SELECT bit_xor(hash(*COLUMNS(*))) FROM {pages}").fetchall()
                except (duckdb.OutOfMemoryException, duckdb.InterruptException):
                    return None
                except duckdb.Error:
                    return fault
        return None

    def _plain(self, table: Table) -> Path:
        return self.folder / f"plain{table.relation}"

    def _csv(self, table: Table, path: Path) -> Table:
        """Make a text file a view: it is read anew each time, so that memory does not grow with its rows."""
        file, plain = table.file, self._plain(table)
        if file.compressed:
            file.unpack(plain)
            path = plain
        if file.encoding != "utf-8-sig":
            file.check()
            plain.unlink(missing_ok=True)
            file.rewrite(plain)
            self._view(table, plain, ",")
            return table
        found = scan(path, file.delimiter)
        if found.suspicious:
            file.check()
        self._view(table, path, file.delimiter)
        return replace(table, rows=found.rows)

    def _view(self, table: Table, path: Path, delimiter: str) -> None:
        header, literal = table.file.header, DUCKDB.literal
        columns = ", ".join(f"'f{i}': 'VARCHAR'" for i in range(len(header)))
        chosen = ", ".join(f"f{header.index(name)} AS c{i}" for i, name in enumerate(table.names)) or "1 AS nothing"
        self.run(
            f"CREATE OR REPLACE TEMP VIEW {table.relation} AS SELECT {chosen} FROM read_csv({literal(str(path))}, "
            f"auto_detect = false, header = true, columns = {{{columns}}}, delim = {literal(delimiter)}, "
            "quote = '\"', escape = '\"', strict_mode = true, null_padding = false, ignore_errors = false, "
            "nullstr = '', max_line_size = 8000000, compression = 'none')"
        )

    def _parquet(self, file: File, path: Path, number: int) -> Table:
        found = parquet.columns(self, path)
        if not found:
            raise DataError("The Parquet file is damaged or has no columns.", file=file.name)
        self._pages[parquet.read([path])] = DataError("The Parquet file is damaged.", file=file.name)
        names = [name for name, _ in found]
        check_names(names, file.name)
        # a column of this name would be taken for the number of the row
        row = None if "file_row_number" in map(str.casefold, names) else "r"
        renamed = ", ".join([*(f"c{i}" for i, _ in enumerate(names)), *([row] if row else [])])
        self.run(
            f"CREATE TEMP VIEW t{number} AS SELECT * FROM (SELECT *{', file_row_number' if row else ''} FROM "
            f"{parquet.read([path])}) AS p({renamed})"
        )
        return Table(file, f"t{number}", tuple(names), tuple(union.kind_of(kind) for _, kind in found), DUCKDB, row)

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
        kinds = tuple(union.kind_of(kind) for _, kind, *_ in found[:-1])
        return Table(file, f"t{number}", names, kinds, DUCKDB, "r", table.num_rows)

    def _parts(self, file: File, number: int) -> Table:
        folder = self.folder / f"input{number}"
        folder.mkdir()
        for place, part in enumerate(file.parts):
            link = folder / f"{place:08d}"
            link.symlink_to(part.path.resolve())
            self._pages[parquet.read([link])] = DataError(f'The part "{part.name}" is damaged.', file=file.name)
        return Table(file, f"t{number}", *union.parts(self, file, folder, f"t{number}"), DUCKDB, "r")

    def _several(self, file: File, wanted: Collection[str] | None) -> Table:
        alone = replace(file, source=replace(file.source, further=()), further=())
        tables = [self.table(one, wanted) for one in (alone, *file.further)]
        if wanted is not None and not wanted:
            return self._united(tables)
        for table in tables:
            # a text file shows its faults while it is read, and each has its own
            touched = ", ".join(["count(*)", *(f"count({table.raw(name)})" for name in table.names)])
            self.counted[table.file.source] = self.first(table, f"SELECT {touched} FROM {table.relation}")[0][0]
        return self._united(tables)

    def _united(self, tables: Sequence[Table]) -> Table:
        relation = f"t{self._tables}"
        self._tables += 1
        return union.several(self, tables, relation)

    def _stored(self, file: File, wanted: Collection[str] | None, number: int) -> Table:
        with opened(file) as stored:
            kept = [name for name in stored.names if wanted is None or name in wanted]
            file = replace(file, header=stored.names)
            if not kept:
                return Table(file, "(SELECT 1 AS nothing)", (), (), DUCKDB)
            stream = stored.stream([stored.names.index(name) for name in kept])
            chosen = ", ".join(f"{expression} AS c{i}" for i, expression in enumerate(stream.columns))
            chosen += f", {stream.row} AS r" if stream.row is not None else ""
            self.connection.register("stream", stream.reader)
            try:
                self.run(f"CREATE TEMP TABLE t{number} AS SELECT {chosen} FROM stream")
            except duckdb.Error as error:
                failed = not isinstance(error, duckdb.OutOfMemoryException | duckdb.IOException)
                if not failed:
                    raise
            else:
                failed = False
            finally:
                self.connection.unregister("stream")
        if failed:
            # the error of the stream may quote a row
            raise stream.fault[0] if stream.fault else DataError(_BROKE_OFF, file=file.name)
        found = self.all(f"DESCRIBE t{number}")
        kinds = tuple(union.kind_of(kind) for _, kind, *_ in found[: len(kept)])
        return Table(file, f"t{number}", tuple(kept), kinds, DUCKDB, "rowid" if stream.row is None else "r")

    def _jsonl(self, file: File, path: Path, number: int) -> Table:
        table = Table(file, f"t{number}", file.header, ("text",) * len(file.header), DUCKDB, "rowid")
        failure: duckdb.Error | None = None
        if file.encoding == "utf-8-sig":
            try:
                self._objects(table, path, file.header, "gzip" if file.compressed else "none")
            except duckdb.Error as error:
                failure = error
            else:
                return table
        if isinstance(failure, duckdb.OutOfMemoryException | duckdb.InterruptException):
            raise failure
        if isinstance(failure, duckdb.IOException):
            # a gzip stream that is cut off, or a full disk
            deque(jsonlines.objects(file), maxlen=0)
            raise failure
        # this names the fault of the file; one without is read in the form that the reader takes
        plain = self._plain(table)
        jsonlines.rewrite(file, plain)
        self._objects(table, plain, [f"c{i}" for i, _ in enumerate(file.header)], "none")
        return table

    def _objects(self, table: Table, path: Path, names: Sequence[str], compression: str) -> None:
        """Take the values of JSON lines into the engine as text."""
        columns = ", ".join(f"{DUCKDB.literal(name)}: 'JSON'" for name in names)
        values = ", ".join(
            f"CASE json_type(j{i}) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN (j{i}::BOOLEAN)::INTEGER::VARCHAR "
            f"WHEN 'DOUBLE' THEN CASE WHEN isnan(j{i}::DOUBLE) THEN NULL "
            f"WHEN j{i}::DOUBLE = trunc(j{i}::DOUBLE) AND abs(j{i}::DOUBLE) < 1e15 "
            f"THEN j{i}::DOUBLE::BIGINT::VARCHAR ELSE j{i}::VARCHAR END ELSE j{i} ->> '$' END AS c{i}"
            for i, _ in enumerate(names)
        )
        renamed = ", ".join(f"j{i}" for i, _ in enumerate(names))
        self.run(
            f"CREATE TEMP TABLE {table.relation} AS SELECT {values} FROM read_json({DUCKDB.literal(str(path))}, "
            f"format = 'newline_delimited', columns = {{{columns}}}, compression = '{compression}') AS p({renamed})"
        )
