"""Where the total and the segments disagree, in words: Simpson's paradox, and gaps that most segments do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.estimands import Rate
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.language import say, term
from fairaudit.report.numbers import compared, interval, percent, points, whole
from fairaudit.report.translated import in_language
from fairaudit.report.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Finding, Names, Paradox
    from fairaudit.intervals import Interval
    from fairaudit.report.arrange import Place, Question
    from fairaudit.report.words import Words


def named(words: Words) -> list[str]:
    """Return every paradox of the audit."""
    return [said for question in _questions(words) for said in of_question(question, words)]


def notes(words: Words) -> list[str]:
    """Return every gap in the total, at or beyond its limit, that most segments of a column do not show."""
    return [said for question in _questions(words) for said in fading(question, words)]


def _questions(words: Words) -> Iterator[Question]:
    arrangement = Arrangement(words.audit)
    for attribute in arrangement.views:
        yield from arrangement.questions(attribute)


def of_question(question: Question, words: Words) -> Iterator[str]:
    """Yield the paradoxes of one rule and attribute."""
    for paradox in _paradoxes(question, words):
        yield _reversal(paradox, question, words) if paradox.kind == "reversal" else _hidden(paradox, question, words)


def _paradoxes(question: Question, words: Words) -> Iterator[Paradox]:
    columns = {tuple(row.group.group) for row in question.population.rows}
    for paradox in words.audit.paradoxes:
        if (paradox.rule, paradox.estimand) == (question.rule.id, question.name) and tuple(paradox.group) in columns:
            yield paradox


def _reversal(paradox: Paradox, question: Question, words: Words) -> str:
    """Return a gap that turns round: in the total, at the same mix of segments, and in how many segments."""
    values = {
        "estimand": term(paradox.estimand),
        "group": words.group(paradox.group),
        "reference": words.group(paradox.reference),
        "value": _number(paradox.value, paradox.interval, question),
        "column": words.show(paradox.column),
        "same": whole(paradox.same_way),
        "of": whole(paradox.compared),
    }
    lower = paradox.value < (1 if paradox.compare == "ratio" else 0)
    total = (
        say(
            "Simpson's paradox: over all customers the {estimand} of {group} is lower than that of {reference} "
            "({value}), and at the same mix of {column} it is higher. Within {column} it is lower in {same} of {of} "
            "segments.",
            **values,
        )
        if lower
        else say(
            "Simpson's paradox: over all customers the {estimand} of {group} is higher than that of {reference} "
            "({value}), and at the same mix of {column} it is lower. Within {column} it is higher in {same} of {of} "
            "segments.",
            **values,
        )
    )
    both = say(
        "Both are true of these data, and neither alone says what is fair: ask how customers come to be in their "
        "segment."
    )
    return f"{total} {_same_mix(paradox, question, words)} {both}"


def _hidden(paradox: Paradox, question: Question, words: Words) -> str:
    """Return a pass in the total beside a failure inside."""
    values = {
        "group": words.group(paradox.group),
        "rule": words.show(paradox.rule),
        "value": _number(paradox.value, paradox.interval, question),
        "segments": listed([words.full({paradox.column: value}) for value in paradox.failed]),
    }
    if paradox.reference is None:
        return say(
            "Hidden in the total (Simpson's paradox): {group} passes {rule} over all customers ({value}) and fails in "
            "{segments}.",
            **values,
        )
    said = say(
        "Hidden in the total (Simpson's paradox): {group} against {reference} passes {rule} over all customers "
        "({value}) and fails in {segments}.",
        reference=words.group(paradox.reference),
        **values,
    )
    return f"{said} {_same_mix(paradox, question, words)}"


def _same_mix(paradox: Paradox, question: Question, words: Words) -> str:
    """Return the comparison at the same mix of segments, or why there is none."""
    standardised, column = paradox.standardised, words.show(paradox.column)
    if standardised.value is None:
        why = in_language(standardised.reason or "")
        return say("There is no value at the same mix of {column}: {why}.", column=column, why=why)
    value, coverage = _number(standardised.value, standardised.interval, question), standardised.coverage
    if coverage is None or coverage == 1:
        return say("At the same mix of {column} in both groups it is {value}.", column=column, value=value)
    return say(
        "At the same mix of {column} in both groups, over the {share} in segments with both, it is {value}.",
        column=column,
        share=percent(coverage),
        value=value,
    )


def _number(value: float | None, limits: Interval | None, question: Question) -> str:
    """Return a compared value with its interval: "0.68 [0.64, 0.73]"."""
    if value is None or limits is None:
        return say("undefined")
    limit, compare, rate = question.result.limit, question.result.compare, isinstance(question.estimand, Rate)
    text = compared(value, limit, compare, rate=rate)
    if compare == "difference" and rate:
        text = points(text)
    return f"{text} {interval(limits, limit, compare, rate=rate)}"


def fading(question: Question, words: Words) -> Iterator[str]:
    """Yield the gaps of one rule and attribute that most segments do not show, where no paradox is named for them."""
    known = [(paradox.group, paradox.column) for paradox in _paradoxes(question, words)]
    for row in question.population.rows:
        finding = row.finding
        if finding is None or finding.reference is None or finding.value is None or strain(finding) < 1:
            continue
        lower = finding.value < (1 if finding.compare == "ratio" else 0)
        for column in dict.fromkeys(next(iter(place.segment)) for place in question.segments):
            same, both = _same_way(question, finding, column, lower=lower)
            if both >= 2 and 2 * same <= both and (finding.group, column) not in known:
                values = {
                    "estimand": term(question.name),
                    "group": words.group(finding.group),
                    "reference": words.group(finding.reference),
                    "column": words.show(column),
                    "same": whole(same),
                    "of": whole(both),
                }
                yield _fading(values, lower=lower)


def _fading(values: dict[str, str], *, lower: bool) -> str:
    if lower:
        return say(
            "In the total the {estimand} of {group} is lower than that of {reference}; within {column} that is so in "
            "only {same} of {of} segments. The gap can come from which segments the groups are in. Both views are "
            "true: ask how customers come to be in their segment before calling either the fair one.",
            **values,
        )
    return say(
        "In the total the {estimand} of {group} is higher than that of {reference}; within {column} that is so in "
        "only {same} of {of} segments. The gap can come from which segments the groups are in. Both views are "
        "true: ask how customers come to be in their segment before calling either the fair one.",
        **values,
    )


def _same_way(question: Question, finding: Finding, column: str, *, lower: bool) -> tuple[int, int]:
    """Return in how many segments of a column the gap goes the same way, and in how many both sides have a value."""
    same = both = 0
    for place in question.segments:
        if column not in place.segment or finding.reference is None:
            continue
        a, b = (_value(place, names) for names in (finding.group, finding.reference))
        if a is not None and b is not None:
            both += 1
            same += a < b if lower else a > b
    return same, both


def _value(place: Place, names: Names) -> float | None:
    row = place.row(names)
    return None if row is None or row.rate is None else row.rate.value
