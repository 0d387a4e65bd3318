"""An audit arranged for reading: each rule's question per attribute, in the population and in every segment."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fairaudit.estimands import Estimand, Rate
from fairaudit.findings import Measured, Verdict
from fairaudit.intervals import Interval
from fairaudit.metrics import PER_GROUP
from fairaudit.metrics.decisions import NOT_SELECTED
from fairaudit.report.numbers import ends
from fairaudit.shuffle import ALL_GROUPS, ShuffleDistance
from fairaudit.spec import MISSING

if TYPE_CHECKING:
    from fairaudit.findings import Audit, Finding, Group, Names, NotEvaluable, RuleResult
    from fairaudit.metrics.row import Compare
    from fairaudit.rule import Rule

_METRIC_OF = {estimand: name for name, estimand in PER_GROUP.items()}

Columns = tuple[str, ...]
_At = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one place, and what a rule found about it."""

    group: Group
    rate: Measured | None
    """The group's own value of what the rule compares; None where it was not computed."""
    finding: Finding | None
    """The finding to show: the first proven beyond the limit, else the one against the reference."""
    entry: NotEvaluable | None
    """Why the group was not judged."""
    reference: bool
    """Whether the others are compared with it."""

    @property
    def missing(self) -> bool:
        """Whether these are the customers without a value."""
        return MISSING in self.group.group.values()

    @property
    def judged(self) -> bool:
        """Whether the group took part in a comparison."""
        return self.reference or self.finding is not None


@dataclass(frozen=True, slots=True)
class Place:
    """The whole population or one segment, with a row for each group in it."""

    segment: Names
    n: int
    rows: tuple[Row, ...]
    together: Finding | None = None
    """What was found about all groups together, where the rule asks for one value of them all."""

    @property
    def strain(self) -> tuple[bool, float]:
        """How bad it is here: whether anything is proven, and the worst value in units of the limit."""
        proven = any(finding.verdict is Verdict.FAIL for finding in self.findings)
        return proven, max(map(strain, self.findings), default=-1.0)

    @property
    def findings(self) -> list[Finding]:
        """What was found here."""
        found = [*(row.finding for row in self.rows), self.together]
        return [finding for finding in found if finding is not None]

    def row(self, names: Names) -> Row | None:
        """Return the row of a group, None where the group has no customer here."""
        return next((row for row in self.rows if row.group.group == names), None)


@dataclass(frozen=True, slots=True)
class Question:
    """One rule's comparison of one attribute's groups, everywhere it was made."""

    rule: Rule
    result: RuleResult
    estimand: Estimand
    places: tuple[Place, ...]
    """The population first, then the segments, the worst first."""

    @property
    def name(self) -> str:
        """What is compared: "selection rate"."""
        return self.estimand.name

    @property
    def rate(self) -> bool:
        """Whether the groups' own values are counts over counts."""
        return isinstance(self.estimand, Rate)

    @property
    def together(self) -> bool:
        """Whether it is one value of all groups together."""
        return isinstance(self.estimand, ShuffleDistance)

    @property
    def population(self) -> Place:
        """The whole population."""
        return self.places[0]

    @property
    def segments(self) -> tuple[Place, ...]:
        """The segments, the worst first."""
        return self.places[1:]


def strain(finding: Finding) -> float:
    """Return how far a value has gone towards its limit: 0 for equal groups, 1 at the limit, more beyond it.

    Without a limit it stays below one half, and grows with the gap.
    """
    if finding.value is None:
        return math.inf if finding.verdict is Verdict.FAIL else 0.0
    if not finding.limit.stated:
        return _unlimited(finding.value, finding.compare)
    low, high = ends(finding.limit, finding.compare)
    if finding.compare == "difference":
        size = abs(finding.value)
        return size / high if high else math.inf if size else 0.0
    middle = 1.0 if finding.compare == "ratio" else _middle(low, high)
    bound = low if finding.value < middle else high
    if finding.value <= 0 or not 0 < bound < math.inf:
        # nothing at all is beyond a floor, and within a ceiling
        return math.inf if finding.value <= 0 and low >= 0 else 0.0
    if bound == middle:
        return 1.0 if finding.value == middle else math.inf
    return math.log(finding.value / middle) / math.log(bound / middle)


def _unlimited(value: float, compare: Compare) -> float:
    """Return a strain below one half that grows with the gap of two groups; 0 for a value by itself."""
    if compare == "value":
        return 0.0
    size = abs(value) if compare == "difference" else abs(math.log(max(value, 1e-300)))
    return 0.49 * size / (1 + size)


def _middle(low: float, high: float) -> float:
    """Return what a value's limits lie around; with one limit, twice or half of it counts as untouched."""
    if 0 < low < math.inf and math.isfinite(high):
        return math.sqrt(low * high)
    return low * 2 if math.isfinite(low) and low > 0 else high / 2


class Arrangement:
    """The parts of an audit by attribute, rule and place."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.views: dict[str, Columns] = audit.policy.protected_views()
        self.rules = {rule.id: rule for rule in audit.policy.rules}
        self._groups: dict[tuple[Columns, _At], list[Group]] = defaultdict(list)
        for group in audit.groups:
            self._groups[tuple(group.group), _at(group.segment)].append(group)
        self._findings: dict[tuple[str, str, Columns, _At], list[Finding]] = defaultdict(list)
        for finding in audit.findings:
            self._findings[finding.rule, finding.estimand, tuple(finding.group), _at(finding.segment)].append(finding)
        self._entries: dict[tuple[str, _At, _At], list[NotEvaluable]] = defaultdict(list)
        for entry in audit.not_evaluable:
            self._entries[entry.rule, _at(entry.group), _at(entry.segment)].append(entry)

    def everybody(self, segment: Names | None = None) -> Group | None:
        """Return everybody in the population or in one segment, None where nobody is there."""
        return next(iter(self._groups[(), _at(segment or {})]), None)

    def groups(self, attribute: str, segment: Names | None = None) -> list[Group]:
        """Return the groups of an attribute in the population or in one segment, in their natural order."""
        return self._groups[self.views[attribute], _at(segment or {})]

    def questions(self, attribute: str) -> list[Question]:
        """Return what the rules ask of an attribute, one for each value that is compared."""
        results = {result.id: result for result in self.audit.rules}
        return [
            Question(rule, results[rule.id], estimand, self._places(attribute, rule, estimand))
            for rule in self.audit.policy.rules
            if rule.protected is None or attribute in rule.protected
            for estimand in rule.estimands(self.audit.policy.data.outcome)
        ]

    def _places(self, attribute: str, rule: Rule, estimand: Estimand) -> tuple[Place, ...]:
        total = self._place(attribute, rule, estimand, {})
        columns = rule.segments if rule.segments is not None else self.audit.policy.data.segments
        inside = [
            self._place(attribute, rule, estimand, segment)
            for segment in self._segments
            if set(segment) <= set(columns) and not set(segment) & set(self.views[attribute])
        ]
        return total, *sorted(inside, key=lambda place: place.strain, reverse=True)

    @cached_property
    def _segments(self) -> list[Names]:
        """The known values of every segment column."""
        return [dict(at) for columns, at in self._groups if not columns and at and MISSING not in dict(at).values()]

    def _place(self, attribute: str, rule: Rule, estimand: Estimand, segment: Names) -> Place:
        at = _at(segment)
        findings = self._findings[rule.id, estimand.name, self.views[attribute], at]
        reference = findings[0].reference if findings else None
        rows = []
        for group in self.groups(attribute, segment):
            mine = [finding for finding in findings if finding.group == group.group]
            failed = [finding for finding in mine if finding.verdict is Verdict.FAIL]
            entries = self._entries[rule.id, _at(group.group), at]
            about = [entry for entry in entries if entry.reason.startswith(estimand.name)]
            rows.append(
                Row(
                    group,
                    measured(group, estimand) or _from_findings(group.group, findings),
                    next(iter([*failed, *mine]), None),
                    next(iter([*about, *entries]), None),
                    reference=group.group == reference,
                )
            )
        everybody = self.everybody(segment)
        together = next((finding for finding in findings if ALL_GROUPS in finding.group.values()), None)
        return Place(segment, everybody.n if everybody else 0, tuple(rows), together)


def measured(group: Group, estimand: Estimand) -> Measured | None:
    """Return a group's own value of an estimand from the record; not being selected is the rest to selection."""
    if estimand == NOT_SELECTED:
        selected = group.metrics.get("selection_rate")
        if selected is None or selected.value is None or selected.interval is None:
            return selected
        k, n = selected.numerator or 0, selected.denominator or 0
        limits = Interval(1 - selected.interval.high, 1 - selected.interval.low)
        return replace(selected, value=1 - selected.value, interval=limits, numerator=n - k)
    name = _METRIC_OF.get(estimand)
    return None if name is None else group.metrics.get(name)


def _from_findings(names: Names, findings: list[Finding]) -> Measured | None:
    for finding in findings:
        if finding.group == names:
            return finding.group_rate
        if finding.reference == names:
            return finding.reference_rate
    return None


def _at(names: Names) -> _At:
    return tuple(names.items())
