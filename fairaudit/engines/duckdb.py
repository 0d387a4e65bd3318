"""The default engine: DuckDB, in memory, locked down to the named files."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, ClassVar

from fairaudit.engines import Column, Description
from fairaudit.engines.files import recognise
from fairaudit.engines.session import session
from fairaudit.engines.survey import column
from fairaudit.engines.tabulation import Tabulation

if TYPE_CHECKING:
    from collections.abc import Collection

    from fairaudit.cube import Cube, Spec
    from fairaudit.engines import Source


class DuckDB:
    """Counts files with DuckDB; implements `fairaudit.engines.Engine`."""

    name: ClassVar[str] = "duckdb"

    @property
    def versions(self) -> dict[str, str]:
        """The library that counts, and its version."""
        return {"duckdb": metadata.version("duckdb")}

    def describe(self, source: Source, scan: Collection[str] | None = None) -> Description:
        """Return the columns of a file; see `fairaudit.engines.Engine`."""
        file = recognise(source)
        head_alone = scan is not None and not scan and file.format in ("csv", "jsonl")
        if head_alone:
            rows, columns = None, tuple(Column(name, "text") for name in file.header)
        else:
            with session() as opened:
                table = opened.held(opened.table(file, None))
                chosen = [name for name in table.names if scan is None or name in scan]
                rows = opened.one(f"SELECT count(*) FROM {table.relation}")[0] if chosen else None
                columns = tuple(
                    column(opened, table, name) if name in chosen else Column(name, kind)
                    for name, kind in zip(table.names, table.kinds, strict=True)
                )
        text = file.format == "csv"
        encoding = file.encoding.removesuffix("-sig") if file.format in ("csv", "jsonl") else None
        return Description(
            source, file.format, encoding, file.delimiter if text else None, file.compressed, rows, columns
        )

    def tabulate(self, spec: Spec, predictions: Source, attributes: Source | None = None) -> Cube:
        """Join the files and count the rows into a cube; see `fairaudit.engines.Engine`."""
        files = [recognise(source) for source in (predictions, attributes) if source is not None]
        with session() as opened:
            return Tabulation(opened, spec, files).cube()
