"""The benchmarks' data: decisions about the customers of an invented shop, and what is known of those customers.

Every value is a hash of the number of its row or customer: the same numbers give the same files, whatever the chunks,
the format or the machine. Files are written by chunks, so 50 million rows need no more memory than one chunk. Nothing
is missing and everything matches, so that every library that is compared can take the data as they are.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

Format = Literal["parquet", "csv"]

PROTECTED = ("gender", "age_band", "ethnicity")
SEGMENTS = ("region", "lifecycle", "loyalty_tier")
ATTRIBUTES = (*PROTECTED, *SEGMENTS)
SHARES: dict[str, dict[str, float]] = {
    "gender": {"female": 0.50, "male": 0.48, "non-binary": 0.02},
    "age_band": {"18-29": 0.22, "30-44": 0.30, "45-64": 0.32, "65+": 0.16},
    "ethnicity": {"Asian": 0.10, "Black": 0.12, "Hispanic": 0.15, "Other": 0.05, "White": 0.58},
    "region": {"Centre": 0.2, "East": 0.15, "North": 0.2, "Overseas": 0.05, "South": 0.25, "West": 0.15},
    "lifecycle": {"active": 0.45, "at risk": 0.15, "lapsed": 0.15, "new": 0.25},
    "loyalty_tier": {"bronze": 0.3, "gold": 0.1, "none": 0.4, "silver": 0.2},
}
"""The share of each value of an attribute."""
FURTHER = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
"""Values of the attributes beyond those six: attribute_7, attribute_8 ..."""
CHUNK = 1_000_000
ROW_GROUP = 125_000
"""Rows of a Parquet row group: small enough for every core to have some from 1 million rows on."""
SELECTED_FROM = 0.6
"""The score from which a customer is selected."""


def names(count: int) -> tuple[str, ...]:
    """Return the names of the first attributes."""
    return (*ATTRIBUTES, *(f"attribute_{i}" for i in range(len(ATTRIBUTES) + 1, count + 1)))[:count]


def chance(numbers: NDArray[np.uint64], name: str) -> NDArray[np.float64]:
    """Return a value in [0, 1) for each number: the finaliser of SplitMix64 on the number and the name's checksum."""
    x = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(zlib.crc32(name.encode()) << 16)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**64


def codes(customers: NDArray[np.uint64], name: str) -> NDArray[np.int8]:
    """Return the place of each customer's value among the values of an attribute."""
    ends = np.cumsum(list(SHARES.get(name, FURTHER).values()))[:-1]
    return np.searchsorted(ends, chance(customers, name), side="right").astype(np.int8)


def ids(customers: NDArray[np.uint64]) -> pa.Array:
    """Return the ids: a letter and nine digits."""
    digits = pc.utf8_lpad(pa.array(customers).cast(pa.string()), 9, "0")
    return pc.binary_join_element_wise("C", digits, "")


def predictions(first: int, count: int, each: int = 1) -> pa.Table:
    """Return some rows of decisions; each customer has ``each`` of them, one after the other."""
    rows = np.arange(first, first + count, dtype=np.uint64)
    customers = rows // np.uint64(each)
    # the planted harm: women score lower, new ones most of all
    female, new = codes(customers, "gender") == 0, codes(customers, "lifecycle") == 3
    score = np.round(chance(rows, "score") * (1 - 0.05 * female - 0.15 * (female & new)), 6)
    label = chance(rows, "label") < 0.15 + 0.5 * score
    return pa.table(
        {
            "customer_id": ids(customers),
            "score": score,
            "decision": (score >= SELECTED_FROM).astype(np.int8),
            "label": label.astype(np.int8),
        }
    )


def customers(first: int, count: int, total: int, attributes: int = len(ATTRIBUTES)) -> pa.Table:
    """Return some of all customers, in an order that has nothing to do with that of the decisions."""
    step = next(n for n in range(int(total * 0.618) + 1, 2 * total + 2) if math.gcd(n, total) == 1)
    who = np.arange(first, first + count, dtype=np.uint64) * np.uint64(step) % np.uint64(total)
    columns = {"customer_id": ids(who)}
    for name in names(attributes):
        values = pa.array(list(SHARES.get(name, FURTHER)))
        columns[name] = values.take(pa.array(codes(who, name)))
    return pa.table(columns)


def files(
    folder: Path, rows: int, form: Format = "parquet", *, each: int = 1, attributes: int = len(ATTRIBUTES)
) -> tuple[Path, Path]:
    """Return the paths of the two files, written unless they are there already.

    Parameters
    ----------
    folder : Path
        Where they lie.
    rows : int
        Decisions.
    form : "parquet" or "csv"
        Their format.
    each : int
        Decisions of each customer.
    attributes : int
        Columns of the customers beside the id; up to six have real names.
    """
    people = -(-rows // each)
    first = folder / f"predictions-{rows}-{each}.{form}"
    second = folder / f"customers-{people}-{attributes}.{form}"
    if not first.exists():
        write(first, (predictions(start, n, each) for start, n in chunks(rows)))
    if not second.exists():
        write(second, (customers(start, n, people, attributes) for start, n in chunks(people)))
    return first, second


def chunks(total: int) -> Iterator[tuple[int, int]]:
    """Yield the first row and the number of rows of each chunk."""
    for start in range(0, total, CHUNK):
        yield start, min(CHUNK, total - start)


def write(path: Path, tables: Iterator[pa.Table]) -> None:
    """Write tables one after the other; the file has its name only when it is whole."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    writer: Any = None
    for table in tables:
        if writer is None and path.suffix == ".csv":
            # no value needs a quote
            style = arrow_csv.WriteOptions(quoting_style="none")
            writer = arrow_csv.CSVWriter(unfinished, table.schema, write_options=style)
        elif writer is None:
            writer = pq.ParquetWriter(unfinished, table.schema)
        writer.write_table(table, ROW_GROUP)
    writer.close()
    unfinished.rename(path)


def joined(rows: int) -> pa.Table:
    """Return decisions and attributes in one table, in memory."""
    left, right = predictions(0, rows), customers(0, rows, rows)
    return left.join(right, "customer_id", join_type="inner")
