"""judge: from a cube and a policy to an audit; pure arithmetic, no files, no clock, no chance."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fairaudit import power, provable, reasons
from fairaudit.comparison import Comparison, stated
from fairaudit.design import plain
from fairaudit.findings import Audit, Correction, Finding, RuleResult, Verdict
from fairaudit.groups import every_group
from fairaudit.multiplicity import discoveries, failing_levels, shared_level
from fairaudit.pairing import Pairing
from fairaudit.standardised import paradoxes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.cube import Cube
    from fairaudit.findings import Needed, Paradox
    from fairaudit.ledger import Ledger
    from fairaudit.policy import Policy
    from fairaudit.rule import Rule


def judge(cube: Cube, policy: Policy) -> Audit:
    """Decide every rule of a policy on a cube.

    Parameters
    ----------
    cube : Cube
        The counts; its Spec is the policy's.
    policy : Policy
        Rules, limits and levels.

    Returns
    -------
    Audit
        Verdict, findings and every group's metrics.
    """
    judged = [_Judge(cube, policy, rule) for rule in policy.rules]
    rules = tuple(one.result() for one in judged)
    verdict, why = overall(cube.ledger, policy, rules)
    return Audit(
        verdict=verdict,
        reasons=why,
        ledger=cube.ledger,
        groups=tuple(every_group(cube, policy)),
        findings=tuple(finding for one in judged for finding, listed in one.decided if listed),
        rules=rules,
        not_evaluable=tuple(entry for one in judged for entry in one.pairing.not_evaluable),
        policy=policy,
        paradoxes=tuple(paradox for one in judged for paradox in one.paradoxes()),
    )


def overall(ledger: Ledger, policy: Policy, rules: Sequence[RuleResult]) -> tuple[Verdict, tuple[str, ...]]:
    """Return an audit's verdict from those of its rules and the coverage of the data, and why it is not a pass."""
    rules = [rule for rule in rules if not rule.exploratory]
    why = [reasons.OF(name=rule.id, reason=rule.reason) for rule in rules if rule.verdict is not Verdict.PASS]
    least = policy.data.min_coverage
    coverage = ledger.coverage
    covered = coverage >= least
    if not covered:
        why.append(reasons.COVERAGE(coverage=100 * coverage, least=100 * least))
    if not rules:
        why.append(reasons.NO_RULE())
    if any(rule.verdict is Verdict.FAIL for rule in rules):
        return Verdict.FAIL, tuple(why)
    if why:
        return Verdict.INCONCLUSIVE, tuple(why)
    return Verdict.PASS, ()


class _Prospect(NamedTuple):
    """What an undecided comparison could show."""

    hopeless: bool
    more: Needed | None
    provable: float | None


class _Judge:
    """One rule on one cube."""

    def __init__(self, cube: Cube, policy: Policy, rule: Rule) -> None:
        self.policy, self.rule = policy, rule
        self.pairing = Pairing(cube, policy, rule)
        self.confidence = policy.verdict.confidence
        self.by_point = policy.verdict.decide_on == "point"
        self.side = self.pairing.side()
        self.limit = stated(rule)
        # the tests take every row for a customer of its own and of one weight
        self.significance = policy.verdict.significance and plain(cube.cell())
        total, inside = self.pairing.in_population, self.pairing.in_segments
        every = [*total, *inside]
        if rule.exploratory:
            levels = discoveries(every, self.side)
        else:
            levels = [one for half in (total, inside) for one in failing_levels(half, self.side)]
        self.findings = self._decide(every, levels)
        self.decided = [
            (f, c.shown or f.verdict is not Verdict.PASS) for c, f in zip(every, self.findings, strict=True)
        ]

    def _decide(self, comparisons: Sequence[Comparison], levels: Sequence[tuple[bool, float]]) -> list[Finding]:
        """Return each comparison's finding; what would settle the undecided ones is searched for all at once."""
        verdicts = [self._verdict(c, failed=failed) for c, (failed, _) in zip(comparisons, levels, strict=True)]
        open_ones = [i for i, one in enumerate(verdicts) if one is Verdict.INCONCLUSIVE and self.rule.limited]
        prospects = dict(
            zip(open_ones, self._prospects([(comparisons[i], levels[i][1]) for i in open_ones]), strict=True)
        )
        return [
            self._finding(c, verdict, level, prospects.get(i))
            for i, (c, verdict, (_, level)) in enumerate(zip(comparisons, verdicts, levels, strict=True))
        ]

    def _verdict(self, c: Comparison, *, failed: bool) -> Verdict:
        if not self.rule.limited:
            return Verdict.INCONCLUSIVE
        if self.by_point:
            return c.exact_verdict()
        if failed:
            return Verdict.FAIL
        passed = c.passes(self.confidence) and not math.isnan(c.value())
        return Verdict.PASS if passed else Verdict.INCONCLUSIVE

    def _prospects(self, undecided: Sequence[tuple[Comparison, float]]) -> Iterator[_Prospect]:
        """Yield what the sizes of each undecided comparison could show, and how many more would settle it."""
        comparisons, levels = [c for c, _ in undecided], [level for _, level in undecided]
        hopeless = [False] * len(undecided) if self.by_point else provable.undecidable(comparisons, self.confidence)
        needed = power.customers_needed(comparisons, self.confidence, levels)
        return map(_Prospect, hopeless, needed, provable.provable(comparisons, levels))

    def _finding(self, c: Comparison, verdict: Verdict, level: float, open_: _Prospect | None) -> Finding:
        value = c.value()
        hopeless, more, beyond = (False, None, None) if open_ is None else open_
        leaning = c.leaning() if open_ is not None and not hopeless else None
        return Finding(
            rule=self.rule.id,
            metric=self.rule.name,
            estimand=c.arm.estimand.name,
            compare=c.compare,
            group=c.arm.names,
            reference=None if c.reference is None else c.reference.names,
            segment=c.segment,
            value=None if math.isnan(value) else value,
            interval=c.interval(self.confidence),
            interval_fail=c.interval(level),
            level_fail=level,
            limit=self.limit,
            verdict=verdict,
            required=c.required,
            exploratory=self.rule.exploratory,
            group_rate=c.arm.measured(self.confidence),
            reference_rate=None if c.reference is None else c.reference.measured(self.confidence),
            leaning="fail" if leaning == "fail" else "pass" if leaning == "pass" else None,
            undecidable=hopeless,
            reason=c.undefined()
            or (_too_little(more) if hopeless else None if self.rule.limited else reasons.NO_LIMIT()),
            provable=beyond,
            customers_needed=more,
            shortfall=c.shortfall(),
            significance=c.significance() if self.significance else None,
        )

    def result(self) -> RuleResult:
        """Return the rule's verdict, by the truth table of required and gating comparisons."""
        findings = [finding for finding, _ in self.decided]
        total = [f for f in findings if not f.segment]
        inside = [f for f in findings if f.segment]
        failed = [f for f in findings if f.verdict is Verdict.FAIL]
        undecided = [f for f in findings if f.verdict is Verdict.INCONCLUSIVE]
        open_ones = [f for f in undecided if f.required]
        blocking = [entry for entry in self.pairing.not_evaluable if entry.blocks]
        if failed:
            proven = reasons.DISCOVERED if self.rule.exploratory else reasons.PROVEN
            verdict, reason = Verdict.FAIL, proven(n=len(failed))
        elif not total:
            verdict, reason = Verdict.INCONCLUSIVE, blocking[0].reason if blocking else reasons.NOTHING_COMPARED()
        elif not self.rule.limited:
            verdict, reason = Verdict.INCONCLUSIVE, reasons.NOTHING_DECIDED()
        elif open_ones:
            verdict, reason = Verdict.INCONCLUSIVE, reasons.UNDECIDED(n=len(open_ones), of=len(total))
        elif blocking:
            verdict, reason = Verdict.INCONCLUSIVE, blocking[0].reason
        elif self.rule.compare != "value" and "rest" in map(self.pairing.mode, self.pairing.protected):
            verdict, reason = Verdict.INCONCLUSIVE, reasons.REST()
        else:
            verdict, reason = Verdict.PASS, reasons.INSIDE(n=len(total))
        return RuleResult(
            id=self.rule.id,
            metric=self.rule.name,
            compare=self.rule.compare,
            limit=stated(self.rule),
            verdict=verdict,
            reason=reason,
            worst=self._worst(findings),
            compared=len(total),
            compared_in_segments=len(inside),
            failed=sum(not f.segment for f in failed),
            failed_in_segments=sum(bool(f.segment) for f in failed),
            undecided=sum(not f.segment for f in undecided),
            undecided_in_segments=sum(bool(f.segment) for f in undecided),
            exploratory=self.rule.exploratory,
            correction=self._correction() if self._corrected else None,
            provable=self._provable(self.pairing.in_population),
            provable_in_segments=self._provable(self.pairing.in_segments),
        )

    def paradoxes(self) -> Iterator[Paradox]:
        """Yield where the segments contradict the total."""
        inside = self.pairing.in_segments
        pairs = zip(inside, self.decided[len(self.pairing.in_population) :], strict=True)
        return paradoxes(self.pairing, [c for c, (f, _) in pairs if f.verdict is Verdict.FAIL])

    @property
    def _corrected(self) -> bool:
        return self.rule.limited and not self.by_point and not self.rule.exploratory

    def _correction(self) -> Correction:
        """Return the levels of Holm's first step, and how many comparisons only the correction keeps from failing."""
        total, inside = self.pairing.in_population, self.pairing.in_segments
        pairs = zip([*total, *inside], self.decided, strict=True)
        return Correction(
            error=(1 - self.confidence) / 2,
            share=self.side,
            level=shared_level(self.side, len(total)) if total else None,
            level_in_segments=shared_level(self.side, len(inside)) if inside else None,
            held_back=sum(f.verdict is not Verdict.FAIL and c.fails(self.confidence) for c, (f, _) in pairs),
        )

    def _provable(self, comparisons: Sequence[Comparison]) -> float | None:
        return provable.provable_by_all(comparisons, self.side) if self._corrected else None

    def _worst(self, findings: Sequence[Finding]) -> Finding | None:
        """Return the finding to look at first: proven before undecided, then by how far beyond the limit.

        For a fairlearn name its value is fairlearn's number: over all groups of the population whose value is defined.
        """
        order = {Verdict.FAIL: 2, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 0}
        if self.rule.is_alias:
            findings = [f for f in findings if not f.segment]
        worst = max(findings, key=lambda f: (order[f.verdict], not f.undecidable, _excess(f)), default=None)
        if worst is None or not self.rule.is_alias:
            return worst
        return replace(worst, value=self.pairing.extreme())


def _excess(finding: Finding) -> float:
    """Return how far beyond its limit a finding's value lies; infinite where it is undefined, negative inside.

    A limit on a ratio holds in both directions, and a half is as far from 1 as a double.
    """
    value, low, high = finding.value, finding.limit.min, finding.limit.max
    if not finding.limit.stated and finding.compare == "difference":
        return abs(value or 0.0)
    if value is None or (finding.compare == "ratio" and value <= 0):
        return math.inf
    if finding.compare == "ratio":
        smallest = low if low is not None else 1 / (high or 1)
        largest = high if high is not None else 1 / smallest
        return max(math.log(smallest / value), math.log(value / largest))
    size = abs(value) if finding.compare == "difference" else value
    return max(-math.inf if low is None else low - size, -math.inf if high is None else size - high)


def _too_little(more: Needed | None) -> str:
    """Return why equal rates could not have passed, and what would help."""
    if more is None or more.if_fair is None:
        return reasons.TOO_LITTLE()
    return reasons.TOO_LITTLE_BY(n=more.if_fair)
