"""What DuckDB must be told of Parquet files: that a number may be NaN, and what the columns are really called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from fairaudit.engines.dialect import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fairaudit.engines.session import DuckDBSession


def read(paths: Sequence[Path], *options: str) -> str:
    """Return the rows of some Parquet files as a table of SQL.

    Parquet's statistics leave NaN out, and unless told otherwise DuckDB concludes from them that there is none.
    """
    listed = ", ".join(DUCKDB.literal(str(path)) for path in paths)
    return f"read_parquet({', '.join([f'[{listed}]', 'can_have_nan = true', 'hive_partitioning = false', *options])})"


def columns(session: DuckDBSession, path: Path) -> list[tuple[str, str]]:
    """Return the names of a file's columns, which DuckDB itself changes where two are alike, and their types.

    A damaged file has none.
    """
    try:
        kinds = [kind for _, kind, *_ in session.all(f"DESCRIBE SELECT * FROM {read([path])}")]
        tree = session.all(f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({DUCKDB.literal(str(path))})")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return []
    names, nested = [], 0
    for name, children in tree[1:]:
        if not nested:
            names.append(name)
            nested = children
        else:
            nested += children - 1
    return list(zip(names, kinds, strict=True))
