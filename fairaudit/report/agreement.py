"""Whether an audit that was read back agrees with itself: no edit of a record turns a verdict unnoticed.

A record has no signature, and whoever edits every number of it alike is not found out; what is checked is that verdicts
follow from intervals, counts from findings, and that everything named is there.
"""

from __future__ import annotations

import math
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from fairaudit.comparison import Band, stated
from fairaudit.errors import DataError
from fairaudit.findings import Verdict
from fairaudit.groups import SCORE_BINS
from fairaudit.multiplicity import shared_level
from fairaudit.pairing import REST
from fairaudit.report.arrange import measured
from fairaudit.shuffle import ALL_GROUPS
from fairaudit.verdict import overall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fairaudit.findings import Audit, Finding, Group, Measured, Names, RuleResult
    from fairaudit.intervals import Interval
    from fairaudit.policy import Policy
    from fairaudit.rule import Rule

    Problem = tuple[str, str]
    """The key path, and what does not fit there."""
    Place = tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]


def check(audit: Audit) -> None:
    """Refuse an audit that contradicts itself.

    Raises
    ------
    DataError
        It names the first place where it does.
    """
    problems = chain(_groups(audit), _rules(audit), _findings(audit), _counts(audit), _verdict(audit))
    for path, problem in problems:
        raise DataError(f"{path}: the record contradicts itself: {problem}.")


def _at(group: Names, segment: Names) -> Place:
    return frozenset(group.items()), frozenset(segment.items())


def _groups(audit: Audit) -> Iterator[Problem]:
    first = next(iter(audit.groups), None)
    if first is None or first.group or first.segment:
        yield "groups", "the first one is not everybody"
    seen = set()
    for i, group in enumerate(audit.groups):
        path = f"groups[{i}]"
        if (place := _at(group.group, group.segment)) in seen:
            yield path, "the same group stands there before"
        seen.add(place)
        for name, rate in group.metrics.items():
            yield from _measured(f"{path}.metrics.{name}", rate)
        yield from _scores(path, group)


def _measured(path: str, rate: Measured) -> Iterator[Problem]:
    k, n = rate.numerator, rate.denominator
    if k is not None and (n is None or k > n):
        yield path, "the numerator is larger than the denominator"
    if rate.value is None:
        return
    if n is None or rate.interval is None:
        yield path, "there is a value without an interval or without what it rests on"
    elif not _within(rate.value, rate.interval):
        yield path, "the value lies outside its interval"
    elif k is not None and rate.effective is None and not (n and _same(rate.value, k / n)):
        yield path, "the value is not the numerator over the denominator"


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _within(value: float, interval: Interval) -> bool:
    low, high = interval.low, interval.high
    return low <= value <= high or _same(value, low) or _same(value, high)


def _scores(path: str, group: Group) -> Iterator[Problem]:
    bins = group.scores
    if bins and len(bins) != SCORE_BINS:
        yield f"{path}.scores", f"there are not {SCORE_BINS} bins"
    if any(one.low >= one.high for one in bins) or any(one.high != other.low for one, other in pairwise(bins)):
        yield f"{path}.scores", "the bins do not follow one another"
    if any(not one.positives <= one.labelled <= one.n for one in bins):
        yield f"{path}.scores", "a bin has more of a part than of the whole"


def _rules(audit: Audit) -> Iterator[Problem]:
    """Yield rules whose results are not those that the policy states."""
    if [rule.id for rule in audit.rules] != [rule.id for rule in audit.policy.rules]:
        yield "rules", "they are not the rules of the policy"
        return
    for i, (result, rule) in enumerate(zip(audit.rules, audit.policy.rules, strict=True)):
        is_so = result.metric, result.compare, result.limit, result.exploratory
        if is_so != (rule.name, rule.compare, stated(rule), rule.exploratory):
            yield f"rules[{i}]", "metric, comparison or limit are not those of the policy"
        corrected = rule.limited and not rule.exploratory and audit.policy.verdict.decide_on == "interval"
        if (result.correction is not None) != corrected or (corrected and not _follows(result, audit.policy)):
            yield f"rules[{i}].correction", "the policy asks for another"


def _follows(rule: RuleResult, policy: Policy) -> bool:
    """Return whether a rule's correction is the one of the policy's confidence, rules and comparisons."""
    found = rule.correction
    error = (1 - policy.verdict.confidence) / 2
    share = error / max(1, len(policy.gating))
    if found is None or found.error != error or found.share not in (share, share / 2):
        return False
    halves = ((found.level, rule.compared), (found.level_in_segments, rule.compared_in_segments))
    return all(level == (shared_level(found.share, made) if made else None) for level, made in halves)


def _findings(audit: Audit) -> Iterator[Problem]:
    rules = {rule.id: rule for rule in audit.policy.rules}
    known = {_at(group.group, group.segment): group for group in audit.groups}
    listed = [(f"findings[{i}]", finding) for i, finding in enumerate(audit.findings)]
    worst = [(f"rules[{i}].worst", rule.worst) for i, rule in enumerate(audit.rules) if rule.worst is not None]
    for path, finding in (*listed, *worst):
        rule = rules.get(finding.rule)
        if rule is None:
            yield path, "the policy has no such rule"
        else:
            yield from _finding(path, finding, rule, audit.policy)
            # the worst value under fairlearn's name is of other groups
            if not (rule.is_alias and path.endswith("worst")):
                yield from _value(path, finding)
            yield from _sides(path, finding, rule, known, audit.policy)
    for i, result in enumerate(audit.rules):
        if result.worst is not None and result.worst.rule != result.id:
            yield f"rules[{i}].worst", "it is of another rule"
    named = [(f"paradoxes[{i}]", paradox.rule) for i, paradox in enumerate(audit.paradoxes)]
    named += [(f"not_evaluable[{i}]", entry.rule) for i, entry in enumerate(audit.not_evaluable)]
    for path, name in named:
        if name not in rules:
            yield path, "the policy has no such rule"


def _finding(path: str, finding: Finding, rule: Rule, policy: Policy) -> Iterator[Problem]:
    is_so = finding.metric, finding.compare, finding.limit, finding.exploratory
    if is_so != (rule.name, rule.compare, stated(rule), rule.exploratory):
        yield path, "metric, comparison or limit are not those of its rule"
    if finding.estimand not in {estimand.name for estimand in rule.estimands(policy.data.outcome)}:
        yield path, "its rule compares something else"
    if tuple(finding.group) not in policy.protected_views().values():
        yield path, "its group is of no protected attribute"
    pair = rule.compare != "value"
    if (finding.reference is not None, finding.reference_rate is not None) != (pair, pair):
        yield path, "a comparison has a reference, and only a comparison has one"
    if not 0 < finding.level_fail < 1:
        yield f"{path}.level_fail", "a level lies between 0 and 1"
    for side, rate in (("group_rate", finding.group_rate), ("reference_rate", finding.reference_rate)):
        if rate is not None:
            yield from _measured(f"{path}.{side}", rate)
    if finding.verdict not in _possible(finding, rule, policy):
        yield f"{path}.verdict", "it does not follow from the interval and the limit"


def _sides(path: str, finding: Finding, rule: Rule, known: Mapping[Place, Group], policy: Policy) -> Iterator[Problem]:
    """Yield groups of a finding that are not there, or have another value there."""
    estimand = next((e for e in rule.estimands(policy.data.outcome) if e.name == finding.estimand), None)
    for names, rate in ((finding.group, finding.group_rate), (finding.reference, finding.reference_rate)):
        # all groups together, or all others, are no group of their own
        if names is None or rate is None or set(names.values()) in ({ALL_GROUPS}, {REST}):
            continue
        group = known.get(_at(names, finding.segment))
        if group is None:
            yield path, "a group of it is not listed under groups"
        elif estimand is not None:
            listed = measured(group, estimand)
            if listed is not None and (listed.denominator != rate.denominator or not _equal(listed.value, rate.value)):
                yield path, "a group of it has another value under groups"


def _equal(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else _same(one, other)


def _value(path: str, finding: Finding) -> Iterator[Problem]:
    """Yield a compared value that is not that of its two sides."""
    value, a = finding.value, finding.group_rate.value
    b = None if finding.reference_rate is None else finding.reference_rate.value
    if value is None:
        return
    if not _within(value, finding.interval):
        yield f"{path}.value", "it lies outside its interval"
    if finding.compare == "value":
        same = a is not None and _same(value, a)
    elif finding.compare == "difference":
        same = a is not None and b is not None and _same(value, a - b)
    else:
        same = a is not None and b is not None and b != 0 and _same(value, a / b)
    if not same:
        yield f"{path}.value", "it does not follow from the values of its groups"


def _possible(finding: Finding, rule: Rule, policy: Policy) -> set[Verdict]:
    """Return the verdicts that a finding's numbers allow."""
    if not rule.limited:
        return {Verdict.INCONCLUSIVE}
    views = {columns: name for name, columns in policy.protected_views().items()}
    name = views.get(tuple(finding.group), "")
    any_pair = policy.groups.references.get(name, policy.groups.reference) == "best"
    ends = Band.of(rule, any_pair=any_pair).ends
    if policy.verdict.decide_on == "point":
        return _literally(finding, ends, rule)
    if finding.interval_fail.outside(*ends):
        return {Verdict.FAIL}
    # the worst value under fairlearn's name is not the finding's own
    passes = finding.interval.inside(*ends) and (finding.value is not None or rule.is_alias)
    return {Verdict.PASS} if passes else {Verdict.INCONCLUSIVE}


def _literally(finding: Finding, ends: tuple[float, float], rule: Rule) -> set[Verdict]:
    """Return the verdicts that a value allows, a float of the fraction that was held against the limit."""
    if finding.value is None or rule.is_alias:
        return set(Verdict) if rule.is_alias else {Verdict.INCONCLUSIVE}
    if any(math.isclose(finding.value, end, rel_tol=1e-9) for end in ends):
        return {Verdict.PASS, Verdict.FAIL}
    return {Verdict.PASS if ends[0] < finding.value < ends[1] else Verdict.FAIL}


def _counts(audit: Audit) -> Iterator[Problem]:
    for i, rule in enumerate(audit.rules):
        for verdict, inside, said in (
            (Verdict.FAIL, False, rule.failed),
            (Verdict.FAIL, True, rule.failed_in_segments),
            (Verdict.INCONCLUSIVE, False, rule.undecided),
            (Verdict.INCONCLUSIVE, True, rule.undecided_in_segments),
        ):
            mine = (f for f in audit.findings if (f.rule, f.verdict, bool(f.segment)) == (rule.id, verdict, inside))
            if sum(1 for _ in mine) != said:
                yield f"rules[{i}].comparisons", "as many findings are not listed"
        made = rule.compared, rule.compared_in_segments
        if made[0] < rule.failed + rule.undecided or made[1] < rule.failed_in_segments + rule.undecided_in_segments:
            yield f"rules[{i}].comparisons", "more were decided than made"


def _verdict(audit: Audit) -> Iterator[Problem]:
    for i, rule in enumerate(audit.rules):
        if rule.verdict not in _possible_of(rule, audit):
            yield f"rules[{i}].verdict", "it does not follow from the findings"
    rows = audit.ledger
    if rows.predictions_rows != rows.matched + rows.predictions_without_attributes + sum(rows.excluded.values()):
        yield "data", "the rows do not add up"
    verdict, reasons = overall(audit.ledger, audit.policy, audit.rules)
    if audit.verdict is not verdict:
        yield "verdict", "it does not follow from the rules"
    if len(audit.reasons) != len(reasons):
        yield "reasons", "there are not as many as rules that are not met"


def _possible_of(rule: RuleResult, audit: Audit) -> set[Verdict]:
    """Return the verdicts that a rule's findings allow."""
    mine = [finding for finding in audit.findings if finding.rule == rule.id]
    if any(finding.verdict is Verdict.FAIL for finding in mine):
        return {Verdict.FAIL}
    open_ones = any(finding.verdict is Verdict.INCONCLUSIVE and finding.required for finding in mine)
    blocked = any(entry.blocks for entry in audit.not_evaluable if entry.rule == rule.id)
    if open_ones or blocked or not rule.compared or not rule.limit.stated:
        return {Verdict.INCONCLUSIVE}
    # a comparison with the rest, which is reported and cannot pass
    return {Verdict.PASS, Verdict.INCONCLUSIVE}
