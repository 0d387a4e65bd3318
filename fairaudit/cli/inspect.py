"""inspect: what the loader sees in a file, without an audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal
from fairaudit.cli.flags import file_flags, overrides
from fairaudit.cli.inputs import INPUT, printable
from fairaudit.cli.layout import Sectioned, debug_option, variable
from fairaudit.errors import DataError, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.engines import Column, Description

FEW = 20
"""Most distinct values that are shown."""
_OFTEN = 5
"""Fewest times a value must occur on average to be shown: rarer ones may point to a person."""
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@click.command(cls=Sectioned)
@click.argument("files", nargs=-1, required=True, type=INPUT)
@click.option(
    "--table",
    metavar="NAME",
    envvar=variable("--table"),
    help="The table or SELECT of a database, the sheet of a workbook. Default: the only one.",
)
@click.option(
    "--format",
    "form",
    default="text",
    type=click.Choice(["text", "json"]),
    metavar="KIND",
    envvar=variable("--format"),
    help="text (default), or json: one object per file and line.",
)
@file_flags
@debug_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    files: Sequence[Path | str],
    table: str | None,
    form: str,
    **_: Any,  # noqa: ANN401
) -> int:
    """Show how a file is read: rows, encoding, columns, empty cells.

    Nothing is joined or judged. Values are shown only of columns with few
    different ones, and never of columns that look like an id. A file that
    cannot be read is an error (exit code 3) that says why and where. Of a
    saved cube it shows what was counted and what became of the rows.

    For example:
      fairaudit inspect predictions.csv customers.csv
      fairaudit inspect customers.csv --encoding latin-1 --format json
      fairaudit inspect shop.xlsx --table Customers
    """
    from fairaudit import settings, sources
    from fairaudit.cli import cube_page
    from fairaudit.cube import Cube
    from fairaudit.cubefile import is_cube
    from fairaudit.engines.duckdb import DuckDB

    data = settings.load(overrides=overrides(context)).data
    engine = DuckDB()
    failed = False
    for number, given in enumerate(files):
        source, shown = sources.source(given, "file", data, table), printable(given)
        try:
            if is_cube(given):
                cube, path = Cube.load(given), Path(given)
                record, page = cube_page.record(cube, path), cube_page.page(cube, path)
            else:
                description = engine.describe(source)
                record, page = _record(shown, description), _page(shown, description)
        except DataError as error:
            failed = True
            terminal.say(f"fairaudit: {error}")
            if form == "json":
                terminal.json_result(json.dumps({"file": shown, "error": str(error)}, ensure_ascii=False))
            continue
        if form == "json":
            terminal.json_result(json.dumps(record, ensure_ascii=False))
        else:
            terminal.result(("\n" if number else "") + page)
    return DataError.exit_code if failed else 0


def values_of(column: Column, rows: int | None) -> tuple[tuple[str, int], ...] | None:
    """Return the values of a column with their counts, None if they might point to a person."""
    from fairaudit.column_names import like_an_id

    present = (rows or 0) - column.missing
    if column.distinct > FEW or like_an_id(column.name) or column.distinct * _OFTEN > present:
        return None
    return column.values


def _record(shown: str, description: Description) -> dict[str, Any]:
    return {
        "file": shown,
        "format": description.format,
        "encoding": description.encoding,
        "delimiter": description.delimiter,
        "compressed": description.compressed,
        "rows": description.rows,
        "columns": [_column_record(column, description.rows) for column in description.columns],
    }


def _column_record(column: Column, rows: int | None) -> dict[str, Any]:
    values = values_of(column, rows)
    record: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "numeric": column.numeric,
        "missing": column.missing,
        "distinct": column.distinct,
    }
    return record if values is None else {**record, "values": dict(values)}


def _page(shown: str, description: Description) -> str:
    how = [description.format.upper() if description.format == "csv" else description.format]
    if description.compressed:
        how.append("compressed")
    if description.encoding:
        how.append(description.encoding)
    if description.delimiter:
        how.append(f"delimiter {_DELIMITERS.get(description.delimiter, description.delimiter)}")
    columns = len(description.columns)
    size = f"{description.rows or 0:,} rows, {columns:,} column{'' if columns == 1 else 's'}"
    facts = [("Column", "Kind", "Missing", "Distinct")]
    facts += [
        (terminal.name(shortened(c.name), 24), _kind(c), f"{c.missing:,}", f"{c.distinct:,}")
        for c in description.columns
    ]
    room = terminal.WIDTH - sum(max(map(len, cells)) + 2 for cells in zip(*facts, strict=True)) - 2
    values = ["Values", *(_values(column, description.rows, room) for column in description.columns)]
    rows = [(*fact, value) for fact, value in zip(facts, values, strict=True)]
    head = f"{terminal.name(shown, 76)}\n  {', '.join(how)}; {size}"
    return f"{head}\n\n{terminal.table(rows, indent='  ', right=(2, 3))}"


def _kind(column: Column) -> str:
    """Return the kind by what the values are, since in a text file every column is text."""
    return ("whole number" if column.whole else "number") if column.numeric else column.kind


def _values(column: Column, rows: int | None, room: int) -> str:
    """Return the values in short, the most frequent first; what has no room is counted."""
    values = values_of(column, rows)
    if not values:
        return ""
    texts = [f"{terminal.name(value, 16)} ({count:,})" for value, count in values]
    for shown in range(len(texts), 0, -1):
        rest = len(texts) - shown
        line = ", ".join([*texts[:shown], *([f"+{rest}"] if rest else [])])
        if len(line) <= room:
            return line
    return f"{len(texts)} values"
