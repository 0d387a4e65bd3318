"""What an audit found: the types that the verdict fills and every report reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from fairaudit.shown import Shown, ShownAsMarkdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fairaudit.intervals import Interval
    from fairaudit.ledger import Ledger
    from fairaudit.metrics.row import Compare
    from fairaudit.policy import Policy
    from fairaudit.report.plots import Chart

Names = dict[str, str]
"""Attribute -> value; an intersection has two, the whole population none."""


class Verdict(StrEnum):
    """The three words."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one group."""

    value: float | None
    """None where it is undefined; `reason` says why."""
    interval: Interval | None = None
    """At the policy's confidence, two-sided."""
    numerator: int | None = None
    denominator: int | None = None
    """Rows the value rests on; numerator is None where the metric is no count over a count."""
    reason: str | None = None
    effective: float | None = None
    """How many independent rows of equal weight the denominator is worth; None where that is the denominator itself."""
    customers: int | None = None
    """Customers in the denominator, where some have several rows."""


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Scores of one group between two edges, closed on the left."""

    low: float
    high: float
    n: int
    labelled: int
    positives: int


@dataclass(frozen=True, slots=True)
class Group:
    """One group in the whole population or in one segment, with every metric the data allow."""

    group: Names
    """Empty for everybody."""
    segment: Names
    """Empty for the whole population."""
    n: int
    """Rows."""
    metrics: Mapping[str, Measured]
    scores: tuple[ScoreBin, ...] = ()
    """Twenty equal bins of the score; only for groups of the whole population."""
    customers: int | None = None
    """Customers behind the rows; None where each row is one."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The range a compared value must lie in; None is no limit on that side."""

    min: float | None = None
    max: float | None = None

    @property
    def stated(self) -> bool:
        """Whether there is a limit; without one a value is measured and nothing is decided."""
        return self.min is not None or self.max is not None


@dataclass(frozen=True, slots=True)
class Significance:
    """The regulatory readings of a comparison, which stand beside the verdict and do not make it."""

    literal: Verdict
    """The observed value held against the limit, decided on the counts; INCONCLUSIVE where either is missing."""
    p_value: float
    """Two-sided, of equal rates."""
    test: str
    """"two-proportion z test" or "Fisher's exact test"."""


@dataclass(frozen=True, slots=True)
class Needed:
    """Further customers of a finding's group with whom the deciding rule would settle it four times in five."""

    if_fair: int | None
    """If both groups have the same rate, for a PASS; None where no number would do: the reference is too small."""
    as_observed: int | None
    """If the rates are as observed, for a PASS or a FAIL; None where no number would do, so near the limit."""


@dataclass(frozen=True, slots=True)
class Finding(Shown):
    """One comparison of a group with a reference, and what was decided about it."""

    rule: str
    metric: str
    """The rule's metric, as the policy names it."""
    estimand: str
    """What was compared, in words: "selection rate"; equalized odds compares two."""
    compare: Compare
    group: Names
    reference: Names | None
    """None where the group's own value is compared with the limit."""
    segment: Names
    value: float | None
    """group / reference or group - reference; None where it is undefined."""
    interval: Interval
    """At the policy's confidence: PASS if it lies inside the limit."""
    interval_fail: Interval
    """At `level_fail`: FAIL if it lies outside the limit."""
    level_fail: float
    """Two-sided level that the number of comparisons leaves for this one."""
    limit: Limit
    verdict: Verdict
    required: bool
    """Whether the rule cannot pass without it; in segments only where the policy says so."""
    group_rate: Measured
    reference_rate: Measured | None
    exploratory: bool = False
    """Whether the rule only looks: a value proven beyond the limit is a discovery, to be confirmed on other data."""
    leaning: Literal["pass", "fail"] | None = None
    """Of an inconclusive comparison that could have passed: the side its value lies on."""
    undecidable: bool = False
    """True if even equal observed rates could not have passed at these sizes."""
    reason: str | None = None
    provable: float | None = None
    """Of an undecided comparison: the mildest value beyond the limit that could have been proven at these sizes."""
    significance: Significance | None = None
    """Where the policy asks for it and two rates are compared."""
    customers_needed: Needed | None = None
    """Of an undecided comparison of rates that has a value: how many more customers would settle it."""
    shortfall: int | None = None
    """Of a value beyond the limit: how many more of the group's counted rows (fewer, if negative) would bring it just
    within, the reference unchanged; None where no number would."""
    waiver: None = None
    """Reserved for waivers."""

    def __repr__(self) -> str:
        against = "" if self.reference is None else f" against {self.reference}"
        inside = f" in {self.segment}" if self.segment else ""
        value = "undefined" if self.value is None else f"{self.value:.4g}"
        return f"<Finding {self.rule!r}: {self.estimand} of {self.group}{against}{inside} is {value}, {self.verdict}>"


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """What a rule asks for and the data cannot answer."""

    rule: str
    metric: str
    group: Names
    """Empty where it concerns the whole rule or attribute."""
    segment: Names
    reason: str
    n: int | None
    """Customers of the group; None where it concerns no group."""
    denominator: int | None
    """Rows the metric would rest on."""
    blocks: bool
    """Whether it makes the rule inconclusive."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What many comparisons ask of each one before it is called a failure."""

    error: float
    """One-sided error of a FAIL in the whole audit, which its rules share."""
    share: float
    """What this rule may spend of it in the population, and as much again in its segments."""
    level: float | None
    """Two-sided level that a first failure in the population needs; None where nothing was compared."""
    level_in_segments: float | None
    held_back: int
    """Comparisons, of both, that lie beyond the limit at the policy's confidence and are no failure at this level."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The verdict of one rule."""

    id: str
    metric: str
    compare: Compare
    limit: Limit
    verdict: Verdict
    reason: str
    """One sentence: why this verdict."""
    worst: Finding | None
    compared: int
    """Comparisons made in the whole population."""
    compared_in_segments: int
    failed: int
    failed_in_segments: int
    undecided: int
    undecided_in_segments: int
    correction: Correction | None
    """None where no error is shared: the value alone decides, there is no limit, or the rule only explores."""
    exploratory: bool = False
    """Whether the audit's verdict takes no notice of it."""

    @property
    def word(self) -> str:
        """What a report says of the rule: its verdict; of an exploratory one, that it decides nothing."""
        return "explored" if self.exploratory else self.verdict.value

    provable: float | None = None
    """The mildest value beyond the limit that every comparison of the population could have proven; None if one could
    not, whatever its value."""
    provable_in_segments: float | None = None


@dataclass(frozen=True, slots=True)
class Standardised:
    """A comparison at the same mix of segments: both groups' rates averaged with the segments' shares of everybody."""

    value: float | None
    """None where it is not given; `reason` says why."""
    interval: Interval | None
    """At the policy's confidence, two-sided."""
    coverage: float | None
    """Share of everybody, among the rows the value rests on, in segments where both groups have a value; None without
    a second group."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Paradox:
    """A comparison of the whole population that the segments of a column contradict (Simpson 1951)."""

    kind: Literal["reversal", "hidden"]
    """"reversal": the gap goes the other way at the same mix of segments; "hidden": a pass in total, a fail inside."""
    rule: str
    estimand: str
    compare: Compare
    group: Names
    reference: Names | None
    column: str
    """The segment column."""
    value: float
    """As in the total."""
    interval: Interval
    standardised: Standardised
    compared: int
    """Segments of the column in which both groups have a value."""
    same_way: int
    """Those of them in which the gap goes the same way as in the total."""
    failed: tuple[str, ...]
    """The segments in which the comparison was proven beyond the limit."""


@dataclass(frozen=True, slots=True)
class Audit(ShownAsMarkdown):
    """The result of an audit; it holds numbers per group and no customer's row."""

    verdict: Verdict
    reasons: tuple[str, ...]
    """Sentences that say why it is not a pass, or what the pass does not cover."""
    ledger: Ledger
    groups: tuple[Group, ...]
    findings: tuple[Finding, ...]
    """Each group against the best (or the stated reference), and of the other pairs the failing and undecided ones."""
    rules: tuple[RuleResult, ...]
    not_evaluable: tuple[NotEvaluable, ...]
    policy: Policy
    paradoxes: tuple[Paradox, ...] = ()
    """Where the total and the segments disagree; they never change a verdict."""
    notes: tuple[str, ...] = ()
    """What the reader should know about the data: guessed columns, values that differ by a blank."""
    inputs: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Per file: name, size in bytes and SHA-256; or the cube that was judged."""
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        counts = f"rules={len(self.rules)}, findings={len(self.findings)}, failures={len(self.failures)}"
        return f"<Audit {self.verdict}: {counts}>"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that were proven beyond their limit, without those of exploratory rules."""
        return tuple(f for f in self.findings if f.verdict is Verdict.FAIL and not f.exploratory)

    @property
    def discoveries(self) -> tuple[Finding, ...]:
        """The findings of exploratory rules beyond their limit, at the false discovery rate: to be confirmed."""
        return tuple(f for f in self.findings if f.verdict is Verdict.FAIL and f.exploratory)

    @property
    def gating(self) -> tuple[RuleResult, ...]:
        """The rules that make the verdict: all but the exploratory ones."""
        return tuple(rule for rule in self.rules if not rule.exploratory)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 fail, 4 inconclusive (0 where the policy only warns)."""
        if self.verdict is Verdict.INCONCLUSIVE:
            return 0 if self.policy.verdict.on_inconclusive == "warn" else 4
        return 1 if self.verdict is Verdict.FAIL else 0

    def plot(
        self,
        kind: Literal["rates", "segments", "scores", "calibration", "threshold", "trend"] = "rates",
        *,
        rule: str | None = None,
        attribute: str | None = None,
        before: Sequence[tuple[str, Audit]] = (),
        label: str = "now",
    ) -> Chart:
        """Draw one of the report's figures.

        Parameters
        ----------
        kind : str
            "rates": each group's value with its interval and how it compares with the limit; "segments": the same
            inside each segment, the worst first; "scores": how they are spread; "calibration": the share of positives
            at each score; "threshold": what each cut-off of the score would select; "trend": several audits.
        rule : str, optional
            The id of a rule; where several fit, the one with the worst finding is drawn.
        attribute : str, optional
            A protected attribute, "gender", or an intersection, "gender*age_band". A trend shows each of its groups;
            without an attribute, the rule's worst value.
        before : sequence of (str, Audit), optional
            For a trend: earlier audits with a label each, the oldest first.
        label : str
            For a trend: what this audit is called.

        Returns
        -------
        Chart
            A figure of matplotlib, made without pyplot: a notebook shows it, and ``savefig`` writes it.

        Raises
        ------
        UsageError
            There is no such kind, rule or attribute, or nothing to draw of it; the message names what there is.

        Examples
        --------
        >>> from fairaudit import audit
        >>> offered = [1] * 60 + [0] * 140 + [1] * 90 + [0] * 110
        >>> sex = {"sex": ["f"] * 200 + ["m"] * 200}
        >>> rules = [{"id": "four-fifths", "metric": "disparate_impact", "min": 0.8}]
        >>> figure = audit(y_pred=offered, sensitive_features=sex, policy={"rule": rules}).plot("rates")
        >>> isinstance(figure, matplotlib.figure.Figure)
        True
        """
        from fairaudit.report import charts

        return charts.chart(self, kind, rule=rule, attribute=attribute, before=before, label=label)

    def everybody(self) -> Group:
        """Return the group of the whole population."""
        return next(group for group in self.groups if not group.group and not group.segment)
