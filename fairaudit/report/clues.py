"""Clues to where a gap lies: the mix of segments, one segment, the threshold, the data or the model, in numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit.report import cutoff, names, sizes
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.language import say, written
from fairaudit.report.numbers import fixed, percent, plain
from fairaudit.report.values import is_rate, value_text
from fairaudit.report.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Finding, Group, Measured, Names
    from fairaudit.report.words import Words

_LEAST = 0.5
"""A threshold that selects less than this part of those selected now, or as many times more, is no answer."""


def segments(words: Words) -> Iterator[str]:
    """Yield, per attribute, the segments in which a rule fails that all customers together do not fail."""
    audit = words.audit
    total = {(f.rule, tuple(f.group)) for f in audit.failures if not f.segment}
    inside: dict[tuple[str, ...], list[Finding]] = {}
    for f in audit.failures:
        if f.segment and (f.rule, tuple(f.group)) not in total:
            inside.setdefault(tuple(f.group), []).append(f)
    said: list[tuple[str, set[str]]] = []
    for attribute, found in sorted(inside.items(), key=lambda pair: len(pair[0])):
        at = {names.full(f.segment) for f in found}
        # an intersection seldom says more than the attribute it is made of
        if not any(name in attribute and at <= known for name, known in said):
            said += [(name, at) for name in attribute]
            yield _inside(words, attribute, found, len(at))


def _inside(words: Words, attribute: tuple[str, ...], found: list[Finding], places: int) -> str:
    """Return in how many segments an attribute's groups are beyond a limit, and how it is there and in all."""
    worst = max(found, key=strain)
    values = {
        "attribute": names.attribute("*".join(attribute), words.show),
        "rules": listed([words.show(rule) for rule in dict.fromkeys(f.rule for f in found)]),
        "place": words.full(worst.segment),
    }
    if places == 1:
        text = say(
            "Look at {place} first: there, and in none of the other segments, groups of {attribute} are beyond the "
            "limit of {rules}.",
            **values,
        )
    else:
        looked = {names.full(g.segment) for g in words.audit.groups if g.segment and tuple(g.group) == attribute}
        text = say(
            "Look at the segments first: groups of {attribute} are beyond the limit of {rules} in {some} of {n} "
            "segments and not in all customers together, worst in {place}.",
            some=written(f"{places:,}"),
            n=written(f"{len(looked):,}"),
            **values,
        )
    same = _in_total(words, worst)
    if same is None:
        return text
    return f"{text} " + say(
        "There {pair} is at {there} under {rule}, over all customers at {everywhere}.",
        rule=words.show(worst.rule),
        there=_gap(worst),
        pair=words.pair(worst),
        everywhere=_gap(same),
    )


def mix(words: Words, worst: Finding) -> Iterator[str]:
    """Yield that the gap turns round at the same mix of segments."""
    same = (worst.rule, worst.estimand, worst.group, worst.reference)
    for one in words.audit.paradoxes:
        value = one.standardised.value
        turned = one.kind == "reversal" and (one.rule, one.estimand, one.group, one.reference) == same
        if turned and not worst.segment and value is not None:
            yield say(
                "Look at the segments first: at the same mix of {column} in both groups, {pair} is at {then} instead "
                "of {now}. The gap lies in who comes to which {column}.",
                column=words.show(one.column),
                pair=words.pair(worst),
                then=_gap(replace(worst, value=value)),
                now=_gap(worst),
            )
            return


def _in_total(words: Words, finding: Finding) -> Finding | None:
    """Return the same comparison in all customers."""
    same = (finding.rule, finding.estimand, finding.group, finding.reference)
    return next(
        (f for f in words.audit.findings if not f.segment and (f.rule, f.estimand, f.group, f.reference) == same), None
    )


def _gap(finding: Finding) -> str:
    """Return a compared value as a sentence says it: "61 for every 100", "13.6 points", "a ratio of 1.65"."""
    if finding.value is None or finding.compare == "value" or finding.group_rate.numerator is None:
        return value_text(finding)
    return sizes.gap(finding.value, finding.limit, finding.compare)


def threshold(words: Words) -> Iterator[str]:
    """Yield what one other threshold would do to the worst failure of all customers that scores can answer."""
    arrangement = Arrangement(words.audit)
    views = {columns: attribute for attribute, columns in arrangement.views.items()}
    selection = words.audit.everybody().metrics.get("selection_rate")
    now = None if selection is None else selection.value
    if not now:
        return
    for worst in sorted((f for f in words.audit.failures if not f.segment), key=strain, reverse=True):
        attribute = views[tuple(worst.group)]
        question = next(
            q for q in arrangement.questions(attribute) if (q.rule.id, q.name) == (worst.rule, worst.estimand)
        )
        found = [
            one
            for one in cutoff.readings(question, attribute, arrangement)
            if _LEAST * now <= one.selected <= now / _LEAST
        ]
        if found:
            yield _read(words, worst, attribute, found)
            return


def _read(words: Words, worst: Finding, attribute: str, found: list[cutoff.Reading]) -> str:
    everybody = words.audit.everybody()
    now = everybody.metrics["selection_rate"].value or 0.0
    reading = cutoff.nearest(found, now)
    values: dict[str, object] = {
        "rule": words.show(worst.rule),
        "attribute": names.attribute(attribute, words.show),
        "now_apart": _gap(worst),
    }
    if reading is None:
        best = min(found, key=lambda one: one.worst if worst.compare == "difference" else -one.worst)
        return say(
            "No single threshold that selects half to twice as many brings groups of {attribute} within the limit of "
            "{rule}, if the score alone decides: the best of the {n} tried, {threshold}, leaves {apart} (now "
            "{now_apart}). The gap is in the scores, so look at the model and its inputs.",
            n=len(found),
            threshold=plain(best.threshold),
            apart=sizes.gap(best.worst, worst.limit, worst.compare),
            **values,
        )
    text = say(
        "Look at the threshold: at {threshold} for everybody, if the score alone decides, the groups of {attribute} "
        "are at {apart} under {rule} (now {now_apart}), and {selected} of all customers are selected instead of {now}.",
        threshold=plain(reading.threshold),
        apart=sizes.gap(reading.worst, worst.limit, worst.compare),
        selected=percent(reading.selected),
        now=percent(now),
        **values,
    )
    precise = everybody.metrics.get("precision")
    if reading.precision is not None and precise is not None and precise.value is not None:
        data = words.audit.policy.data
        text += " " + say(
            "Of those selected, {then} have {label} {positive} instead of {now}.",
            then=percent(reading.precision),
            now=percent(precise.value),
            label=words.show(data.label or "label"),
            positive=words.show(data.positive),
        )
    if reading.selected < now and words.audit.policy.data.outcome == "benefit":
        text += " " + say("It closes the gap by selecting fewer, not by reaching more.")
    if reading.broken:
        text += " " + say(
            "But the limit of {rules} is not met there: none of the thresholds tried meets every rule.",
            rules=listed([_rule_of(words, rule, of, attribute) for rule, of in reading.broken]),
        )
    return f"{text} " + say(
        "This only reads the scores of this audit, in steps of {step}; check it on others before you use it.",
        step=plain(everybody.scores[0].high - everybody.scores[0].low),
    )


def _rule_of(words: Words, rule: str, of: str, attribute: str) -> str:
    """Return a rule, with the attribute whose groups it compares where that is another one."""
    if of == attribute:
        return words.show(rule)
    return say("{rule} for {attribute}", rule=words.show(rule), attribute=names.attribute(of, words.show))


def group_at(words: Words, group: Names, segment: Names) -> Group | None:
    """Return what was measured of a group in a place."""
    return next((one for one in words.audit.groups if one.group == group and one.segment == segment), None)


def _sides(words: Words, finding: Finding, metric: str) -> tuple[Measured, Measured] | None:
    """Return a metric of both groups of a finding in its place, None where one has no value or there is one group."""
    pair = [group_at(words, one, finding.segment) for one in (finding.group, finding.reference) if one is not None]
    known = [one.metrics.get(metric) for one in pair if one is not None]
    a, b = known if len(known) == 2 else (None, None)
    if a is None or b is None or a.value is None or b.value is None or not a.interval or not b.interval:
        return None
    return a, b


def _apart(a: Measured, b: Measured) -> bool:
    """Return whether two values' intervals leave a gap between them."""
    assert a.interval is not None  # noqa: S101  _sides gives no other
    assert b.interval is not None  # noqa: S101
    return a.interval.high < b.interval.low or b.interval.high < a.interval.low


def _where(words: Words, finding: Finding) -> str:
    """Return " in lifecycle new", nothing for all customers."""
    return " " + say("in {place}", place=words.full(finding.segment)) if finding.segment else ""


def data(words: Words, worst: Finding) -> Iterator[str]:
    """Yield that the groups' base rates differ, or that they do not and so explain nothing."""
    sides = _sides(words, worst, "base_rate")
    if sides is None or not is_rate(worst):
        return
    a, b = sides
    columns = words.audit.policy.data
    values = {
        "label": words.show(columns.label or "label"),
        "positive": words.show(columns.positive),
        "a": percent(a.value or 0.0),
        "b": percent(b.value or 0.0),
        "group": words.group(worst.group),
        "reference": words.group(worst.reference),
        "where": _where(words, worst),
    }
    if _apart(a, b):
        yield say(
            "Look at the data: {label} is {positive} in {a} of {group} and in {b} of {reference}{where}. Groups that "
            "differ in it cannot be alike in selection, in errors and in precision at once (Kleinberg et al. 2016), so "
            "ask what the label records for each of them and which rule matters.",
            **values,
        )
    else:
        yield say(
            "Look at the model and its inputs: no difference in outcomes shows that would explain the gap ({label} is "
            "{positive} in {a} of {group} and in {b} of {reference}{where}).",
            **values,
        )


def model(words: Words, worst: Finding) -> Iterator[str]:
    """Yield that scores mean different things in two groups, or rank one of them worse."""
    sides = _sides(words, worst, "calibration")
    if sides is not None and _apart(*sides):
        a, b = (100 * (side.value or 0.0) for side in sides)
        yield say(
            "Look at the model: for every 100 positives that the scores foretell, there are {a} among {group} and {b} "
            "among {reference}{where}; the same score does not mean the same in both.",
            where=_where(words, worst),
            a=fixed(a, 0, (b, 100)),
            b=fixed(b, 0, (a, 100)),
            group=words.group(worst.group),
            reference=words.group(worst.reference),
        )
        return
    sides = _sides(words, worst, "roc_auc")
    if sides is not None and _apart(*sides):
        a, b = (side.value or 0.0 for side in sides)
        yield say(
            "Look at the model: its scores tell who will respond from who will not less well in one group: the area "
            "under the ROC curve is {a} for {group} and {b} for {reference}{where}.",
            where=_where(words, worst),
            a=fixed(a, 3, (b,)),
            b=fixed(b, 3, (a,)),
            group=words.group(worst.group),
            reference=words.group(worst.reference),
        )
