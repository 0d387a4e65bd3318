"""Small multiples of the scores: how each group's are spread, and what share of each score's customers is positive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit import intervals
from fairaudit.report import names
from fairaudit.report.grid import Grid
from fairaudit.report.language import say, say_n, written
from fairaudit.report.panels import WIDTH
from fairaudit.report.scales import Scale
from fairaudit.report.sheet import BLUE, LINE, MUTED, SHADE, Sheet, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Group, ScoreBin
    from fairaudit.report.grid import Cell

MOST_GROUPS = 12
FEWEST = 20
"""Customers that a group's picture needs, and labelled ones that a point needs; fewer would show single customers."""


def distribution(groups: Sequence[Group], everybody: Group, title: str) -> Sheet:
    """Return a picture per group: the share of its customers in each twentieth of the scale, beside everybody's."""
    chosen = groups[:MOST_GROUPS]
    top = max(max(_shares(group.scores)) for group in [everybody, *chosen] if enough(group))
    sheet = Sheet(WIDTH)
    begins = sheet.lines(6, heading(sheet, title) + 12, say("Share of customers at each score; dashed: everybody"))
    grid = Grid(sheet, [names.values(group.group) for group in chosen], begins, left=6.0, height=76, foot=18)
    reference = _outline(_shares(everybody.scores), top)
    for group, cell in zip(chosen, grid.cells, strict=True):
        shape = _outline(_shares(group.scores), top)
        if enough(group):
            sheet.area([(cell.x(x), cell.y(y)) for x, y in [(0.0, 0.0), *shape, (1.0, 0.0)]], SHADE)
            sheet.line([cell.x(x) for x, _ in shape], [cell.y(y) for _, y in shape], BLUE, 1.4)
        else:
            sheet.text(cell.x(0.5), cell.y(0.75), say("too few customers"), "middle", size=9.5)
        sheet.line([cell.x(x) for x, _ in reference], [cell.y(y) for _, y in reference], MUTED, 0.8, dashed=True)
        _ruler(sheet, cell, everybody.scores)
    return ended(sheet, grid.end, len(groups) - len(chosen))


def calibration(groups: Sequence[Group], title: str, confidence: float) -> Sheet:
    """Return a picture per group: the observed share of positives at each score, with intervals, and the diagonal."""
    chosen = groups[:MOST_GROUPS]
    sheet = Sheet(WIDTH)
    said = say("Share of positives at each score; dashed: as the score foretells")
    begins = sheet.lines(6, heading(sheet, title) + 12, said)
    grid = Grid(sheet, [names.values(group.group) for group in chosen], begins, left=40.0, height=104, foot=18)
    for group, cell in zip(chosen, grid.cells, strict=True):
        _ruler(sheet, cell, group.scores)
        for share in (0.0, 0.5, 1.0):
            sheet.line([cell.left, cell.right], [cell.y(share)] * 2, LINE, 0.5)
            if cell.first:
                sheet.text(cell.left - 5, cell.y(share) + 3, f"{100 * share:.0f}\u00a0%", "end", size=9)
        ends = (group.scores[0].low, group.scores[-1].high)
        sheet.line([cell.left, cell.right], [cell.y(end) for end in ends], MUTED, 0.8, dashed=True)
        xs, ys = [], []
        for low, high, n, k in tenths(group.scores):
            if n < FEWEST:
                continue
            x, limits = cell.x((low + high) / 2), intervals.rate(k, n, confidence)
            sheet.line([x, x], [cell.y(limits.low), cell.y(limits.high)], BLUE, 1.4)
            xs.append(x)
            ys.append(cell.y(k / n))
        if not xs:
            sheet.text(cell.x(1), cell.y(0.08), say("too few labels"), "end", size=9.5)
        sheet.line(xs, ys, BLUE, 0.8)
        sheet.marks(xs, ys, "circle", BLUE, 5)
    return ended(sheet, grid.end, len(groups) - len(chosen))


def enough(group: Group) -> bool:
    """Return whether a group has so many scores that its picture shows none of a single customer."""
    return sum(one.n for one in group.scores) >= FEWEST


def ended(sheet: Sheet, end: float, left_out: int) -> Sheet:
    """Set the height of a sheet, and say how many groups are not on it."""
    if left_out:
        said = say_n("and {n} more group: in audit.json", "and {n} more groups: in audit.json", left_out)
        end = sheet.lines(6, end + 14, said) + 6
    sheet.height = end + 4
    return sheet


def _ruler(sheet: Sheet, cell: Cell, scores: Sequence[ScoreBin]) -> None:
    """Draw a picture's base line with the ends and the middle of the scale."""
    sheet.line([cell.left, cell.right], [cell.bottom] * 2, MUTED, 0.8)
    scale = Scale(scores[0].low, scores[-1].high, cell.left, cell.right)
    middle = (scale.low + scale.high) / 2
    for value, anchor in ((scale.low, "start"), (middle, "middle"), (scale.high, "end")):
        sheet.line([scale(value)] * 2, [cell.bottom, cell.bottom + 3], MUTED, 0.8)
        sheet.text(scale(value), cell.bottom + 12, written(f"{value:g}"), anchor, size=9)  # type: ignore[arg-type]


def _shares(scores: Sequence[ScoreBin]) -> list[float]:
    n = sum(b.n for b in scores)
    return [b.n / n if n else 0.0 for b in scores]


def _outline(shares: Sequence[float], top: float) -> list[tuple[float, float]]:
    """Return the steps of a histogram as points in the unit square."""
    width = 1 / len(shares)
    return [(x, share / top if top else 0.0) for i, share in enumerate(shares) for x in (i * width, (i + 1) * width)]


def tenths(scores: Sequence[ScoreBin]) -> list[tuple[float, float, int, int]]:
    """Return low, high, labelled and positives of each tenth of the scale, as shares of the scale."""
    pairs = list(zip(scores[::2], scores[1::2], strict=True))
    return [
        (i / len(pairs), (i + 1) / len(pairs), a.labelled + b.labelled, a.positives + b.positives)
        for i, (a, b) in enumerate(pairs)
    ]
