"""From a Spec to SQL text: what each row of the two files becomes, and how the rows are counted.

The text is the same for every engine but for the words in `fairaudit.engines.dialect`. Every column has been renamed
(c0, c1, ...) before it comes here, so that no column's name is ever part of a statement; the values of groups are, as
text that the dialect has quoted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.engines.dialect import real
from fairaudit.errors import EngineError
from fairaudit.spec import MISSING, WEIGHT_SCALE, Spec, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fairaudit.engines.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Coded:
    """An attribute as a number: the place of its value in a list, the last place for a missing one."""

    name: str
    values: tuple[str, ...]
    step: int
    """The code is multiplied by this in the packed key of all attributes."""

    @property
    def size(self) -> int:
        """Number of codes, the one for missing values included."""
        return len(self.values) + 1

    def group(self, code: int) -> str:
        """Return the group that a code stands for."""
        return self.values[code] if code < len(self.values) else MISSING

    def value(self, key: int) -> str:
        """Return the group that a packed key stands for."""
        return self.group(key // self.step % self.size)

    @property
    def part(self) -> str:
        """Its part of the packed key ``k``, the parts of the other attributes left out."""
        return f"(k % {self.step * self.size} - k % {self.step})"


def coded(values: Mapping[str, Sequence[str]]) -> tuple[Coded, ...]:
    """Return each attribute with its place in the packed key."""
    step, result = 1, []
    for name, known in values.items():
        result.append(Coded(name, tuple(known), step))
        step *= len(known) + 1
    return tuple(result)


def key(
    columns: Mapping[str, tuple[str, str]], attributes: Sequence[Coded], dialect: Dialect, *, strict: bool = False
) -> str:
    """Return the packed key of the attributes among these columns: name -> value in SQL, and whether it is missing.

    A value that an attribute does not have counts as missing; `strict`: it makes the key -1.
    """
    kind, places = smallest(cells(attributes)), []
    for a in attributes:
        if a.name not in columns:
            continue
        (text, absent), missing = columns[a.name], str(a.step * len(a.values))
        other = f"CASE WHEN {absent} THEN {missing} END" if strict else missing
        cases = " ".join(f"WHEN {dialect.literal(value)} THEN {a.step * i}" for i, value in enumerate(a.values))
        code = f"CASE {text} {cases} ELSE {other} END" if cases else other
        places.append(f"CAST({code} AS {kind})")
    total = " + ".join(places) or "0"
    return f"CAST({f'coalesce({total}, -1)' if strict else total} AS {kind})"


def part(view: Sequence[Coded]) -> str:
    """Return the parts of a view's attributes in the packed key ``k``."""
    return " + ".join(attribute.part for attribute in view) or "0"


def smallest(values: int) -> str:
    """Return the narrowest type that holds so many values."""
    return next(name for name, bits in (("SMALLINT", 15), ("INTEGER", 31), ("BIGINT", 63)) if values <= 2**bits)


def band(number: str, cuts: Sequence[float], names: Sequence[str], dialect: Dialect) -> str:
    """Return the name of the band, closed on the left, that a number falls into."""
    named = zip(cuts, names, strict=False)
    cases = " ".join(f"WHEN {number} < {real(cut)} THEN {dialect.literal(name)}" for cut, name in named)
    return f"CASE WHEN {number} IS NULL THEN NULL {cases} ELSE {dialect.literal(names[-1])} END"


def two_valued(missing: str, positive: str) -> str:
    """Return 0 where a column is positive (selected), 1 where it is not, 2 where it is missing."""
    return f"CASE WHEN {missing} THEN 2 WHEN {positive} THEN 0 ELSE 1 END"


def score_bin(spec: Spec, score: str) -> str:
    """Return the histogram bin of a score, scores outside the range in the end bins; NULL without a score."""
    low, high = spec.score_range
    place = f"({score} - ({real(low)})) / {real(high - low)} * {spec.bins}"
    # least and greatest pass over NULL
    within = f"floor(least({spec.bins - 1}, greatest(0, {place})))"
    return f"CAST(CASE WHEN {score} IS NOT NULL THEN {within} END AS SMALLINT)"


def middles(number: str, times: str, rows: str) -> str:
    """Return the two middle values of a number, each row counted so many times: their mean is the median."""
    return (
        "SELECT min(v) FILTER (WHERE 2 * upto >= total), min(v) FILTER (WHERE 2 * upto > total) FROM (SELECT v, "
        "sum(n) OVER (ORDER BY v) AS upto, sum(n) OVER () AS total FROM "
        f"(SELECT v, sum(t) AS n FROM (SELECT {number} AS v, {times} AS t FROM {rows}) GROUP BY v) WHERE v IS NOT NULL)"
    )


def sums(spec: Spec, small: Sequence[bool], dialect: Dialect) -> list[str]:
    """Return the aggregates of a cell: rows, then n, sum, sum of squares and weight of each measure, then the weights.

    Sums of values are in units of 2**-scale, weights in units of 2**-WEIGHT_SCALE; weights are there only with a weight
    column. A measure that lies within [-1, 1] is `small`: its values fit 53 bits.
    """
    count, weighted = spec.count is not None, spec.weighted
    times, weigh = " * w" if count else "", " * v" if weighted else ""
    unit, rows = real(2.0**spec.scale), real(2.0**WEIGHT_SCALE)
    parts = ["sum(w)" if count else "count(*)"]
    for i, _ in enumerate(spec.measures):
        short = small[i] and not count and not weighted
        parts += [
            f"sum(w) FILTER (WHERE m{i} IS NOT NULL)" if count else f"count(m{i})",
            f"sum({dialect.whole(f'm{i}{weigh} * {unit}', small=short)}{times})",
            f"sum({dialect.whole(f'm{i} * m{i}{weigh} * {unit}', small=short)}{times})",
            f"sum({dialect.whole(f'v * {rows}')}{times}) FILTER (WHERE m{i} IS NOT NULL)" if weighted else "0",
        ]
    if weighted:
        parts += [f"sum({dialect.whole(f'v{square} * {rows}')}{times})" for square in ("", " * v")]
    return parts


def exact(total: int | None) -> int:
    """Return a sum that is there; an engine that does not stop when one leaves its type gives NULL.

    Raises
    ------
    EngineError
        It is not there.
    """
    if total is None:
        raise EngineError("The engine could not finish (a sum is too large).")
    return int(total)


def roll_up(views: Sequence[Sequence[Coded]], table: str, by: str, width: int, dialect: Dialect) -> str:
    """Return the aggregates s0, s1, ... of every view, summed from finer ones: place of the view, part of the key."""
    totals = ", ".join(f"sum(s{i})" for i in range(width))
    copies = dialect.copies([part(view) for view in views], table)
    return f"SELECT view, g, {by}, {totals} FROM ({copies}) GROUP BY view, g, {by}"


def histogram(spec: Spec, view: Sequence[Coded], joined: str, dialect: Dialect, *, weighted: bool) -> str:
    """Return the scores of one view of the joined rows: part of the key, label and bin packed, rows or their weight."""
    n = "CAST(sum(w) AS BIGINT)" if spec.count is not None else "count(*)"
    if weighted:
        # whole numbers add up alike in any order
        scale, times = real(2.0**WEIGHT_SCALE), " * w" if spec.count is not None else ""
        n = f"CAST(sum({dialect.whole(f'v * {scale}')}{times}) AS DOUBLE) / {scale}"
    return (
        f"SELECT g, b, {n} AS n FROM (SELECT {part(view)} AS g, * FROM {joined} WHERE k IS NOT NULL AND b IS NOT NULL) "
        "GROUP BY g, b"
    )


def largest(views: Sequence[View]) -> list[View]:
    """Return the views that are contained in no other one: the rest are summed from them."""
    return [view for view in views if not any(set(view) < set(other) for other in views)]


def cells(attributes: Sequence[Coded]) -> int:
    """Return how many different packed keys there can be."""
    return math.prod(attribute.size for attribute in attributes)
