"""SQLite files, through their ADBC driver, opened read-only.

SQLite has types per value, not per column, and the driver takes a column's type from its first rows: a text after a
thousand numbers would be an error, or a number after a thousand gaps. So each column comes as two, its text and its
floating-point number, and a first row that is thrown away says which is which; were it not the first, it would be
refused as binary data. Integers come as text, digit by digit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from fairaudit.engines.drivers import connected, failures
from fairaudit.engines.stored import Entry, Stream, renamed, statement
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import pyarrow as pa

    from fairaudit.engines import Source

_BATCH = 65_536
"""Rows that come at a time."""


@contextmanager
def opened(source: Source) -> Iterator[_Rows]:
    """Open the table of a file; see `fairaudit.engines.stored.opened`."""
    uri = f"file:{quote(str(source.file.resolve()))}?mode=ro"
    with connected("sqlite", source, uri) as cursor:
        with failures(source, "The file cannot be read as an SQLite database; is it damaged or in use?"):
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_' "
                "ORDER BY name"
            )
            tables = [Entry("", name) for (name,) in cursor.fetchall()]
        text = statement(source, tables)
        with failures(source, "The database refuses the statement; are its tables and columns spelt right?"):
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": "1"})
            cursor.execute(text)
            names = tuple(name for name, *_ in cursor.description)
        yield _Rows(source, cursor, text, names)


class _Rows:
    """A table, a view or the answer to a statement."""

    def __init__(self, source: Source, cursor: Any, text: str, names: tuple[str, ...]) -> None:  # noqa: ANN401
        self.source, self.cursor, self.text, self.names = source, cursor, text, names

    def stream(self, places: Sequence[int]) -> Stream:
        """Return the columns at these places; see `fairaudit.engines.stored.Stored`."""
        import pyarrow as pa

        head = ", ".join(f"'' AS t{i}, 0.0 AS r{i}" for i, _ in enumerate(places))
        pairs = ", ".join(
            f"CASE typeof(c{at}) WHEN 'real' THEN NULL WHEN 'blob' THEN '' ELSE CAST(c{at} AS TEXT) END, "
            f"CASE typeof(c{at}) WHEN 'real' THEN c{at} WHEN 'blob' THEN 0.0 END"
            for at in places
        )
        with failures(self.source, "The database refuses to read its table."):
            self.cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(_BATCH)})
            self.cursor.execute(f"{renamed(self.text, len(self.names))}SELECT {head} UNION ALL SELECT {pairs} FROM q")
            reader = self.cursor.fetch_record_batch()
        whole = "isfinite(r{0}) AND r{0} = trunc(r{0}) AND abs(r{0}) < 1e15"
        expressions = tuple(
            f"coalesce(t{i}, CASE WHEN {whole.format(i)} THEN r{i}::BIGINT::VARCHAR ELSE r{i}::VARCHAR END)"
            for i, _ in enumerate(places)
        )
        faults: list[DataError] = []
        names = [self.names[at] for at in places]
        checked = pa.RecordBatchReader.from_batches(reader.schema, self._checked(reader, names, faults))
        return Stream(checked, expressions, fault=faults)

    def _checked(
        self, reader: pa.RecordBatchReader, names: Sequence[str], faults: list[DataError]
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows without the first; note what is wrong with a column."""
        skipped = 1
        for batch in reader:
            rows = batch.slice(skipped)
            skipped = 0
            for i, name in enumerate(names):
                message = _fault(rows.column(2 * i), rows.column(2 * i + 1))
                if message is not None:
                    faults.append(DataError(message, file=self.source.name, column=name))
                    raise faults[-1]
            yield rows


def _fault(text: pa.Array, number: pa.Array) -> str | None:
    """Return what is wrong with a column; bytes have both a text and a number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if number.null_count < len(number) and pc.any(pc.and_(text.is_valid(), number.is_valid())).as_py():
        return "The column holds binary data (BLOB); cast it to text in a SELECT, or leave it out."
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return "The column holds text that is not UTF-8."
    return None
