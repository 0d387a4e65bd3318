"""What databases and workbooks have in common: one of their tables is chosen, and its rows come as a stream."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fairaudit.errors import DataError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from fairaudit.engines import Source
    from fairaudit.engines.files import File

DATABASES = ("sqlite", "duckdb", "postgresql")
STORED = (*DATABASES, "xlsx")
"""Formats of inputs that hold several tables."""
_MOST_NAMES = 30
_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | ; | .""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(slots=True)
class Stream:
    """Rows on their way into the session."""

    reader: pa.RecordBatchReader
    columns: tuple[str, ...]
    """An SQL expression over the reader's columns for each column that is read; they become c0, c1, ..."""
    row: str | None = None
    """An expression for the number of a row less one, where rows have one."""
    fault: list[DataError] = field(default_factory=list)
    """What went wrong while the rows came; the session's own error would quote it."""


class Stored(Protocol):
    """An opened table of a database or workbook."""

    names: tuple[str, ...]
    """Its columns."""

    def stream(self, places: Sequence[int]) -> Stream:
        """Return the columns at these places, in their order."""
        ...


@contextmanager
def opened(file: File) -> Iterator[Stored]:
    """Open the table that a source names, for reading alone.

    Raises
    ------
    DataError
        It cannot be opened, has no such table, or two columns of one name.
    UsageError
        The statement is no single SELECT.
    EngineError
        The driver or reader is not installed.
    """
    from fairaudit.engines import duckdb_files, postgresql, sqlite, workbooks

    readers: dict[str, Callable[[Source], AbstractContextManager[Stored]]] = {
        "xlsx": workbooks.opened,
        "sqlite": sqlite.opened,
        "duckdb": duckdb_files.opened,
        "postgresql": postgresql.opened,
    }
    with readers[file.format](file.source) as stored:
        twice = next((name for name in stored.names if stored.names.count(name) > 1), None)
        if twice is not None:
            raise DataError("Two columns have this name.", file=file.name, column=twice)
        if not stored.names:
            raise DataError("The table has no columns.", file=file.name)
        yield stored


@dataclass(frozen=True, slots=True)
class Entry:
    """A table or view of a database."""

    schema: str
    """Empty where the name alone finds it."""
    name: str

    @property
    def shown(self) -> str:
        """The name by which it is asked for."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def select(self) -> str:
        """The statement that reads it."""
        named = ".".join(quoted(part) for part in (self.schema, self.name) if part)
        return f"SELECT * FROM {named}"


def statement(source: Source, tables: Sequence[Entry]) -> str:
    """Return the SELECT that a source asks a database for.

    Raises
    ------
    DataError
        There is no such table, or several and none is named.
    UsageError
        A statement is no single SELECT.
    """
    if source.table is None:
        if len(tables) == 1:
            return tables[0].select
        raise choice(source, "tables", [table.shown for table in tables])
    found = [table for table in tables if table.shown == source.table]
    if len(found) > 1:
        raise DataError("Two tables have this name, one with its schema; name it in a SELECT.", file=source.name)
    if found:
        return found[0].select
    text = _without_end(source.table)
    if text is not None and _first_word(text) in ("select", "with"):
        return text
    if re.search(r"\s", source.table):
        raise UsageError(
            f"{source.name}: this is neither a table nor a single statement that begins with SELECT or WITH; only "
            "those are run."
        )
    raise choice(source, "tables", [table.shown for table in tables])


def choice(source: Source, what: str, names: Sequence[str]) -> DataError:
    """Return that a table or sheet must be named, or that there is none of the name given; the names are listed."""
    if not names:
        return DataError(f"It holds no {what}.", file=source.name)
    listed = ", ".join(f'"{name}"' for name in names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    one = what.removesuffix("s")
    if source.table is not None:
        near = nearest(source.table, names)
        return DataError(f"There is no such {one}.{near} The {what} are: {listed}{more}.", file=source.name)
    return DataError(
        f"It holds several {what}; name one with --predictions-table or --attributes-table (inspect: --table). The "
        f"{what} are: {listed}{more}.",
        file=source.name,
    )


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def renamed(text: str, columns: int) -> str:
    """Return the beginning of a statement in which the rows of another are ``q``, its columns c0, c1, ..."""
    # the statement may end in a comment
    return f"WITH q({', '.join(f'c{i}' for i in range(columns))}) AS ({text}\n) "


def _without_end(text: str) -> str | None:
    """Return a statement without the semicolon that ends it, None if another one follows."""
    for token in _TOKENS.finditer(text):
        if token.group() == ";":
            return None if _plain(text[token.end() :]) else text[: token.start()]
    return text


def _first_word(text: str) -> str:
    return re.split(r"[^a-z]", _plain(text).lower(), maxsplit=1)[0]


def _plain(text: str) -> str:
    """Return a statement without its comments and the blanks around it."""
    kept = (token.group() for token in _TOKENS.finditer(text) if not token.group().startswith(("--", "/*")))
    return "".join(kept).strip()
