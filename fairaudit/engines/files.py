"""What an input file is: its format, encoding, delimiter and header, and on which line something is wrong.

CSV files are read by DuckDB's own reader with a fixed strict dialect. Arrow's is faster into memory (0.4 of the time on
1 million rows: `benchmarks/csv_readers.py`), but lets text after a closing quote pass and cannot spill to disk. What
DuckDB lets pass, an empty field too many or a NUL byte, is looked for here; what it refuses although it is sound, mixed
line ends or another encoding, is rewritten once as plain UTF-8.
"""

from __future__ import annotations

import csv
import gzip
import math
import shutil
import stat
import zlib
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Literal

import numpy as np

from fairaudit.engines import jsonlines
from fairaudit.engines.parts import find
from fairaudit.engines.stored import STORED
from fairaudit.engines.workbooks import refusal
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fairaudit.engines import Source
    from fairaudit.engines.parts import Part

Format = Literal["csv", "parquet", "jsonl", "frame", "xlsx", "sqlite", "duckdb", "postgresql", "several", "spark"]

LONGEST_FIELD = 1_000_000
"""Characters of the longest field that is read."""
_LONGEST_NAME = 1000
"""Characters of the longest name of a column: more is a file whose lines are not where they should be."""
_HEAD = 1 << 16
_BLOCK = 1 << 20
_PLAIN = (False, "", "", ())
"""Of a file that is no text: not compressed, no encoding, no delimiter, no header."""
_DELIMITERS = (",", ";", "\t", "|")
_REFUSED = {
    b"\x80\x02": "a Python pickle, which is never opened",
    b"\x80\x03": "a Python pickle, which is never opened",
    b"\x80\x04": "a Python pickle, which is never opened",
    b"\x80\x05": "a Python pickle, which is never opened",
    b"\x93NUMPY": "a NumPy array; save the table as CSV or Parquet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls), or one with a password; save it as .xlsx without one, or as CSV",
    b"%PDF": "a PDF document",
}
_REFUSED_NAMES = {".pkl", ".pickle", ".joblib", ".npy", ".npz", ".xlsx", ".xlsb", ".xls", ".ods", ".zip"}


@dataclass(frozen=True, slots=True)
class File:
    """An input file whose form has been recognised."""

    source: Source
    format: Format
    compressed: bool
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    """The files of a folder or pattern of Parquet parts."""
    further: tuple[File, ...] = ()
    """Files whose rows follow those of this one."""

    @property
    def textual(self) -> bool:
        """Whether it is text, in which a line can be named."""
        return self.format in ("csv", "jsonl")

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        return self.source.name

    def open(self) -> IO[str]:
        """Open the text, unpacked and decoded, with its line ends as they are."""
        if self.compressed:
            return gzip.open(self.source.file, "rt", encoding=self.encoding, newline="")
        return self.source.file.open(encoding=self.encoding, newline="")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line where each record starts, and its fields; the header first, lines that are empty left out.

        Raises
        ------
        DataError
            A line cannot be decoded, a quote is never closed, a field is too long, or the gzip stream is damaged.
        """
        csv.field_size_limit(LONGEST_FIELD)
        line = 0
        try:
            with self.open() as text:
                reader = csv.reader(text, delimiter=self.delimiter, strict=True)
                start = 1
                for fields in reader:
                    if fields:
                        yield start, fields
                    line, start = reader.line_num, reader.line_num + 1
        except UnicodeError:  # of UTF-16 without a byte order mark it is no UnicodeDecodeError
            fault, first = self.undecodable()
            line = first - 1
        except csv.Error as error:
            fault = _csv_fault(str(error))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            fault = "The gzip stream is damaged or cut off."
        else:
            return
        raise DataError(fault, file=self.name, line=line + 1)

    def undecodable(self) -> tuple[str, int]:
        """Return what to say of a text that cannot be decoded, and where: line 1 if a line end is not one byte."""
        encoding = self.encoding.removesuffix("-sig").upper()
        fault = f"The text is not {encoding}; name its encoding with --encoding."
        with gzip.open(self.source.file) if self.compressed else self.source.file.open("rb") as raw:
            for number, line in enumerate(raw, start=1):
                try:
                    line.decode(self.encoding)
                except UnicodeError:
                    return fault, number
        return fault, 1

    def check(self) -> None:
        """Raise what is wrong with the records of a CSV file, the first fault first."""
        for line, fields in self.records():
            if len(fields) != len(self.header):
                raise DataError(
                    f"The row has {len(fields)} fields, but the header has {len(self.header)}.",
                    file=self.name,
                    line=line,
                )
            if any("\0" in field for field in fields):
                raise DataError("The row holds a NUL character.", file=self.name, line=line)

    def first_line(self, column: str, wrong: Callable[[str], bool]) -> int | None:
        """Return the line of the first value of a column that is wrong; missing values never are."""
        null = self.source.null
        if self.format == "jsonl":
            return jsonlines.first_line(self, column, wrong)
        at = self.header.index(column)
        records = self.records()
        next(records)
        return next((line for line, row in records if row[at] not in null and wrong(row[at])), None)

    def unpack(self, target: Path) -> None:
        """Write the bytes without their compression; `records` says what is wrong with a damaged stream."""
        try:
            with gzip.open(self.source.file, "rb") as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise DataError("The gzip stream is damaged or cut off.", file=self.name) from None

    def rewrite(self, target: Path) -> None:
        """Write the records as UTF-8, with commas and one kind of line end."""
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for line, fields in self.records():
                try:
                    writer.writerow(fields)
                except UnicodeEncodeError:
                    fault = "The line holds half of a character (a lone surrogate)."
                    raise DataError(fault, file=self.name, line=line) from None


@dataclass(frozen=True, slots=True)
class Scan:
    """What the bytes of a plain CSV file tell before it is parsed."""

    rows: int | None
    """Rows without the header; None where a quote, an empty line or a carriage return leaves it open."""
    suspicious: bool
    """Whether there are bytes that DuckDB lets pass although they may be a fault."""


def scan(path: Path, delimiter: str) -> Scan:
    """Return what the bytes of a plain CSV file tell: a NUL, an empty field too many, and the number of its rows."""
    rows, plain, suspicious, last = 0, True, False, 0
    with path.open("rb") as raw:
        while block := raw.read(_BLOCK):
            content = np.frombuffer(block, np.uint8)
            returns = b"\r" in block
            for end in (10, 13) if returns else (10,):
                at = np.flatnonzero(content == end)
                before = np.where(at > 0, content[at - 1], last)
                suspicious = suspicious or bool((before == ord(delimiter)).any())
                if end == 10:
                    rows += len(at)
                    plain = plain and not bool((before == 10).any())
            suspicious = suspicious or b"\0" in block
            plain = plain and not returns and b'"' not in block
            last = block[-1]
    return Scan(rows + (last != 10) - 1 if plain else None, suspicious)


def recognise(source: Source) -> File:
    """Return what an input is, from its first bytes.

    Raises
    ------
    DataError
        It is missing, no regular file, empty, of a kind that is not read, or its header is malformed.
    """
    file = _recognised(source)
    if source.table is not None and file.format not in STORED:
        raise DataError(
            "Only databases and workbooks hold tables; leave out the name of the table.",
            file=replace(source, table=None).name,
        )
    return replace(file, further=tuple(map(recognise, source.further)))


def _recognised(source: Source) -> File:
    if source.path is None:
        return File(source, "frame" if source.uri is None else "postgresql", *_PLAIN)
    if source.parts:
        parts = find(source)
        if parts:
            return File(source, "parquet", *_PLAIN, parts)
    head = _first_bytes(source)
    compressed = head.startswith(b"\x1f\x8b")
    if compressed:
        head = _unpacked_head(source)
    found = _by_magic(source, head)
    if found is not None:
        return File(source, found, *_PLAIN)
    encoding = _encoding(source, head)
    stem = source.file.with_suffix("") if compressed else source.file
    looks_json = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    if stem.suffix.lower() in (".jsonl", ".ndjson", ".json") or looks_json:
        file = File(source, "jsonl", compressed, encoding, "", ())
        return replace(file, header=jsonlines.names(file))
    text = head.decode(encoding, "replace")
    delimiter = source.delimiter or delimiter_of(text)
    file = File(source, "csv", compressed, encoding, delimiter, ())
    header = next((fields for _, fields in file.records()), None)
    if header is None:
        raise DataError("The file is empty.", file=source.name)
    check_header(source.name, header)
    return File(source, "csv", compressed, encoding, delimiter, tuple(header))


def _by_magic(source: Source, head: bytes) -> Format | None:
    """Return the format of a file that is no text, None if it is one; refuse what is never read."""
    for magic, what in _REFUSED.items():
        if head.startswith(magic):
            raise DataError(f"This is {what}.", file=source.name)
    if head.startswith(b"PK\x03\x04"):
        refused = refusal(source)
        if refused is not None:
            raise DataError(f"This is {refused}.", file=source.name)
        return "xlsx"
    if source.file.suffix.lower() in _REFUSED_NAMES:
        raise DataError("Files of this kind are not read; save the table as CSV or Parquet.", file=source.name)
    known: dict[Format, bool] = {
        "parquet": head.startswith(b"PAR1"),
        "sqlite": head.startswith(b"SQLite format 3\0"),
        "duckdb": head[8:12] == b"DUCK",
    }
    return next((form for form, fits in known.items() if fits), None)


def _csv_fault(error: str) -> str:
    if "field larger" in error:
        return f"A field is longer than {LONGEST_FIELD:,} characters."
    if "unexpected end" in error:
        return "A quote that was opened is never closed."
    if "expected after" in error:
        return "Text follows a closing quote; a quote inside a quoted field is written twice."
    return "The line is no well-formed CSV."


def _first_bytes(source: Source) -> bytes:
    try:
        mode = source.file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DataError("This is a folder; --parts reads the Parquet parts in it.", file=source.name)
        if not stat.S_ISREG(mode):
            raise DataError("This is no regular file.", file=source.name)
        with source.file.open("rb") as raw:
            head = raw.read(_HEAD)
    except OSError as error:
        raise DataError(f"The file cannot be read: {error.strerror}.", file=source.name) from None
    except ValueError:
        raise DataError("The file's name holds a NUL character.") from None
    if not head:
        raise DataError("The file is empty.", file=source.name)
    return head


def _unpacked_head(source: Source) -> bytes:
    try:
        with gzip.open(source.file, "rb") as raw:
            return raw.read(_HEAD)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError("The gzip stream is damaged or cut off.", file=source.name) from None


def _encoding(source: Source, head: bytes) -> str:
    named = (source.encoding or "utf-8").lower().replace("_", "-")
    if named in ("utf-8", "utf8", "utf-8-sig"):
        # a byte order mark of UTF-16 is no UTF-8, so it leaves no doubt
        return "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        "".encode(named)
        head.decode(named, "replace")
    except (LookupError, ValueError):  # idna and the like are no encodings of files
        raise DataError("There is no encoding of the name given by --encoding.", file=source.name) from None
    return named


def delimiter_of(text: str) -> str:
    """Return the delimiter that the header holds most often outside quotes; a comma if it holds none."""
    line = text.split("\n", 1)[0]
    unquoted = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda delimiter: (unquoted.count(delimiter), -_DELIMITERS.index(delimiter)))


def check_header(name: str, header: list[str]) -> None:
    """Raise what is wrong with the names of the columns of a text file."""
    for place, column in enumerate(header, start=1):
        if not column.strip():
            raise DataError(f"Column {place} of the header has no name.", file=name, line=1)
        if len(column) > _LONGEST_NAME:
            raise DataError(
                f"Column {place} of the header has a name of {len(column):,} characters; are its encoding (--encoding) "
                "and its delimiter (--delimiter) others?",
                file=name,
                line=1,
            )
        if header.count(column) > 1:
            raise DataError("The name stands twice in the header.", file=name, line=1, column=column)


def finite(value: str) -> bool:
    """Return whether a text is a finite number."""
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False
