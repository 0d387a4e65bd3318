"""The default engine: DuckDB, in memory, locked down to the named files."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, ClassVar

from fairaudit.engines import Column, Description
from fairaudit.engines.files import recognise
from fairaudit.engines.session import session
from fairaudit.engines.stored import STORED
from fairaudit.engines.survey import column
from fairaudit.engines.tabulation import Tabulation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fairaudit.cube import Cube
    from fairaudit.engines import Source
    from fairaudit.spec import Spec


class DuckDB:
    """Counts files with DuckDB; implements `fairaudit.engines.Engine`.

    Parameters
    ----------
    memory_limit : str, optional
        Memory beyond which the engine goes to the disk, "2GB" say; None: 80 % of the machine's.
    """

    counted: Mapping[Source, int]

    def __init__(self, memory_limit: str | None = None) -> None:
        self.memory_limit = memory_limit
        self.counted = {}

    name: ClassVar[str] = "duckdb"

    @property
    def versions(self) -> dict[str, str]:
        """The library that counts, and its version."""
        return {"duckdb": metadata.version("duckdb")}

    def describe(self, source: Source, scan: Collection[str] | None = None) -> Description:
        """Return the columns of a file; see `fairaudit.engines.Engine`."""
        file = recognise(source)
        head_alone = scan is not None and not scan and file.textual and not file.further
        if head_alone:
            rows, columns = None, tuple(Column(name, "text") for name in file.header)
        else:
            with session(self.memory_limit) as opened:
                # a database sends what is asked for, and nothing for the names alone
                asked = scan if file.format in STORED or file.further else None
                table = opened.held(opened.table(file, asked))
                names = table.file.header or table.names
                kinds = dict(zip(table.names, table.kinds, strict=True))
                chosen = [name for name in names if scan is None or name in scan]
                rows = opened.one(f"SELECT count(*) FROM {table.relation}")[0] if chosen else None
                columns = tuple(
                    column(opened, table, name) if name in chosen else Column(name, kinds.get(name, "text"))
                    for name in names
                )
        text = file.format == "csv"
        encoding = file.encoding.removesuffix("-sig") if file.textual else None
        return Description(
            source, file.format, encoding, file.delimiter if text else None, file.compressed, rows, columns
        )

    def tabulate(self, spec: Spec, predictions: Source, attributes: Source | None = None) -> Cube:
        """Join the files and count the rows into a cube; see `fairaudit.engines.Engine`."""
        files = [recognise(source) for source in (predictions, attributes) if source is not None]
        with session(self.memory_limit) as opened:
            tabulation = Tabulation(opened, spec, files)
            read = zip((predictions, attributes), tabulation.inputs.rows, strict=False)
            self.counted = {**{source: rows for source, rows in read if source is not None}, **opened.counted}
            return tabulation.cube()
