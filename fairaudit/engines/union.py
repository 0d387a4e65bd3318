"""Several inputs as one table: Parquet parts in a folder, and files that are merged; columns are matched by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit.engines import parquet
from fairaudit.engines.dialect import DUCKDB
from fairaudit.engines.stored import quoted
from fairaudit.engines.table import Table
from fairaudit.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from fairaudit.engines.files import File
    from fairaudit.engines.parts import Part
    from fairaudit.engines.session import DuckDBSession

_WORDS = {"text": "text", "integer": "whole numbers", "number": "numbers", "boolean": "booleans"}
_VIRTUAL = ("file_index", "file_row_number")
_MANY = 3
"""More names than this are counted."""


def parts(session: DuckDBSession, file: File, folder: Path, relation: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make a view of the Parquet parts of a file, and return the names and kinds of its columns.

    Parameters
    ----------
    session : DuckDBSession
        Reads them.
    file : File
        What names the parts.
    folder : Path
        Holds a link to each part, named so that they sort as the parts do.
    relation : str
        What to call the view; its columns are c0, c1, ... and the row's number r.

    Raises
    ------
    DataError
        A part is damaged, lacks a column, has one more, or one of another kind.
    """
    links = sorted(folder.iterdir())
    first, *others = [_columns(session, file, part, link) for part, link in zip(file.parts, links, strict=True)]
    partitions = [name for name, _ in file.parts[0].partition]
    for part, columns in zip(file.parts[1:], others, strict=True):
        _check_part(file, part, columns, first)
        if sorted(name for name, _ in part.partition) != sorted(partitions):
            raise DataError(f'The part "{part.name}" lies in folders of other partitions.', file=file.name)
    taken = next((name for name in (*first, *partitions) if name.casefold() in _VIRTUAL), None)
    if taken is not None:
        raise DataError("The engine has a column of this name of its own; rename it.", file=file.name, column=taken)
    for name in partitions:
        if name in first or partitions.count(name) > 1:
            message = "The column stands in the parts and in the names of their folders."
            raise DataError(message, file=file.name, column=name)
    listed = f"[{', '.join(DUCKDB.literal(str(link)) for link in links)}]"
    rows = dict(session.all(f"SELECT file_name, num_rows FROM parquet_file_metadata({listed})"))
    starts, start = [], 0
    for link in links:
        starts.append(start)
        start += rows[str(link)]
    chosen = [f"{quoted(name)} AS c{i}" for i, name in enumerate(first)]
    for i, name in enumerate(partitions, start=len(first)):
        values = (dict(part.partition)[name] for part in file.parts)
        listed_values = ", ".join("NULL" if value is None else DUCKDB.literal(value) for value in values)
        chosen.append(f"([{listed_values}]::VARCHAR[])[file_index::BIGINT + 1] AS c{i}")
    chosen.append(f"{starts}[file_index::BIGINT + 1] + file_row_number AS r")
    session.run(
        f"CREATE TEMP VIEW {relation} AS SELECT {', '.join(chosen)} FROM {parquet.read(links, 'union_by_name = true')}"
    )
    found = session.all(f"DESCRIBE {relation}")[:-1]
    return (*first, *partitions), tuple(kind_of(kind) for _, kind, *_ in found)


def kind_of(duckdb_type: str) -> str:
    """Return the kind of a column from its type."""
    if duckdb_type == "BOOLEAN":
        return "boolean"
    if duckdb_type.endswith("INT") or duckdb_type in ("INTEGER", "UINTEGER"):
        return "integer"
    if duckdb_type.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        return "number"
    return "text" if duckdb_type.startswith(("VARCHAR", "ENUM")) else "other"


def _columns(session: DuckDBSession, file: File, part: Part, link: Path) -> dict[str, str]:
    """Return the columns of a part with their types."""
    found = parquet.columns(session, link)
    if not found:
        raise DataError(f'The part "{part.name}" is damaged or has no columns.', file=file.name)
    plain = [name.casefold() for name, _ in found]
    twice = next((name for name, _ in found if plain.count(name.casefold()) > 1), None)
    if twice is not None:
        message = f'The part "{part.name}" has a second column of this name, in capitals or not; rename one.'
        raise DataError(message, file=file.name, column=twice)
    return dict(found)


def _check_part(file: File, part: Part, columns: dict[str, str], first: dict[str, str]) -> None:
    _check_names(f'the part "{part.name}"', f'the part "{file.parts[0].name}"', file.name, columns, first)
    for name, kind in columns.items():
        mine, theirs = kind_of(kind), kind_of(first[name])
        exact = mine == theirs == "other"
        alike = kind == first[name] if exact else mine == theirs or {mine, theirs} == {"integer", "number"}
        if not alike:
            raise DataError(
                f'The part "{part.name}" holds {_WORDS.get(mine, kind)} here, and "{file.parts[0].name}" '
                f"{_WORDS.get(theirs, first[name])}; write all parts with the same types.",
                file=file.name,
                column=name,
            )


def several(session: DuckDBSession, tables: Sequence[Table], relation: str) -> Table:
    """Make a view of the rows of some tables, one table after the other.

    Raises
    ------
    DataError
        A table lacks a column of the first, or has one more.
    """
    first, names = tables[0], [table.file.name for table in tables]
    known = first.file.header or first.names
    for table in tables[1:]:
        _check_names("this file", names[0], table.file.name, table.file.header or table.names, known)
    kinds = [
        kind if all(table.kind(name) == kind for table in tables) and kind != "other" else "text"
        for name, kind in zip(first.names, first.kinds, strict=True)
    ]
    selects = []
    for table in tables:
        columns = (
            # text is what every kind can become without a loss
            f"{table.raw(name) if kind != 'text' or table.kind(name) == 'text' else table.text(name)} AS c{i}"
            for i, (name, kind) in enumerate(zip(first.names, kinds, strict=True))
        )
        selects.append(f"SELECT {', '.join(columns) or '1 AS nothing'} FROM {table.relation}")
    session.run(f"CREATE TEMP VIEW {relation} AS {' UNION ALL '.join(selects)}")
    shown = " and ".join(names) if len(names) < _MANY else f"{names[0]} and {len(names) - 1} more"
    source = replace(first.file.source, path=None, role=shown, table=None)
    file = replace(first.file, source=source, format="several", header=tuple(known))
    return Table(file, relation, first.names, tuple(kinds), DUCKDB, tables=tuple(tables))


def _check_names(this: str, that: str, file: str, columns: Collection[str], first: Collection[str]) -> None:
    missing = next((name for name in first if name not in columns), None)
    if missing is not None:
        near = nearest(missing, columns)
        raise DataError(f"There is no such column in {this}, but in {that}.{near}", file=file, column=missing)
    more = next((name for name in columns if name not in first), None)
    if more is not None:
        raise DataError(f"The column stands in {this}, but not in {that}.", file=file, column=more)
