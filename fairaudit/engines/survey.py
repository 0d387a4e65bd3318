"""What reading a table once tells of its columns: their values, and what is wrong with their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.engines import Column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fairaudit.engines.table import Session, Table

MANY = 12
"""A number with more distinct values than this needs bands to make groups."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the values of a column are as numbers."""

    bad: int
    """Values that are no finite number."""
    missing: int
    fractional: int
    """Values that are no whole number."""
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Survey:
    """The rows of a table and what its columns hold."""

    rows: int
    values: Mapping[str, Mapping[str, int]]
    """Text column -> its values with their numbers of rows; without the columns that have too many."""
    numbers: Mapping[str, Numbers]


def survey(
    session: Session,
    table: Table,
    texts: Sequence[str],
    numbers: Sequence[str],
    *,
    most: int,
    head: int | None = None,
) -> Survey:
    """Read a table, or the head of it, once.

    Parameters
    ----------
    session : Session
        Holds the table.
    table : Table
        What is read; every column of a text file that is wanted is touched, so that a fault in it is found.
    texts : sequence of str
        Columns whose values are listed.
    numbers : sequence of str
        Columns whose values are looked at as numbers.
    most : int
        Columns with more values than this are left out of `Survey.values`.
    head : int, optional
        So many rows are read; None for all.
    """
    relation = table.relation if head is None else f"(SELECT * FROM {table.relation} LIMIT {head})"
    chosen, floor = [f"{table.text(name)} AS x{i}" for i, name in enumerate(texts)], table.dialect.floor
    totals = ["count(*)"]
    for i, name in enumerate(numbers):
        chosen += [
            f"{table.number(name)} AS v{i}",
            f"{table.is_no_number(name)} AS b{i}",
            f"{table.missing(name)} AS e{i}",
        ]
        flags = (f"b{i}", f"e{i}", f"v{i} <> {floor(f'v{i}')}")
        totals += [f"count(*) FILTER (WHERE {flag})" for flag in flags] + [f"min(v{i})", f"max(v{i})"]
    others = [name for name in table.names if name not in texts and name not in numbers and table.file.format == "csv"]
    chosen += [f"{table.raw(name)} AS y{i}" for i, name in enumerate(others)]
    totals += [f"count(y{i})" for i, _ in enumerate(others)]
    places = [f"x{i}" for i, _ in enumerate(texts)]
    marks = [f"grouping({place})" for place in places]
    sets = f" GROUP BY GROUPING SETS ({', '.join([*(f'({place})' for place in places), '()'])})" if texts else ""
    limit = len(texts) * (most + 2) + 1
    rows = session.first(
        table,
        f"SELECT * FROM (SELECT {', '.join([*marks, *places, *totals])} FROM (SELECT {', '.join(chosen) or '1'} "
        f"FROM {relation}){sets}) LIMIT {limit + 1}",
    )
    if len(rows) > limit:
        few = [name for name in texts if _distinct(session, table.text(name), relation) <= most]
        return survey(session, table, few, numbers, most=most, head=head)
    return _told(rows, texts, numbers, most)


def _distinct(session: Session, text: str, relation: str) -> int:
    return int(session.one(f"SELECT count(DISTINCT {text}) FROM {relation}")[0])


def _told(rows: Sequence[Sequence[Any]], texts: Sequence[str], numbers: Sequence[str], most: int) -> Survey:
    """Return what the rows of the grouping sets say; the one that groups by nothing holds the totals."""
    n = len(texts)
    values: dict[str, dict[str, int]] = {name: {} for name in texts}
    totals: Sequence[Any] = ()
    for row in rows:
        if all(row[:n]):
            totals = row[2 * n :]
            continue
        place = row[:n].index(0)
        if row[n + place] is not None:
            values[texts[place]][row[n + place]] = row[2 * n]
    told = {name: Numbers(*totals[5 * i + 1 : 5 * i + 6]) for i, name in enumerate(numbers)}
    return Survey(totals[0], {name: known for name, known in values.items() if len(known) <= most}, told)


def column(session: Session, table: Table, name: str) -> Column:
    """Return what the values of one column are."""
    text, number, bad = table.text(name), table.number(name), table.is_no_number(name)
    whole_number = f"v = {table.dialect.floor('v')}"
    n, present, distinct, wrong, whole, low, high = session.one(
        "SELECT count(*), count(x), count(DISTINCT x), count(*) FILTER (WHERE x IS NOT NULL AND (v IS NULL OR bad)), "
        f"bool_and({whole_number}), min(v), max(v) FROM (SELECT {text} AS x, {number} AS v, {bad} AS bad "
        f"FROM {table.relation})"
    )
    numeric = present > 0 and wrong == 0
    values: tuple[tuple[str, int], ...] = ()
    if distinct <= 50:
        found = session.all(
            f"SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table.relation}) WHERE x IS NOT NULL GROUP BY x"
        )
        values = tuple(sorted(((value, count) for value, count in found), key=lambda pair: (-pair[1], pair[0])))
    quartiles: tuple[float, ...] = ()
    if numeric and distinct > MANY:
        query = f"SELECT {session.dialect.quartiles('v')} FROM (SELECT {number} AS v FROM {table.relation})"
        quartiles = tuple(session.one(f"{query} WHERE v IS NOT NULL")[0])
    return Column(
        name,
        table.kind(name),
        missing=n - present,
        distinct=distinct,
        values=values,
        numeric=numeric,
        whole=numeric and bool(whole),
        minimum=low if numeric else None,
        maximum=high if numeric else None,
        quartiles=quartiles,
    )
