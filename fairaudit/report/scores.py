"""Small multiples of the scores: how each group's are spread, and what share of each score's customers is positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit import intervals
from fairaudit.report import names, plots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Group, ScoreBin

MOST_GROUPS = 12
_WIDTH = 420.0
_TOP, _GAP_X, _GAP_Y = 44.0, 16.0, 40.0
_FEWEST = 20
"""Labelled customers that a point of the calibration needs."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """The place of one small picture."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def x(self, share: float) -> float:
        return self.left + share * self.width

    def y(self, share: float) -> float:
        return self.bottom - share * self.height


def distribution(groups: Sequence[Group], everybody: Group, title: str) -> plots.Sheet:
    """Return a picture per group: the share of its customers in each twentieth of the scale, beside everybody's."""
    chosen = groups[:MOST_GROUPS]
    top = max(max(_shares(group.scores)) for group in [everybody, *chosen])
    sheet, cells = _sheet(len(chosen), 6.0, 76, title, len(groups) - len(chosen))
    reference = _outline(_shares(everybody.scores), top)
    for group, cell in zip(chosen, cells, strict=True):
        shape = _outline(_shares(group.scores), top)
        sheet.area([(cell.x(x), cell.y(y)) for x, y in [(0.0, 0.0), *shape, (1.0, 0.0)]], plots.SHADE)
        sheet.line([cell.x(x) for x, _ in shape], [cell.y(y) for _, y in shape], plots.BLUE, 1.4)
        sheet.line([cell.x(x) for x, _ in reference], [cell.y(y) for _, y in reference], plots.MUTED, 0.8, dashed=True)
        _frame(sheet, cell, group, everybody.scores)
    sheet.text(6, 33, "Share of customers at each score; dashed: everybody")
    return sheet


def calibration(groups: Sequence[Group], title: str, confidence: float) -> plots.Sheet:
    """Return a picture per group: the observed share of positives at each score, with intervals, and the diagonal."""
    chosen = groups[:MOST_GROUPS]
    sheet, cells = _sheet(len(chosen), 40.0, 104, title, len(groups) - len(chosen))
    for group, cell in zip(chosen, cells, strict=True):
        _frame(sheet, cell, group, group.scores)
        for share in (0.0, 0.5, 1.0):
            sheet.line([cell.left, cell.x(1)], [cell.y(share)] * 2, plots.LINE, 0.5)
            if cell.left == cells[0].left:
                sheet.text(cell.left - 5, cell.y(share) + 3, f"{100 * share:.0f} %", "end", size=9)
        ends = (group.scores[0].low, group.scores[-1].high)
        sheet.line([cell.left, cell.x(1)], [cell.y(end) for end in ends], plots.MUTED, 0.8, dashed=True)
        xs, ys = [], []
        for low, high, n, k in _tenths(group.scores):
            if n < _FEWEST:
                continue
            x, limits = cell.x((low + high) / 2), intervals.rate(k, n, confidence)
            sheet.line([x, x], [cell.y(limits.low), cell.y(limits.high)], plots.BLUE, 1.4)
            xs.append(x)
            ys.append(cell.y(k / n))
        if not xs:
            sheet.text(cell.x(0.5), cell.y(0.45), "too few labels", "middle", size=9.5)
        sheet.line(xs, ys, plots.BLUE, 0.8)
        sheet.marks(xs, ys, "circle", plots.BLUE, 5)
    sheet.text(6, 33, "Share of positives at each score; dashed: as the score foretells")
    return sheet


def _sheet(n: int, left: float, height: float, title: str, left_out: int) -> tuple[plots.Sheet, list[_Cell]]:
    """Return a sheet and the places of its pictures, two or three in a row."""
    columns = 2 if n in (1, 2, 4) else 3
    sheet = plots.Sheet(_WIDTH, _TOP + -(-n // columns) * (height + _GAP_Y) + (16 if left_out else 0))
    plots.heading(sheet, title)
    width = (_WIDTH - left - 10 - (columns - 1) * _GAP_X) / columns
    cells = [
        _Cell(left + (i % columns) * (width + _GAP_X), _TOP + 16 + (i // columns) * (height + _GAP_Y), width, height)
        for i in range(n)
    ]
    if left_out:
        more = "1 more group" if left_out == 1 else f"{left_out:,} more groups"
        sheet.text(6, sheet.height - 8, f"and {more}: in audit.json")
    return sheet, cells


def _frame(sheet: plots.Sheet, cell: _Cell, group: Group, scores: Sequence[ScoreBin]) -> None:
    """Draw a picture's base line, its ticks and the group's name."""
    name = names.values(group.group)
    most = int(cell.width / (11 * plots.CHARACTER))
    if names.width(name) > most:
        while names.width(name) > most - 1:
            name = name[:-1]
        name += "…"
    sheet.text(cell.left, cell.top - 5, name, colour=plots.INK)
    sheet.line([cell.left, cell.x(1)], [cell.bottom] * 2, plots.MUTED, 0.8)
    low, high = scores[0].low, scores[-1].high
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        sheet.line([cell.x(share)] * 2, [cell.bottom, cell.bottom + 3], plots.MUTED, 0.8)
        sheet.text(cell.x(share), cell.bottom + 12, f"{low + share * (high - low):g}", anchor, size=9)  # type: ignore[arg-type]


def _shares(scores: Sequence[ScoreBin]) -> list[float]:
    n = sum(b.n for b in scores)
    return [b.n / n if n else 0.0 for b in scores]


def _outline(shares: Sequence[float], top: float) -> list[tuple[float, float]]:
    """Return the steps of a histogram as points in the unit square."""
    width = 1 / len(shares)
    return [(x, share / top if top else 0.0) for i, share in enumerate(shares) for x in (i * width, (i + 1) * width)]


def _tenths(scores: Sequence[ScoreBin]) -> list[tuple[float, float, int, int]]:
    """Return low, high, labelled and positives of each tenth of the scale, as shares of the scale."""
    pairs = list(zip(scores[::2], scores[1::2], strict=True))
    return [
        (i / len(pairs), (i + 1) / len(pairs), a.labelled + b.labelled, a.positives + b.positives)
        for i, (a, b) in enumerate(pairs)
    ]
