"""Which groups a rule compares with whom, in the population and in each segment, and whom it cannot judge."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from fairaudit import reasons, uplift
from fairaudit.amounts import SameMix, Standardized, in_place
from fairaudit.comparison import Arm, Band, Comparison
from fairaudit.cube import Cell, Count, Cube, Key
from fairaudit.estimands import unmet
from fairaudit.findings import Names, NotEvaluable
from fairaudit.groups import selective_labels
from fairaudit.shuffle import ALL_GROUPS, ShuffleDistance
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fairaudit.estimands import Estimand
    from fairaudit.intervals import Method
    from fairaudit.policy import Policy
    from fairaudit.rule import Rule


REST = "(rest)"
"""The name of all other groups together, where the policy compares a group with the rest."""


class Pairing:
    """The comparisons of one rule on one cube, and what it asks for that cannot be answered."""

    def __init__(self, cube: Cube, policy: Policy, rule: Rule) -> None:
        self.cube, self.policy, self.rule = cube, policy, rule
        self.not_evaluable: list[NotEvaluable] = []
        self.views = policy.protected_views()
        asked = rule.protected if rule.protected is not None else policy.data.protected
        self.protected = [name for name in asked if name in self.views]
        for name in asked:
            if name not in self.views:
                self._not_evaluable({}, {}, reasons.NOT_PROTECTED(name=name), blocks=True)
        self.segments = rule.segments if rule.segments is not None else policy.data.segments
        self._segments_missing()
        estimands = [e for e in rule.estimands(policy.data.outcome) if self._possible(e)]
        self.in_population = [
            c for e in estimands for name in self.protected for c in self._compare(e, name, (), cube.cell())
        ]
        self.in_segments = [
            c
            for e in estimands
            for name in self.protected
            for key, cell in self._segments(name)
            for c in self._compare(e, name, key, cell)
        ]

    def mode(self, name: str) -> str | dict[str, str]:
        """Return the reference of a protected attribute: "best", "largest", "rest" or a named group."""
        return self.policy.groups.references.get(name, self.policy.groups.reference)

    def side(self) -> float:
        """Return the one-sided error that all comparisons of one half share.

        The audit's error is divided equally over the rules that can fail it, those with a limit that do not only
        explore, and a rule's share in halves: population and segments. An exploratory rule has a false discovery rate
        of its own.
        """
        error = (1 - self.policy.verdict.confidence) / 2
        if self.rule.exploratory:
            return error
        error /= max(1, len(self.policy.gating))
        return error / 2 if self.in_segments else error

    def _possible(self, estimand: Estimand) -> bool:
        ledger = self.cube.ledger
        reason = unmet(estimand.needs, self.cube.spec, scores_outside=ledger.scores_outside)
        if reason is None and estimand.passed_labels:
            reason = selective_labels(self.cube, self.policy)
        if reason is None and "treatment" in estimand.needs:
            reason = uplift.unanswerable(self.cube.cell(), self.cube.spec, self.policy.groups.max_missing)
        if reason is not None:
            self._not_evaluable({}, {}, reason, blocks=True)
        return reason is None

    def _segments(self, name: str) -> Iterator[tuple[Key, Cell]]:
        """Yield each known value of each segment column that this protected attribute is crossed with."""
        for column in self.segments:
            if column not in self.views[name]:
                for key, cell in self.cube.view((column,)).items():
                    if key[0][1] != MISSING and cell.n:
                        yield key, cell

    def _segments_missing(self) -> None:
        """List the segment columns that are missing for too many: they block where segments are required."""
        n, most = self.cube.cell().n, self.policy.groups.max_missing
        for column in self.segments:
            unknown = self.cube.cell(((column, MISSING),)).n
            if n and unknown / n > most:
                reason = reasons.MISSING(name=column, share=100 * unknown / n, most=100 * most)
                self._not_evaluable({}, {}, reason, blocks=self.rule.in_segments == "required")

    def _required(self, segment: Key) -> bool:
        """Return whether the rule cannot pass without the comparisons made there."""
        return not segment or self.rule.in_segments == "required"

    def _compare(self, estimand: Estimand, name: str, segment: Key, within: Cell) -> list[Comparison]:
        """Return the comparisons of one attribute in the population or one segment; note what cannot be compared."""
        if isinstance(estimand, ShuffleDistance):
            return self._together(estimand, name, segment, within)
        if isinstance(estimand, SameMix | Standardized):
            estimand = self._in_place(estimand, name, segment, within)
        arms = self._arms(estimand, name, segment, within)
        names = dict(segment)
        required = self._required(segment)
        mode = self.mode(name)
        pairs: Iterable[tuple[Arm, Arm | None, bool]]
        if self.rule.compare == "value":
            pairs = ((arm, None, True) for arm in arms)
        elif mode == "best":
            pairs = self._all_pairs(arms)
        else:
            pairs = self._against(arms, name, mode, segment)
        band = Band.of(self.rule, any_pair=mode == "best")
        shared = self._shared(name, segment, within)
        made = [Comparison(self.rule.compare, a, b, band, names, required, shown, shared) for a, b, shown in pairs]
        if not made and len(arms) < 2:
            self._not_evaluable({}, names, reasons.FEWER_THAN_TWO_LARGE(name=name), blocks=required)
        return made

    def _in_place(self, estimand: SameMix | Standardized, name: str, segment: Key, within: Cell) -> Estimand:
        """Return what is compared in this place; note why it cannot be."""
        least = self.policy.groups.min_size
        groups = [cell for _, cell in self._groups(name, segment, within) if cell.customers(Count.ALL) >= least]
        bound, reason = in_place(estimand, within, groups, self.cube.spec)
        if reason is not None:
            self._not_evaluable({}, dict(segment), reasons.OF(name=name, reason=reason), blocks=self._required(segment))
        return bound

    def _shared(self, name: str, segment: Key, within: Cell) -> bool:
        """Return whether a customer stands in several groups, since the attribute differs between its rows."""
        apart = sum(cell.customers(Count.ALL) for cell in self._cells(name, segment).values())
        return within.clusters is not None and apart > within.customers(Count.ALL)

    def _cells(self, name: str, segment: Key) -> dict[Key, Cell]:
        """Return the cells of an attribute in the population or in one segment."""
        view = self.views[name]
        cells = self.cube.view(self.policy.crossed(view, segment[0][0]) if segment else view)
        return {key: cell for key, cell in cells.items() if set(segment) <= set(key)}

    def _together(self, estimand: ShuffleDistance, name: str, segment: Key, within: Cell) -> list[Comparison]:
        """Return the one value of all known groups of an attribute, if there are two and enough are selected."""
        names, required = dict(segment), self._required(segment)
        groups = self._groups(name, segment, within)
        bound = estimand.of(cell for _, cell in groups)
        arm = Arm(dict.fromkeys(self.views[name], ALL_GROUPS), within, bound, self.cube.spec, self._method)
        least = self.policy.groups.min_size
        if len(groups) > 1 and arm.customers >= least:
            return [Comparison("value", arm, None, Band.of(self.rule, any_pair=False), names, required, True)]
        reason = reasons.FEW_SELECTED(estimand=estimand.name, n=arm.customers, least=least)
        few = reasons.FEWER_THAN_TWO(name=name)
        self._not_evaluable({}, names, reason if len(groups) > 1 else few, blocks=required)
        return []

    def _arms(self, estimand: Estimand, name: str, segment: Key, within: Cell) -> list[Arm]:
        """Return the groups that are large enough; list the others."""
        names, n = dict(segment), within.customers(Count.ALL)
        required = self._required(segment)
        arms: list[Arm] = []
        small: list[Arm] = []
        for group, cell in self._groups(name, segment, within):
            if not self._left_out(group, names, cell, within):
                arm = Arm(group, cell, estimand, self.cube.spec, self._method)
                (arms if arm.customers >= self.policy.groups.min_size else small).append(arm)
        # divided, not multiplied, so that 29 of 100 is at most 0.29
        few = sum(arm.cell.customers(Count.ALL) for arm in small) / max(n, 1) <= self.policy.groups.small_share
        accepted = self.policy.groups.small == "report" and few
        for arm in small:
            least = self.policy.groups.min_size
            once = arm.customers == arm.size
            few_of = reasons.FEW_ROWS if once else reasons.FEW_CUSTOMERS
            everybody = arm.cell.n if once else arm.cell.customers(Count.ALL)
            reason = few_of(estimand=estimand.name, n=arm.customers, of=everybody, least=least)
            self._not_evaluable(
                arm.names, names, reason, blocks=required and not accepted, n=arm.cell.n, denominator=arm.size
            )
        return arms

    @property
    def _method(self) -> Method:
        return self.policy.verdict.interval

    def _groups(self, name: str, segment: Key, within: Cell) -> list[tuple[Names, Cell]]:
        """Return the known groups of an attribute with their cells; note where too many have no value."""
        names, column = dict(segment), segment[0][0] if segment else None
        here, n = self._cells(name, segment), within.n
        groups = {key: {a: v for a, v in key if a != column} for key in here}
        unknown = sum(here[key].n for key, group in groups.items() if MISSING in group.values())
        required = self._required(segment)
        if n and unknown / n > self.policy.groups.max_missing:
            most = 100 * self.policy.groups.max_missing
            reason = reasons.MISSING(name=name, share=100 * unknown / n, most=most)
            self._not_evaluable({}, names, reason, blocks=required)
        return [(group, here[key]) for key, group in groups.items() if MISSING not in group.values()]

    def _left_out(self, group: Names, segment: Names, cell: Cell, within: Cell) -> bool:
        """Return whether a group is under the share of customers that the policy leaves out, and list it."""
        least, n, everybody = self.policy.groups.min_share, cell.customers(Count.ALL), within.customers(Count.ALL)
        if not everybody or n / everybody >= least:
            return False
        reason = reasons.SMALL_SHARE(n=n, of=everybody, least=100 * least)
        self._not_evaluable(group, segment, reason, blocks=False, n=n)
        return True

    def _best_first(self, arms: Sequence[Arm]) -> list[Arm]:
        declared = self.rule.declared
        lowest = declared is not None and declared.best_for(self.policy.data.outcome) == "lowest"
        sign = 1 if lowest else -1
        return sorted(arms, key=lambda arm: (math.isnan(arm.value), sign * arm.value))

    def _all_pairs(self, arms: Sequence[Arm]) -> Iterator[tuple[Arm, Arm, bool]]:
        """Yield every unordered pair, the better one as the reference; those with the best are shown.

        Without a limit there is nothing to decide, and the pairs with the best are all.
        """
        ranked = self._best_first(arms)
        for better, worse in combinations(ranked, 2):
            if self.rule.limited or better is ranked[0]:
                yield worse, better, better is ranked[0]

    def _against(
        self, arms: Sequence[Arm], name: str, mode: str | dict[str, str], segment: Key
    ) -> Iterator[tuple[Arm, Arm, bool]]:
        if mode == "rest":
            for arm in arms:
                others = sum((other.cell for other in arms if other is not arm), start=Cell())
                rest = Arm(dict.fromkeys(arm.names, REST), others, arm.estimand, arm.spec, arm.method)
                if rest.size:
                    yield arm, rest, True
            return
        wanted = mode if isinstance(mode, dict) else {name: mode}
        reference = (
            max(arms, key=lambda arm: arm.cell.customers(Count.ALL), default=None)
            if mode == "largest"
            else next((arm for arm in arms if arm.names == wanted), None)
        )
        if reference is None:
            required = self._required(segment)
            self._not_evaluable(
                wanted if mode != "largest" else {},
                dict(segment),
                reasons.NO_REFERENCE(),
                blocks=required,
            )
            return
        for arm in arms:
            if arm is not reference:
                yield arm, reference, True

    def _not_evaluable(
        self,
        group: Names,
        segment: Names,
        reason: str,
        *,
        blocks: bool,
        n: int | None = None,
        denominator: int | None = None,
    ) -> None:
        entry = NotEvaluable(self.rule.id, self.rule.name, group, segment, reason, n, denominator, blocks)
        if entry not in self.not_evaluable:
            self.not_evaluable.append(entry)

    def extreme(self) -> float | None:
        """Return fairlearn's number: the smallest ratio or largest difference of any two groups whose value is defined.

        Groups too small to be judged count here, as they do for fairlearn.
        """
        worst = None
        for estimand in self.rule.estimands(self.policy.data.outcome):
            for name in self.protected:
                cells = self.cube.view(self.views[name])
                known = (cell for key, cell in cells.items() if MISSING not in dict(key).values())
                values = [v for cell in known if not math.isnan(v := estimand.value(cell, self.cube.spec))]
                if self.rule.compare == "ratio" and values and max(values) > 0:
                    ratio = min(values) / max(values)
                    worst = ratio if worst is None else min(worst, ratio)
                elif self.rule.compare == "difference" and values:
                    gap = max(values) - min(values)
                    worst = gap if worst is None else max(worst, gap)
        return worst
