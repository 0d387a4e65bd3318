"""The few words in which the engines' SQL differs; everything else is one text, in `fairaudit.engines.sql`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


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


DUCKDB = Dialect(
    literal=lambda text: "'" + text.replace("'", "''") + "'",
    whole=_duckdb_whole,
    text="VARCHAR",
    number=lambda text: f"TRY_CAST({text} AS DOUBLE)",
    quartiles=lambda number: f"quantile_cont({number}, [0.25, 0.5, 0.75])",
)
