"""PostgreSQL, through its ADBC driver, in one transaction that reads alone; and the name of a server without a secret.

Numbers of any length, dates, enumerations, UUIDs and whatever else has no counterpart come as the server's own text.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from fairaudit.engines.drivers import connected, failures
from fairaudit.engines.stored import Entry, Stream, renamed, statement
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from fairaudit.engines import Source

SCHEME = re.compile(r"postgres(ql)?:", re.IGNORECASE)
"""How an address begins; one that then is malformed is no file, and its secret no file's name."""
_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL datestyle TO 'ISO, YMD'",
    "SET LOCAL timezone TO 'UTC'",
    "SET LOCAL extra_float_digits TO 1",
)
_TABLES = """
SELECT CASE WHEN pg_table_is_visible(c.oid) THEN '' ELSE n.nspname::text END, c.relname::text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""


def shown(uri: str) -> str:
    """Return the name of a database for messages and outputs: host and database, never user or password.

    Raises
    ------
    UsageError
        It is no address; what it holds is not quoted, since it may be a part of a password.
    """
    wrong = UsageError(
        "The address of the database is malformed: postgresql://HOST/DATABASE. In a user's name or a password /, @, ?, "
        "#, : and % are written %2F, %40, %3F, %23, %3A and %25; better, set PGPASSWORD or use a service file."
    )
    if not uri.startswith(("postgresql://", "postgres://")):
        raise wrong
    try:
        parts = urlsplit(uri)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise wrong from None
    user, _, hosts = parts.netloc.rpartition("@")
    # an unescaped character of a password would end the part that is left out
    if "@" in user or "@" in parts.path + parts.query or parts.fragment or not all(map(_host, hosts.split(","))):
        raise wrong
    host = hosts or ",".join(query.get("host", [])) or ",".join(query.get("service", []))
    database = unquote(parts.path.removeprefix("/")) or ",".join(query.get("dbname", []))
    return f"postgresql://{host}/{database}"


def _host(text: str) -> bool:
    """Return whether this is a host with or without a port."""
    _, colon, port = text.rpartition(":")
    return not colon or port.isdigit() or (text.startswith("[") and text.endswith("]"))


@contextmanager
def opened(source: Source) -> Iterator[_Rows]:
    """Open a table of a server; see `fairaudit.engines.stored.opened`."""
    with connected("postgresql", source, str(source.uri)) as cursor:
        with failures(source, "The database cannot be read."):
            for setting in _SETTINGS:
                cursor.execute(setting)
            cursor.execute(_TABLES)
            tables = [Entry(schema, name) for schema, name in cursor.fetchall()]
        text = statement(source, tables)
        with failures(source, "The database refuses the statement."):
            schema = cursor.adbc_execute_schema(text)
        yield _Rows(source, cursor, text, schema)


class _Rows:
    """A table, a view or the answer to a statement."""

    def __init__(self, source: Source, cursor: Any, text: str, schema: pa.Schema) -> None:  # noqa: ANN401
        self.source, self.cursor, self.text, self.schema = source, cursor, text, schema
        self.names = tuple(schema.names)

    def stream(self, places: Sequence[int]) -> Stream:
        """Return the columns at these places; see `fairaudit.engines.stored.Stored`."""
        chosen = ", ".join(f"{_as_text(f'c{at}', self.schema.field(at))} AS c{i}" for i, at in enumerate(places))
        with failures(self.source, "The database refuses to read its table."):
            self.cursor.execute(f"{renamed(self.text, len(self.names))}SELECT {chosen} FROM q")
            reader = self.cursor.fetch_record_batch()
        return Stream(reader, tuple(f"c{i}" for i, _ in enumerate(places)))


def _as_text(column: str, field: pa.Field) -> str:
    """Return a column as it is asked for: what Arrow holds without loss as it is, all else as text."""
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind in ("bool", "int2", "int4", "int8", "float8"):
        return column
    if kind == "numeric":
        return f"nullif(trim_scale({column})::text, 'NaN')"
    if kind == "float4":
        return f"nullif({column}::text, 'NaN')"
    return f"{column}::text"
