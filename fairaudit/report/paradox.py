"""Where the total and the segments disagree, in words: Simpson's paradox, and gaps that most segments do not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.estimands import Rate
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.numbers import compared, interval, percent
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
    lower, higher = (
        ("lower", "higher") if paradox.value < (1 if paradox.compare == "ratio" else 0) else ("higher", "lower")
    )
    standardised, column = paradox.standardised, words.show(paradox.column)
    return (
        f"Simpson's paradox: over all customers the {paradox.estimand} of {words.group(paradox.group)} is {lower} than "
        f"that of {words.group(paradox.reference)} ({_number(paradox.value, paradox.interval, question)}). At the same "
        f"mix of {column} in both groups{_covered(paradox)} it is {higher} "
        f"({_number(standardised.value, standardised.interval, question)}); within {column} it is {lower} in "
        f"{paradox.same_way:,} of {paradox.compared:,} segments. Both are true of these "
        "data, and neither alone says what is fair: ask how customers come to be in their segment."
    )


def _hidden(paradox: Paradox, question: Question, words: Words) -> str:
    standardised, column = paradox.standardised, words.show(paradox.column)
    against = f" against {words.group(paradox.reference)}" if paradox.reference else ""
    failed = listed([words.full({paradox.column: value}) for value in paradox.failed])
    if paradox.reference is None:
        mix = ""
    elif standardised.value is None:
        mix = f" There is no value at the same mix of {column}: {standardised.reason}."
    else:
        value = _number(standardised.value, standardised.interval, question)
        mix = f" At the same mix of {column} in both groups{_covered(paradox)} it is {value}."
    return (
        f"Hidden in the total (Simpson's paradox): {words.group(paradox.group)}{against} passes "
        f"{words.show(paradox.rule)} over all customers ({_number(paradox.value, paradox.interval, question)}) and "
        f"fails in {failed}.{mix}"
    )


def _number(value: float | None, limits: Interval | None, question: Question) -> str:
    """Return a compared value with its interval: "0.68 [0.64, 0.73]"."""
    if value is None or limits is None:
        return "undefined"
    limit, compare, rate = question.result.limit, question.result.compare, isinstance(question.estimand, Rate)
    points = " points" if compare == "difference" and rate else ""
    return f"{compared(value, limit, compare, rate=rate)}{points} {interval(limits, limit, compare, rate=rate)}"


def _covered(paradox: Paradox) -> str:
    coverage = paradox.standardised.coverage
    return "" if coverage is None or coverage == 1 else f", over the {percent(coverage)} in segments with both,"


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
                side = "lower" if lower else "higher"
                yield (
                    f"In the total the {question.name} of {words.group(finding.group)} is {side} than that of "
                    f"{words.group(finding.reference)}; within {words.show(column)} that is so in only {same:,} of "
                    f"{both:,} segments. The gap can come from which segments the groups are in. Both views are true: "
                    "ask how customers come to be in their segment before calling either the fair one."
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
