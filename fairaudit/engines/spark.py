"""The engine for data that outgrow one machine: Spark, which counts the rows where they lie.

Only groups come back, by `collect`. The session is the caller's where there is one: its configuration is not touched,
it is never stopped, and what was kept in it is dropped at the end.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from fairaudit.engines import Column, Description
from fairaudit.engines.dialect import SPARK
from fairaudit.engines.files import File
from fairaudit.engines.frames import check_names
from fairaudit.engines.spark_session import asked, running
from fairaudit.engines.spark_sources import UNREADABLE, opened
from fairaudit.engines.survey import column
from fairaudit.engines.table import Table
from fairaudit.engines.tabulation import Tabulation
from fairaudit.errors import EngineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pyspark.sql import DataFrame

    from fairaudit.cube import Cube
    from fairaudit.engines import Source
    from fairaudit.spec import Spec

_TOO_LARGE = 2**122
"""Below it no number that `fairaudit.engines.dialect.SPARK` has made whole can have been cut."""
_WHOLE = ("tinyint", "smallint", "int", "bigint")


class Spark:
    """Counts tables, files and dataframes with Spark; implements `fairaudit.engines.Engine`."""

    name: ClassVar[str] = "spark"
    counted: Mapping[Source, int]

    def __init__(self) -> None:
        self.counted = {}

    @property
    def versions(self) -> dict[str, str]:
        """The library that counts, and its version."""
        import pyspark

        return {"pyspark": pyspark.__version__}

    def describe(self, source: Source, scan: Collection[str] | None = None) -> Description:
        """Return the columns of a table; see `fairaudit.engines.Engine`."""
        with _session(source) as session:
            table = session.table(_file(source), None, whole=scan is None or bool(scan))
            chosen = [name for name in table.names if scan is None or name in scan]
            rows = session.one(f"SELECT count(*) FROM {table.relation}")[0] if chosen else None
            columns = tuple(
                column(session, table, name) if name in chosen else Column(name, kind)
                for name, kind in zip(table.names, table.kinds, strict=True)
            )
        return Description(source, "spark", None, None, compressed=False, rows=rows, columns=columns)

    def tabulate(self, spec: Spec, predictions: Source, attributes: Source | None = None) -> Cube:
        """Join the tables and count the rows into a cube; see `fairaudit.engines.Engine`."""
        sources = [source for source in (predictions, attributes) if source is not None]
        with _session(*sources) as session:
            tabulation = Tabulation(session, spec, [_file(source) for source in sources])
            self.counted = dict(zip(sources, tabulation.inputs.rows, strict=True))
            return tabulation.cube()


def _file(source: Source) -> File:
    return File(source, "spark", compressed=False, encoding="", delimiter="", header=())


@contextmanager
def _session(*sources: Source) -> Iterator[SparkTables]:
    """Open a session with views of its own, gone at the end whatever happens."""
    frames = [source.frame for source in sources if source.frame is not None]
    if any(frame.sparkSession is not frames[0].sparkSession for frame in frames[1:]):
        raise UsageError("The two dataframes belong to different Spark sessions; make them in one.")
    tables = SparkTables(frames[0].sparkSession if frames else running())
    try:
        yield tables
    finally:
        tables.close()


class SparkTables:
    """What one audit has in a Spark session; see `fairaudit.engines.table.Session`."""

    dialect = SPARK
    unreadable: tuple[type[Exception], ...] = ()

    def __init__(self, spark: Any) -> None:  # noqa: ANN401  classic and Connect have a class each
        self.spark, self.prefix = spark, f"fairaudit_{uuid.uuid4().hex}_"
        self._kept: dict[str, DataFrame] = {}
        self._views: list[str] = []

    def close(self) -> None:
        """Drop what was kept."""

        def drop() -> None:
            for frame in self._kept.values():
                frame.unpersist()
            for view in self._views:
                self.spark.catalog.dropTempView(view)

        asked(drop)

    def one(self, query: str) -> tuple[Any, ...]:
        """Return the first row of a query."""
        rows = self.all(query)
        return rows[0] if rows else ()

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        rows = asked(lambda: self.spark.sql(query).collect())
        return [tuple(_plain(value) for value in row) for row in rows]

    def first(self, table: Table, query: str) -> list[tuple[Any, ...]]:  # noqa: ARG002  files were read when opened
        """Return all rows of a query."""
        return self.all(query)

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table, in the memory and on the disks of Spark's machines."""
        earlier = self._kept.pop(name, None)

        def kept() -> DataFrame:
            # the number is a column of what is kept, since Spark groups by none that it would make anew each time
            frame: DataFrame = self.spark.sql(query).selectExpr("*", "monotonically_increasing_id() AS rowid").persist()
            self._view(frame, name)
            if earlier is not None:
                earlier.unpersist()
            return frame

        self._kept[name] = asked(kept)

    def batches(self, query: str) -> None:  # noqa: ARG002
        """Return None: rows stay where they are."""
        return

    def table(self, file: File, wanted: Collection[str] | None, *, whole: bool = True) -> Table:  # noqa: ARG002
        """Return an input as a table; `whole`: look for faults in all of a text file."""
        frame = opened(self.spark, file.source, whole=whole) if file.source.frame is None else file.source.frame
        number = len(self._views)

        def renamed() -> tuple[list[str], list[str]]:
            names, types = list(frame.columns), [field.dataType.simpleString() for field in frame.schema.fields]
            plain = frame.toDF(*(f"c{i}" for i, _ in enumerate(names)))
            # a collation would count texts that are not the same as one
            told = [f"CAST(c{i} AS STRING) AS c{i}" if _kind(t) == "text" else f"c{i}" for i, t in enumerate(types)]
            self._view(plain.selectExpr(*told), f"t{number}")
            return names, [_kind(one) for one in types]

        names, kinds = asked(renamed, unreadable=(file.name, UNREADABLE))
        check_names(names, file.name)
        return Table(file, f"{self.prefix}t{number}", tuple(names), tuple(kinds), SPARK)

    def _view(self, frame: DataFrame, name: str) -> None:
        frame.createOrReplaceTempView(f"{self.prefix}{name}")
        self._views.append(f"{self.prefix}{name}")


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value with whole decimals as integers; one whose terms may have left their type is refused."""
    if not isinstance(value, Decimal):
        return value
    if abs(value) >= _TOO_LARGE:
        raise EngineError("Spark could not finish (a sum is too large).")
    return int(value)


def _kind(spark_type: str) -> str:
    if spark_type == "boolean":
        return "boolean"
    if spark_type in _WHOLE or (spark_type.startswith("decimal") and spark_type.endswith(",0)")):
        return "integer"
    if spark_type in ("float", "double") or spark_type.startswith("decimal"):
        return "number"
    return "text" if spark_type.startswith(("string", "char", "varchar")) else "other"
