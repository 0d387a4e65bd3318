"""Every sentence of a whole audit: the verdict, what failed, what is open and what to do next, for a newcomer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.estimands import Rate
from fairaudit.findings import Verdict
from fairaudit.report import names, sizes
from fairaudit.report.arrange import strain
from fairaudit.report.language import message_n, say, say_n
from fairaudit.report.numbers import level, limit_text, whole
from fairaudit.report.sentences import Sentences
from fairaudit.report.values import is_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fairaudit.findings import Audit, Finding, Names, RuleResult
    from fairaudit.rule import Rule

_COUNTED = {
    "customer": message_n("{n} customer", "{n} customers"),
    "decision": message_n("{n} decision", "{n} decisions"),
    "more group": message_n("{n} more group", "{n} more groups"),
    "more segment": message_n("{n} more segment", "{n} more segments"),
}
"""What is counted, for one and for more."""


def count(n: int, noun: str) -> str:
    """Return "1 customer" or "1,204 customers"."""
    return say_n(*_COUNTED[noun], n)


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str], most: int = 12) -> str:
    """Return "a, b and c"; beyond so many, "and 9 more"."""
    if len(parts) > most:
        return say("{parts} and {n} more", parts=", ".join(parts[:most]), n=whole(len(parts) - most))
    if len(parts) < 2:
        return parts[0] if parts else say("none")
    return say("{parts} and {last}", parts=", ".join(parts[:-1]), last=parts[-1])


class Words(Sentences):
    """The sentences of one audit.

    Parameters
    ----------
    audit : Audit
        What was found.
    show : callable, optional
        Makes a name from the data fit for the format: escaped, cut.
    safe : callable, optional
        The same for the audit's own sentences, which hold names; not cut.
    """

    def __init__(
        self,
        audit: Audit,
        show: Callable[[str], str] = names.visible,
        safe: Callable[[str], str] = names.harmless,
    ) -> None:
        super().__init__(audit, show, safe)
        everybody = audit.everybody()
        repeated = everybody.customers is not None and everybody.customers < everybody.n
        self.noun = "decision" if repeated else "customer"
        """What a row stands for, as `count` knows it."""

    def proves(self) -> list[tuple[RuleResult, str]]:
        """Return for each rule on rates the smallest gap that all its comparisons could have proven."""
        # what an exploratory rule could have proven is not worked out: its discoveries have another level
        limited = [] if self.by_point else [rule for rule in self.audit.gating if rule.limit.stated]
        said = [(rule, sizes.provable(rule)) for rule in limited]
        return [(rule, text) for rule, text in said if text]

    def failures(self) -> list[tuple[Finding, list[Finding]]]:
        """Return each group's failure against the best, with those against others in the same place."""
        found: dict[tuple[str, str, str, str], list[Finding]] = {}
        for f in self.audit.failures:
            found.setdefault((f.rule, f.estimand, names.full(f.segment), names.full(f.group)), []).append(f)
        return [(first, others) for first, *others in found.values()]

    def discoveries(self) -> list[str]:
        """Return what exploratory rules found, in words."""
        found = [f"{self.show(f.rule)}: {self.finding(f)}" for f in self.audit.discoveries]
        error = level((1 - self.audit.policy.verdict.confidence) / 2)
        chance = say("Expect {share} of these to be chance; confirm them on other data.", share=error)
        return [*found, chance] if found else []

    def unseen(self) -> list[tuple[RuleResult, Names, int, str]]:
        """Return per rule and segment how many comparisons are open, and the smallest harm all of them could prove."""
        found: list[tuple[RuleResult, Names, int, str]] = []
        for rule in self.audit.gating:
            places: dict[str, list[Finding]] = {}
            for finding in self.audit.findings:
                undecided = finding.verdict is Verdict.INCONCLUSIVE and finding.limit.stated
                if finding.rule == rule.id and finding.segment and undecided:
                    places.setdefault(names.full(finding.segment), []).append(finding)
            found += [(rule, some[0].segment, len(some), self._smallest(some)) for some in places.values()]
        return found

    def measured(self) -> list[Finding]:
        """Return the findings of the population for which no limit is stated."""
        return [f for f in self.audit.findings if not f.limit.stated and not f.segment]

    def beside_a_pass(self) -> str | None:
        """Return what stands beside the word PASS: how many segments it does not speak of; None if it speaks of all."""
        places = {names.full(segment) for _, segment, _, _ in self.unseen()}
        if self.audit.verdict is not Verdict.PASS or not places:
            return None
        return say_n(
            "The pass speaks of all customers together; {n} segment is still open.",
            "The pass speaks of all customers together; {n} segments are still open.",
            len(places),
        )

    def _smallest(self, findings: Sequence[Finding]) -> str:
        if not all(is_rate(finding) and finding.reference for finding in findings):
            return say("not worked out for this metric")
        worst = max(findings, key=_size_proven)
        return say("no gap, however large") if worst.provable is None else self.provable(worst)

    # the whole audit

    def manager(self) -> Iterator[str]:
        """Yield the three sentences a manager needs: the verdict, the finding behind it, and what was looked at."""
        audit, worst = self.audit, self.worst()
        yield self._opening()
        if worst is not None:
            yield f"{self._headline(worst)}{self.inside(worst)}"
        elif audit.reasons:
            yield f"{self._reason(audit.reasons[0])}."
        yield self._looked_at()

    def _opening(self) -> str:
        """Return the verdict in a sentence."""
        audit = self.audit
        if audit.rules and not any(rule.limit.stated for rule in audit.rules):
            return say("Nothing is decided: the policy states no limit, and this is what was measured.")
        if not audit.gating:
            return say("Nothing is decided: the policy has no rule that decides.")
        n, same = len(audit.gating), sum(rule.verdict is audit.verdict for rule in audit.gating)
        if audit.verdict is Verdict.PASS:
            return say_n(
                "The model meets the policy: its rule is met, with the whole interval inside the limit.",
                "The model meets the policy: all {n} rules are met, with the whole interval inside the limit.",
                n,
            )
        return _not_met(n, same) if audit.verdict is Verdict.FAIL else _not_decided(n, same)

    def _headline(self, worst: Finding) -> str:
        """Return the finding to look at first, with what it is."""
        said = self.finding(worst)
        if worst.verdict is Verdict.FAIL:
            return say("The worst case: {finding}", finding=said)
        if worst.verdict is Verdict.PASS:
            return say("The case nearest to its limit: {finding}", finding=said)
        return say("The case to look at: {finding}", finding=said)

    def _looked_at(self) -> str:
        """Return how many customers were looked at, and what was compared."""
        data, matched = self.audit.policy.data, self.audit.ledger.matched
        compared_ = listed([names.attribute(name, self.show) for name in data.protected])
        if self.noun == "decision":
            customers = count(self.audit.everybody().customers or 0, "customer")
            seen = say("{decisions} on {customers}", decisions=count(matched, "decision"), customers=customers)
        else:
            seen = count(matched, self.noun)
        if data.segments:
            within = listed([self.show(name) for name in data.segments])
            return say(
                "It looked at {seen}, comparing {compared}, in total and within {segments}.",
                seen=seen,
                compared=compared_,
                segments=within,
            )
        return say("It looked at {seen}, comparing {compared}.", seen=seen, compared=compared_)

    def shown(self, rule: RuleResult) -> Finding | None:
        """Return the finding to show for a rule: its worst; for a rule that is met, the required one nearest its limit.

        An open segment beside a pass is listed apart. A fairlearn name keeps its worst, whose value is fairlearn's.
        """
        if rule.verdict is not Verdict.PASS or self._stated(rule).is_alias:
            return rule.worst
        met = (f for f in self.audit.findings if f.rule == rule.id and f.required and f.verdict is Verdict.PASS)
        return max(met, key=strain, default=rule.worst)

    def limit(self, rule: RuleResult) -> str:
        """Return a rule's limit in short, in the unit of what it compares."""
        compares = self._stated(rule).estimands(self.audit.policy.data.outcome)
        return limit_text(rule.limit, rule.compare, rate=all(isinstance(one, Rate) for one in compares))

    def _stated(self, rule: RuleResult) -> Rule:
        """Return a rule as the policy states it."""
        return next(one for one in self.audit.policy.rules if one.id == rule.id)

    def first(self, rule: RuleResult) -> Finding | None:
        """Return the finding to name first for a rule: its worst failure in all customers, or else `shown`.

        Of a rule that is open, one that keeps it open: an open segment that is not required does not.
        """
        shown = self.shown(rule)
        if shown is None or not shown.segment:
            return shown
        if rule.verdict is Verdict.INCONCLUSIVE and not shown.required:
            open_ = (f for f in self.audit.findings if f.rule == rule.id and f.required and f.verdict is rule.verdict)
            return max(open_, key=lambda f: (not f.undecidable, strain(f)), default=shown)
        return max((f for f in self.audit.failures if f.rule == rule.id and not f.segment), key=strain, default=shown)

    def worst(self) -> Finding | None:
        """Return the finding to look at first, None where nothing was compared; all customers before a segment."""
        order = {Verdict.FAIL: 2, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 0}
        candidates = [finding for rule in self.audit.gating if (finding := self.first(rule)) is not None]

        def rank(f: Finding) -> tuple[int, bool, bool, float]:
            return order[f.verdict], not f.undecidable, f.verdict is Verdict.FAIL and not f.segment, strain(f)

        return max(candidates, key=rank, default=None)

    def inside(self, first: Finding, rule: str | None = None) -> str:
        """Return the worst failure inside a segment as a short sentence after a failure of all customers, else nothing.

        Parameters
        ----------
        first : Finding
            What has been said.
        rule : str, optional
            The id of the only rule to look at; None for all, and then another rule than that of `first` is named.
        """
        if first.verdict is not Verdict.FAIL or first.segment:
            return ""
        failed = (f for f in self.audit.failures if f.segment and rule in (None, f.rule))
        worst = max(failed, key=strain, default=None)
        if worst is None:
            return ""
        return f" {self._worst_inside(worst, None if worst.rule == first.rule else worst.rule)}"

    def open_reasons(self) -> list[str]:
        """Return why rules, or the whole audit, are open."""
        failed = [f"{rule.id}: {rule.reason}" for rule in self.audit.rules if rule.verdict is Verdict.FAIL]
        return [self._reason(reason) for reason in self.audit.reasons if reason not in failed]

    def _reason(self, reason: str) -> str:
        """Return a reason of the audit, which may begin with the rule that it is of."""
        of = next((rule for rule in self.audit.rules if reason == f"{rule.id}: {rule.reason}"), None)
        if of is None:
            return self.say(reason)
        return f"{self._safe(of.id)}: {self.say(of.reason)}"

    def next_steps(self) -> Iterator[str]:
        """Yield what to do now, the most useful first, each with its reason in this audit's numbers."""
        from fairaudit.report import advice

        return advice.steps(self)


def _not_met(n: int, same: int) -> str:
    """Return that a policy is not met, with how many of its rules failed."""
    if same == n:
        return say_n(
            "The model does not meet the policy: its rule failed, and chance does not explain it.",
            "The model does not meet the policy: all {n} rules failed, and chance does not explain it.",
            n,
        )
    return say_n(
        "The model does not meet the policy: {n} of {all} rules failed, and chance does not explain it.",
        "The model does not meet the policy: {n} of {all} rules failed, and chance does not explain it.",
        same,
        all=whole(n),
    )


def _not_decided(n: int, same: int) -> str:
    """Return that the data do not decide, with how many rules are open."""
    if not same:
        return say("The data do not decide it, though no rule is open; nothing is proven to be broken.")
    if same == n:
        return say_n(
            "The data do not decide it: its rule is open, and nothing is proven to be broken.",
            "The data do not decide it: all {n} rules are open, and nothing is proven to be broken.",
            n,
        )
    return say_n(
        "The data do not decide it: {n} of {all} rules is open, and nothing is proven to be broken.",
        "The data do not decide it: {n} of {all} rules are open, and nothing is proven to be broken.",
        same,
        all=whole(n),
    )


def _size_proven(finding: Finding) -> float:
    """Return how large the smallest provable gap is, on a scale on which larger gaps are larger."""
    if finding.provable is None:
        return math.inf
    if finding.compare == "difference":
        return abs(finding.provable)
    return abs(math.log(max(finding.provable, 1e-9)))
