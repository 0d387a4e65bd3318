"""Axes of the figures: from a value to a place on the sheet, with few round ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.report import lettering

if TYPE_CHECKING:
    from collections.abc import Callable

_RATIOS = (1.0, 0.8, 1.25, 0.5, 2.0, 0.25, 4.0, 0.1, 10.0, 0.9, 1.1, 0.7, 1.5, 0.6, 3.0, 0.4, 0.3, 0.2, 5.0)
"""Ticks of a log axis, those that matter first."""
_WIDEST = 10.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of values drawn between two places."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value; beyond the range, the range's end."""
        a, b = self.low, self.high
        if self.log:
            value = max(value, 1e-12)
            share = math.log(min(value, 1e12) / a) / math.log(b / a)
        else:
            share = (value - a) / (b - a)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the range."""
        return self.low <= value <= self.high

    def ticks(self, apart: float = 38.0) -> list[float]:
        """Return round values at least so far apart; on a log axis 1 is always among them."""
        if not self.log:
            return _round_values(self.low, self.high, max(2, int(abs(self.right - self.left) / apart)))
        chosen: list[float] = []
        for value in _RATIOS:
            if self.holds(value) and all(abs(self(value) - self(other)) >= apart for other in chosen):
                chosen.append(value)
        return sorted(chosen)

    def labels(
        self, written: Callable[[float], str], size: float, overhang: float = math.inf
    ) -> list[tuple[float, str]]:
        """Return the places and texts of as many ticks as stand beside each other without touching.

        Parameters
        ----------
        written : callable
            A tick's text.
        size : float
            Of its letters.
        overhang : float
            How far a text may reach beyond the ends of a horizontal axis.
        """
        found: list[tuple[float, str]] = []
        least = 38.0 if abs(self.right - self.left) > 200 else 24.0
        for apart in (least, 30.0, 38.0, 50.0, 66.0, 90.0, 130.0):
            known = ((self(value), written(value)) for value in self.ticks(apart))
            found = [
                (x, text)
                for x, text in known
                if min(x - self.left, self.right - x) >= lettering.width(text, size) / 2 - overhang
            ]
            room = [lettering.width(text, size) / 2 for _, text in found]
            pairs = zip(found, found[1:], room, room[1:], strict=False)
            if all(abs(b[0] - a[0]) > half + other + 4 for a, b, half, other in pairs):
                return found
        return found[:1]


Places = tuple[float, float]


def linear(values: list[float], places: Places, floor: float = -math.inf, top: float = math.inf) -> Scale:
    """Return a linear axis between two places that holds all values with some room, from 0 where that costs little.

    It lies between floor and top, and spans at least 0.6 to 1.4 times its middle, so that small gaps look small.
    """
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    middle = abs(low + high) / 2
    room = 0.06 * (high - low) or 0.05
    low, high = min(low - room, 0.6 * middle), max(high + room, 1.4 * middle)
    low, high = max(low, floor), min(high, top)
    if 0 < low < 0.4 * high:
        low = 0.0
    return Scale(low, high, *places)


def ratio(values: list[float], places: Places) -> Scale:
    """Return a log axis around 1 that holds all values, but nothing beyond 10 times."""
    known = [min(max(value, 1 / _WIDEST), _WIDEST) for value in values if not math.isnan(value)]
    return Scale(min([*known, 0.95]) / 1.06, max([*known, 1 / 0.95]) * 1.06, *places, log=True)


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Return the round numbers in a range, no more than asked for."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]
