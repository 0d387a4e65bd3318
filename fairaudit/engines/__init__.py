"""What an engine is: two methods that describe a table and tabulate it into a cube."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from fairaudit.cube import Cube
    from fairaudit.spec import Spec


@dataclass(frozen=True, slots=True)
class Source:
    """One input and how to read it: a file, of which what is None is recognised from itself, a database, or a frame."""

    path: Path | None
    encoding: str | None = None
    """Text encoding of a CSV file; None: UTF-8, with or without a byte order mark."""
    delimiter: str | None = None
    """One of ``, ; | `` or a tab; None: the one that the header uses."""
    null: tuple[str, ...] = ("",)
    """Texts that mean a missing value; NA, None and null are ordinary text unless listed."""
    frame: Any = field(default=None, repr=False, compare=False)
    """A table in memory, as `fairaudit.engines.frames.arrow` gives it, or a dataframe of PySpark."""
    role: str = ""
    """What a frame is called in messages: "predictions", "attributes"; of a server, host and database.

    Of Spark it is what Spark looks up.
    """
    uri: str | None = field(default=None, repr=False)
    """The address of a database on a server, or what Spark looks up: a table's name, a path, ``s3a://...``.

    It may hold a password, so only `role` is ever shown.
    """
    table: str | None = None
    """The table, view or SELECT to read of a database, or the sheet of a workbook; None: the only one there is."""
    parts: bool = False
    """Whether the path may be a folder or a pattern of Parquet parts."""
    further: tuple[Source, ...] = ()
    """More inputs of the same columns, whose rows follow those of this one."""

    @property
    def name(self) -> str:
        """The file's name or the frame's role, for messages; of a database also the table."""
        name = self.role if self.path is None else self.path.name or str(self.path)
        if self.table is None:
            return name
        # a statement is no name, and may quote a value
        statement = len(self.table) > 60 or self.table.lstrip()[:7].lower().startswith(("select ", "with ", "--", "/*"))
        return f"{name} ({'SELECT' if statement else self.table})"

    @property
    def plain(self) -> bool:
        """Whether it is a file of which the path says everything."""
        return self.path is not None and self.table is None and not self.parts and not self.further

    @property
    def file(self) -> Path:
        """The path of a source that is a file."""
        assert self.path is not None  # noqa: S101  the caller has looked
        return self.path


@dataclass(frozen=True, slots=True)
class Column:
    """What a scan found in one column."""

    name: str
    kind: str
    """"text", "integer", "number", "boolean" or "other" (dates, nested values)."""
    missing: int = 0
    distinct: int = 0
    """Distinct values other than missing; exact."""
    values: tuple[tuple[str, int], ...] = ()
    """Each value as text with its count, most frequent first; empty above 50 distinct values."""
    numeric: bool = False
    """True if there is a value and every one is a finite number, whatever the kind."""
    whole: bool = False
    """True if numeric and every value is a whole number."""
    minimum: float | None = None
    maximum: float | None = None
    quartiles: tuple[float, ...] = ()
    """First quartile, median, third quartile of a numeric column of more than 12 distinct values, to propose bands."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the loader sees in one file."""

    source: Source
    format: str
    """"csv", "parquet", "jsonl", "xlsx", "sqlite", "duckdb", "postgresql", "frame", "several" files merged, "spark"."""
    encoding: str | None
    delimiter: str | None
    compressed: bool
    rows: int | None
    """None if the file was not scanned."""
    columns: tuple[Column, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in the order of the file."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


class Engine(Protocol):
    """Counts rows where they are; customer rows never leave it."""

    name: ClassVar[str]
    """As the policy names it."""

    @property
    def versions(self) -> dict[str, str]:
        """The library that counts, and its version."""
        ...

    counted: Mapping[Source, int]
    """Rows of each input of the last `tabulate`, those in ``further`` among them."""

    def describe(self, source: Source, scan: Collection[str] | None = None) -> Description:
        """Return the columns of an input.

        Parameters
        ----------
        source : Source
            The file, frame or database.
        scan : collection of str, optional
            The columns whose values are counted; None for all, empty for the names and kinds alone, which reads no
            more than the file's head.

        Raises
        ------
        DataError
            The file is missing, malformed, or of a kind that is not read.
        """
        ...

    def tabulate(self, spec: Spec, predictions: Source, attributes: Source | None = None) -> Cube:
        """Join the files and count the rows into a cube.

        Raises
        ------
        DataError
            A column is missing, a value does not fit its role, or no row matches.
        """
        ...
