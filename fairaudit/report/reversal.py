"""Gaps in the total that the segments do not show (Simpson's paradox), in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report.arrange import Arrangement, strain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.findings import Finding, Names
    from fairaudit.report.arrange import Place, Question
    from fairaudit.report.words import Words


def reversals(words: Words) -> list[str]:
    """Return every gap in the total, at or beyond its limit, that is not found in most segments of a column."""
    arrangement = Arrangement(words.audit)
    return [
        said
        for attribute in arrangement.views
        for question in arrangement.questions(attribute)
        for said in of_question(question, words)
    ]


def of_question(question: Question, words: Words) -> Iterator[str]:
    """Yield the same for one rule and attribute."""
    for row in question.population.rows:
        finding = row.finding
        if finding is None or finding.reference is None or finding.value is None or strain(finding) < 1:
            continue
        lower = finding.value < (1 if finding.compare == "ratio" else 0)
        for column in dict.fromkeys(next(iter(place.segment)) for place in question.segments):
            same, both = _same_way(question, finding, column, lower=lower)
            if both >= 2 and 2 * same <= both:
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
