"""Every group's metrics, in the whole population and in every segment: the facts beside the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit import reasons
from fairaudit.comparison import Arm
from fairaudit.cube import Cell, Count, Cube
from fairaudit.estimands import Mean, unmet
from fairaudit.findings import Group, Measured, ScoreBin
from fairaudit.metrics import PER_GROUP
from fairaudit.spec import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.policy import Policy
    from fairaudit.spec import Spec

SCORE_BINS = 20
"""Bins of a group's score table; a divisor of the histogram's bins."""


def every_group(cube: Cube, policy: Policy) -> Iterator[Group]:
    """Yield everybody, then every protected group, in the population and then in each segment column.

    A missing value is a group of its own.
    """
    selective = selective_labels(cube, policy)
    metrics = {
        name: (estimand, selective if estimand.passed_labels else None)
        for name, estimand in PER_GROUP.items()
        if unmet(estimand.needs, cube.spec, scores_outside=cube.ledger.scores_outside) is None
    }
    for column in cube.spec.values:
        metrics[f"mean_{value_of(column)}"] = Mean(f"mean {column}", of=value_of(column)), None
    for view, group, segment in _places(policy):
        for key, cell in cube.view(view).items() if view else [((), cube.cell())]:
            names = dict(key)
            measured = {}
            for name, (estimand, reason) in metrics.items():
                arm = Arm(names, cell, estimand, cube.spec, policy.verdict.interval)
                measured[name] = Measured(None, reason=reason) if reason else arm.measured(policy.verdict.confidence)
            yield Group(
                {name: names[name] for name in group},
                {name: names[name] for name in segment},
                cell.n,
                measured,
                () if segment else score_bins(cell, cube),
                None if cell.clusters is None else cell.customers(Count.ALL),
            )


def _places(policy: Policy) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Yield view, group columns and segment columns of each part of the table."""
    views = policy.protected_views()
    yield (), (), ()
    for columns in views.values():
        yield columns, columns, ()
    for segment in policy.data.segments:
        yield (segment,), (), (segment,)
        for columns in views.values():
            if segment not in columns:
                yield policy.crossed(columns, segment), columns, (segment,)


def score_bins(cell: Cell, cube: Cube) -> tuple[ScoreBin, ...]:
    """Return the score table of a cell, empty without scores on a known scale."""
    if cell.histogram is None or cube.ledger.scores_outside:
        return ()
    spec: Spec = cube.spec
    low, high = spec.score_range
    step = spec.bins // SCORE_BINS
    coarse = cell.histogram.reshape(3, SCORE_BINS, step).sum(axis=2)
    edges = [low + (high - low) * i / SCORE_BINS for i in range(SCORE_BINS + 1)]
    return tuple(
        ScoreBin(edges[i], edges[i + 1], int(coarse[:, i].sum()), int(coarse[:2, i].sum()), int(coarse[0, i]))
        for i in range(SCORE_BINS)
    )


def selective_labels(cube: Cube, policy: Policy) -> str | None:
    """Return why labels of those passed over cannot be trusted, None if they can.

    Where the outcome is only seen if the offer was made, the labels of the others are missing or all negative.
    """
    cell = cube.cell()
    selected, passed = cell.count(Count.SELECTED), cell.count(Count.PASSED)
    if policy.data.labels == "complete" or not selected or not passed:
        return None
    seen = cell.count(Count.TP | Count.FP) / selected
    seen_passed = cell.count(Count.FN | Count.TN) / passed
    if seen - seen_passed > policy.groups.max_missing:
        return reasons.SELECTIVE(selected=100 * seen, others=100 * seen_passed)
    if cell.count(Count.TP) and not cell.count(Count.FN):
        return reasons.SELECTIVE_POSITIVES()
    return None
