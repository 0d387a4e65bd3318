"""DuckDB's CSV reader with a fixed strict dialect against Arrow's: speed and strictness.

Run it as ``python benchmarks/csv_readers.py [--rows N]``. Both readers take every column as text and keep the table in
memory. "fairaudit" is DuckDB's reader with what `fairaudit.engines.files` adds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.csv as arrow_csv

from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = ("a", "b", "c")
CASES = {
    "short row": b"a,b,c\n1,2,3\n1,2\n",
    "long row": b"a,b,c\n1,2,3\n1,2,3,4\n",
    "an empty field too many": b"a,b,c\n1,2,3\n1,2,3,\n",
    "unterminated quote": b'a,b,c\n1,"2,3\n',
    "text after a quote": b'a,b,c\n1,"2"x,3\n',
    "no UTF-8": b"a,b,c\n1,\xe9,3\n",
    "NUL byte": b"a,b,c\n1,a\x00b,3\n",
    "name twice": b"a,b,b\n1,2,3\n",
    "line break in a field (sound)": b'a,b,c\n1,"2\n2",3\n',
    "mixed line ends (sound)": b"a,b,c\r\n1,2,3\n1,2,3\r\n",
    "byte order mark (sound)": b"\xef\xbb\xbfa,b,c\n1,2,3\n",
}


def by_duckdb(path: Path, columns: tuple[str, ...] = HEADER) -> int:
    """Return the number of rows DuckDB reads."""
    kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', auto_detect = false, header = true, "
            f"columns = {{{kinds}}}, delim = ',', quote = '\"', escape = '\"', strict_mode = true, "
            "null_padding = false, ignore_errors = false)"
        )
        return int(connection.execute("SELECT count(*) FROM t").fetchall()[0][0])


def by_arrow(path: Path, columns: tuple[str, ...] = HEADER) -> int:
    """Return the number of rows Arrow reads."""
    table = arrow_csv.read_csv(
        path,
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
    )
    return int(table.num_rows)


def by_fairaudit(path: Path) -> int:
    """Return the number of rows the product's loader reads."""
    return int(DuckDB().describe(Source(path), HEADER[:1]).rows or 0)


def outcome(read: Callable[[Path], int], path: Path) -> str:
    """Return what a reader makes of a file: its rows, or that it refuses."""
    try:
        return f"{read(path)} rows"
    except DataError as error:
        return f"refused, line {error.line}"
    except (duckdb.Error, pa.ArrowInvalid):
        return "refused"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "speed.csv"
        with path.open("w", encoding="utf-8") as out:
            out.write("customer_id,score,decision,label\n")
            out.writelines(
                f"C{i:09d},{(i * 7919 % 10000) / 10000},{i % 3 % 2},{i % 5 % 2}\n" for i in range(options.rows)
            )
        columns = ("customer_id", "score", "decision", "label")
        seconds: dict[str, list[float]] = {"DuckDB": [], "Arrow": []}
        for _ in range(options.rounds + 1):
            for reader, read in (("DuckDB", by_duckdb), ("Arrow", by_arrow)):
                start = time.perf_counter()
                read(path, columns)
                seconds[reader].append(time.perf_counter() - start)
        medians = {reader: statistics.median(times[1:]) for reader, times in seconds.items()}
        print(f"{options.rows:,} rows of 4 columns into memory, medians of {options.rounds} rounds")
        for reader, median in medians.items():
            print(f"{reader:8} {median:6.3f} s  {median / medians['DuckDB']:5.2f} x DuckDB")
        print(f"\n{'case':32} {'DuckDB':12} {'Arrow':12} fairaudit")
        for case, content in CASES.items():
            path = folder / "case.csv"
            path.write_bytes(content)
            print(f"{case:32} {outcome(by_duckdb, path):12} {outcome(by_arrow, path):12} {outcome(by_fairaudit, path)}")


if __name__ == "__main__":
    main()
