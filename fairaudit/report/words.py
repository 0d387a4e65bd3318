"""Every sentence of a report: findings, verdicts, the ledger and what to do next, in words for a newcomer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairaudit.estimands import Rate
from fairaudit.findings import Verdict
from fairaudit.report import names, phrases, sizes
from fairaudit.report.arrange import strain
from fairaudit.report.numbers import compared, ends, fixed, level, limit_text, plain
from fairaudit.report.values import interval_text, is_rate, limit_of, rate_text, signals, value_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fairaudit.findings import Audit, Finding, Names, RuleResult
    from fairaudit.rule import Rule


def count(n: int, noun: str, plural: str | None = None) -> str:
    """Return "1 customer" or "1,204 customers"."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str], most: int = 12) -> str:
    """Return "a, b and c"; beyond so many, "and 9 more"."""
    if len(parts) > most:
        return f"{', '.join(parts[:most])} and {len(parts) - most:,} more"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "none"


class Words:
    """The sentences of one audit.

    Parameters
    ----------
    audit : Audit
        What was found.
    show : callable
        Makes a name from the data fit for the format: escaped, cut.
    say : callable, optional
        The same for the audit's own sentences, which hold names; not cut.
    """

    def __init__(
        self,
        audit: Audit,
        show: Callable[[str], str] = names.visible,
        say: Callable[[str], str] = names.harmless,
    ) -> None:
        self.audit, self.show, self.say = audit, show, say
        self.confidence = level(audit.policy.verdict.confidence)
        self.by_point = audit.policy.verdict.decide_on == "point"
        everybody = audit.everybody()
        repeated = everybody.customers is not None and everybody.customers < everybody.n
        self.noun = "decision" if repeated else "customer"
        """What a row stands for."""

    def group(self, names_: Names | None) -> str:
        """Return a group as a sentence names it."""
        return names.group(names_ or {}, self.show)

    def full(self, names_: Names) -> str:
        """Return a group with its columns."""
        return names.full(names_, self.show)

    def place(self, segment: Names) -> str:
        """Return "lifecycle new" or "all customers"."""
        return names.full(segment, self.show, "all customers")

    def pair(self, finding: Finding) -> str:
        """Return "female against male" or, without a reference, "female"."""
        against = f" against {self.group(finding.reference)}" if finding.reference else ""
        return self.group(finding.group) + against

    # findings

    def finding(self, finding: Finding) -> str:
        """Return a finding with the rates and counts on both sides, the gap and the limit."""
        among, says = self._phrase(finding)
        a, b = finding.group_rate, finding.reference_rate
        start = f"in {self.full(finding.segment)}, " if finding.segment else "" if among else "of all customers, "
        if is_rate(finding):
            first, second = rate_text(a).replace(" % (", " % of cases (", 1), "" if b is None else f"in {rate_text(b)}"
        else:
            first, second = rate_text(a, counted=False), "" if b is None else rate_text(b)
            says += f" (on {a.denominator:,})"
        text = f"{start}{among}{self.group(finding.group)} {says.replace('{rate}', first, 1)}"
        if b is None:
            return f"{text}; {self.gap(finding)}."
        return f"{text}, {self.group(finding.reference)} {second}: {self.gap(finding)}{signals(finding)}."

    def _phrase(self, finding: Finding) -> tuple[str, str]:
        """Return among whom, and what is said of the group, with {rate} for its value."""
        data = self.audit.policy.data
        known = phrases.RATES if is_rate(finding) else phrases.OTHERS
        among, says = known.get(finding.estimand, ("", "have {estimand} {rate}"))
        if data.threshold == "median":
            says = says.replace("were selected", "scored above the median")
        for name, text in (
            ("label", data.label or "label"),
            ("positive", data.positive),
            ("estimand", finding.estimand),
        ):
            among, says = (part.replace("{" + name + "}", self.show(text)) for part in (among, says))
        return among, says

    def gap(self, finding: Finding) -> str:
        """Return the compared value beside its limit: "61 for every 100; the limit is 80"."""
        value = finding.value
        if value is None:
            return self.why(finding)
        if not finding.limit.stated:
            return "; ".join([*self._apart(finding, value, 0.0)[:1], "no limit is stated"])
        if finding.compare == "value":
            return f"the limit is {limit_of(finding)}"
        low, high = ends(finding.limit, finding.compare)
        bound = low if value < (1 if finding.compare == "ratio" else 0) else high
        return "; the limit is ".join(self._apart(finding, value, bound))

    def _apart(self, finding: Finding, value: float, bound: float) -> tuple[str, ...]:
        """Return how far apart two groups are, and a limit in the same words; nothing for a value by itself."""
        if finding.compare == "value":
            return ()
        if finding.compare == "difference":
            size = compared(abs(value), finding.limit, "difference", rate=is_rate(finding))
            side = "lower" if value < 0 else "higher"
            if is_rate(finding):
                return f"{size} points {side}", plain(100 * abs(bound))
            return f"{size} {side}", plain(abs(bound))
        if is_rate(finding):
            return f"{fixed(100 * value, 0, (100 * bound, 100))} for every 100", plain(100 * bound)
        return f"a ratio of {fixed(value, 2, (bound, 1))}", plain(bound, 2)

    def decision(self, finding: Finding) -> str:
        """Return why a finding was decided as it was."""
        if not finding.limit.stated:
            return f"Measured, not decided; the {self.confidence} interval is {interval_text(finding)}."
        if finding.exploratory and finding.verdict is Verdict.FAIL:
            return "A discovery, to be confirmed on other data."
        if self.by_point:
            side = {"fail": "beyond", "pass": "within"}.get(finding.verdict.value)
            return f"By its value alone it lies {side} the limit." if side else f"Open: {self.why(finding)}."
        if finding.verdict is Verdict.FAIL:
            wide = interval_text(finding, finding.interval_fail)
            return f"Proven: even the {level(finding.level_fail)} interval {wide} lies wholly beyond the limit."
        if finding.verdict is Verdict.PASS:
            return f"The whole {self.confidence} interval {interval_text(finding)} lies within the limit."
        return self._undecided(finding)

    def _undecided(self, finding: Finding) -> str:
        if finding.undecidable:
            text = self.too_little(finding)
        elif finding.value is None:
            text = f"Open: {self.why(finding)}."
        elif finding.leaning == "fail":
            wide = interval_text(finding, finding.interval_fail)
            text = (
                f"Open: beyond the limit, but the {level(finding.level_fail)} interval {wide} reaches back within it."
            )
            text += self._settled(finding)
        else:
            text = f"Open: within the limit, but the {self.confidence} interval {interval_text(finding)} is not."
            text += self._settled(finding)
        if finding.provable is not None:
            text += f" The smallest gap these numbers could have proven is {self.provable(finding)}."
        return text

    def why(self, finding: Finding) -> str:
        """Return why a finding has no value."""
        return self.say(finding.reason or "there is no value to compare")

    def too_little(self, finding: Finding) -> str:
        """Return that a comparison is undecidable, and how many more customers it needs."""
        return f"Not enough data: equal rates could not pass either.{self._settled(finding)}"

    def needed(self, finding: Finding) -> str:
        """Return the same in a few words."""
        more = finding.customers_needed.if_fair if finding.customers_needed else None
        return "not enough data" + (f": {more:,} more needed" if more else "")

    def _settled(self, finding: Finding) -> str:
        if finding.customers_needed is None:
            return ""
        reference = self.group(finding.reference) if finding.reference else None
        return f" {sizes.settled(finding.customers_needed, self.group(finding.group), reference)}"

    def provable(self, finding: Finding) -> str:
        """Return the mildest gap a comparison could have proven: "54 for every 100", "18.2 points"."""
        assert finding.provable is not None  # noqa: S101  the caller has looked
        return sizes.gap(finding.provable, finding.limit, finding.compare)

    def proves(self) -> list[tuple[RuleResult, str]]:
        """Return for each rule on rates the smallest gap that all its comparisons could have proven."""
        limited = [] if self.by_point else [rule for rule in self.audit.rules if rule.limit.stated]
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
        return [*found, f"Expect {error} of these to be chance; confirm them on other data."] if found else []

    def unseen(self) -> list[tuple[RuleResult, Names, int, str]]:
        """Return per rule and segment how many comparisons are open, and the smallest harm all of them could prove."""
        found: list[tuple[RuleResult, Names, int, str]] = []
        for rule in self.audit.rules:
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
        are = "is" if len(places) == 1 else "are"
        return f"The pass speaks of all customers together; {count(len(places), 'segment')} {are} still open."

    def _smallest(self, findings: Sequence[Finding]) -> str:
        if not all(is_rate(finding) and finding.reference for finding in findings):
            return "not worked out for this metric"
        worst = max(findings, key=_size_proven)
        return "no gap, however large" if worst.provable is None else self.provable(worst)

    # the whole audit

    def manager(self) -> Iterator[str]:
        """Yield the three sentences a manager needs: the verdict, the finding behind it, and what was looked at."""
        audit = self.audit
        same = sum(rule.verdict is audit.verdict for rule in audit.gating)
        rules = count(len(audit.gating), "rule")
        of = (
            "its rule"
            if len(audit.gating) == 1
            else f"all {rules}"
            if same == len(audit.gating)
            else f"{same:,} of {rules}"
        )
        are = "is" if same == 1 else "are"
        opening = {
            Verdict.PASS: f"The model meets the policy: {of} {are} met, with the whole interval inside the limit.",
            Verdict.FAIL: f"The model does not meet the policy: {of} failed, and chance does not explain it.",
            Verdict.INCONCLUSIVE: f"The data do not decide it: {of} {are} open, and nothing is proven to be broken.",
        }[audit.verdict]
        if audit.rules and not any(rule.limit.stated for rule in audit.rules):
            opening = "Nothing is decided: the policy states no limit, and this is what was measured."
        yield opening
        worst = self.worst()
        if worst is not None:
            which = {Verdict.FAIL: "The worst case", Verdict.PASS: "The case nearest to its limit"}
            yield f"{which.get(worst.verdict, 'The case to look at')}: {self.finding(worst)}{self.inside(worst)}"
        elif audit.reasons:
            yield f"{self.say(audit.reasons[0])}."
        data = audit.policy.data
        inside = f", in total and within {listed([self.show(name) for name in data.segments])}" if data.segments else ""
        compared_ = listed([names.attribute(name, self.show) for name in data.protected])
        seen = count(audit.ledger.matched, self.noun)
        if self.noun == "decision":
            seen += f" on {count(audit.everybody().customers or 0, 'customer')}"
        yield f"It looked at {seen}, comparing {compared_}{inside}."

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
        """Return the finding to name first for a rule: its worst failure in all customers, or else `shown`."""
        shown = self.shown(rule)
        if shown is None or not shown.segment:
            return shown
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
        of = "" if worst.rule == first.rule else f", {self.show(worst.rule)}"
        value = f"{value_text(worst)}; " if worst.compare == "value" else ""
        where = self.full(worst.segment)
        return f" Worst inside a segment, in {where}{of}: {self.pair(worst)}, {value}{self.gap(worst)}."

    def open_reasons(self) -> list[str]:
        """Return why rules, or the whole audit, are open."""
        failed = [f"{rule.id}: {rule.reason}" for rule in self.audit.rules if rule.verdict is Verdict.FAIL]
        return [self.say(reason) for reason in self.audit.reasons if reason not in failed]

    def next_steps(self) -> Iterator[str]:
        """Yield what to do now, the most useful first, each with its reason in this audit's numbers."""
        from fairaudit.report import advice

        return advice.steps(self)


def _size_proven(finding: Finding) -> float:
    """Return how large the smallest provable gap is, on a scale on which larger gaps are larger."""
    if finding.provable is None:
        return math.inf
    if finding.compare == "difference":
        return abs(finding.provable)
    return abs(math.log(max(finding.provable, 1e-9)))
