"""DuckDB files, opened read-only in an instance of their own that reaches no other file."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import duckdb

from fairaudit.engines.stored import Entry, Stream, renamed, statement
from fairaudit.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.engines import Source

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}
_CLOSED = (
    "The DuckDB file cannot be opened: another program has it open for writing, or it is damaged or of a later version."
)
_AS_THEY_ARE = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                "FLOAT", "DOUBLE", "VARCHAR")  # fmt: skip


@contextmanager
def opened(source: Source) -> Iterator[_Rows]:
    """Open a table of a file; see `fairaudit.engines.stored.opened`."""
    with _failures(source, _CLOSED):
        # the real path: the journal beside it belongs to it
        connection = duckdb.connect(str(source.file.resolve()), read_only=True, config=_CONFIG)
    with closing(connection):
        tables = [
            Entry(schema, name)
            for schema, name in connection.execute(
                "SELECT CASE table_schema WHEN 'main' THEN '' ELSE table_schema END, table_name "
                "FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY ALL"
            ).fetchall()
        ]
        text = statement(source, tables)
        with _failures(source, "The database refuses the statement; are its tables and columns spelt right?"):
            if [one.type for one in connection.extract_statements(text)] != [duckdb.StatementType.SELECT]:
                raise UsageError(f"{source.name}: only a single SELECT is run.")
            described = connection.execute(f"DESCRIBE {text}").fetchall()
        yield _Rows(source, connection, text, [(name, kind) for name, kind, *_ in described])


@contextmanager
def _failures(source: Source, said: str) -> Iterator[None]:
    """Turn the engine's error into one that quotes nothing."""
    try:
        yield
    except duckdb.Error:
        pass
    else:
        return
    raise DataError(said, file=source.name)


class _Rows:
    """A table, a view or the answer to a statement."""

    def __init__(
        self, source: Source, connection: duckdb.DuckDBPyConnection, text: str, columns: Sequence[tuple[str, str]]
    ) -> None:
        self.source, self.connection, self.text = source, connection, text
        self.names = tuple(name for name, _ in columns)
        self.kinds = tuple(kind for _, kind in columns)

    def stream(self, places: Sequence[int]) -> Stream:
        """Return the columns at these places; see `fairaudit.engines.stored.Stored`."""
        import pyarrow as pa

        chosen = ", ".join(f"{_as_text(f'c{at}', self.kinds[at])} AS c{i}" for i, at in enumerate(places))
        with _failures(self.source, "The database refuses to read its table."):
            rows = self.connection.sql(f"{renamed(self.text, len(self.names))}SELECT {chosen} FROM q")
            reader = pa.RecordBatchReader.from_stream(rows)
        return Stream(reader, tuple(f"c{i}" for i, _ in enumerate(places)))


def _as_text(column: str, kind: str) -> str:
    """Return a column as it is asked for: what Arrow holds without loss as it is, all else as text."""
    if kind in _AS_THEY_ARE or (kind.startswith("DECIMAL") and not kind.endswith(",0)")):
        return column
    return f"CAST({column} AS VARCHAR)"
