"""What one other threshold for everybody would do, read from the histograms of scores that an audit holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from fairaudit.report.numbers import ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fairaudit.findings import Group
    from fairaudit.report.arrange import Arrangement, Question


@dataclass(frozen=True, slots=True)
class Reading:
    """One threshold: everybody whose score reaches it is selected."""

    threshold: float
    worst: float
    """Of the comparisons of two judged groups, in every rate that the rule compares, the one with the largest gap."""
    within: bool
    """Whether it lies within the limit."""
    selected: float
    """Share of all scored customers who would be selected, in (0, 1)."""
    precision: float | None
    """Share of positives among the selected whose label is known; None where none is."""
    broken: tuple[tuple[str, str], ...]
    """What else would lie beyond its limit: the id of a rule and the attribute whose groups it compares."""


def readings(question: Question, attribute: str, arrangement: Arrangement) -> list[Reading]:
    """Return what each inner edge of the histograms would do as the threshold; nothing where they do not tell.

    Parameters
    ----------
    question : Question
        A ratio or a difference of the groups' rates.
    attribute : str
        Whose groups are compared.
    arrangement : Arrangement
        Of the audit.
    """
    everybody = _Counts(arrangement.audit.everybody())
    # equalized odds compares two rates: closing one gap may open the other
    mine, others = [], []
    for name in arrangement.views:
        for one in arrangement.questions(name):
            course = _course(one, name, arrangement)
            if (one.rule.id, name) == (question.rule.id, attribute):
                mine.append(course)
            elif course:
                others.append((one, name, course))
    found = []
    for i, gaps in enumerate(zip(*mine, strict=True) if all(mine) else ()):
        known = [gap for gap in gaps if gap is not None]
        if i == 0 or len(known) < len(gaps) or not 0 < everybody.selected[i] < everybody.n:
            continue
        worst = max(known, key=lambda gap: _size(gap, question.result.compare))
        broken = dict.fromkeys((other.rule.id, name) for other, name, course in others if not _within(other, course[i]))
        found.append(
            Reading(
                everybody.edges[i],
                worst,
                _within(question, worst),
                everybody.selected[i] / everybody.n,
                everybody.rate("precision", i),
                tuple(broken),
            )
        )
    return found


def nearest(found: Sequence[Reading], now: float) -> Reading | None:
    """Return the reading within the limit that breaks fewest other rules and changes least; None if there is none.

    Parameters
    ----------
    found : sequence of Reading
        What each threshold would do.
    now : float
        Share of all customers who are selected at present.
    """
    good = [reading for reading in found if reading.within]
    return min(good, key=lambda reading: (len(reading.broken), abs(reading.selected - now)), default=None)


class _Counts:
    """The outcomes of one group with each edge of its histogram as the threshold."""

    def __init__(self, group: Group) -> None:
        def reaching(numbers: Iterator[int]) -> list[int]:
            return list(accumulate(reversed(list(numbers))))[::-1]

        self.edges = [b.low for b in group.scores]
        self.selected = reaching(b.n for b in group.scores)
        self._true = reaching(b.positives for b in group.scores)
        self._false = reaching(b.labelled - b.positives for b in group.scores)
        self.n = self.selected[0] if self.selected else 0

    def rate(self, name: str, i: int) -> float | None:
        """Return a rate by its estimand's name; None where its denominator is empty or scores do not make it."""
        tp, fp, chosen = self._true[i], self._false[i], self.selected[i]
        fn, tn = self._true[0] - tp, self._false[0] - fp
        counts = {
            "selection rate": (chosen, self.n),
            "rate of not being selected": (self.n - chosen, self.n),
            "true positive rate": (tp, tp + fn),
            "false negative rate": (fn, tp + fn),
            "false positive rate": (fp, fp + tn),
            "true negative rate": (tn, fp + tn),
            "precision": (tp, tp + fp),
            "false discovery rate": (fp, tp + fp),
            "negative predictive value": (tn, tn + fn),
            "false omission rate": (fn, tn + fn),
            "accuracy": (tp + tn, tp + fp + fn + tn),
        }
        k, n = counts.get(name, (0, 0))
        return k / n if n else None


def _course(question: Question, attribute: str, arrangement: Arrangement) -> list[float | None]:
    """Return the worst comparison at each edge, None where a rate is undefined; nothing where scores do not tell."""
    policy = arrangement.audit.policy
    reference = policy.groups.references.get(attribute, policy.groups.reference)
    # weights are not in the histogram, the median moves with it, and the rest is no group of its own
    if policy.data.weight or policy.data.threshold == "median" or reference == "rest":
        return []
    judged = [row for row in question.population.rows if row.judged and row.group.scores]
    if question.result.compare == "value" or not question.result.limit.stated or len(judged) < 2:
        return []
    counts = [_Counts(row.group) for row in judged]
    against = None if reference == "best" else next((i for i, row in enumerate(judged) if row.reference), None)
    course: list[float | None] = []
    for i in range(len(judged[0].group.scores)):
        rates = [rate for one in counts if (rate := one.rate(question.name, i)) is not None]
        course.append(_worst(rates, against, question.result.compare) if len(rates) == len(counts) else None)
    return course if any(value is not None for value in course) else []


def _worst(rates: Sequence[float], against: int | None, compare: str) -> float | None:
    """Return the largest gap: to one group or, without it, between any two, the smaller over the larger."""
    if compare == "difference":
        if against is None:
            return max(rates) - min(rates)
        return max(abs(rate - rates[against]) for rate in rates)
    if against is None:
        return min(rates) / max(rates) if max(rates) else None
    if not rates[against]:
        return None
    return max((rate / rates[against] for rate in rates), key=lambda ratio: _size(ratio, compare))


def _size(gap: float, compare: str) -> float:
    """Return how large a gap is, on a scale on which larger gaps are larger."""
    if compare == "difference":
        return abs(gap)
    return abs(math.log(gap)) if gap else math.inf


def _within(question: Question, value: float | None) -> bool:
    """Return whether a value lies within the limit; where there is none, nothing is broken."""
    low, high = ends(question.result.limit, question.result.compare)
    return value is None or low <= value <= high
