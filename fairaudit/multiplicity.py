"""Many comparisons: at which level each may be called a failure, or a discovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.comparison import Comparison


def failing_levels(comparisons: Sequence[Comparison], side: float) -> list[tuple[bool, float]]:
    """Return for each comparison whether it fails, and the two-sided level that decided it (Holm 1979).

    The first step is Bonferroni's, so Holm only adds failures to an audit that has one.
    """
    decided: dict[int, tuple[bool, float]] = {}
    open_ones = list(range(len(comparisons)))
    while open_ones:
        level = shared_level(side, len(open_ones))
        failing = [i for i in open_ones if comparisons[i].fails(level)]
        decided.update({i: (i in failing, level) for i in open_ones})
        if not failing:
            break
        open_ones = [i for i in open_ones if i not in failing]
    return [decided[i] for i in range(len(comparisons))]


def discoveries(comparisons: Sequence[Comparison], rate: float) -> list[tuple[bool, float]]:
    """Return for each comparison whether it is discovered, and the two-sided level that decided it.

    The step-up procedure of Benjamini and Hochberg (1995): the largest k such that k comparisons lie beyond the limit
    at a one-sided error of k * rate / m; of the discoveries at most that rate is expected to be false.
    """
    k = m = len(comparisons)
    while k:
        level = 1 - 2 * k * rate / m
        found = [comparison.fails(level) for comparison in comparisons]
        if sum(found) >= k:
            return [(one, level) for one in found]
        k = sum(found)
    return [(False, 1 - 2 * rate / m)] * m if m else []


def shared_level(side: float, comparisons: int) -> float:
    """Return the two-sided level at which so many comparisons share a one-sided error (Bonferroni)."""
    return 1 - 2 * side / comparisons
