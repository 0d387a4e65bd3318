"""Totals that the segments contradict (Simpson's paradox), and the comparison at the same mix of segments beside them.

A gap in the total can come from which segments the groups are in. Direct standardisation takes that away: every group's
rate is averaged over the segments with the same weights, the segments' shares of everybody.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit import intervals, reasons
from fairaudit.cube import Count
from fairaudit.estimands import Mean, Rate
from fairaudit.findings import Paradox, Standardised, Verdict
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.comparison import Arm, Comparison
    from fairaudit.cube import Cell
    from fairaudit.estimands import Estimand
    from fairaudit.intervals import Interval
    from fairaudit.pairing import Pairing

LEAST_COVERAGE = 0.9
"""Least share of everybody who must be in segments where both groups are; with less, nothing is standardised."""

_Stratum = tuple[int, "Arm", "Arm"]
"""A segment in which both groups have a value: its weight, the group's arm and the reference's."""


def paradoxes(pairing: Pairing, failed: Sequence[Comparison]) -> Iterator[Paradox]:
    """Yield every comparison of the population that a segment column contradicts.

    A reversal: in the total one group has the higher value, at the same mix of segments the other one, and neither
    interval at the policy's confidence reaches equality. Hidden: the total passes and a segment fails. With
    ``reference = "rest"`` there is no such pair of groups, and nothing is looked for.

    Parameters
    ----------
    pairing : Pairing
        The rule's comparisons.
    failed : sequence of Comparison
        Those in segments that were proven beyond the limit.
    """
    found: dict[tuple[object, ...], tuple[Comparison, str, list[str]]] = {}
    for comparison in pairing.in_population:
        for column in pairing.segments:
            if comparison.shown and column not in comparison.arm.names:
                found[_key(comparison, column)] = comparison, column, []
    for comparison in failed:
        ((column, value),) = comparison.segment.items()
        whole = _everywhere(pairing, comparison)
        found.setdefault(_key(whole, column), (whole, column, []))[2].append(value)
    for comparison, column, values in found.values():
        yield from _contradicted(pairing, comparison, column, values)


def _key(comparison: Comparison, column: str) -> tuple[object, ...]:
    sides = (comparison.arm, comparison.reference)
    pair = frozenset(tuple(side.names.items()) for side in sides if side is not None)
    return comparison.arm.estimand, pair, column


def _everywhere(pairing: Pairing, comparison: Comparison) -> Comparison:
    """Return a comparison made in a segment as it is in the whole population."""

    def whole(arm: Arm) -> Arm:
        return replace(arm, cell=pairing.cube.cell(tuple(arm.names.items())))

    reference = None if comparison.reference is None else whole(comparison.reference)
    return replace(comparison, arm=whole(comparison.arm), reference=reference, segment={})


def _contradicted(pairing: Pairing, whole: Comparison, column: str, failed: list[str]) -> Iterator[Paradox]:
    confidence = pairing.policy.verdict.confidence
    strata = list(_strata(pairing, whole, column))
    standardised = _standardise(pairing, whole, strata)
    reversal = _side(whole, whole.interval(confidence)) * _side(whole, standardised.interval) < 0
    if not reversal and not (failed and _passes(pairing, whole)):
        return
    lower = whole.reference is not None and whole.arm.value < whole.reference.value
    yield Paradox(
        kind="reversal" if reversal else "hidden",
        rule=pairing.rule.id,
        estimand=whole.arm.estimand.name,
        compare=whole.compare,
        group=whole.arm.names,
        reference=None if whole.reference is None else whole.reference.names,
        column=column,
        value=whole.value(),
        interval=whole.interval(confidence),
        standardised=standardised,
        compared=len(strata),
        same_way=sum(a.value < b.value if lower else a.value > b.value for _, a, b in strata),
        failed=tuple(failed),
    )


def _passes(pairing: Pairing, whole: Comparison) -> bool:
    if pairing.policy.verdict.decide_on == "point":
        return whole.exact_verdict() is Verdict.PASS
    return whole.passes(pairing.policy.verdict.confidence) and not math.isnan(whole.value())


def _side(comparison: Comparison, interval: Interval | None) -> int:
    """Return -1 or 1 where the whole interval lies below or above equality, else 0."""
    equal = 1.0 if comparison.compare == "ratio" else 0.0
    if interval is None or comparison.reference is None:
        return 0
    return -1 if interval.high < equal else 1 if interval.low > equal else 0


def _strata(pairing: Pairing, whole: Comparison, column: str) -> Iterator[_Stratum]:
    """Yield the known segments of a column in which both groups have a value."""
    if whole.reference is None:
        return
    view = pairing.policy.crossed(tuple(whole.arm.names), column)

    def within(arm: Arm, segment: str) -> Arm:
        names = {**arm.names, column: segment}
        return replace(arm, cell=pairing.cube.cell(tuple((name, names[name]) for name in view)))

    for ((_, segment),), everybody in pairing.cube.view((column,)).items():
        a, b = (within(arm, segment) for arm in (whole.arm, whole.reference))
        if segment != MISSING and not math.isnan(a.value) and not math.isnan(b.value):
            yield _weight(a.estimand, everybody), a, b


def _weight(estimand: Estimand, cell: Cell) -> int:
    """Return the weight of the rows that a value rests on: their number where every row weighs 1."""
    if isinstance(estimand, Rate):
        return cell.total(estimand.among)
    if isinstance(estimand, Mean) and cell.weights is not None and estimand.of in cell.moments:
        return cell.sums(estimand.of, Count.ALL).weight
    return estimand.size(cell)


def _standardise(pairing: Pairing, whole: Comparison, strata: Sequence[_Stratum]) -> Standardised:
    """Return the comparison at the same mix of segments, or why there is none."""
    if whole.reference is None or whole.shared:
        return Standardised(None, None, None, reasons.SAME_CUSTOMERS() if whole.shared else reasons.OWN_VALUE())
    estimand = whole.arm.estimand
    rows = _weight(estimand, pairing.cube.cell())
    used = sum(size for size, _, _ in strata)
    coverage = used / rows if rows else 0.0
    if not isinstance(estimand, Rate | Mean):
        return Standardised(None, None, coverage, reasons.NOT_AVERAGED())
    if coverage < LEAST_COVERAGE:
        few = reasons.FEW_IN_BOTH(share=100 * coverage, least=100 * LEAST_COVERAGE)
        return Standardised(None, None, coverage, few)
    confidence = pairing.policy.verdict.confidence
    a = intervals.weighted([(size / used, arm.estimate(confidence)) for size, arm, _ in strata])
    b = intervals.weighted([(size / used, arm.estimate(confidence)) for size, _, arm in strata])
    if whole.compare == "difference":
        return Standardised(a.value - b.value, intervals.difference(a, b), coverage)
    if b.value <= 0 or a.value < 0:
        return Standardised(None, None, coverage, reasons.NO_RATIO())
    return Standardised(a.value / b.value, intervals.ratio(a, b), coverage)
