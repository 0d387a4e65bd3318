"""The trend: a rule's worst value, or each group's, from audit to audit, with its interval and the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.report import lettering, names
from fairaudit.report.arrange import Arrangement, strain
from fairaudit.report.grid import Cell, Grid
from fairaudit.report.language import say, term
from fairaudit.report.numbers import limit_text, typeset
from fairaudit.report.panels import MARKS, WIDTH, Axis
from fairaudit.report.scores import ended
from fairaudit.report.sheet import GREEN, INK, LINE, MUTED, SHADE, WITHIN, Sheet, heading
from fairaudit.report.values import number_text, value_text
from fairaudit.report.words import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit, Finding
    from fairaudit.report.arrange import Question

MOST_AUDITS = 24
"""Audits in one figure: the last ones."""
MOST_GROUPS = 12
_HEIGHT, _SMALL, _LEFT, _INSET = 180.0, 84.0, 46.0, 10.0
_NUMBER = 42.0
"""Room for a value beside its mark."""


@dataclass(frozen=True, slots=True)
class Point:
    """One audit's finding in a series; None where it has none."""

    label: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Series:
    """One value over time, the oldest audit first."""

    name: str
    points: tuple[Point, ...]


def of_rule(audits: Sequence[tuple[str, Audit]], rule: str) -> Series:
    """Return a rule's worst value in each audit."""
    worst = ((label, {one.id: one.worst for one in audit.rules}.get(rule)) for label, audit in audits)
    return Series(rule, tuple(Point(label, finding) for label, finding in worst))


def of_groups(audits: Sequence[tuple[str, Audit]], question: Question, attribute: str) -> list[Series]:
    """Return the compared value of each group of the last audit in all of them, over all customers."""
    found: list[dict[str, Finding]] = []
    for _, audit in audits:
        arrangement = Arrangement(audit)
        places = [
            asked.population
            for asked in (arrangement.questions(attribute) if attribute in arrangement.views else [])
            if asked.rule.id == question.rule.id and asked.estimand == question.estimand
        ]
        rows = [row for place in places for row in place.rows if row.finding is not None]
        found.append({names.full(row.group.group): row.finding for row in rows if row.finding is not None})
    known = dict.fromkeys(name for findings in found for name in findings)
    ordered = [row.group.group for row in question.population.rows if names.full(row.group.group) in known]
    return [
        Series(
            names.values(group),
            tuple(
                Point(label, findings.get(names.full(group)))
                for (label, _), findings in zip(audits, found, strict=True)
            ),
        )
        for group in ordered
    ]


def trend(series: Sequence[Series], question: Question, title: str) -> Sheet:
    """Return one picture of a single series, or small ones along the same axes.

    Parameters
    ----------
    series : sequence of Series
        At least one, with at least one finding.
    question : Question
        What is compared, and its limit.
    title : str
        Of the figure.
    """
    drawn = [Series(one.name, one.points[-MOST_AUDITS:]) for one in _chosen(series)]
    findings = [point.finding for one in drawn for point in one.points if point.finding is not None]
    sheet = Sheet(WIDTH)
    top = sheet.lines(6, heading(sheet, title) + 12, _caption(question))
    single = len(series) == 1
    foot = 14.0 + 11 * _label_lines(drawn[0].points, single)
    grid_names = [""] if single else [one.name for one in drawn]
    grid = Grid(sheet, grid_names, top - 12 * single, left=_LEFT, height=_HEIGHT if single else _SMALL, foot=foot)
    for one, cell in zip(drawn, grid.cells, strict=True):
        _draw(sheet, one, cell, Axis.of(question, findings, (cell.bottom, cell.top)), single=single)
    return ended(sheet, grid.end, len(series) - len(drawn))


def described(series: Sequence[Series]) -> str:
    """Return how each value went from its first audit to its last, in words."""
    said = []
    for one in series[:MOST_GROUPS]:
        known = [(point.label, point.finding) for point in one.points if point.finding is not None]
        if known:
            (first, a), (last, b) = known[0], known[-1]
            said.append(
                say(
                    "{name}: {before} in {first}, {after} in {last}.",
                    name=names.visible(one.name),
                    before=value_text(a),
                    first=names.visible(first),
                    after=value_text(b),
                    last=names.visible(last),
                )
            )
    return " ".join(said)


def _caption(question: Question) -> str:
    limit = typeset(limit_text(question.result.limit, question.result.compare, rate=question.rate))
    what = {
        "ratio": say("Ratio of {metric}", metric=term(question.name)),
        "difference": say("Points of difference, {metric}", metric=term(question.name))
        if question.rate
        else say("Difference of {metric}", metric=term(question.name)),
        "value": sentence(term(question.name)),
    }[question.result.compare]
    if not question.result.limit.stated:
        return say("{what} with its interval; no limit is stated", what=what)
    return say("{what} with its interval; green: {limit}", what=what, limit=limit)


def _chosen(series: Sequence[Series]) -> list[Series]:
    """Return the series to draw: the worst of the last audit, in their order."""

    def weight(one: Series) -> float:
        return max((strain(point.finding) for point in one.points[-1:] if point.finding), default=-math.inf)

    kept = sorted(series, key=weight, reverse=True)[:MOST_GROUPS]
    return [one for one in series if one in kept]


def _draw(sheet: Sheet, series: Series, cell: Cell, axis: Axis, *, single: bool) -> None:
    """Draw a series in its cell: the limit, the interval as a band, the values and the audits' labels."""
    up, n = axis.scale, len(series.points)
    step = (cell.width - _INSET - (_NUMBER if single else _INSET)) / max(n - 1, 1)
    xs = [cell.left + _INSET + i * step if n > 1 else cell.x(0.5) for i in range(n)]
    if axis.stated:
        sheet.box(cell.left, up(axis.high), cell.right, up(axis.low), WITHIN)
    _band(sheet, series, xs, axis)
    for y, text in up.labels(axis.written, 9):
        sheet.line([cell.left, cell.right], [y, y], LINE, 0.5)
        if cell.first:
            sheet.text(cell.left - 6, y + 3, text, "end", size=9)
    for end in (axis.low, axis.high):
        if axis.stated and up.holds(end):
            sheet.line([cell.left, cell.right], [up(end)] * 2, GREEN, 1.2)
    if axis.equal is not None:
        sheet.line([cell.left, cell.right], [up(axis.equal)] * 2, MUTED, 0.8)
    _values(sheet, series, xs, axis, written=single and step >= _NUMBER)
    sheet.line([cell.left, cell.right], [cell.bottom] * 2, MUTED, 0.8)
    for x in xs:
        sheet.line([x, x], [cell.bottom, cell.bottom + 3], MUTED, 0.8)
    _write(sheet, series, xs, cell)


def _band(sheet: Sheet, series: Series, xs: Sequence[float], axis: Axis) -> None:
    """Shade the intervals of audits in a row that have a value."""
    run: list[tuple[float, Finding]] = []
    for x, point in [*zip(xs, series.points, strict=True), (0.0, Point("", None))]:
        if point.finding is not None:
            run.append((x, point.finding))
            continue
        if len(run) > 1:
            above = [(x, axis.scale(finding.interval.high)) for x, finding in run]
            below = [(x, axis.scale(finding.interval.low)) for x, finding in reversed(run)]
            sheet.area([*above, *below], SHADE)
        run = []


def _values(sheet: Sheet, series: Series, xs: Sequence[float], axis: Axis, *, written: bool) -> None:
    """Draw the line through the values, each with its interval and the mark of its verdict."""
    run: list[tuple[float, float]] = []
    for x, point in [*zip(xs, series.points, strict=True), (0.0, Point("", None))]:
        finding = point.finding
        if finding is None or finding.value is None:
            sheet.line([a for a, _ in run], [b for _, b in run], INK, 1.2)
            run = []
        else:
            run.append((x, axis.scale(finding.value)))
    up = axis.scale
    for x, point in zip(xs, series.points, strict=True):
        finding = point.finding
        if finding is None:
            continue
        shape, colour, hollow = MARKS[finding.verdict]
        sheet.line([x, x], [up(finding.interval.low), up(finding.interval.high)], colour, 1.6)
        if finding.interval.high > up.high:
            sheet.marks([x], [up.right], "up", colour, 5)
        if finding.interval.low < up.low:
            sheet.marks([x], [up.left], "down", colour, 5)
        if finding.value is not None:
            sheet.marks([x], [up(finding.value)], shape, colour, 7.5 if written else 6, hollow=hollow)
            if written:
                text = typeset(number_text(finding))
                sheet.text(x + 5, up(finding.value) - 6, text, colour=INK, size=10)


def _room(points: Sequence[Point], *, single: bool) -> float:
    """Return the width of an audit's label: its own, but no more than leaves room for others."""
    widest = max(lettering.width(names.visible(point.label), 9) for point in points)
    return min(widest, 84.0 if single else 48.0) + 0.1


def _label_lines(points: Sequence[Point], single: bool) -> int:
    room = _room(points, single=single)
    return max(len(lettering.lines(names.visible(point.label), room, 9)) for point in points)


def _write(sheet: Sheet, series: Series, xs: Sequence[float], cell: Cell) -> None:
    """Write the labels of the audits, from the last one back, those that have room."""
    room = _room(series.points, single=cell.width > 200)
    free = sheet.width
    for x, point in reversed(list(zip(xs, series.points, strict=True))):
        lines = lettering.lines(names.visible(point.label), room, 9)
        half = max(lettering.width(line, 9) for line in lines) / 2
        middle = min(max(x, cell.left - 6 + half), cell.right + 6 - half)
        if middle + half > free:
            continue
        free = middle - half - 5
        for i, line in enumerate(lines):
            sheet.text(middle, cell.bottom + 13 + 11 * i, line, "middle", size=9)
