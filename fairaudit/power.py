"""How many more customers settle a comparison: the power of a rule at sizes, and the size that has enough of it.

The rule decides with power 0.8 where it still decides at the outcome 0.84 standard deviations from the truth, along the
gradient of the compared value. So two or three intervals tell the power and nothing is enumerated; at the sizes found,
enumeration of both binomials gives 0.77 to 0.86 (the power of counts is a saw), and 0.80 on average.

All comparisons of a rule are searched at once, each array holding one number of every comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from fairaudit import batch
from fairaudit.batch import Array, Estimates, Limits
from fairaudit.cube import Count
from fairaudit.estimands import Rate
from fairaudit.findings import Needed
from fairaudit.intervals import INF, NAN, Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fairaudit.comparison import Comparison
    from fairaudit.metrics.row import Compare

POWER = 0.8
MOST_CUSTOMERS = 10**9
"""A number that needs more is no number."""
_CLOSE = 1.005
"""Sizes are found up to this factor."""
_NEVER = 6.0
"""Standard deviations beyond which nothing happens."""
_NORMAL = NormalDist()

Aim = Literal["pass", "fail"]
Sizes = tuple[Array, Array]
"""Rows of the groups and of their references; not necessarily whole."""


@dataclass(frozen=True, slots=True)
class Truth:
    """True rates of groups and of their references, and the limit between which the compared values must lie."""

    compare: Compare
    ends: tuple[float, float]
    """Lowest and highest value within the limit, infinite where there is none."""
    group: Array
    """Shape (n,)."""
    reference: Array | None
    """Shape (n,); None where the group's own rate is held against the limit."""
    method: Method = "exact"

    def __getitem__(self, chosen: NDArray[np.intp]) -> Truth:
        reference = None if self.reference is None else self.reference[chosen]
        return Truth(self.compare, self.ends, self.group[chosen], reference, self.method)

    @property
    def value(self) -> Array:
        """The compared values; infinite for a ratio to a reference of 0."""
        if self.reference is None:
            return self.group
        if self.compare == "difference":
            return self.group - self.reference
        nothing = self.reference == 0
        return np.where(nothing, INF, self.group / np.where(nothing, 1.0, self.reference))

    def power(self, aim: Aim, sizes: Sizes, confidence: Array) -> Array:
        """Return the probability that the rule decides so at these sizes.

        Parameters
        ----------
        aim : {"pass", "fail"}
            PASS: the interval inside both ends. FAIL: the interval beyond the end that the truth lies beyond.
        sizes : tuple of arrays of shape (n,)
            Rows of the groups and of their references.
        confidence : array of shape (n,)
            Two-sided level of the interval that decides.
        """
        return np.maximum(0.0, _certainty(self.reaches(aim, sizes, confidence)))

    def reaches(self, aim: Aim, sizes: Sizes, confidence: Array) -> list[Array]:
        """Return how many standard deviations the outcome may go astray towards each end before the rule decides else.

        Towards the lower end and the upper one for PASS; towards the one end that the truth lies beyond for FAIL.
        Negative where even the truth itself, if observed, would not be decided so; infinite ends are left out.
        """
        one, (low, high) = np.ones(len(self.group)), self.ends
        now = self.outcome(0 * one, sizes, confidence)
        if aim == "pass":
            sides = [(sign * one, end * one) for sign, end in ((-1, low), (1, high)) if math.isfinite(end)]
        else:
            below = self.value < low
            sides = [(np.where(below, 1.0, -1.0), np.where(below, low, high))]
        return [self._reach(sign, end, now, sizes, confidence) for sign, end in sides]

    def variances(self, sizes: Sizes) -> tuple[Array, Array]:
        """Return what each side adds to the variances of the compared values, up to a common factor."""
        own, others = self._slopes()
        p, q = self.group, 0 * self.group if self.reference is None else self.reference
        return batch.squared(own) * p * (1 - p) / sizes[0], batch.squared(others) * q * (1 - q) / sizes[1]

    def _slopes(self) -> tuple[Array, Array]:
        """Return gradients of the compared values, for a ratio times the reference's square, so that all are finite."""
        one = np.ones(len(self.group))
        if self.reference is None:
            return one, 0 * one
        return (one, -one) if self.compare == "difference" else (self.reference, -self.group)

    def outcome(self, astray: Array, sizes: Sizes, confidence: Array) -> Limits:
        """Return the interval of the likeliest outcome whose value lies so many standard deviations from the truth."""
        variances, slopes = self.variances(sizes), self._slopes()
        spread = np.sqrt(variances[0] + variances[1])
        sides: list[Estimates | None] = []
        for p, n, variance, slope in zip((self.group, self.reference), sizes, variances, slopes, strict=True):
            if p is None:
                sides.append(None)
                continue
            moves = variance != 0
            moved = np.where(moves, p + astray * variance / np.where(moves, slope * spread, 1.0), p)
            sides.append(batch.rates(np.clip(moved, 0.0, 1.0), n, confidence, self.method))
        group, reference = sides
        assert group is not None  # noqa: S101  only the reference may be missing
        return batch.combined(self.compare, group, reference)

    def _reach(self, sign: Array, end: Array, now: Limits, sizes: Sizes, confidence: Array) -> Array:
        """Return how far the outcome may go, up (sign 1) or down (-1), until the interval on that side reaches `end`.

        What room is left falls with the distance: a line through its values at 0 and 1 tells where it is 0; far from
        there a line through a nearer point, again.
        """
        rows = np.arange(len(sign))

        def room(interval: Limits) -> Array:
            return np.where(sign[rows] < 0, interval.low - end[rows], end[rows] - interval.high)

        def after(astray: Array) -> Array:
            here = (sizes[0][rows], sizes[1][rows])
            return room(self[rows].outcome(sign[rows] * astray, here, confidence[rows]))

        near, far = np.zeros(len(sign)), np.ones(len(sign))
        left, right = at_0, at_1 = room(now), after(far)
        reach = np.empty(len(sign))
        for _ in range(4):
            endless = ~np.isfinite(left) | (left <= right)
            with np.errstate(divide="ignore", invalid="ignore"):
                found = near + left * (far - near) / (left - right)
            found = np.where(endless, np.where(left > 0, INF, -INF), found)
            reach[rows] = found
            again = ~endless & ~((near <= found) & (found <= far + 0.5)) & (np.abs(found) <= _NEVER)
            if not again.any():
                break
            rows, found = rows[again], found[again]
            other, at_other, at_found = (
                np.where(found > 1, 1.0, 0.0),
                np.where(found > 1, at_1[rows], at_0[rows]),
                after(found),
            )
            nearer = found < other
            near, left = np.where(nearer, found, other), np.where(nearer, at_found, at_other)
            far, right = np.where(nearer, other, found), np.where(nearer, at_other, at_found)
        return reach


def needed(truth: Truth, aim: Aim, sizes: Sizes, confidence: Array) -> Array:
    """Return the groups' sizes, from the present ones up, at which the rule decides so with power 0.8.

    NaN where no number of the group would do: the reference is too small, or the truth lies at the limit.
    """
    size, reference = sizes
    reaches = truth.reaches(aim, sizes, confidence)
    found, rows = size.astype(float), np.flatnonzero(_certainty(reaches) < POWER)
    most = np.full(len(rows), float(MOST_CUSTOMERS))
    hopeless = truth[rows].power(aim, (most, reference[rows]), confidence[rows]) < POWER
    found[rows[hopeless]] = NAN
    rows = rows[~hopeless]
    reaches = [reach[rows] for reach in reaches]
    size = too_few = found[rows]
    enough, turn = most[~hopeless], 0
    while len(rows):
        turn += 1
        part, others, level = truth[rows], reference[rows], confidence[rows]
        # a little beyond the guess, so that the answer is soon enclosed from both sides
        guess = _guess(part, reaches, (size, others), level) * np.where(size == too_few, 1.002, 0.998)
        far = np.where(enough == MOST_CUSTOMERS, 4 * size, np.sqrt(too_few * enough))
        # every fourth time the middle, since the power of a handful of cases has jumps, at which guesses creep
        size = np.where((too_few < guess) & (guess < enough), guess, far) if turn % 4 else far
        reaches = part.reaches(aim, (size, others), level)
        holds = _certainty(reaches) >= POWER
        too_few, enough = np.where(holds, too_few, size), np.where(holds, size, enough)
        found[rows] = enough
        going = enough > _CLOSE * too_few
        rows, size, too_few, enough = rows[going], size[going], too_few[going], enough[going]
        reaches = [reach[going] for reach in reaches]
    return found


def _certainty(reaches: Sequence[Array]) -> Array:
    from scipy.special import ndtr

    missed: Array = 1 - sum(ndtr(-reach) for reach in reaches)
    return missed


def _guess(truth: Truth, reaches: Sequence[Array], sizes: Sizes, confidence: Array) -> Array:
    """Return the groups' sizes that give power 0.8, judged from what one size reaches.

    The distance from the truth to an end of the limit, the reach and the level's quantile times the spread, hardly
    depends on the sizes; so the spread that is needed is known.
    """
    level = batch.each(lambda one: _NORMAL.inv_cdf(0.5 + one / 2), confidence)
    distances = [level + reach for reach in reaches]
    nearest = np.minimum.reduce(distances)
    near = nearest > 0
    nearest = np.where(near, nearest, 1.0)
    # between the whole error at the nearest end and half of it there
    most, least = (nearest / (level + _NORMAL.inv_cdf(1 - error)) for error in (1 - POWER, (1 - POWER) / 2))
    for _ in range(10 if len(distances) > 1 else 0):
        middle = (least + most) / 2
        holds = _certainty([distance / middle - level for distance in distances]) >= POWER
        least, most = np.where(holds, middle, least), np.where(holds, most, middle)
    own, others = truth.variances(sizes)
    with np.errstate(invalid="ignore"):
        left = (own + others) * batch.squared(most) - others
    near &= left > 0
    return np.where(near, sizes[0] * own / np.where(near, left, 1.0), INF)


def customers_needed(
    comparisons: Sequence[Comparison], confidence: float, levels: Sequence[float]
) -> list[Needed | None]:
    """Return how many more customers of the group would settle each undecided comparison; None for what is no rate.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Undecided, of one rule.
    confidence : float
        Two-sided level that decides a PASS.
    levels : sequence of float
        That of a FAIL, for each comparison.
    """
    found: list[Needed | None] = [None] * len(comparisons)
    rows = [
        i
        for i, c in enumerate(comparisons)
        if isinstance(c.arm.estimand, Rate) and not math.isnan(c.value()) and not c.shared
    ]
    inside = {i: comparisons[i].leaning() == "pass" for i in rows}
    passing, failing = [], []
    for i in rows:
        c = comparisons[i]
        if c.reference is not None:
            passing.append((c, c.pooled(), c.pooled(), confidence))
        observed = (c, c.arm.value, NAN if c.reference is None else c.reference.value)
        if inside[i]:
            passing.append((*observed, confidence))
        else:
            failing.append((*observed, levels[i]))
    more, beyond = iter(_further(passing, "pass")), iter(_further(failing, "fail"))
    for i in rows:
        if_fair = None if comparisons[i].reference is None else next(more)
        found[i] = Needed(if_fair, next(more if inside[i] else beyond))
    return found


def _further(assumed: Sequence[tuple[Comparison, float, float, float]], aim: Aim) -> list[int | None]:
    """Return how many more customers it takes; each comparison comes with the true rates and the deciding level."""
    if not assumed:
        return []
    c, _, _, _ = assumed[0]
    sizes = [
        (c.arm.effective(level), 1.0 if c.reference is None else c.reference.effective(level))
        for c, _, _, level in assumed
    ]
    group, reference, level = np.array([rest for _, *rest in assumed]).T
    truth = Truth(c.compare, c.band.ends, group, None if c.reference is None else reference, c.arm.method)
    own, others = np.array(sizes, dtype=float).T
    known = np.flatnonzero((own > 0) & (others > 0))
    enough = np.full(len(assumed), NAN)
    enough[known] = needed(truth[known], aim, (own[known], others[known]), level[known])
    # a rate among positives needs as many customers as it takes to find those positives
    return [
        None if math.isnan(most) else math.ceil((most - size) * c.arm.cell.customers(Count.ALL) / size)
        for (c, _, _, _), most, size in zip(assumed, enough.tolist(), own.tolist(), strict=True)
    ]
