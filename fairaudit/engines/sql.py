"""From a Spec to SQL text: what each row of the two files becomes, and how the rows are counted.

Every column has been renamed (c0, c1, ...) before it comes here, so that no column's name is ever part of a statement;
the values of groups are, as text that `literal` has quoted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.cube import MISSING, WEIGHT_SCALE, Spec, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


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

    def value(self, code: int) -> str:
        """Return the group that a code stands for."""
        return self.values[code] if code < len(self.values) else MISSING

    @property
    def unpacked(self) -> str:
        """Its code, taken out of the packed key ``k``."""
        return f"(k // {self.step}) % {self.size}"


def coded(values: Mapping[str, Sequence[str]]) -> tuple[Coded, ...]:
    """Return each attribute with its place in the packed key."""
    step, result = 1, []
    for name, known in values.items():
        result.append(Coded(name, tuple(known), step))
        step *= len(known) + 1
    return tuple(result)


def key(columns: Mapping[str, str], attributes: Sequence[Coded]) -> str:
    """Return the packed key of the attributes whose text stands in these expressions."""
    places = [
        f"{a.step} * coalesce(list_position([{', '.join(map(literal, a.values))}], {columns[a.name]}) - 1,"
        f" {len(a.values)})"
        for a in attributes
        if a.name in columns
    ]
    return f"({' + '.join(places) or '0'})::{smallest(cells(attributes))}"


def smallest(values: int) -> str:
    """Return the narrowest type that holds so many values."""
    return next(name for name, bits in (("USMALLINT", 16), ("UINTEGER", 32), ("UBIGINT", 64)) if values <= 2**bits)


def band(number: str, cuts: Sequence[float], names: Sequence[str]) -> str:
    """Return the name of the band, closed on the left, that a number falls into."""
    cases = " ".join(f"WHEN {number} < {cut!r} THEN {literal(name)}" for cut, name in zip(cuts, names, strict=False))
    return f"CASE WHEN {number} IS NULL THEN NULL {cases} ELSE {literal(names[-1])} END"


def two_valued(missing: str, positive: str) -> str:
    """Return 0 where a column is positive (selected), 1 where it is not, 2 where it is missing."""
    return f"CASE WHEN {missing} THEN 2 WHEN {positive} THEN 0 ELSE 1 END"


def score_bin(spec: Spec, score: str) -> str:
    """Return the histogram bin of a score, scores outside the range in the end bins; NULL without a score."""
    low, high = spec.score_range
    place = f"floor(({score} - ({low!r})) / ({high - low!r}) * {spec.bins})"
    # least and greatest pass over NULL
    return f"(CASE WHEN {score} IS NOT NULL THEN least({spec.bins - 1}, greatest(0, {place})) END)::SMALLINT"


def middles(number: str, times: str, rows: str) -> str:
    """Return the two middle values of a number, each row counted so many times: their mean is the median."""
    return (
        "SELECT min(v) FILTER (2 * upto >= total), min(v) FILTER (2 * upto > total) FROM (SELECT v, sum(n) OVER "
        f"(ORDER BY v) AS upto, sum(n) OVER () AS total FROM (SELECT {number} AS v, sum({times}) AS n FROM {rows} "
        "GROUP BY ALL) WHERE v IS NOT NULL)"
    )


def sums(spec: Spec, small: Sequence[bool]) -> list[str]:
    """Return the aggregates of a cell: rows, then n, sum, sum of squares and weight of each measure, then the weights.

    Sums of values are in units of 2**-scale, weights in units of 2**-WEIGHT_SCALE; weights are there only with a weight
    column. A measure that lies within [-1, 1] is `small`: its values fit 64 bits.
    """
    count, weighted = spec.count is not None, spec.weight is not None
    times, weigh = " * w" if count else "", " * v" if weighted else ""
    unit, rows = f"{float(2**spec.scale)!r}", f"{float(2**WEIGHT_SCALE)!r}"
    parts = ["sum(w)" if count else "count(*)"]
    for i, _ in enumerate(spec.measures):
        kind = "BIGINT" if small[i] and not count and not weighted else "HUGEINT"
        parts += [
            f"sum(w) FILTER (m{i} IS NOT NULL)" if count else f"count(m{i})",
            f"sum(round(m{i}{weigh} * {unit})::{kind}{times})",
            f"sum(round(m{i} * m{i}{weigh} * {unit})::{kind}{times})",
            f"sum(round(v * {rows})::HUGEINT{times}) FILTER (m{i} IS NOT NULL)" if weighted else "0",
        ]
    if weighted:
        parts += [f"sum(round(v{square} * {rows})::HUGEINT{times})" for square in ("", " * v")]
    return parts


def roll_up(view: Sequence[Coded], width: int) -> str:
    """Return the aggregates of one view, summed from the finest cells."""
    codes = [attribute.unpacked for attribute in view]
    totals = [f"sum(s{i})" for i in range(width)]
    return f"SELECT {', '.join([*codes, 'o', *totals])} FROM cells GROUP BY ALL"


def histogram(spec: Spec, view: Sequence[Coded], *, weighted: bool) -> str:
    """Return the scores of one view: code of the group among all of the view, label and bin packed, rows or weight."""
    code, step = [], 1
    for attribute in view:
        code.append(f"{step} * ({attribute.unpacked})")
        step *= attribute.size
    n = "sum(w)::BIGINT" if spec.count is not None else "count(*)"
    if weighted:
        # whole numbers add up alike in any order
        scale, times = f"{float(2**WEIGHT_SCALE)!r}", " * w" if spec.count is not None else ""
        n = f"sum(round(v * {scale})::HUGEINT{times})::DOUBLE / {scale}"
    group = " + ".join(code) or "0"
    return f"SELECT ({group})::INTEGER AS g, b, {n} AS n FROM joined WHERE k IS NOT NULL AND b IS NOT NULL GROUP BY ALL"


def largest(views: Sequence[View]) -> list[View]:
    """Return the views that are contained in no other one: the rest are summed from them."""
    return [view for view in views if not any(set(view) < set(other) for other in views)]


def cells(attributes: Sequence[Coded]) -> int:
    """Return how many different packed keys there can be."""
    return math.prod(attribute.size for attribute in attributes)
