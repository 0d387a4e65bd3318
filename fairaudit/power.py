"""What sizes can show: whether a comparison could pass, what it could prove, and how many more customers settle it.

The rule decides with power 0.8 where it still decides at the outcome 0.84 standard deviations from the truth, along the
gradient of the compared value. So two or three intervals tell the power and nothing is enumerated; at the sizes found,
enumeration of both binomials gives 0.77 to 0.86 (the power of counts is a saw), and 0.80 on average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from fairaudit import intervals
from fairaudit.comparison import combined
from fairaudit.cube import Count
from fairaudit.estimands import Rate
from fairaudit.findings import Needed
from fairaudit.intervals import INF, Estimate, Interval, Method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fairaudit.comparison import Comparison
    from fairaudit.metrics import Compare

POWER = 0.8
MOST_CUSTOMERS = 10**9
"""A number that needs more is no number."""
_CLOSE = 1.005
"""Sizes are found up to this factor."""
_NEVER = 6.0
"""Standard deviations beyond which nothing happens."""
_NORMAL = NormalDist()

Aim = Literal["pass", "fail"]


@dataclass(frozen=True, slots=True)
class Truth:
    """The true rates of a group and of its reference, and the limit between which the compared value must lie."""

    compare: Compare
    ends: tuple[float, float]
    """Lowest and highest value within the limit, infinite where there is none."""
    group: float
    reference: float | None
    """None where the group's own rate is held against the limit."""
    method: Method = "exact"

    @property
    def value(self) -> float:
        """The compared value; infinite for a ratio to a reference of 0."""
        if self.reference is None:
            return self.group
        if self.compare == "difference":
            return self.group - self.reference
        return self.group / self.reference if self.reference else INF

    def power(self, aim: Aim, sizes: tuple[float, float], confidence: float) -> float:
        """Return the probability that the rule decides so at these sizes.

        Parameters
        ----------
        aim : {"pass", "fail"}
            PASS: the interval inside both ends. FAIL: the interval beyond the end that the truth lies beyond.
        sizes : tuple of float
            Rows of the group and of its reference; not necessarily whole.
        confidence : float
            Two-sided level of the interval that decides.
        """
        return max(0.0, _certainty(self.reaches(aim, sizes, confidence)))

    def reaches(self, aim: Aim, sizes: tuple[float, float], confidence: float) -> list[float]:
        """Return how many standard deviations the outcome may go astray towards each end before the rule decides else.

        Towards the lower end and the upper one for PASS; towards the one end that the truth lies beyond for FAIL.
        Negative where even the truth itself, if observed, would not be decided so; infinite ends are left out.
        """
        low, high = self.ends

        @cache
        def at(astray: float) -> Interval:
            return self._outcome(astray, sizes, confidence)

        rooms: list[Callable[[float], float]] = []
        if aim == "pass":
            if math.isfinite(low):
                rooms.append(lambda astray: at(-astray).low - low)
            if math.isfinite(high):
                rooms.append(lambda astray: high - at(astray).high)
        elif self.value < low:
            rooms.append(lambda astray: low - at(astray).high)
        else:
            rooms.append(lambda astray: at(-astray).low - high)
        return [_reach(room) for room in rooms]

    def variances(self, sizes: tuple[float, float]) -> tuple[float, float]:
        """Return what each side adds to the variance of the compared value, up to a common factor."""
        slopes = self._slopes()
        rates = (self.group, self.reference or 0.0)
        one, two = (slope**2 * p * (1 - p) / n for slope, p, n in zip(slopes, rates, sizes, strict=True))
        return one, two

    def _slopes(self) -> tuple[float, float]:
        """Return the gradient of the compared value, times the reference's square for a ratio, so that it is finite."""
        if self.reference is None:
            return 1.0, 0.0
        return (1.0, -1.0) if self.compare == "difference" else (self.reference, -self.group)

    def _outcome(self, astray: float, sizes: tuple[float, float], confidence: float) -> Interval:
        """Return the interval of the likeliest outcome whose value lies so many standard deviations from the truth."""
        variances, slopes = self.variances(sizes), self._slopes()
        spread = math.sqrt(sum(variances))
        sides: list[Estimate | None] = []
        for p, n, variance, slope in zip((self.group, self.reference), sizes, variances, slopes, strict=True):
            if p is None:
                sides.append(None)
                continue
            moved = p + astray * variance / (slope * spread) if variance else p
            value = min(max(moved, 0.0), 1.0)
            sides.append(Estimate(value, intervals.rate(value * n, n, confidence, self.method)))
        group, reference = sides
        assert group is not None  # noqa: S101  only the reference may be missing
        return combined(self.compare, group, reference)


def _reach(room: Callable[[float], float]) -> float:
    """Return where a falling function is 0: by the line through its values at 0 and 1; far from there, once again."""
    (near, left), (far, right) = (0.0, room(0.0)), (1.0, room(1.0))
    for _ in range(4):
        if not math.isfinite(left) or left <= right:
            return INF if left > 0 else -INF
        reach = near + left * (far - near) / (left - right)
        if near <= reach <= far + 0.5 or abs(reach) > _NEVER:
            return reach
        (near, left), (far, right) = sorted([(1.0, room(1.0)) if reach > 1 else (0.0, room(0.0)), (reach, room(reach))])
    return reach


def needed(truth: Truth, aim: Aim, sizes: tuple[float, float], confidence: float) -> float | None:
    """Return the group's size, from the present one up, at which the rule decides so with power 0.8.

    None where no number of the group would do: the reference is too small, or the truth lies at the limit.
    """
    size, reference = sizes
    reaches = truth.reaches(aim, sizes, confidence)
    if _certainty(reaches) >= POWER:
        return size
    if truth.power(aim, (MOST_CUSTOMERS, reference), confidence) < POWER:
        return None
    too_few, enough, turn = size, float(MOST_CUSTOMERS), 0
    while enough > _CLOSE * too_few:
        turn += 1
        guess = _guess(truth, reaches, (size, reference), confidence)
        # a little beyond the guess, so that the answer is soon enclosed from both sides
        guess *= 1.002 if size == too_few else 0.998
        far = 4 * size if enough == MOST_CUSTOMERS else math.sqrt(too_few * enough)
        # every fourth time the middle, since the power of a handful of cases has jumps, at which guesses creep
        size = guess if too_few < guess < enough and turn % 4 else far
        reaches = truth.reaches(aim, (size, reference), confidence)
        too_few, enough = (too_few, size) if _certainty(reaches) >= POWER else (size, enough)
    return enough


def _certainty(reaches: Sequence[float]) -> float:
    return 1 - sum(_NORMAL.cdf(-reach) for reach in reaches)


def _guess(truth: Truth, reaches: Sequence[float], sizes: tuple[float, float], confidence: float) -> float:
    """Return the group's size that gives power 0.8, judged from what one size reaches.

    The distance from the truth to an end of the limit, the reach and the level's quantile times the spread, hardly
    depends on the sizes; so the spread that is needed is known.
    """
    level = _NORMAL.inv_cdf(0.5 + confidence / 2)
    distances = [level + reach for reach in reaches]
    nearest = min(distances)
    if nearest <= 0:
        return INF
    # between the whole error at the nearest end and half of it there
    most, least = (nearest / (level + _NORMAL.inv_cdf(1 - error)) for error in (1 - POWER, (1 - POWER) / 2))
    for _ in range(10 if len(distances) > 1 else 0):
        middle = (least + most) / 2
        holds = _certainty([distance / middle - level for distance in distances]) >= POWER
        least, most = (middle, most) if holds else (least, middle)
    own, others = truth.variances(sizes)
    left = (own + others) * most**2 - others
    return sizes[0] * own / left if left > 0 else INF


def customers_needed(c: Comparison, confidence: float, level: float) -> Needed | None:
    """Return how many more customers of the group would settle an undecided comparison of rates.

    Parameters
    ----------
    c : Comparison
        Undecided.
    confidence, level : float
        Two-sided levels that decide a PASS and a FAIL.
    """
    if not isinstance(c.arm.estimand, Rate) or math.isnan(c.value()) or c.shared:
        return None
    if_fair = None if c.reference is None else _further(c, _pooled(c), _pooled(c), "pass", confidence)
    inside = c.leaning() == "pass"
    reference = None if c.reference is None else c.reference.value
    as_observed = _further(c, c.arm.value, reference, "pass" if inside else "fail", confidence if inside else level)
    return Needed(if_fair, as_observed)


def _further(c: Comparison, group: float, reference: float | None, aim: Aim, confidence: float) -> int | None:
    truth = Truth(c.compare, c.band.ends, group, reference, c.arm.method)
    size = c.arm.effective(confidence)
    reference_size = 1.0 if c.reference is None else c.reference.effective(confidence)
    enough = needed(truth, aim, (size, reference_size), confidence) if size and reference_size else None
    if enough is None:
        return None
    # a rate among positives needs as many customers as it takes to find those positives
    return math.ceil((enough - size) * c.arm.cell.customers(Count.ALL) / size)


def _pooled(c: Comparison) -> float:
    assert c.reference is not None  # noqa: S101  the callers have looked
    a, b = c.arm, c.reference
    return (a.value * a.size + b.value * b.size) / (a.size + b.size)


def undecidable(c: Comparison, confidence: float) -> bool:
    """Return whether even equal observed values could not pass at these sizes."""
    if c.reference is None:
        return False
    pooled = _pooled(c)
    interval = combined(
        c.compare, c.arm.if_it_were(pooled, confidence), c.reference.if_it_were(pooled, confidence), shared=c.shared
    )
    return not interval.inside(*c.band.ends)


def provable(c: Comparison, confidence: float) -> float | None:
    """Return the mildest compared value beyond the limit that these sizes could have proven, None if none.

    It is the value at which the interval, at the level that decides a failure, just leaves the limit when the
    reference keeps its observed rate.
    """
    if c.reference is None or not isinstance(c.arm.estimand, Rate):
        return None
    base = c.reference.value
    worse_is_lower = c.arm.value <= base
    low, high = c.band.ends
    limit = low if worse_is_lower else high
    near = base * limit if c.compare == "ratio" else base + limit
    far = 0.0 if worse_is_lower else 1.0
    if not 0 < near < 1 or not _would_fail(c, far, confidence):
        return None
    for _ in range(14):
        middle = (near + far) / 2
        near, far = (near, middle) if _would_fail(c, middle, confidence) else (middle, far)
    return far / base if c.compare == "ratio" else far - base


def _would_fail(c: Comparison, value: float, confidence: float) -> bool:
    assert c.reference is not None  # noqa: S101  the caller has looked
    interval = combined(
        c.compare, c.arm.if_it_were(value, confidence), c.reference.estimate(confidence), shared=c.shared
    )
    return interval.outside(*c.band.ends)


def provable_by_all(comparisons: Sequence[Comparison], side: float) -> float | None:
    """Return the provable value of the comparison that can prove least, None if one can prove nothing.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Those of one rule in the population, or in its segments.
    side : float
        The one-sided error that they share equally.
    """
    level = 1 - 2 * side / max(1, len(comparisons))
    weakest = None
    for c in comparisons:
        if weakest is not None and _proves(c, weakest, level):
            continue
        weakest = provable(c, level)
        if weakest is None:
            return None
    return weakest


def _proves(c: Comparison, value: float, confidence: float) -> bool:
    """Return whether a comparison could have proven a value as far beyond the limit, on the side its group lies on."""
    if c.reference is None or not isinstance(c.arm.estimand, Rate):
        return False
    base, ratio = c.reference.value, c.compare == "ratio"
    if (c.arm.value <= base) != (value <= (1 if ratio else 0)):
        value = 1 / value if ratio else -value
    rate = base * value if ratio else base + value
    return 0 <= rate <= 1 and _would_fail(c, rate, confidence)
