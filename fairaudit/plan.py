"""How many customers an audit needs, before the data are collected: for a PASS if it is fair, for a FAIL if not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.comparison import Band, stated
from fairaudit.cube import Count
from fairaudit.errors import UsageError
from fairaudit.estimands import Rate
from fairaudit.power import MOST_CUSTOMERS, POWER, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from fairaudit.findings import Limit
    from fairaudit.intervals import Method
    from fairaudit.metrics.row import Compare, Outcome
    from fairaudit.power import Aim
    from fairaudit.rule import Rule

_POINTS = 4096
_CLOSE = 1.002
_EVERYBODY = (Count.DECIDED, Count.LABELLED, Count.BOTH)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known, or assumed, before the data are collected."""

    base_rate: float
    """The rate that is compared, in every group but the smallest."""
    shares: Mapping[str, float]
    """Each group's share of the customers; what is left belongs to none of them."""
    among: float | None = None
    """Share of the customers that the rate is taken among: the positives of a true positive rate; None for all."""
    confidence: float = 0.90
    rules: int = 1
    """Rules of the policy, which share the error of a FAIL."""
    segments: int = 0
    """Segments that are judged too, of equal size."""
    power: float = POWER
    min_size: int = 30
    """Fewest rows that a rate is judged on."""
    method: Method = "exact"
    outcome: Outcome = "benefit"


@dataclass(frozen=True, slots=True)
class Answer:
    """What it takes if one thing is true."""

    truth: float
    """The compared value of the smallest group; all others are alike."""
    aim: Aim
    """The verdict that is right."""
    customers: int | None
    """In total; None where no number would do, at the limit."""
    groups: Mapping[str, int]
    """The same for each group; empty where no number would do."""
    in_one_segment: int | None
    """In total, to prove the same harm where it hides in one of the segments; None for a PASS and without segments."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The customers needed for one rule, for several assumed truths."""

    rule: str
    metric: str
    estimand: str
    compare: Compare
    limit: Limit
    setting: Setting
    smallest: str
    """The group that is treated differently in every truth but the fair one."""
    level_fail: float
    """Two-sided level of a FAIL in the population."""
    answers: tuple[Answer, ...]
    curves: tuple[tuple[float, ...], ...]
    """For each answer the power at each of `sizes`."""
    sizes: tuple[int, ...]
    """Customers in total; none where no truth can be decided."""


def plan(rule: Rule, setting: Setting, truths: Sequence[float] = ()) -> Plan:
    """Return how many customers it takes until the rule gives the right verdict with the power asked for.

    A PASS needs every pair of groups inside the limit at once, a FAIL one pair of the harmed group beyond it.

    Parameters
    ----------
    rule : Rule
        A rate compared as a ratio or a difference, with its limit.
    setting : Setting
        The groups and their rates.
    truths : sequence of float, optional
        Compared values of the smallest group that may be true: a ratio, or how large the difference is. By default the
        fair one, one within the limit and three beyond it.

    Raises
    ------
    UsageError
        The rule compares no rates, or a number makes no sense.
    """
    estimand = _rate(rule, setting)
    _check(setting)
    band = Band.of(rule, any_pair=True)
    declared = rule.declared
    down = declared is None or declared.best_for(setting.outcome) != "lowest"
    designs = [
        _Design(rule.compare, band, setting, _signed(rule.compare, truth, down=down))
        for truth in truths or _usual(rule.compare, band, setting.base_rate, down=down)
    ]
    answers = tuple(design.answer() for design in designs)
    sizes = _sizes([a.customers for a in answers if a.customers is not None])
    return Plan(
        rule=rule.id,
        metric=rule.name,
        estimand=estimand.name,
        compare=rule.compare,
        limit=stated(rule),
        setting=setting,
        smallest=designs[0].smallest,
        level_fail=designs[0].level_fail(0),
        answers=answers,
        curves=tuple(tuple(design.power(size) for size in sizes) for design in designs),
        sizes=sizes,
    )


def _rate(rule: Rule, setting: Setting) -> Rate:
    """Return the one rate that a rule compares."""
    estimands = rule.estimands(setting.outcome)
    if len(estimands) > 1:
        names = " and ".join(estimand.name.replace(" ", "_") for estimand in estimands)
        raise UsageError(
            f"{rule.name} compares two rates: plan each on its own, {names} with --compare {rule.compare}."
        )
    (estimand,) = estimands
    if not isinstance(estimand, Rate):
        raise UsageError(f"{rule.name} is no rate, a count over a count: its spread is not known before the data are.")
    if not rule.limited:
        raise UsageError(f"{rule.name} has no limit: say --min or --max.")
    if rule.compare == "value":
        raise UsageError("A plan compares groups: the rule must be a ratio or a difference.")
    if setting.among is None and estimand.among not in _EVERYBODY:
        raise UsageError(
            f"The {estimand.name} is taken among a part of the customers: --among states their share (0.2 where one in "
            "five is positive, say)."
        )
    return estimand


def _check(setting: Setting) -> None:
    """Refuse numbers that make no sense."""
    problems = (
        (not 0 < setting.base_rate < 1, f"The base rate lies between 0 and 1, not {setting.base_rate:g}."),
        (setting.among is not None and not 0 < setting.among <= 1, "--among is a share above 0 and at most 1."),
        (len(setting.shares) < 2, "A plan needs two groups at least."),
        (any(not 0 < share < 1 for share in setting.shares.values()), "Each group's share lies between 0 and 1."),
        (
            math.fsum(setting.shares.values()) > 1 + 1e-9,
            f"The groups' shares add up to {math.fsum(setting.shares.values()):g}, more than 1.",
        ),
        (not 0.5 < setting.confidence < 1, "The confidence lies between 0.5 and 1."),
        (not 0 < setting.power < 1, "The power lies between 0 and 1."),
        (setting.rules < 1 or setting.segments < 0, "There is one rule at least, and no fewer than no segments."),
    )
    for wrong, sentence in problems:
        if wrong:
            raise UsageError(sentence)


def _signed(compare: Compare, truth: float, *, down: bool) -> float:
    """Return a truth as the compared value: the size of a difference gets the sign of a harm."""
    if truth < 0 or not math.isfinite(truth):
        raise UsageError(f"A truth is a ratio or the size of a difference, not {truth:g}.")
    return -truth if compare == "difference" and down else truth


def _usual(compare: Compare, band: Band, base: float, *, down: bool) -> list[float]:
    """Return the fair truth, one half-way to the limit, and three beyond it, as far as they are possible."""
    low, high = band.ends
    if compare == "difference":
        sizes = [0.0, high / 2, 1.5 * high, 2 * high, 3 * high]
    else:
        sizes = [1.0, (1 + low) / 2, *(low * part for part in (0.875, 0.75, 0.625))]
        sizes = sizes if down else [1 / size for size in sizes]
    return [size for size in (round(size, 4) for size in sizes) if 0 <= _harmed(compare, base, size, down=down) <= 1]


def _harmed(compare: Compare, base: float, truth: float, *, down: bool) -> float:
    return base * truth if compare == "ratio" else base - truth if down else base + truth


@dataclass(frozen=True)
class _Design:
    """Groups of stated shares of which the smallest has another true rate than all others."""

    compare: Compare
    band: Band
    setting: Setting
    truth: float
    """The compared value of the smallest group, signed."""

    def __post_init__(self) -> None:
        if not 0 <= self.harmed <= 1:
            known = f"{self.setting.base_rate:g} and the truth {abs(self.truth):g}"
            raise UsageError(f"A base rate of {known} make a rate of {self.harmed:g}: not between 0 and 1.")

    @property
    def smallest(self) -> str:
        """The smallest group."""
        return min(self.setting.shares, key=lambda name: self.setting.shares[name])

    @property
    def harmed(self) -> float:
        """Its true rate."""
        base = self.setting.base_rate
        return base * self.truth if self.compare == "ratio" else base + self.truth

    @property
    def aim(self) -> Aim:
        """The verdict that is right."""
        # as it is written: the float 0.1 lies beyond a limit of 1/10
        return "pass" if self.band.contains(Fraction(str(self.truth))) else "fail"

    @cached_property
    def _pairs(self) -> list[tuple[int, int]]:
        """The places of every pair of groups, the smallest one first."""
        names = sorted(self.setting.shares, key=lambda name: name != self.smallest)
        place = {name: i for i, name in enumerate(self.setting.shares)}
        pairs = combinations(names, 2)
        return [(place[a], place[b]) for a, b in pairs if self.aim == "pass" or a == self.smallest]

    @cached_property
    def _truth(self) -> Truth:
        """What is true of these pairs."""
        harmed = list(self.setting.shares).index(self.smallest)
        base = np.full(len(self._pairs), self.setting.base_rate)
        group = np.where([i == harmed for i, _ in self._pairs], self.harmed, base)
        return Truth(self.compare, self.band.ends, group, base, self.setting.method)

    def level_fail(self, segments: int) -> float:
        """Return the two-sided level of a FAIL in the population or, for a number of segments, in each of them.

        The audit's error is divided over the rules, a rule's between population and segments if there are any, and each
        half over its comparisons.
        """
        k = len(self.setting.shares)
        side = (1 - self.setting.confidence) / 2 / self.setting.rules / (2 if self.setting.segments else 1)
        return 1 - 2 * side / (k * (k - 1) / 2 * max(1, segments))

    def power(self, customers: float, segments: int = 0) -> float:
        """Return the probability of the right verdict with so many customers, in one of the segments if stated."""
        setting = self.setting
        rows = [customers * share * (setting.among or 1) / max(1, segments) for share in setting.shares.values()]
        if min(rows) < setting.min_size:
            return 0.0
        level = setting.confidence if self.aim == "pass" else self.level_fail(segments)
        chance = _draws(len(rows))
        right = np.full(_POINTS, self.aim == "pass")
        first, second = (np.array([rows[place] for place in places]) for places in zip(*self._pairs, strict=True))
        variances = zip(*(side.tolist() for side in self._truth.variances((first, second))), strict=True)
        reaches = self._truth.reaches(self.aim, (first, second), np.full(len(first), level))
        below = self._truth.value < self._truth.ends[0]
        for (i, j), pair, harmed, *reach in zip(self._pairs, variances, below, *reaches, strict=True):
            own, other = (math.sqrt(variance) for variance in pair)
            spread = math.hypot(own, other)
            # how many standard deviations the pair's value lies above the truth
            astray = (own * chance[i] - other * chance[j]) / spread if spread else np.zeros(_POINTS)
            if self.aim == "pass":
                right &= (astray >= -reach[0]) & (astray <= reach[1])
            else:
                right |= (astray <= reach[0]) if harmed else (astray >= -reach[0])
        return float(right.mean())

    def answer(self) -> Answer:
        """Return the customers that it takes."""
        shares, segments = self.setting.shares, self.setting.segments
        enough = _fewest(self.power, self.setting.power)
        hidden = None
        if self.aim == "fail" and segments:
            hidden = _fewest(lambda customers: self.power(customers, segments), self.setting.power)
        return Answer(
            truth=abs(self.truth),
            aim=self.aim,
            customers=enough,
            groups={} if enough is None else {name: math.ceil(share * enough) for name, share in shares.items()},
            in_one_segment=hidden,
        )


def _fewest(power: Callable[[float], float], wanted: float) -> int | None:
    """Return the fewest customers with whom a growing power is reached, None where no number has it."""
    if power(MOST_CUSTOMERS) < wanted:
        return None
    low, high = 1.0, 2.0
    while power(high) < wanted:
        low, high = high, 2 * high
    while high > _CLOSE * low and high - low > 0.5:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if power(middle) >= wanted else (middle, high)
    return math.ceil(high)


def _draws(groups: int) -> NDArray[np.float64]:
    """Return standard normal draws for each group, spread evenly instead of by chance.

    They are the additive recurrence of the generalised golden ratio (Roberts 2018), whose error falls as 1 / points.
    """
    from scipy.special import ndtri

    ratio = 2.0
    for _ in range(50):
        ratio = (1 + ratio) ** (1 / (groups + 1))
    steps = np.power(ratio, -np.arange(1.0, groups + 1))
    shares: NDArray[np.float64] = (0.5 + steps[:, None] * np.arange(1, _POINTS + 1)) % 1
    normal: NDArray[np.float64] = ndtri(shares)
    return normal


def _sizes(needed: Sequence[int]) -> tuple[int, ...]:
    """Return the totals at which power is drawn: from a tenth of the fewest needed to twice the most."""
    if not needed:
        return ()
    low, high = min(needed) / 10, min(2 * max(needed), 1000 * min(needed))
    steps = 48
    return tuple(round(low * (high / low) ** (i / steps)) for i in range(steps + 1))
