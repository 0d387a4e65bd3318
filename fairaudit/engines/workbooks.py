"""Workbooks (.xlsx): one sheet as a table of texts, as a CSV file would hold them.

openpyxl reads cell by cell without holding the sheet, and tells an error from an empty cell. calamine is sixteen times
faster, but gives both as an empty text, and keeps room for every cell between the first and a stray last one.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from contextlib import ExitStack, closing, contextmanager
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from fairaudit.engines.stored import Stream, choice
from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from fairaudit.engines import Source

_BATCH = 16_384
"""Rows that come at a time."""
_LARGEST_RATIO, _SMALL = 200, 64 << 20
"""No workbook unpacks to more than this many times its size, unless it stays small."""
_CHUNK = 1 << 20
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=[\"']([A-Z0-9:]+)[\"']")
_INSTALL = "pip install 'fairaudit-toolkit[excel]'"
_WHOLE = 1e15
"""A whole number under this is written without an exponent."""


def refusal(source: Source) -> str | None:
    """Return why a zip archive is no workbook that is read, None if it is one."""
    try:
        with zipfile.ZipFile(source.file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return "a damaged zip archive or workbook"
    names = {entry.filename for entry in entries}
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb); save it as .xlsx, or the table as CSV"
    if "content.xml" in names:
        return "an OpenDocument file (.ods); save it as .xlsx, or the table as CSV"
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        return "a zip archive; unpack it, or save the table as CSV"
    size = sum(entry.file_size for entry in entries)
    if size > _SMALL and size > _LARGEST_RATIO * source.file.stat().st_size:
        return "a workbook that unpacks to far more than its size, as none that was saved by hand does"
    return None


@contextmanager
def opened(source: Source) -> Iterator[_Rows]:
    """Open the sheet of a workbook; see `fairaudit.engines.stored.opened`."""
    try:
        import openpyxl
    except ImportError:
        raise EngineError(f"{source.name}: a workbook needs its reader: {_INSTALL}") from None
    with warnings.catch_warnings(), source.file.open("rb") as file:
        # what is left out, styles say, is nothing to us, and a warning may quote a cell
        warnings.simplefilter("ignore")
        with _failures(source):
            saved = openpyxl.load_workbook(file, read_only=True, data_only=True)
        with ExitStack() as books:
            books.enter_context(closing(saved))
            names = [sheet.title for sheet in saved.worksheets]
            if source.table is None and len(names) == 1:
                chosen = names[0]
            elif source.table in names:
                chosen = str(source.table)
            else:
                raise choice(source, "sheets", names)
            with _failures(source):
                # the path of the sheet's part is not public, and what merges its cells is read nowhere else
                formulas, merged = _features(file, saved[chosen]._worksheet_path)  # noqa: SLF001
            if merged:
                raise DataError(
                    f"Cells {merged} are merged, and only the first holds the value; unmerge them and fill each.",
                    file=source.name,
                )
            written = None
            if formulas:
                with _failures(source):
                    written = books.enter_context(closing(openpyxl.load_workbook(file, read_only=True)))
            yield _Rows(source, saved[chosen], written and written[chosen])


@contextmanager
def _failures(source: Source) -> Iterator[None]:
    """Turn whatever a damaged workbook makes its reader raise into our error."""
    try:
        yield
    except DataError:
        raise
    except Exception:  # noqa: BLE001, S110  the reader raises errors of every kind, and may quote a cell
        pass
    else:
        return
    raise DataError("The workbook is damaged or of a form that is not read; save it again as .xlsx.", file=source.name)


def _features(file: Any, path: str) -> tuple[bool, str | None]:  # noqa: ANN401
    """Return whether a sheet has formulas, and the first range of merged cells."""
    formulas, merged, kept = False, None, b""
    with zipfile.ZipFile(file) as archive, archive.open(path.removeprefix("/")) as part:
        while chunk := part.read(_CHUNK):
            text = kept + chunk
            formulas = formulas or _FORMULA.search(text) is not None
            found = _MERGED.search(text)
            merged = merged or (found.group(1).decode() if found else None)
            kept = text[-200:]
    return formulas, merged


class _Rows:
    """A sheet whose first row that is not empty names the columns."""

    def __init__(self, source: Source, saved: Any, written: Any) -> None:  # noqa: ANN401
        self.source, self.saved, self.written = source, saved, written
        for sheet in filter(None, (saved, written)):
            sheet.reset_dimensions()  # those in the file may be wrong, and what lies outside would be lost
        with _failures(source):
            self.header, names = next(
                ((number, row) for number, row in self._rows() if any(text for text in row)), (0, [])
            )
        while names and not names[-1]:
            names.pop()
        for place, name in enumerate(names):
            if not (name or "").strip():
                raise DataError(
                    f"Column {_letters(place)} of the header has no name.", file=source.name, line=self.header
                )
        self.names = tuple(map(str, names))

    def stream(self, places: Sequence[int]) -> Stream:
        """Return the columns at these places; see `fairaudit.engines.stored.Stored`."""
        import pyarrow as pa

        schema = pa.schema([*((f"c{i}", pa.string()) for i, _ in enumerate(places)), ("r", pa.int64())])
        faults: list[DataError] = []
        reader = pa.RecordBatchReader.from_batches(schema, self._batches(schema, places, faults))
        return Stream(reader, tuple(f"c{i}" for i, _ in enumerate(places)), row="r", fault=faults)

    def _batches(self, schema: pa.Schema, places: Sequence[int], faults: list[DataError]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        try:
            with _failures(self.source):
                rows = self._below()
                while batch := list(islice(rows, _BATCH)):
                    columns = [[row[at] for _, row in batch] for at in places]
                    numbers = [number - 1 for number, _ in batch]
                    yield pa.record_batch(
                        [*(pa.array(column, pa.string()) for column in columns), pa.array(numbers, pa.int64())],
                        schema=schema,
                    )
        except DataError as error:
            faults.append(error)
            raise

    def _below(self) -> Iterator[tuple[int, list[str | None]]]:
        """Yield the rows below the header that are not empty, each as wide as the header."""
        width = len(self.names)
        for number, row in self._rows(self.header):
            if not any(text is not None for text in row):
                continue
            if any(text is not None for text in row[width:]):
                place = next(i for i, text in enumerate(row) if i >= width and text is not None)
                raise DataError(
                    f"Cell {_letters(place)}{number} holds a value, but its column has no name; the first row that is "
                    "not empty names the columns.",
                    file=self.source.name,
                    line=number,
                )
            yield number, [*row[:width], *repeat(None, width - len(row))]

    def _rows(self, after: int = 0) -> Iterator[tuple[int, list[str | None]]]:
        """Yield the number of each row, counted from 1, and the texts of its cells."""
        formulas: Iterable[Any] = repeat(()) if self.written is None else self.written.iter_rows()
        for number, (cells, originals) in enumerate(zip(self.saved.iter_rows(), formulas, strict=False), start=1):
            if number <= after:
                continue
            for place, original in enumerate(originals):
                if original.data_type == "f" and cells[place].value is None and cells[place].data_type == "n":
                    self._refuse(place, number, "a formula without a saved value; open the workbook, and save it again")
            yield number, [self._text(cell, place, number) for place, cell in enumerate(cells)]

    def _text(self, cell: Any, place: int, number: int) -> str | None:  # noqa: ANN401
        value = cell.value
        if cell.data_type == "e":
            self._refuse(place, number, "an error (#N/A, #REF! and so on); mend it or empty the cell")
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
        if isinstance(value, dt.datetime) and value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)

    def _refuse(self, place: int, number: int, what: str) -> None:
        raise DataError(f"Cell {_letters(place)}{number} holds {what}.", file=self.source.name, line=number)


def _letters(place: int) -> str:
    """Return the letters of a column counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
