"""The sentences of single findings: what was seen, how far it lies from its limit, and why it was decided so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import names, phrases, sizes
from fairaudit.report.language import say, say_n, term
from fairaudit.report.numbers import compared, ends, fixed, level, plain, points, whole
from fairaudit.report.translated import in_language
from fairaudit.report.values import counts_text, interval_text, is_rate, limit_of, rate_text, signals, value_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from fairaudit.findings import Audit, Finding, Names

_SELECTED = ("selection rate", "true positive rate", "false positive rate")
_NOT_SELECTED = ("rate of not being selected", "true negative rate", "false negative rate")


class Sentences:
    """The sentences of an audit's findings.

    Parameters
    ----------
    audit : Audit
        What was found.
    show : callable
        Makes a name from the data fit for the format: escaped, cut.
    safe : callable
        The same for the audit's own sentences, which hold names; not cut.
    """

    def __init__(self, audit: Audit, show: Callable[[str], str], safe: Callable[[str], str]) -> None:
        self.audit, self.show, self._safe = audit, show, safe
        self.confidence = level(audit.policy.verdict.confidence)
        self.by_point = audit.policy.verdict.decide_on == "point"

    def say(self, recorded: str) -> str:
        """Return a sentence of the record in the language of the report, fit for the format."""
        return self._safe(in_language(recorded))

    def group(self, names_: Names | None) -> str:
        """Return a group as a sentence names it."""
        return names.group(names_ or {}, self.show)

    def full(self, names_: Names) -> str:
        """Return a group with its columns."""
        return names.full(names_, self.show)

    def place(self, segment: Names) -> str:
        """Return "lifecycle new" or "all customers"."""
        return names.full(segment, self.show, say("all customers"))

    def pair(self, finding: Finding) -> str:
        """Return "female against male" or, without a reference, "female"."""
        group = self.group(finding.group)
        if finding.reference is None:
            return group
        return say("{group} against {reference}", group=group, reference=self.group(finding.reference))

    def finding(self, finding: Finding) -> str:
        """Return a finding: rates and counts on both sides, the gap, the limit, and how many more would reach it."""
        said = [self._seen(finding), self._limit(finding), signals(finding)]
        return " ".join(one for one in said if one)

    def _seen(self, finding: Finding) -> str:
        """Return what was seen of the group, and of the reference."""
        data, a, b = self.audit.policy.data, finding.group_rate, finding.reference_rate
        values = {
            "where": say("In {segment}", segment=self.full(finding.segment))
            if finding.segment
            else say("Over all customers"),
            "group": self.group(finding.group),
            "label": self.show(data.label or "label"),
            "positive": self.show(data.positive),
            "estimand": self.show(term(finding.estimand)),
            "rate": rate_text(a, counted=is_rate(finding)),
            "share": rate_text(a, counted=False),
            "counts": counts_text(a),
            "n": whole(a.denominator or 0),
        }
        if a.value is None or (b is not None and b.value is None):
            pair, why = self.pair(finding), self.why(finding)
            return say("{where}, there is nothing to compare for {pair}: {why}.", pair=pair, why=why, **values)
        if b is None:
            return say(self._phrase(finding).alone, **values)
        values["reference"] = self.group(finding.reference)
        values["other"] = rate_text(b, counted=is_rate(finding))
        values["m"] = whole(b.denominator or 0)
        phrase = self._phrase(finding)
        if isinstance(phrase, phrases.OfRate) and finding.compare == "ratio" and finding.value is not None:
            return say(phrase.ratio, times=self._times(finding, finding.value), **values)
        return say(phrase.apart, gap=self._apart(finding), **values)

    def _phrase(self, finding: Finding) -> phrases.OfRate | phrases.OfValue:
        name = finding.estimand
        if not is_rate(finding):
            return phrases.OTHERS.get(name, phrases.UNKNOWN)
        if self.audit.policy.data.threshold == "median" and name in phrases.ABOVE_MEDIAN:
            return phrases.ABOVE_MEDIAN[name]
        return phrases.RATES.get(name, phrases.UNKNOWN)

    def _times(self, finding: Finding, value: float) -> str:
        """Return a ratio of rates as how often for every 100: "61 times"."""
        number = fixed(100 * value, 0, (100 * self._bound(finding), 100))
        return say_n("{n} time", "{n} times", 1) if number == "1" else say("{number} times", number=number)

    def _limit(self, finding: Finding) -> str:
        """Return the limit, and how many more or fewer of the group's cases would reach it."""
        if not finding.limit.stated:
            return say("No limit is stated.")
        limit, short = self._limit_in_words(finding), finding.shortfall
        if not short or finding.value is None:
            return say("The limit is {limit}.", limit=limit)
        return _reached(short, finding.estimand, limit)

    def _limit_in_words(self, finding: Finding) -> str:
        """Return the limit in the unit of the gap: "80", "10 points"."""
        if finding.compare == "value" or finding.value is None:
            return limit_of(finding)
        bound = self._bound(finding)
        if finding.compare == "ratio":
            return plain(100 * bound) if is_rate(finding) else plain(bound, 2)
        size = plain(100 * abs(bound) if is_rate(finding) else abs(bound))
        return points(size) if is_rate(finding) else size

    def _bound(self, finding: Finding) -> float:
        """Return the end of the limit on the side of the value."""
        if not finding.limit.stated:
            return 0.0
        low, high = ends(finding.limit, finding.compare)
        return low if (finding.value or 0.0) < (1 if finding.compare == "ratio" else 0) else high

    def gap(self, finding: Finding) -> str:
        """Return the compared value beside its limit: "61 for every 100; the limit is 80"."""
        if finding.value is None:
            return self.why(finding)
        if finding.compare == "value":
            if not finding.limit.stated:
                return say("no limit is stated")
            return say("the limit is {limit}", limit=limit_of(finding))
        if not finding.limit.stated:
            return say("{gap}; no limit is stated", gap=self._apart(finding))
        return say("{gap}; the limit is {limit}", gap=self._apart(finding), limit=self._limit_in_words(finding))

    def _apart(self, finding: Finding) -> str:
        """Return how far apart two groups are: "61 for every 100", "13.6 points lower"; or why that is not known."""
        value = finding.value
        if value is None:
            return self.why(finding)
        bound = self._bound(finding)
        if finding.compare == "difference":
            size = compared(abs(value), finding.limit, "difference", rate=is_rate(finding))
            if is_rate(finding):
                return say("{size} points lower", size=size) if value < 0 else say("{size} points higher", size=size)
            return say("{size} lower", size=size) if value < 0 else say("{size} higher", size=size)
        if is_rate(finding):
            return say("{n} for every 100", n=fixed(100 * value, 0, (100 * bound, 100)))
        return say("a ratio of {ratio}", ratio=fixed(value, 2, (bound, 1)))

    def decision(self, finding: Finding) -> str:
        """Return why a finding was decided as it was."""
        if not finding.limit.stated:
            return say(
                "Measured, not decided; the {level} interval is {interval}.",
                level=self.confidence,
                interval=interval_text(finding),
            )
        if finding.exploratory and finding.verdict is Verdict.FAIL:
            return say("A discovery, to be confirmed on other data.")
        if self.by_point:
            return self._by_value(finding)
        if finding.verdict is Verdict.FAIL:
            return say(
                "Proven: even the {level} interval {interval} lies wholly beyond the limit.",
                level=level(finding.level_fail),
                interval=interval_text(finding, finding.interval_fail),
            )
        if finding.verdict is Verdict.PASS:
            return say(
                "The whole {level} interval {interval} lies within the limit.",
                level=self.confidence,
                interval=interval_text(finding),
            )
        return self._undecided(finding)

    def _by_value(self, finding: Finding) -> str:
        if finding.verdict is Verdict.FAIL:
            return say("By its value alone it lies beyond the limit.")
        if finding.verdict is Verdict.PASS:
            return say("By its value alone it lies within the limit.")
        return say("Open: {why}.", why=self.why(finding))

    def _undecided(self, finding: Finding) -> str:
        if finding.undecidable:
            said = [self.too_little(finding)]
        elif finding.value is None:
            said = [say("Open: {why}.", why=self.why(finding))]
        elif finding.leaning == "fail":
            said = [
                say(
                    "Open: beyond the limit, but the {level} interval {interval} reaches back within it.",
                    level=level(finding.level_fail),
                    interval=interval_text(finding, finding.interval_fail),
                ),
                self._settled(finding),
            ]
        else:
            said = [
                say(
                    "Open: within the limit, but the {level} interval {interval} is not.",
                    level=self.confidence,
                    interval=interval_text(finding),
                ),
                self._settled(finding),
            ]
        if finding.provable is not None:
            said.append(say("The smallest gap these numbers could have proven is {gap}.", gap=self.provable(finding)))
        return " ".join(one for one in said if one)

    def why(self, finding: Finding) -> str:
        """Return why a finding has no value."""
        return self.say(finding.reason) if finding.reason else say("there is no value to compare")

    def too_little(self, finding: Finding) -> str:
        """Return that a comparison is undecidable, and how many more customers it needs."""
        said = (say("Not enough data: equal rates could not pass either."), self._settled(finding))
        return " ".join(one for one in said if one)

    def needed(self, finding: Finding) -> str:
        """Return the same in a few words."""
        more = finding.customers_needed.if_fair if finding.customers_needed else None
        if not more:
            return say("not enough data")
        return say_n("not enough data: {n} more needed", "not enough data: {n} more needed", more)

    def _settled(self, finding: Finding) -> str:
        if finding.customers_needed is None:
            return ""
        reference = self.group(finding.reference) if finding.reference else None
        return sizes.settled(finding.customers_needed, self.group(finding.group), reference)

    def provable(self, finding: Finding) -> str:
        """Return the mildest gap a comparison could have proven: "54 for every 100", "18.2 points"."""
        assert finding.provable is not None  # noqa: S101  the caller has looked
        return sizes.gap(finding.provable, finding.limit, finding.compare)

    def _worst_inside(self, worst: Finding, rule: str | None) -> str:
        """Return the worst failure inside a segment in a short sentence, with its rule where that is another one."""
        gap = self.gap(worst)
        if worst.compare == "value":
            gap = say("{value}; {gap}", value=value_text(worst), gap=gap)
        values = {"segment": self.full(worst.segment), "pair": self.pair(worst), "gap": gap}
        if rule is None:
            return say("Worst inside a segment, in {segment}: {pair}, {gap}.", **values)
        return say("Worst inside a segment, in {segment}, {rule}: {pair}, {gap}.", rule=self.show(rule), **values)


def _reached(short: int, estimand: str, limit: str) -> str:
    """Return the limit with how many more, or fewer, of the group's counted cases would reach it."""
    if estimand in _SELECTED + _NOT_SELECTED:
        if (short > 0) is (estimand in _SELECTED):
            return say_n(
                "The limit is {limit}; {n} more of them selected would reach it.",
                "The limit is {limit}; {n} more of them selected would reach it.",
                abs(short),
                limit=limit,
            )
        return say_n(
            "The limit is {limit}; {n} fewer of them selected would reach it.",
            "The limit is {limit}; {n} fewer of them selected would reach it.",
            abs(short),
            limit=limit,
        )
    if short > 0:
        return say_n(
            "The limit is {limit}; {n} more such case would reach it.",
            "The limit is {limit}; {n} more such cases would reach it.",
            short,
            limit=limit,
        )
    return say_n(
        "The limit is {limit}; {n} such case less would reach it.",
        "The limit is {limit}; {n} such cases fewer would reach it.",
        -short,
        limit=limit,
    )
