"""Rows of groups beside one axis: their own values, or how they compare with the reference and the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.findings import Verdict
from fairaudit.report import names, plots, scales
from fairaudit.report.arrange import measured
from fairaudit.report.numbers import ends, fixed, level, limit_text, percent, plain, typeset
from fairaudit.report.values import value_text
from fairaudit.report.words import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fairaudit.findings import Finding, Group
    from fairaudit.report.arrange import Question, Row
    from fairaudit.report.scales import Scale

WIDTH = 420.0
"""Of the whole figure."""
CAPTION, FOOT = 24.0, 38.0
"""Room above the first row and below the last one."""
_RIGHT = 68.0
_ROW, _LINE = 25.0, 12.0
_LETTERS = 20
"""Characters of a label's line; a longer name goes on in the next one."""
_MARKS: dict[Verdict, tuple[plots.Shape, str, bool]] = {
    Verdict.PASS: ("circle", plots.GREEN, False),
    Verdict.FAIL: ("square", plots.VERMILLION, False),
    Verdict.INCONCLUSIVE: ("diamond", plots.BLUE, True),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """Groups one below the other, each as high as its label needs."""

    rows: tuple[Row, ...]
    labels: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Rows:
        """Return the rows with their groups' names in lines."""
        return cls(tuple(rows), tuple(tuple(label(names.values(row.group.group))) for row in rows))

    @property
    def heights(self) -> list[float]:
        """The height of each row."""
        return [max(_ROW, len(lines) * _LINE + 8) for lines in self.labels]

    @property
    def left(self) -> float:
        """Where the axis begins, so that no label is cut."""
        widest = max((names.width(line) for lines in self.labels for line in lines), default=0)
        return widest * 11 * plots.CHARACTER + 16


def label(text: str) -> list[str]:
    """Return the lines of a label, none longer than fits beside the axis; nothing is left out."""
    lines, line = [], ""
    for word in _short(text.split(" ")):
        joined = f"{line} {word}" if line else word
        if names.width(joined) > _LETTERS:
            lines.append(line)
            line = word
        else:
            line = joined
    return [*lines, line]


def _short(words: Sequence[str]) -> Iterator[str]:
    """Yield words, those longer than a line in pieces."""
    for word in words:
        rest = word
        while names.width(rest) > _LETTERS:
            head = rest[:_LETTERS]
            while names.width(head) > _LETTERS:
                head = head[:-1]
            yield head
            rest = rest[len(head) :]
        yield rest


class Panel:
    """One axis on a sheet, with a caption above it.

    Parameters
    ----------
    sheet : Sheet
        Where it is drawn.
    rows : Rows
        The groups.
    top : float
        Where it begins on the sheet.
    """

    def __init__(self, sheet: plots.Sheet, rows: Rows, top: float) -> None:
        self.sheet, self.rows, self.left, self.right = sheet, rows, rows.left, WIDTH - _RIGHT
        self.caption, self.top = top + 14, top + CAPTION
        self.bottom = self.top
        self.middles: list[float] = []
        for height in rows.heights:
            self.middles.append(self.bottom + height / 2)
            self.bottom += height

    def values(self, question: Question, everybody: Group | None, confidence: float) -> None:
        """Draw each group's own value with its interval, and everybody's as a line.

        Where the rule is about these values, its limit is drawn instead.
        """
        known = [row.rate for row in self.rows.rows if row.rate is not None]
        spans = [end for rate in known if rate.interval for end in (rate.interval.low, rate.interval.high)]
        limited = question.result.compare == "value"
        bounds = ends(question.result.limit, "value")
        total = None if everybody is None or limited else measured(everybody, question.estimand)
        room = (0.0, 1.0) if question.rate else (-math.inf, math.inf)
        scale = scales.linear([*spans, *(bounds if limited else ())], (self.left, self.right), *room)
        said = "" if total is None else "; dashed: everybody"
        self._caption(f"{sentence(question.name)}, with its {level(confidence)} interval{said}")
        if limited and question.result.limit.stated:
            self._within(scale, *bounds)
        self._frame(scale, lambda value: percent(value, digits=0) if question.rate else f"{value:g}")
        if total is not None and total.value is not None and scale.holds(total.value):
            place = scale(total.value)
            self.sheet.line([place, place], [self.top, self.bottom], plots.MUTED, 1, dashed=True)
        for row, y in zip(self.rows.rows, self.middles, strict=True):
            rate = row.rate
            if rate is not None and rate.value is not None and rate.interval is not None:
                self.sheet.line([scale(rate.interval.low), scale(rate.interval.high)], [y, y], plots.INK, 1.6)
                shown = percent(rate.value) if question.rate else fixed(rate.value, 3)
                self._said(y, shown, plots.INK if row.judged else plots.MUTED)
        self._marks(scale, [None if row.rate is None else row.rate.value for row in self.rows.rows], verdicts=limited)

    def comparisons(self, question: Question) -> None:
        """Draw each group's ratio or difference to the reference, and the limit as a band."""
        compare, limit = question.result.compare, question.result.limit
        findings = [row.finding for row in self.rows.rows if row.finding is not None]
        spans = [end for f in findings for i in (f.interval, f.interval_fail) for end in (i.low, i.high)]
        low, high = ends(limit, compare)
        if compare == "ratio":
            over = any(finding.value is not None and finding.value > 1 for finding in findings)
            scale = scales.ratio([*spans, *([high if over else low] if limit.stated else [])], (self.left, self.right))
        else:
            scale = scales.linear([*spans, low, high], (self.left, self.right))
        in_points = compare == "difference" and question.rate
        word = "Points of difference" if in_points else "Ratio" if compare == "ratio" else "Difference"
        reference = next((f" against {names.values(f.reference)}" for f in findings if f.reference), "")
        if limit.stated:
            self._caption(f"{word}{reference}; shaded: {typeset(limit_text(limit, compare, rate=question.rate))}")
            self._within(scale, low, high)
        else:
            self._caption(f"{word}{reference}; no limit is stated")
        self._frame(scale, lambda value: typeset(plain(100 * value if in_points else value)))
        equal = scale(1.0 if compare == "ratio" else 0.0)
        self.sheet.line([equal, equal], [self.top, self.bottom], plots.MUTED, 1)
        for row, y in zip(self.rows.rows, self.middles, strict=True):
            if row.finding is not None:
                self._intervals(scale, row.finding, y)
                self._said(y, typeset(value_text(row.finding).removesuffix(" points")), plots.INK)
            else:
                self._said(y, "reference" if row.reference else "missing" if row.missing else "not judged", size=9.5)
        self._marks(scale, [row.finding.value if row.finding else None for row in self.rows.rows], verdicts=True)

    def _caption(self, text: str) -> None:
        self.sheet.text(6, self.caption, text if len(text) < 70 else f"{text[:68]}…")

    def _said(self, y: float, text: str, colour: str = plots.MUTED, size: float = 11) -> None:
        """Write a row's number at the right."""
        self.sheet.text(WIDTH - 6, y + 4, text, "end", colour=colour, size=size)

    def _within(self, scale: Scale, low: float, high: float) -> None:
        self.sheet.box(scale(low), self.top, scale(high), self.bottom, plots.WITHIN)
        for end in (low, high):
            if scale.holds(end):
                self.sheet.line([scale(end)] * 2, [self.top, self.bottom], plots.GREEN, 1.2)

    def _frame(self, scale: Scale, say: Callable[[float], str]) -> None:
        """Draw the rows' guides with their labels, the axis and its ticks."""
        for lines, y in zip(self.rows.labels, self.middles, strict=True):
            self.sheet.line([self.left, self.right], [y, y], plots.LINE, 0.6)
            first = y + 4 - (len(lines) - 1) * _LINE / 2
            for i, line in enumerate(lines):
                self.sheet.text(self.left - 8, first + i * _LINE, line, "end", colour=plots.INK)
        self.sheet.line([self.left, self.right], [self.bottom, self.bottom], plots.MUTED, 0.8)
        for tick in scale.ticks():
            x = scale(tick)
            self.sheet.line([x, x], [self.bottom, self.bottom + 3], plots.MUTED, 0.8)
            self.sheet.text(x, self.bottom + 14, say(tick), "middle", size=9.5)

    def _intervals(self, scale: Scale, finding: Finding, y: float) -> None:
        """Draw the interval that a pass needs as a thick line and the one that a failure needs as a thin one."""
        colour = _MARKS[finding.verdict][1]
        for limits, width in ((finding.interval_fail, 1.0), (finding.interval, 2.6)):
            self.sheet.line([scale(limits.low), scale(limits.high)], [y, y], colour, width)
        if finding.interval_fail.high > scale.high:
            self.sheet.marks([scale.right], [y], "right", colour, 5)
        if finding.interval_fail.low < scale.low:
            self.sheet.marks([scale.left], [y], "left", colour, 5)

    def _marks(self, scale: Scale, values: Sequence[float | None], *, verdicts: bool) -> None:
        """Draw a mark for each value; by shape and colour for its verdict, hollow and grey where nothing was judged."""
        styles: dict[tuple[plots.Shape, str, bool], list[tuple[float, float]]] = {}
        for row, value, y in zip(self.rows.rows, values, self.middles, strict=True):
            style: tuple[plots.Shape, str, bool] = ("circle", plots.INK, False)
            if not row.judged:
                style = ("circle", plots.MUTED, True)
            elif verdicts and row.finding is not None:
                style = _MARKS[row.finding.verdict]
            if value is not None:
                styles.setdefault(style, []).append((scale(value), y))
        for (shape, colour, hollow), points in styles.items():
            self.sheet.marks([x for x, _ in points], [y for _, y in points], shape, colour, hollow=hollow)
