"""How often the verdict errs, beside what others do: the tables of docs/statistics.md.

Run it as ``python benchmarks/verdicts.py [PART ...] [--write]``: it prints the tables of all parts or of those named
and, with --write, puts them into the page. Seeded; about 15 minutes on one core, most of it for `whole_audits`.
Two groups are enumerated (no chance in it), the rest is simulated, with the standard error of the simulation beside it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import product
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import page
from numpy.typing import NDArray
from scipy import stats

from fairaudit import intervals
from fairaudit.cube import OUTCOMES, Cell, Clusters, Count, Moments, Weights
from fairaudit.curves import Area, ObservedOverExpected
from fairaudit.estimands import Mean, Rate, estimate
from fairaudit.findings import Verdict
from fairaudit.intervals import Estimate
from fairaudit.pairing import Pairing
from fairaudit.selftest import (
    AT_LIMIT,
    FAIR,
    HARMFUL,
    Design,
    Model,
    TwoGroups,
    at_limit,
    audited_policy,
    simulated,
)
from fairaudit.spec import Spec
from fairaudit.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.cube import Cube
    from fairaudit.intervals import Interval, Method
    from fairaudit.metrics.row import Compare
    from fairaudit.policy import Policy


Array = NDArray[np.float64]

PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"
SMALL = (30, 50, 100, 300, 1000)
TIMES = (1, 2, 5, 10, 20)
SIZES = tuple(dict.fromkeys(pair for n in SMALL for times in TIMES for pair in ((n, n * times), (n * times, n))))
"""Customers of the group and of its reference, either being the small one."""
RATES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Of the reference."""
LIMITS: tuple[tuple[Compare, float], ...] = (("ratio", 0.8), ("difference", 0.1), ("difference", 0.05))
CONFIDENCES = (0.90, 0.95)


def percent(share: float, digits: int = 1) -> str:
    """Return a share in percent; one that is not 0 never looks like it."""
    text = f"{share:.{digits}%}".replace("%", " %")
    return f"under {10.0**-digits:g} %" if share > 0 and not float(text[:-2]) else text


# --- two groups, every outcome enumerated -----------------------------------------------------------------------------


def log_limits(added: float, x: Array, y: Array, sizes: tuple[int, int], confidence: float) -> tuple[Array, Array]:
    """Return the log interval of a ratio: Katz's with nothing added, the adjusted one with a half."""
    a, b = x + added, y + added
    n, m = (size + added for size in sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.log(a / n) - np.log(b / m)
        spread = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
        low, high = np.exp(centre - spread), np.exp(centre + spread)
    known = (a > 0) & (b > 0)
    return np.where(known, low, 0.0), np.where(known, high, np.inf)


def wald_limits(x: Array, y: Array, sizes: tuple[int, int], confidence: float) -> tuple[Array, Array]:
    """Return the textbook interval of a difference."""
    p, q = x / sizes[0], y / sizes[1]
    spread = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(p * (1 - p) / sizes[0] + q * (1 - q) / sizes[1])
    return p - q - spread, p - q + spread


def observed_ratio(x: Array, y: Array, sizes: tuple[int, int], _confidence: float) -> tuple[Array, Array]:
    """Return the observed ratio as both limits: the literal reading of the four-fifths rule."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (x / sizes[0]) / (y / sizes[1])
    known = np.isfinite(value)
    return np.where(known, value, 0.0), np.where(known, value, np.inf)


def observed_difference(x: Array, y: Array, sizes: tuple[int, int], _confidence: float) -> tuple[Array, Array]:
    """Return the observed difference as both limits."""
    value = x / sizes[0] - y / sizes[1]
    return value, value


Limits = Callable[[Array, Array, tuple[int, int], float], tuple[Array, Array]]
OTHERS: dict[str, dict[str, Limits]] = {
    "ratio": {
        "observed value alone": observed_ratio,
        "log interval (Katz)": partial(log_limits, 0.0),
        "adjusted log interval": partial(log_limits, 0.5),
    },
    "difference": {"observed value alone": observed_difference, "textbook interval (Wald)": wald_limits},
}
"""What others decide by."""


def likely(n: int, rate: float) -> tuple[Array, Array]:
    """Return the counts that together have all but 1e-9 of the probability, with their probabilities."""
    low, high = (int(stats.binom.ppf(tail, n, rate)) for tail in (5e-10, 1 - 5e-10))
    counts = np.arange(low, high + 1)
    return counts.astype(float), stats.binom.pmf(counts, n, rate)


def others_chances(
    limits: Limits, compare: Compare, limit: float, groups: tuple[tuple[int, float], ...], confidence: float
) -> tuple[float, float]:
    """Return the chances of PASS and FAIL by another rule, with the same three words, of groups (size, true rate)."""
    (x, chance_x), (y, chance_y) = (likely(*group) for group in groups)
    low, high = limits(x[:, None], y[None, :], (groups[0][0], groups[1][0]), confidence)
    chance = chance_x[:, None] * chance_y[None, :]
    least, most = band(compare, limit)
    return float(chance[(low >= least) & (high <= most)].sum()), float(chance[(high < least) | (low > most)].sum())


def band(compare: Compare, limit: float) -> tuple[float, float]:
    """Return the two ends of what is within a limit."""
    return (limit, 1 / limit) if compare == "ratio" else (-limit, limit)


def two_groups(sizes: Sequence[tuple[int, int]] = SIZES) -> Iterator[str]:
    """Yield the largest chance of each error with the truth exactly at the limit, by ours and other rules."""
    rows = []
    for (compare, limit), confidence in product(LIMITS, CONFIDENCES):
        found: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
        for n, m in sizes:
            ours = TwoGroups.of(n, m, compare, limit, confidence)
            for rate in RATES:
                low = at_limit(rate, compare, limit)
                if low > 0:
                    where = f"{n:,} vs {m:,} at {rate:g}"
                    found["**fairaudit**"].append((*ours.chances(low, rate), where))
                    for name, limits in OTHERS[compare].items():
                        chances = others_chances(limits, compare, limit, ((n, low), (m, rate)), confidence)
                        found[name].append((*chances, where))
        side = (1 - confidence) / 2
        for name, settings in found.items():
            worst = [max(settings, key=itemgetter(i)) for i in (0, 1)]
            cells = [f"{percent(one[i], 2)}{missed(one[i], side)} ({one[2]})" for i, one in enumerate(worst)]
            bar = f"{confidence:.0%} ({percent(side)})"
            rows.append([f"{compare} {limit:g}", bar, name, f"{len(settings):,}", *cells])
    yield page.table(
        ["limit", "confidence (bar)", "decided by", "settings", "largest false PASS", "largest false FAIL"], rows
    )


def missed(share: float, bar: float) -> str:
    """Return the mark of a share that is above its bar."""
    return " **missed**" if share > bar else ""


POWER = (
    *((30, 30, 0.5), (30, 600, 0.1), (100, 100, 0.9), (100, 1000, 0.1), (100, 1000, 0.5)),
    *((300, 3000, 0.3), (1000, 1000, 0.1), (1000, 5000, 0.3), (1000, 10000, 0.05)),
)
"""Customers of group and reference, and the reference's rate."""


def power() -> Iterator[str]:
    """Yield how often a fair and an unfair group are told, at the default confidence."""
    rows = []
    unfair: dict[Compare, Callable[[float], float]] = {"ratio": lambda p: 0.6 * p, "difference": lambda p: p - 0.2}
    for (n, m, rate), (compare, limit) in product(POWER, LIMITS[:2]):
        low = unfair[compare](rate)
        if low > 0:
            ours = TwoGroups.of(n, m, compare, limit, 0.90)
            naive, *_, usual = OTHERS[compare].values()
            chances = [ours.chances(rate, rate)[0], ours.chances(low, rate)[1]]
            for rule in (usual, naive):
                for true, word in ((rate, 0), (low, 1)):
                    chances.append(others_chances(rule, compare, limit, ((n, true), (m, rate)), 0.90)[word])
            rows.append([f"{n:,} vs {m:,} at {rate:g}", f"{compare} {limit:g}", *map(percent, chances)])
    head = [
        f"{rule}{word}"
        for rule in ("", "usual interval: ", "observed value: ")
        for word in ("fair: PASS", "unfair: FAIL")
    ]
    yield page.table(["group vs reference", "limit", *head], rows)


# --- whole audits, simulated ------------------------------------------------------------------------------------------

SHARES = {2: (0.97, 0.03), 4: (0.60, 0.27, 0.10, 0.03), 6: (0.60, 0.17, 0.10, 0.06, 0.04, 0.03)}
"""Groups, the smallest 3 %; every second one is the other kind of a model."""
SEGMENTS = (1, 5, 15)
CUSTOMERS = (2_000, 20_000, 200_000)


def word(cube: Cube, policy: Policy) -> Verdict:
    """Return the verdict alone, without the findings that take most of the time of `judge`."""
    passes = True
    for rule in policy.rules:
        pairing = Pairing(cube, policy, rule)
        halves = (pairing.in_population, pairing.in_segments)
        if any(c.fails(1 - 2 * pairing.side() / len(half)) for half in halves for c in half):
            return Verdict.FAIL
        passes = passes and bool(pairing.in_population) and not any(entry.blocks for entry in pairing.not_evaluable)
        passes = passes and all(c.passes(policy.verdict.confidence) for half in halves for c in half if c.required)
    return Verdict.PASS if passes else Verdict.INCONCLUSIVE


def verdicts(chance: np.random.Generator, model: Model, design: Design, runs: int) -> dict[Verdict, float]:
    """Return the share of each verdict; every 100th is held against `judge` itself."""
    policy = audited_policy(design.segments)
    words = []
    for run in range(runs):
        cube = simulated(chance, model, design, policy)
        words.append(word(cube, policy))
        if run % 100 == 0:
            whole = judge(cube, policy).verdict
            if whole is not words[-1]:
                raise AssertionError(f"the short way says {words[-1]}, the long way {whole}")
    return {verdict: words.count(verdict) / runs for verdict in Verdict}


def standard_error(share: float, runs: int) -> float:
    """Return the Monte Carlo error of a share, not 0 where none or all were seen."""
    return math.sqrt(max(share * (1 - share), 1 / runs) / runs)


def whole_audits(runs: int = 1000) -> Iterator[str]:
    """Yield the shares of each verdict over whole audits, for a fair model, one at both limits and a harmful one."""
    chance = np.random.default_rng(2)
    rows = []
    for customers in CUSTOMERS:
        for groups, shares in SHARES.items():
            for segments in SEGMENTS:
                design = Design(shares, segments, customers)
                fair, limit, harm = (verdicts(chance, model, design, runs) for model in (FAIR, AT_LIMIT, HARMFUL))
                rows.append(
                    [f"{customers:,}", str(groups), "none" if segments == 1 else str(segments)]
                    + [percent(fair[v]) for v in (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)]
                    + [percent(limit[v]) for v in (Verdict.PASS, Verdict.FAIL)]
                    + [percent(harm[Verdict.FAIL])]
                )
    yield page.table(
        [
            "customers",
            "groups",
            "segments",
            "fair: PASS",
            "INCONCLUSIVE",
            "FAIL (bar 5 %)",
            "at both limits: PASS",
            "FAIL (bar 5 %)",
            "ratio 0.6: FAIL",
        ],
        rows,
    )
    errors = [percent(standard_error(share, runs)) for share in (0.5, 0.05)]
    more = 20 * runs
    failed = verdicts(np.random.default_rng(4), AT_LIMIT, Design(SHARES[2], 1, CUSTOMERS[-1]), more)[Verdict.FAIL]
    yield (
        f"{runs:,} audits per cell; standard error at most {errors[0]}, {errors[1]} where a share is 5 %. Nearest the "
        "bar are two groups without segments and with many customers, where the correction leaves nothing to spare: "
        f"of {more:,} more such audits at both limits, FAIL in {percent(failed, 2)}, standard error "
        f"{percent(standard_error(failed, more), 2)}.\n"
    )


def planted_harm(runs: int = 200) -> Iterator[str]:
    """Yield how often harm in one segment of twenty is found."""
    chance = np.random.default_rng(3)
    rows = []
    for customers in (20_000, 50_000, 100_000, 200_000):
        for shares in ((0.5, 0.5), (0.8, 0.2), (0.5, 0.3, 0.15, 0.05)):
            design = Design(shares, 20, customers)
            harmful = Model("ratio 0.6 in one segment", HARMFUL.ordinary, HARMFUL.other, harmed=7)
            found = verdicts(chance, harmful, design, runs)[Verdict.FAIL]
            names = " / ".join(f"{share:.0%}" for share in shares)
            rows.append(
                [
                    f"{customers:,}",
                    names,
                    f"{customers * shares[1] / 20:,.0f}",
                    percent(found),
                    percent(standard_error(found, runs)),
                ]
            )
    yield page.table(
        ["customers", "groups", "customers harmed (the second group's in one segment)", "found", "standard error"], rows
    )


# --- areas, means, calibration ----------------------------------------------------------------------------------------

SCORED = Spec(label="y", score="s")


def moments(values: Array) -> Moments:
    """Return the sums of values in the unit of the cube."""
    sums = [int(np.rint(v * 2**SCORED.scale).astype(np.int64).sum()) for v in (values, values**2)]
    return Moments(len(values), *sums)


def scored(positive: Array, negative: Array) -> Cell:
    """Return the cell of scores of undecided customers with a label; those above 1 are in the last bin."""
    nothing = Moments()
    per_outcome = {Count.UNDECIDED_POSITIVE: positive, Count.UNDECIDED_NEGATIVE: negative}
    return Cell(
        tuple(len(per_outcome.get(outcome, ())) for outcome in OUTCOMES),
        MappingProxyType({"score": tuple(moments(per_outcome[o]) if o in per_outcome else nothing for o in OUTCOMES)}),
        np.stack([binned(positive), binned(negative), np.zeros(SCORED.bins, dtype=np.int64)]),
    )


def binned(scores: Array) -> NDArray[np.int64]:
    """Return the histogram of scores."""
    return np.bincount(np.minimum(scores * SCORED.bins, SCORED.bins - 1).astype(int), minlength=SCORED.bins)


def drawn_area(chance: np.random.Generator, n: int, area: float) -> Interval:
    """Return the intervals of one draw: n of the rarer class, ten times as many of the other, normal scores."""
    shift = math.sqrt(2) * stats.norm.ppf(area)
    positive, negative = chance.normal(shift, 1, n), chance.normal(0, 1, 10 * n)
    cell = scored(*(stats.norm.cdf(scores / 2) for scores in (positive, negative)))
    return Area("").interval(cell, SCORED, 0.90)


def drawn_mean(chance: np.random.Generator, n: int, shape: float) -> Interval:
    """Return the interval of the mean of n gamma-distributed values around 0.2, skewed where the shape is small."""
    cell = scored(chance.gamma(shape, 0.2 / shape, n), np.empty(0))
    return Mean("", "score").interval(cell, SCORED, 0.90)


def drawn_calibration(chance: np.random.Generator, n: int, spread: float) -> Interval:
    """Return the interval of observed over expected of n well calibrated scores with mean 0.3."""
    scores = chance.beta(0.3 * spread, 0.7 * spread, n).clip(0, 1 - 1e-9)
    happened = chance.random(n) < scores
    return ObservedOverExpected("").interval(scored(scores[happened], scores[~happened]), SCORED, 0.90)


DRAWN: tuple[tuple[str, Callable[[np.random.Generator, int, float], Interval], float, float], ...] = (
    ("area 0.65", drawn_area, 0.65, 0.65),
    ("area 0.80", drawn_area, 0.80, 0.80),
    ("area 0.95", drawn_area, 0.95, 0.95),
    ("mean, nearly symmetric (gamma, shape 4)", drawn_mean, 4.0, 0.2),
    ("mean, skewed (exponential)", drawn_mean, 1.0, 0.2),
    ("mean, very skewed (gamma, shape 0.25)", drawn_mean, 0.25, 0.2),
    ("observed / expected, scores alike", drawn_calibration, 50.0, 1.0),
    ("observed / expected, scores spread out", drawn_calibration, 1.0, 1.0),
)


def areas_and_means(runs: int = 2000) -> Iterator[str]:
    """Yield how often 90 % intervals of areas, means and calibration hold the truth."""
    chance = np.random.default_rng(5)
    rows = []
    for name, draw, parameter, truth in DRAWN:
        cells = []
        for n, times in ((30, 1), (100, 1), (1000, 4)):
            found = [draw(chance, n, parameter) for _ in range(runs // times)]
            above = sum(interval.low > truth for interval in found) / len(found)
            below = sum(interval.high < truth for interval in found) / len(found)
            mark = missed(max(above, below) - 2 * standard_error(0.05, len(found)), 0.05)
            cells.append(f"{percent(1 - above - below)} ({percent(above)} / {percent(below)}){mark}")
        rows.append([name, *cells])
    yield page.table(["90 % interval of", "30", "100", "1,000"], rows)
    yield (
        "Coverage, in brackets the share of intervals wholly above / below the truth (5 % each allowed; missed: by "
        f"more than two standard errors). {runs:,} draws, {runs // 4:,} for 1,000; standard error of a coverage "
        f"{percent(standard_error(0.9, runs))} and {percent(standard_error(0.9, runs // 4))}.\n"
    )


# --- the peer ---------------------------------------------------------------------------------------------------------


def fairlearns_bootstrap(runs: int = 40) -> Iterator[str]:
    """Yield how often the worst ratio of five exactly fair groups lies in the interval that is given for it."""
    import pandas as pd
    from fairlearn.metrics import MetricFrame, selection_rate

    chance = np.random.default_rng(6)
    groups = np.repeat(list("abcde"), 200)
    covered = ours = failed = 0
    example = ""
    for run in range(runs):
        decision = (chance.random(1000) < 0.3).astype(int)
        frame = MetricFrame(
            metrics=selection_rate,
            y_true=decision,
            y_pred=decision,
            sensitive_features=pd.Series(groups, name="g"),
            n_boot=100,
            ci_quantiles=[0.025, 0.975],
            random_state=run,
        )
        low, high = frame.ratio_ci()
        covered += low <= 1.0 <= high
        example = example or f"[{low:.2f}, {high:.2f}]"
        counts = [int(decision[groups == g].sum()) for g in "abcde"]
        pairs = [ratio_of(a, b, 1 - 0.05 / 10) for i, a in enumerate(counts) for b in counts[i + 1 :]]
        ours += all(pair.low <= 1.0 <= pair.high for pair in pairs)
        failed += min(counts) / max(counts) < 0.8
    yield page.table(
        ["five groups of 200, all selected at 30 %", f"of {runs} runs"],
        [
            [f"fairlearn `ratio_ci()`, 95 %, contains the true 1 (first interval {example})", str(covered)],
            ["all ten pairwise intervals contain it (Bonferroni, 95 % together)", str(ours)],
            ["observed worst ratio under 0.8", str(failed)],
        ],
    )


def ratio_of(k: int, j: int, confidence: float, n: int = 200) -> Interval:
    """Return our interval of the ratio of two counts of n."""
    return intervals.ratio(*(Estimate(count / n, intervals.rate(count, n, confidence)) for count in (k, j)))


# --- repeats and weights ----------------------------------------------------------------------------------------------

SELECTED, PASSED = Count.SELECTED_UNLABELLED, Count.PASSED_UNLABELLED
SELECTION = Rate("selection rate", of=Count.SELECTED, among=Count.DECIDED)
PLAIN, WEIGHTED = Spec(prediction="p"), Spec(prediction="p", weight="w")


def cell_of(customer: NDArray[np.int64], selected: NDArray[np.bool_], weight: Array | None) -> Cell:
    """Return the cell of rows without labels: whose each is, whether it was selected and what it weighs."""
    unit = 1 if weight is None else float(1 / WEIGHTED.unit)
    weights = np.ones(len(customer)) if weight is None else weight
    sides = (selected, ~selected)
    places = [OUTCOMES.index(outcome) for outcome in (SELECTED, PASSED)]
    totals = [np.bincount(customer, weights * side) for side in sides]
    there = [np.bincount(customer, side) > 0 for side in sides]
    having = {
        SELECTED.value: there[0] & ~there[1],
        PASSED.value: there[1] & ~there[0],
        (SELECTED | PASSED).value: there[0] & there[1],
    }

    def per_outcome(values: Sequence[float]) -> tuple[int, ...]:
        by_place = dict(zip(places, values, strict=True))
        return tuple(int(by_place.get(i, 0)) for i in range(len(OUTCOMES)))

    return Cell(
        per_outcome([side.sum() for side in sides]),
        weights=None
        if weight is None
        else Weights(*(per_outcome([(w[side]).sum() * unit for side in sides]) for w in (weight, weight**2))),
        clusters=Clusters(
            {outcomes: int(customers.sum()) for outcomes, customers in having.items()},
            {(places[i], places[j]): int(totals[i] @ totals[j] * unit) for i, j in ((0, 0), (0, 1), (1, 1))},
            {},
        ),
    )


Drawn = tuple[int, float, float]
"""Rows per customer; intraclass correlation of their decisions; standard deviation of their weights' logarithm."""


def drawn_arm(chance: np.random.Generator, customers: int, drawn: Drawn, rate: float) -> Cell:
    """Return the cell of customers with equally many rows: each customer's own rate is beta distributed."""
    rows, alike, spread = drawn
    strength = 1 / alike - 1 if alike else 0
    own = chance.beta(rate * strength, (1 - rate) * strength, customers) if alike else np.full(customers, rate)
    customer = np.repeat(np.arange(customers), rows)
    selected = chance.random(len(customer)) < own[customer]
    return cell_of(customer, selected, chance.lognormal(0, spread, len(customer)) if spread else None)


def covered(cells: Sequence[Cell], method: Method, *, corrected: bool) -> bool:
    """Return whether the 95 % interval of the ratio of two equal rates holds 1: with effective counts, or with rows."""
    arms = []
    for cell in cells:
        spec = PLAIN if cell.weights is None else WEIGHTED
        value = SELECTION.value(cell, spec)
        plain = Estimate(value, intervals.rate(value * cell.n, cell.n, 0.95, method))
        arms.append(estimate(SELECTION, cell, spec, 0.95, method) if corrected else plain)
    interval = intervals.ratio(*arms)
    return interval.low <= 1 <= interval.high


REPEATED: tuple[Drawn, ...] = (
    *((1, 0.0, 0.0), (3, 0.1, 0.0), (3, 0.3, 0.0), (10, 0.1, 0.0), (10, 0.3, 0.0)),
    *((1, 0.0, 0.5), (1, 0.0, 1.0), (10, 0.3, 1.0)),
)


def repeats_and_weights(runs: int = 2000) -> Iterator[str]:
    """Yield the coverage of 95 % intervals where customers repeat or rows are weighted."""
    chance = np.random.default_rng(7)
    rows = []
    for sizes, drawn in product(((30, 300), (100, 1000)), REPEATED):
        cells = [[drawn_arm(chance, n, drawn, 0.2) for n in sizes] for _ in range(runs)]
        kinds: tuple[tuple[Method, bool], ...] = (("exact", False), ("exact", True), ("wilson", True))
        shares = [sum(covered(pair, method, corrected=yes) for pair in cells) / runs for method, yes in kinds]
        marks = ["", *(missed(0.93, share + 2 * standard_error(share, runs)) for share in shares[1:])]
        setting = [str(drawn[0]), f"{drawn[1]:g}", f"{drawn[2]:g}" if drawn[2] else "none"]
        values = [percent(share) + mark for share, mark in zip(shares, marks, strict=True)]
        rows.append([f"{sizes[0]:,} vs {sizes[1]:,}", *setting, *values])
    head = ["customers", "rows each", "correlation within a customer", "spread of weights"]
    yield page.table([*head, "rows taken as customers", "fairaudit", 'with interval = "wilson"'], rows)
    yield (
        f"Coverage of the 95 % interval of a ratio whose truth is 1, both rates 20 %. {runs:,} draws, standard error "
        f"{percent(standard_error(0.95, runs))}; bar at least 93 %, for Wilson's limits 93 to 97 %.\n"
    )


# --- the program ------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[], Iterator[str]]] = {
    part.__name__: part
    for part in (
        two_groups,
        power,
        whole_audits,
        planted_harm,
        areas_and_means,
        fairlearns_bootstrap,
        repeats_and_weights,
    )
}


def main() -> None:
    """Print the tables, and write them into the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="parts to run, all by default")
    parser.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        start = time.perf_counter()
        text = "\n".join(PARTS[name]())
        print(f"## {name} ({time.perf_counter() - start:.0f} s)\n\n{text}", flush=True)
        if options.write:
            page.write(PAGE, name, text)


if __name__ == "__main__":
    main()
