"""The few words in which the engines' SQL differs; everything else is one text, in `fairaudit.engines.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Whole(Protocol):
    def __call__(self, number: str, *, small: bool = False) -> str: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one engine says what the others say in other words."""

    literal: Callable[[str], str]
    """A text as a literal."""
    whole: _Whole
    """A DOUBLE rounded to the nearest whole number, exactly, in a type of exact sums; `small`: within 53 bits."""
    text: str
    """The type of texts."""
    number: Callable[[str], str]
    """A text as a DOUBLE, NULL where it is none."""
    real_text: Callable[[str], str]
    """A finite DOUBLE that is no whole number below 1e15 as text: the shortest that gives it back, as in 0.1, 1e-07."""
    floor: Callable[[str], str]
    """A DOUBLE without its fraction as a DOUBLE, however large; to compare with, since below 0 engines may differ."""
    copies: Callable[[Sequence[str], str], str]
    """The rows of a table once for each of some whole numbers, which is the column g, its place in the list view."""
    quartiles: Callable[[str], str]
    """The first quartile, the median and the third quartile of a DOUBLE, as a list."""


def real(number: float) -> str:
    """Return a number as a DOUBLE, the same to its last bit in every engine."""
    return f"CAST('{number!r}' AS DOUBLE)"


def finite(number: str) -> str:
    """Return whether a DOUBLE is neither NaN, which compares as the largest, nor infinite."""
    return f"{number} BETWEEN {real(-1.7976931348623157e308)} AND {real(1.7976931348623157e308)}"


def _duckdb_whole(number: str, *, small: bool = False) -> str:
    return f"CAST(round({number}) AS {'BIGINT' if small else 'HUGEINT'})"


def _duckdb_copies(numbers: Sequence[str], table: str) -> str:
    return " UNION ALL ".join(f"SELECT {i} AS view, {number} AS g, * FROM {table}" for i, number in enumerate(numbers))


DUCKDB = Dialect(
    literal=lambda text: "'" + text.replace("'", "''") + "'",
    whole=_duckdb_whole,
    text="VARCHAR",
    number=lambda text: f"TRY_CAST({text} AS DOUBLE)",
    real_text=lambda number: f"CAST({number} AS VARCHAR)",
    floor=lambda number: f"floor({number})",
    copies=_duckdb_copies,
    quartiles=lambda number: f"quantile_cont({number}, [0.25, 0.5, 0.75])",
)


def _spark_literal(text: str) -> str:
    """Return a text by its bytes: whatever quotes and escapes mean in a session's configuration, none stand here."""
    return f"CAST(X'{text.encode('utf-8', 'replace').hex()}' AS STRING)"


def _spark_whole(number: str, *, small: bool = False) -> str:
    # sums of BIGINT would overflow; a DOUBLE cast to DECIMAL goes through its shortest text, which is another number
    if small:
        return f"CAST(CAST(round({number}) AS BIGINT) AS DECIMAL(20, 0))"
    # beyond 2**123 the first part stays at its largest, where a sum is refused: see `spark.SparkTables.all`
    high = f"CAST(CAST({number} / {real(2.0**60)} AS BIGINT) AS DECIMAL(20, 0)) * CAST({2**60} AS DECIMAL(20, 0))"
    low = f"CAST(CAST(round({number} % {real(2.0**60)}) AS BIGINT) AS DECIMAL(20, 0))"
    return f"CAST({high} + {low} AS DECIMAL(38, 0))"


_BLANK = "[ \\t\\n\\x0b\\f\\r]"
_DIGITS = "[0-9](?:_?[0-9])*"
_NUMBER = rf"\A{_BLANK}*\+?-?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?{_BLANK}*\z"
"""What DuckDB reads as a finite number; Spark itself would read 1d and 0x1p3 too, and not 1_000."""


def _spark_number(text: str) -> str:
    bare = f"regexp_replace({text}, {_spark_literal(_BLANK + '|[_+]')}, '')"
    return f"CASE WHEN {text} RLIKE {_spark_literal(_NUMBER)} THEN TRY_CAST({bare} AS DOUBLE) END"


def _spark_real_text(number: str) -> str:
    """Turn 1.0E-7 into 1e-07, 1.234567895E8 into 123456789.5 and 1.5E-4 into 0.00015."""
    text, plain = f"CAST({number} AS STRING)", f"CAST(CAST({number} AS DECIMAL(38, 22)) AS STRING)"
    for pattern, by in (("[.]0E", "E"), ("E(-?)([0-9])$", "E$10$2"), ("E([0-9])", "E+$1"), ("E", "e")):
        text = f"regexp_replace({text}, '{pattern}', '{by}')"
    return (
        f"CASE WHEN abs({number}) >= 1e16 OR abs({number}) < 1e-4 THEN {text} "
        f"ELSE regexp_replace(regexp_replace({plain}, '0+$', ''), '[.]$', '.0') END"
    )


def _spark_copies(numbers: Sequence[str], table: str) -> str:
    # one pass and one shuffle; a union would be planned, and read, once for each
    pairs = ", ".join(f"struct({i}, CAST({number} AS BIGINT))" for i, number in enumerate(numbers))
    return f"SELECT inline(array({pairs})) AS (view, g), * FROM {table}"


SPARK = Dialect(
    literal=_spark_literal,
    whole=_spark_whole,
    text="STRING",
    number=_spark_number,
    real_text=_spark_real_text,
    floor=lambda number: f"({number} - {number} % 1)",
    copies=_spark_copies,
    quartiles=lambda number: f"percentile({number}, array(0.25, 0.5, 0.75))",
)
