"""How often the verdict errs: every outcome of two groups enumerated, and whole audits of invented models simulated.

`fairaudit selftest` runs a short form of it, `benchmarks/verdicts.py` the long one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairaudit import intervals
from fairaudit.cube import OUTCOMES, Cell, Count, Cube
from fairaudit.findings import Verdict
from fairaudit.intervals import Estimate, Interval
from fairaudit.ledger import Ledger
from fairaudit.policy import Policy
from fairaudit.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fairaudit.metrics.row import Compare

BASE_RATE = 0.3
"""Share of positives in every simulated group."""
RULES = ({"metric": "disparate_impact"}, {"metric": "equal_opportunity"})
"""The rules of the default preset: a ratio of at least 0.80, a difference of at most 0.10."""
SIDE = 0.05
"""Error allowed for a false pass, and for a false failure, at the default confidence of 0.90."""


@dataclass(frozen=True, slots=True)
class TwoGroups:
    """The verdict of every outcome that two groups of given sizes can have, for one comparison.

    More selected in the group raises both limits, so for each count of the reference four counts of the group are
    enough: fails up to ``low_fail``, passes from ``low_pass`` to ``high_pass``, fails from ``high_fail``.
    """

    size: int
    reference_size: int
    low_fail: NDArray[np.int64]
    low_pass: NDArray[np.int64]
    high_pass: NDArray[np.int64]
    high_fail: NDArray[np.int64]

    @classmethod
    def of(cls, size: int, reference_size: int, compare: Compare, limit: float, confidence: float) -> TwoGroups:
        """Return the verdicts at a two-sided confidence.

        Parameters
        ----------
        size, reference_size : int
            Customers of the group and of its reference.
        compare : {"ratio", "difference"}
            How their rates are compared.
        limit : float
            Smallest ratio, or largest size of a difference, that is within the limit.
        confidence : float
            Of the interval, in (0, 1); PASS and FAIL are decided at the same one, as with a single comparison.
        """
        combine = intervals.ratio if compare == "ratio" else intervals.difference
        low, high = (limit, 1 / limit) if compare == "ratio" else (-limit, limit)
        groups, references = (
            [Estimate(k / n, intervals.rate(k, n, confidence)) for k in range(n + 1)] for n in (size, reference_size)
        )

        def first(reference: Estimate, met: Callable[[Interval], bool]) -> int:
            """Return the first count of the group whose interval meets what all higher counts meet too."""
            return bisect_left(range(size + 1), True, key=lambda k: met(combine(groups[k], reference)))

        rows = [
            (
                first(reference, lambda interval: interval.high >= low) - 1,
                first(reference, lambda interval: interval.low >= low),
                first(reference, lambda interval: interval.high > high) - 1,
                first(reference, lambda interval: interval.low > high),
            )
            for reference in references
        ]
        return cls(size, reference_size, *np.array(rows, dtype=np.int64).T)

    def chances(self, rate: float, reference_rate: float) -> tuple[float, float]:
        """Return the chance of PASS and of FAIL where these are the true rates."""
        from scipy.stats import binom

        weights = binom.pmf(np.arange(self.reference_size + 1), self.reference_size, reference_rate)

        def up_to(k: NDArray[np.int64]) -> NDArray[np.float64]:
            below: NDArray[np.float64] = binom.cdf(k, self.size, rate)
            return below

        passed = np.maximum(up_to(self.high_pass) - up_to(self.low_pass - 1), 0.0)
        failed = up_to(self.low_fail) + 1 - up_to(self.high_fail - 1)
        return float(weights @ passed), float(weights @ failed)


@dataclass(frozen=True, slots=True)
class Model:
    """An invented model: the share selected among a group's positives and among its negatives."""

    name: str
    ordinary: tuple[float, float]
    other: tuple[float, float]
    """Of the groups with an odd number, in the segments of `harmed` alone unless that is None."""
    harmed: int | None = None
    """The one segment in which the others are treated differently."""

    def rates(self, group: int, segment: int) -> tuple[float, float]:
        """Return the two shares of a group in a segment."""
        differs = group % 2 == 1 and self.harmed in (None, segment)
        return self.other if differs else self.ordinary


FAIR = Model("fair", (0.6, 0.2), (0.6, 0.2))
AT_LIMIT = Model("at both limits", (0.6, 0.2), (0.5, (0.8 * 0.32 - BASE_RATE * 0.5) / (1 - BASE_RATE)))
"""Every second group: selected 0.8 times as often, and 10 points less often among positives."""
HARMFUL = Model("ratio 0.6", (0.6, 0.2), (0.36, 0.12))


def audited_policy(segments: int) -> Policy:
    """Return the default rules for a group column and, with more than one segment, a segment column."""
    data = {"label": "y", "labels": "complete", "prediction": "p", "protected": ["group"]}
    return Policy.parse({"data": {**data, "segments": ["segment"] if segments > 1 else []}, "rule": RULES})


@dataclass(frozen=True, slots=True)
class Design:
    """The customers of a simulated audit."""

    shares: tuple[float, ...]
    """Share of each group among the customers, the same in each segment."""
    segments: int
    """Number of segments of equal size; 1 is none."""
    customers: int


def simulated(chance: np.random.Generator, model: Model, design: Design, policy: Policy) -> Cube:
    """Return the cube of one draw of outcomes and decisions.

    Parameters
    ----------
    chance : numpy.random.Generator
        Source of the draws.
    model : Model
        Who is selected.
    design : Design
        How many customers of which group and segment there are.
    policy : Policy
        From `audited_policy`.
    """
    spec = policy.spec()
    counts: defaultdict[tuple[tuple[str, str], ...], NDArray[np.int64]] = defaultdict(
        lambda: np.zeros(len(OUTCOMES), dtype=np.int64)
    )
    places = [OUTCOMES.index(outcome) for outcome in (Count.TP, Count.FN, Count.FP, Count.TN)]
    for group, share in enumerate(design.shares):
        for segment in range(design.segments):
            hit, wrong = model.rates(group, segment)
            positive, negative = BASE_RATE, 1 - BASE_RATE
            chances = [positive * hit, positive * (1 - hit), negative * wrong, negative * (1 - wrong)]
            drawn = chance.multinomial(round(design.customers * share / design.segments), chances)
            names = {"group": f"group {group + 1}", "segment": f"segment {segment + 1}"}
            for view in spec.views:
                counts[tuple((name, names[name]) for name in view)][places] += drawn
    n = int(counts[()].sum())
    cells = {key: Cell(tuple(int(count) for count in counted)) for key, counted in counts.items()}
    return Cube(spec, cells, Ledger(predictions_rows=n, matched=n))


@dataclass(frozen=True, slots=True)
class Check:
    """One measured error rate and the most that is allowed."""

    name: str
    share: float
    allowed: float

    @property
    def held(self) -> bool:
        """Whether the rate is within what is allowed."""
        return self.share <= self.allowed


SIZES = ((30, 30, 0.5), (30, 600, 0.2), (50, 1000, 0.05), (100, 300, 0.9), (500, 100, 0.98), (300, 300, 0.3))
"""Customers of group and reference, and the reference's rate, that are enumerated in the short form."""
DESIGN = Design(shares=(0.6, 0.25, 0.15), segments=3, customers=4000)
"""Customers of the audits that are simulated in the short form."""
AUDITS = 120
"""Simulated audits per model in the short form."""


def checks(seed: int) -> Iterator[Check]:
    """Yield the checks of the short form, as they are done.

    Parameters
    ----------
    seed : int
        Of the simulated audits; the enumeration does not depend on it.
    """
    limits: tuple[tuple[Compare, float], ...] = (("ratio", 0.8), ("difference", 0.1))
    for compare, limit in limits:
        errors = [
            TwoGroups.of(n, m, compare, limit, 1 - 2 * SIDE).chances(at_limit(rate, compare, limit), rate)
            for n, m, rate in SIZES
            if at_limit(rate, compare, limit) > 0
        ]
        passed, failed = (max(column) for column in zip(*errors, strict=True))
        yield Check(f"two groups, {compare} exactly at its limit: false PASS", passed, SIDE)
        yield Check(f"two groups, {compare} exactly at its limit: false FAIL", failed, SIDE)
    chance = np.random.default_rng(seed)
    for model in (FAIR, AT_LIMIT):
        yield Check(f"{AUDITS} whole audits, model {model.name}: false FAIL", _failed(chance, model), tolerated(AUDITS))


def at_limit(rate: float, compare: Compare, limit: float) -> float:
    """Return the true rate of a group that lies exactly at the lower limit against a reference's rate."""
    return rate * limit if compare == "ratio" else rate - limit


def _failed(chance: np.random.Generator, model: Model) -> float:
    policy = audited_policy(DESIGN.segments)
    cubes = (simulated(chance, model, DESIGN, policy) for _ in range(AUDITS))
    return sum(judge(cube, policy).verdict is Verdict.FAIL for cube in cubes) / AUDITS


def tolerated(audits: int) -> float:
    """Return the share of failed audits that a true rate of 5 % exceeds in one run of a thousand."""
    from scipy.stats import binom

    return float(binom.ppf(0.999, audits, SIDE)) / audits
