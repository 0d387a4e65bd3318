"""Rows of groups beside one axis: their own values, or how they compare with the reference and the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import lettering, names, scales
from fairaudit.report.arrange import measured
from fairaudit.report.language import say, term
from fairaudit.report.numbers import ends, fixed, level, limit_text, percent, plain, typeset
from fairaudit.report.sheet import BLUE, GREEN, INK, LINE, MUTED, VERMILLION, WITHIN
from fairaudit.report.values import number_text
from fairaudit.report.words import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fairaudit.findings import Finding, Group
    from fairaudit.report.arrange import Question, Row
    from fairaudit.report.scales import Places, Scale
    from fairaudit.report.sheet import Shape, Sheet

WIDTH = 420.0
"""Of the whole figure."""
FOOT = 38.0
"""Room below the last row."""
_RIGHT = 68.0
_ROW, _LINE = 25.0, 12.0
_LABEL = 136.0
"""Room for a group's name beside the axis; a longer one goes on in the next line."""
_TICK = 9.5
Look = tuple["Shape", str, bool]
"""Shape and colour of a mark, and whether it is hollow."""
MARKS: dict[Verdict, Look] = {
    Verdict.PASS: ("circle", GREEN, False),
    Verdict.FAIL: ("square", VERMILLION, False),
    Verdict.INCONCLUSIVE: ("diamond", BLUE, True),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Groups one below the other, each as high as its label needs."""

    rows: tuple[Row, ...]
    labels: tuple[tuple[str, ...], ...]
    size: float = 11.0
    """Of the labels' letters."""

    @classmethod
    def of(cls, rows: Sequence[Row], room: float = _LABEL, size: float = 11.0) -> Rows:
        """Return the rows with their groups' names in lines."""
        labels = (tuple(lettering.lines(names.values(row.group.group), room, size)) for row in rows)
        return cls(tuple(rows), tuple(labels), size)

    def heights(self, least: float = _ROW) -> list[float]:
        """Return the height of each row."""
        return [max(least, len(lines) * (self.size + 1) + least / 3) for lines in self.labels]

    @property
    def left(self) -> float:
        """Where the axis begins, so that no label is cut."""
        widest = max((lettering.width(line, self.size) for lines in self.labels for line in lines), default=0)
        return widest + 14

    def write(self, sheet: Sheet, right: float, middles: Sequence[float]) -> None:
        """Write the labels, each around the middle of its row."""
        step = self.size + 1
        for lines, y in zip(self.labels, middles, strict=True):
            first = y + self.size / 3 - (len(lines) - 1) * step / 2
            for i, line in enumerate(lines):
                sheet.text(right, first + i * step, line, "end", colour=INK, size=self.size)


@dataclass(frozen=True, slots=True)
class Axis:
    """What the findings of a question are drawn along."""

    scale: Scale
    low: float
    high: float
    """The range within the limit; infinite where there is none."""
    equal: float | None
    """Where equal groups are; None where a group's own value is compared with the limit."""
    written: Callable[[float], str]
    """A tick's text."""
    stated: bool
    """Whether there is a limit."""

    @classmethod
    def of(cls, question: Question, findings: Sequence[Finding], places: Places) -> Axis:
        """Return the axis that holds the findings with their intervals and the limit that they are nearest to."""
        compare, limit, rate = question.result.compare, question.result.limit, question.rate
        spans = [end for f in findings for i in (f.interval, f.interval_fail) for end in (i.low, i.high)]
        spans += [finding.value for finding in findings if finding.value is not None]
        low, high = ends(limit, compare)
        if compare == "ratio":
            over = any(finding.value is not None and finding.value > 1 for finding in findings)
            near = [high if over else low] if limit.stated else []
            scale, equal = scales.ratio([*spans, *near], places), 1.0
            return cls(scale, low, high, equal, lambda value: typeset(plain(value)), limit.stated)
        if compare == "difference":
            scale = scales.linear([*spans, low, high], places)
            factor = 100 if rate else 1
            return cls(scale, low, high, 0.0, lambda value: typeset(plain(factor * value)), limit.stated)
        room = (0.0, 1.0) if rate else (-math.inf, math.inf)
        return cls(
            scales.linear([*spans, low, high], places, *room), low, high, None, values_of(question), limit.stated
        )

    def band(self, sheet: Sheet, top: float, bottom: float) -> None:
        """Shade what lies within the limit, and draw the limit and where equal groups are."""
        if self.stated:
            sheet.box(self.scale(self.low), top, self.scale(self.high), bottom, WITHIN)
            for end in (self.low, self.high):
                if self.scale.holds(end):
                    sheet.line([self.scale(end)] * 2, [top, bottom], GREEN, 1.2)
        if self.equal is not None:
            sheet.line([self.scale(self.equal)] * 2, [top, bottom], MUTED, 1)

    def whiskers(self, sheet: Sheet, finding: Finding, y: float, *, thick: float = 2.6) -> None:
        """Draw the interval that a pass needs as a thick line and the one that a failure needs as a thin one.

        One that leaves the axis ends in an arrow.
        """
        scale, colour = self.scale, MARKS[finding.verdict][1]
        for limits, width in ((finding.interval_fail, 1.0), (finding.interval, thick)):
            sheet.line([scale(limits.low), scale(limits.high)], [y, y], colour, width)
        if finding.interval_fail.high > scale.high:
            sheet.marks([scale.right], [y], "right", colour, 5)
        if finding.interval_fail.low < scale.low:
            sheet.marks([scale.left], [y], "left", colour, 5)

    def ticks(self, sheet: Sheet, y: float, size: float = _TICK, overhang: float = math.inf) -> None:
        """Draw the line of the axis with its ticks and their texts."""
        ruler(sheet, self.scale, y, self.written, size=size, overhang=overhang)


def ruler(
    sheet: Sheet,
    scale: Scale,
    y: float,
    written: Callable[[float], str],
    *,
    size: float = _TICK,
    overhang: float = math.inf,
) -> None:
    """Draw an axis below a panel, with as many ticks as have room."""
    sheet.line([scale.left, scale.right], [y, y], MUTED, 0.8)
    for x, text in scale.labels(written, size, overhang):
        sheet.line([x, x], [y, y + 3], MUTED, 0.8)
        sheet.text(x, y + size + 4.5, text, "middle", size=size)


def values_of(question: Question) -> Callable[[float], str]:
    """Return how a group's own value is written at a tick."""
    return lambda value: typeset(percent(value, digits=0) if question.rate else plain(value))


def caption(question: Question, findings: Sequence[Finding]) -> str:
    """Return what is compared with what, and what the limit is."""
    compare, limit = question.result.compare, question.result.limit
    other = next((names.values(finding.reference) for finding in findings if finding.reference), None)
    shaded = typeset(limit_text(limit, compare, rate=question.rate))
    what = _what(question, other)
    if not limit.stated:
        return say("{what}; no limit is stated", what=what)
    return say("{what}; shaded: {limit}", what=what, limit=shaded)


def _what(question: Question, reference: str | None) -> str:
    compare = question.result.compare
    if compare == "value":
        return sentence(term(question.name))
    if reference is None:
        if compare == "ratio":
            return say("Ratio")
        return say("Points of difference") if question.rate else say("Difference")
    if compare == "ratio":
        return say("Ratio against {reference}", reference=reference)
    if question.rate:
        return say("Points of difference against {reference}", reference=reference)
    return say("Difference against {reference}", reference=reference)


class Panel:
    """One axis on a sheet, with a caption above it.

    Parameters
    ----------
    sheet : Sheet
        Where it is drawn.
    rows : Rows
        The groups.
    top : float
        Where it begins on the sheet; `end` is where the next one may.
    said : str
        The caption.
    numbers : sequence of (str, str, float)
        What stands at the right of each row: text, colour and size.
    """

    def __init__(
        self, sheet: Sheet, rows: Rows, top: float, said: str, numbers: Sequence[tuple[str, str, float]]
    ) -> None:
        widest = max((lettering.width(text, size) for text, _, size in numbers), default=0.0)
        self.sheet, self.rows, self.left, self.right = sheet, rows, rows.left, WIDTH - max(_RIGHT, widest + 18)
        self.top = sheet.lines(6, top + 14, said) + 10
        self.bottom = self.top
        self.middles: list[float] = []
        for height in rows.heights():
            self.middles.append(self.bottom + height / 2)
            self.bottom += height
        for y, (text, colour, size) in zip(self.middles, numbers, strict=True):
            sheet.text(WIDTH - 6, y + 4, text, "end", colour=colour, size=size)
        self.end = self.bottom + FOOT

    def guides(self) -> None:
        """Draw a line for each row with the group's name before it."""
        for y in self.middles:
            self.sheet.line([self.left, self.right], [y, y], LINE, 0.6)
        self.rows.write(self.sheet, self.left - 8, self.middles)

    def marks(self, scale: Scale, values: Sequence[float | None], *, verdicts: bool) -> None:
        """Draw a mark for each value; by shape and colour for its verdict, hollow and grey where nothing was judged."""
        styles: dict[Look, list[tuple[float, float]]] = {}
        for row, value, y in zip(self.rows.rows, values, self.middles, strict=True):
            style: Look = ("circle", INK, False)
            if not row.judged:
                style = ("circle", MUTED, True)
            elif verdicts and row.finding is not None:
                style = MARKS[row.finding.verdict]
            if value is not None:
                styles.setdefault(style, []).append((scale(value), y))
        for (shape, colour, hollow), points in styles.items():
            self.sheet.marks([x for x, _ in points], [y for _, y in points], shape, colour, hollow=hollow)


def own_values(
    sheet: Sheet, rows: Rows, top: float, question: Question, *, everybody: Group | None, confidence: float
) -> float:
    """Draw each group's own value with its interval, and everybody's as a line; return where it ends.

    Where the rule is about these values, its limit is drawn instead.
    """
    limited = question.result.compare == "value"
    total = None if everybody is None or limited else measured(everybody, question.estimand)
    what, shown = sentence(term(question.name)), level(confidence)
    if limited:
        limit = typeset(limit_text(question.result.limit, "value", rate=question.rate))
        said = say(
            "{metric}, with its {confidence} interval; shaded: {limit}", metric=what, confidence=shown, limit=limit
        )
    elif total is None:
        said = say("{metric}, with its {confidence} interval", metric=what, confidence=shown)
    else:
        said = say("{metric}, with its {confidence} interval; dashed: everybody", metric=what, confidence=shown)
    panel = Panel(sheet, rows, top, said, [_own(row, question) for row in rows.rows])
    known = [row.rate for row in rows.rows if row.rate is not None]
    spans = [end for rate in known if rate.interval for end in (rate.interval.low, rate.interval.high)]
    bounds = ends(question.result.limit, "value")
    room = (0.0, 1.0) if question.rate else (-math.inf, math.inf)
    scale = scales.linear([*spans, *(bounds if limited else ())], (panel.left, panel.right), *room)
    if limited:
        Axis(scale, *bounds, None, values_of(question), question.result.limit.stated).band(
            sheet, panel.top, panel.bottom
        )
    panel.guides()
    ruler(sheet, scale, panel.bottom, values_of(question))
    if total is not None and total.value is not None and scale.holds(total.value):
        sheet.line([scale(total.value)] * 2, [panel.top, panel.bottom], MUTED, 1, dashed=True)
    for row, y in zip(rows.rows, panel.middles, strict=True):
        rate = row.rate
        if rate is not None and rate.value is not None and rate.interval is not None:
            sheet.line([scale(rate.interval.low), scale(rate.interval.high)], [y, y], INK, 1.6)
    panel.marks(scale, [None if row.rate is None else row.rate.value for row in rows.rows], verdicts=limited)
    return panel.end


def comparisons(sheet: Sheet, rows: Rows, top: float, question: Question) -> float:
    """Draw each group's ratio or difference to the reference, and the limit as a band; return where it ends."""
    findings = [row.finding for row in rows.rows if row.finding is not None]
    panel = Panel(sheet, rows, top, caption(question, findings), [_compared(row) for row in rows.rows])
    axis = Axis.of(question, findings, (panel.left, panel.right))
    axis.band(sheet, panel.top, panel.bottom)
    panel.guides()
    axis.ticks(sheet, panel.bottom)
    for row, y in zip(rows.rows, panel.middles, strict=True):
        if row.finding is not None:
            axis.whiskers(sheet, row.finding, y)
    panel.marks(axis.scale, [row.finding.value if row.finding else None for row in rows.rows], verdicts=True)
    return panel.end


def _own(row: Row, question: Question) -> tuple[str, str, float]:
    """Return a group's own value as the panel writes it."""
    if row.rate is None or row.rate.value is None:
        return "", MUTED, 11.0
    number = percent(row.rate.value) if question.rate else fixed(row.rate.value, 3)
    return typeset(number), INK if row.judged else MUTED, 11.0


def _compared(row: Row) -> tuple[str, str, float]:
    """Return what the panel writes of a comparison."""
    if row.finding is None:
        return unjudged(row), MUTED, 9.5
    if row.finding.value is None:
        return say("undefined"), MUTED, 9.5
    return typeset(number_text(row.finding)), INK, 11.0


def unjudged(row: Row) -> str:
    """Return in a word why a row shows no comparison."""
    return say("reference") if row.reference else say("missing") if row.missing else say("not judged")
