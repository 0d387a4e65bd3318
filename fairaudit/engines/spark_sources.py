"""What Spark opens by a name: a table of its catalog, a file or a folder, an address such as s3a://."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairaudit.engines.dialect import SPARK
from fairaudit.engines.files import LONGEST_FIELD, check_header, delimiter_of, recognise
from fairaudit.engines.spark_session import asked
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from fairaudit.engines import Source
    from fairaudit.engines.files import File

UNREADABLE = MappingProxyType(
    {
        "TABLE_OR_VIEW_NOT_FOUND": "There is no such file, and no such table in Spark's catalog.",
        "PARSE_SYNTAX_ERROR": "There is no such file, and this is no name of a table.",
        "INVALID_IDENTIFIER": "There is no such file, and this is no name of a table.",
        "PATH_NOT_FOUND": "There is nothing at this address.",
        "UNABLE_TO_INFER_SCHEMA": "The Parquet file is damaged or has no columns.",
        "CANNOT_READ_FILE_FOOTER": "The Parquet file is damaged or has no columns.",
        "FAILED_READ_FILE": "The file is damaged, or of another kind than its name says.",
    }
)
"""What is wrong with an input, by the start of Spark's name of the failure."""
_TEXT = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "jsonl", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_NO_CSV = "The file cannot be read as CSV."
_NO_PARTS = "A file of it cannot be read as CSV, or has not the columns of the first one in the same order."
_MALFORMED = "fairaudit: malformed row"
"""The column that holds a row which Spark could not read."""
_PATTERN = frozenset("*?[]{}\\")
_ENCODINGS = {"utf-8-sig": "UTF-8", "iso8859-1": "ISO-8859-1", "ascii": "US-ASCII"}


def opened(spark: Any, source: Source, *, whole: bool) -> DataFrame:  # noqa: ANN401
    """Return what a name stands for.

    Parameters
    ----------
    spark : SparkSession
        Reads it.
    source : Source
        A table's name, a path or an address.
    whole : bool
        Look for faults in all of a text file, not in its header alone.

    Raises
    ------
    DataError
        There is no such thing, or it is malformed.
    """
    name = source.uri or str(source.path)
    if "://" in name:
        return _read(spark, source, name, _TEXT.get(_suffix(name), "parquet"), whole=whole)
    path = Path(name)
    if path.is_dir() or path.is_file():
        if _PATTERN & set(str(path.resolve())):
            message = r"Spark takes * ? [ ] { } \ in a path for a pattern; rename the file or its folder."
            raise DataError(message, file=source.name)
        address = f"file://{path.resolve()}"
        if path.is_dir():
            return _read(spark, source, address, _TEXT.get(_suffix(name), "parquet"), whole=whole)
        file = recognise(replace(source, path=path, uri=None))
        if file.compressed and path.suffix != ".gz":
            raise DataError("Spark reads a compressed file only if its name ends in .gz.", file=source.name)
        return _read(spark, source, address, file.format, file, whole=whole)
    if "/" in name or _suffix(name) in (*_TEXT, ".parquet"):
        raise DataError("The file cannot be read: No such file or directory.", file=source.name)
    table: DataFrame = asked(lambda: spark.table(name), (source.name, UNREADABLE))
    return table


def _suffix(name: str) -> str:
    return Path(name.rstrip("/").removesuffix(".gz")).suffix.lower()


def _read(
    spark: Any,  # noqa: ANN401
    source: Source,
    address: str,
    form: str,
    file: File | None = None,
    *,
    whole: bool,
) -> DataFrame:
    if form == "csv":
        return _csv(spark, source, address, file, whole=whole)
    known = (source.name, UNREADABLE)
    if form == "parquet":
        frame: DataFrame = asked(lambda: spark.read.parquet(address), known)
        return frame
    lines: DataFrame = asked(
        lambda: spark.read.options(mode="PERMISSIVE", columnNameOfCorruptRecord=_MALFORMED).json(address), known
    )
    if _MALFORMED in lines.columns or not lines.columns:
        raise DataError("A line is no JSON object; JSON lines hold one object per line.", file=source.name)
    return lines


def _csv(spark: Any, source: Source, address: str, file: File | None, *, whole: bool) -> DataFrame:  # noqa: ANN401
    """Return the texts of a CSV file, under the same rules as every other engine reads it."""
    known = (source.name, {**UNREADABLE, "FAILED_READ_FILE": _NO_CSV if file is not None else _NO_PARTS})
    encoding = _encoding(source, file)
    if file is None:
        head = asked(lambda: spark.read.option("encoding", encoding).text(address).first(), known)
        if head is None:
            raise DataError("The file is empty.", file=source.name)
        delimiter = source.delimiter or delimiter_of(head[0])
    else:
        delimiter = file.delimiter
    options = {
        "sep": delimiter,
        "encoding": encoding,
        "quote": '"',
        "escape": '"',
        "multiLine": True,
        "unescapedQuoteHandling": "RAISE_ERROR",
        "maxCharsPerColumn": LONGEST_FIELD,
        "emptyValue": "",
        "columnPruning": False,
        "enforceSchema": False,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": _MALFORMED,
    }
    if file is None:
        first = asked(lambda: spark.read.options(**options).csv(address).first(), known)
        header = tuple("" if name is None else name.removeprefix("\ufeff") for name in first or ())
        check_header(source.name, list(header))
    else:
        header = file.header

    def read() -> DataFrame:
        from pyspark.sql.types import StringType, StructField, StructType

        schema = StructType([StructField(name, StringType()) for name in (*header, _MALFORMED)])
        frame: DataFrame = spark.read.schema(schema).options(header=True, **options).csv(address)
        return frame

    frame = asked(read, known)
    if whole:
        several = _check(frame, source, file)
        if several and file is None:
            _check_quotes(spark.read.option("encoding", encoding).text(address), source)
    names = list(header)

    def chosen() -> DataFrame:
        places = frame.toDF(*(f"c{i}" for i, _ in enumerate(frame.columns)))
        return places.select(*(f"c{i}" for i, _ in enumerate(names))).toDF(*names)

    return asked(chosen)


def _encoding(source: Source, file: File | None) -> str:
    """Return an encoding by the name that Java has for it."""
    name = file.encoding if file is not None else source.encoding or "utf-8"
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise DataError("There is no encoding of the name given by --encoding.", file=source.name) from None
    known = _ENCODINGS.get(found, found.upper())
    if known not in ("UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "ISO-8859-1", "US-ASCII"):
        raise DataError("Spark does not read this encoding; save the file as UTF-8.", file=source.name)
    return known


def _check(frame: DataFrame, source: Source, file: File | None) -> bool:
    """Raise what is wrong with the rows of a CSV file, of one that lies here with the line; return if any has lines."""

    def counted() -> tuple[int, int, int]:
        *names, bad = (f"c{i}" for i, _ in enumerate(frame.columns))
        text = f"concat_ws('', {', '.join(names)})"

        def holding(*characters: str) -> str:
            return f"count_if({' OR '.join(f'contains({text}, {SPARK.literal(one)})' for one in characters)})"

        totals = f"count({bad})", holding("\ufffd", "\0"), holding("\n", "\r")
        row = frame.toDF(*names, bad).selectExpr(*totals).collect()[0]
        return row[0], row[1], row[2]

    try:
        malformed, undecoded, several = asked(
            counted, (source.name, {"FAILED_READ_FILE": _NO_CSV if file is not None else _NO_PARTS})
        )
    except DataError:
        if file is not None:
            file.check()
        raise
    if (malformed or undecoded or several) and file is not None:
        file.check()
    if malformed:
        message = f"{malformed:,} rows have more or fewer fields than the header, or a quote that is never closed."
        raise DataError(message, file=source.name)
    if undecoded:
        message = f"{undecoded:,} rows hold characters that cannot be decoded; name the encoding with --encoding."
        raise DataError(message, file=source.name)
    return several > 0


def _check_quotes(lines: DataFrame, source: Source) -> None:
    """Raise if a file holds an odd number of quotes: Spark ends an open one where the file ends."""

    def odd() -> int:
        counted = lines.selectExpr(
            "length(value) - length(replace(value, '\"', '')) AS n", "_metadata.file_path AS file"
        )
        return counted.groupBy("file").sum("n").where("`sum(n)` % 2 = 1").count()

    if asked(odd):
        raise DataError("A quote that was opened is never closed.", file=source.name)
