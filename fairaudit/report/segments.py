"""Small multiples of the segments: how the groups of each compare, the worst segment first, all along the same axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.report import lettering, names
from fairaudit.report.grid import Grid
from fairaudit.report.language import say, say_n
from fairaudit.report.numbers import typeset
from fairaudit.report.panels import MARKS, WIDTH, Axis, Panel, Rows, caption, unjudged
from fairaudit.report.sheet import INK, LINE, Sheet, heading
from fairaudit.report.values import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.report.arrange import Place, Question, Row

MOST_PLACES = 12
"""Segments in one figure; the others stand in the table."""
_ROW, _SMALL = 15.0, 9.0


def shown(question: Question) -> list[Place]:
    """Return the segments of the figure, the worst first: those where a comparison has a value."""
    known = (place for place in question.segments if any(found.value is not None for found in place.findings))
    return list(known)[:MOST_PLACES]


def segments(question: Question, groups: Sequence[Row], title: str, noun: str) -> Sheet:
    """Return a panel for each segment, with a row for each group.

    Parameters
    ----------
    question : Question
        What is compared; in at least one segment it could be.
    groups : sequence of Row
        The groups' rows of the population: those that are drawn, in their order.
    title : str
        Of the figure.
    noun : str
        What a row stands for: "customer" or "decision".
    """
    places = shown(question)
    if question.together:
        return _together(question, places, title)
    rows = Rows.of([row for row in groups if not row.missing], 104.0, 10.0)
    findings = [row.finding for place in places for row in _rows(place, rows) if row and row.finding]
    sheet = Sheet(WIDTH)
    top = sheet.lines(6, heading(sheet, title) + 12, _caption(question))
    heights = rows.heights(_ROW)
    titles, notes = [names.full(place.segment) for place in places], [_size(place, noun) for place in places]
    grid = Grid(sheet, titles, top + 6, left=rows.left, height=sum(heights), foot=18, notes=notes)
    for i, place in enumerate(places):
        cell = grid.cells[i]
        axis = Axis.of(question, findings, (cell.left, cell.right))
        axis.band(sheet, cell.top, cell.bottom)
        middles = [cell.top + sum(heights[:j]) + height / 2 for j, height in enumerate(heights)]
        if cell.first:
            rows.write(sheet, cell.left - 6, middles)
        for row, y in zip(_rows(place, rows), middles, strict=True):
            _draw(sheet, axis, row, y)
        axis.ticks(sheet, cell.bottom, 9, overhang=6)
    return _ended(sheet, grid.end, question, places)


def _caption(question: Question) -> str:
    """Return what is drawn; the groups that others are compared with differ from segment to segment."""
    said = caption(question, [])
    return said if question.result.compare == "value" else say("{caption}; small dot: the reference", caption=said)


def _size(place: Place, noun: str) -> str:
    if noun == "decision":
        return say_n("{n} decision", "{n} decisions", place.n)
    return say_n("{n} customer", "{n} customers", place.n)


def _rows(place: Place, rows: Rows) -> list[Row | None]:
    return [place.row(row.group.group) for row in rows.rows]


def _draw(sheet: Sheet, axis: Axis, row: Row | None, y: float) -> None:
    """Draw what was found about a group in a segment, or write why there is nothing."""
    scale = axis.scale
    if row is not None and row.finding is not None and row.finding.value is not None:
        sheet.line([scale.left, scale.right], [y, y], LINE, 0.6)
        shape, colour, hollow = MARKS[row.finding.verdict]
        axis.whiskers(sheet, row.finding, y, thick=2.2)
        sheet.marks([scale(row.finding.value)], [y], shape, colour, 6, hollow=hollow)
    elif row is not None and row.reference and axis.equal is not None:
        sheet.line([scale.left, scale.right], [y, y], LINE, 0.6)
        sheet.marks([scale(axis.equal)], [y], "circle", INK, 5)
    else:
        said = say("nobody") if row is None else say("undefined") if row.finding else unjudged(row)
        sheet.text(scale.left + 2, y + 3, said, size=8)


def _together(question: Question, places: Sequence[Place], title: str) -> Sheet:
    """Return one panel with a row for each segment, below that of everybody."""
    drawn = [place for place in (question.population, *places) if place.together is not None]
    findings = [place.together for place in drawn if place.together is not None]
    titles = [names.full(place.segment, nobody=say("all customers")) for place in drawn]
    numbers = [("" if f.value is None else typeset(value_text(f)), INK, 11.0) for f in findings]
    sheet = Sheet(WIDTH)
    rows = Rows((), tuple(tuple(lettering.lines(title_, 136.0)) for title_ in titles))
    panel = Panel(sheet, rows, heading(sheet, title), caption(question, findings), numbers)
    axis = Axis.of(question, findings, (panel.left, panel.right))
    axis.band(sheet, panel.top, panel.bottom)
    panel.guides()
    axis.ticks(sheet, panel.bottom)
    for finding, y in zip(findings, panel.middles, strict=True):
        axis.whiskers(sheet, finding, y)
        if finding.value is not None:
            shape, colour, hollow = MARKS[finding.verdict]
            sheet.marks([axis.scale(finding.value)], [y], shape, colour, hollow=hollow)
    return _ended(sheet, panel.end - 14, question, places)


def _ended(sheet: Sheet, end: float, question: Question, places: Sequence[Place]) -> Sheet:
    """Set the height of a sheet, and say how many segments are not on it."""
    left_out = len(question.segments) - len(places)
    if left_out:
        said = say_n("and {n} more segment: in the table", "and {n} more segments: in the table", left_out)
        end = sheet.lines(6, end + 14, said) + 6
    sheet.height = end + 4
    return sheet
