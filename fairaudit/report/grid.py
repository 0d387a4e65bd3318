"""Small pictures beside and below each other, each with its name above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.report import lettering
from fairaudit.report.sheet import INK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.report.sheet import Sheet

_GAP, _EDGE, _SIZE = 14.0, 12.0, 10.0


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of one small picture."""

    left: float
    top: float
    right: float
    bottom: float
    first: bool
    """Whether it is the first of its row, beside which the labels stand."""

    @property
    def width(self) -> float:
        """From the left edge to the right one."""
        return self.right - self.left

    def x(self, share: float) -> float:
        """Return the place of a share of the width."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """Return the place of a share of the height, from the bottom."""
        return self.bottom - share * (self.bottom - self.top)


class Grid:
    """The places of small pictures, two or three in a row; their names are written above them.

    Parameters
    ----------
    sheet : Sheet
        Where they are drawn.
    names : sequence of str
        Of the pictures; a long one goes on in the next line.
    notes : sequence of str
        A line below each name; empty for none.
    top : float
        Where the first row begins; `end` is where the last one ends.
    left : float
        Where the first column's pictures begin.
    height : float
        Of a picture.
    foot : float
        Room below a picture.
    """

    def __init__(
        self,
        sheet: Sheet,
        names: Sequence[str],
        top: float,
        *,
        left: float,
        height: float,
        foot: float,
        notes: Sequence[str] = (),
    ) -> None:
        columns = min(len(names), 2 if len(names) in (1, 2, 4) else 3)
        width = (sheet.width - left - _EDGE - (columns - 1) * _GAP) / columns
        if columns == 3 and any(len(lettering.lines(name, width, _SIZE)) > 3 for name in names):
            columns, width = 2, (sheet.width - left - _EDGE - _GAP) / 2
        self.cells: list[Cell] = []
        self.end = top
        for first in range(0, len(names), columns):
            written = [lettering.lines(name, width, _SIZE) for name in names[first : first + columns]]
            below = [lettering.lines(note, width, 9) for note in notes[first : first + columns]] or [[]] * len(written)
            tallest = max(len(a) * (_SIZE + 2) + len(b) * 11 for a, b in zip(written, below, strict=True))
            begins = self.end + 10 + tallest
            for i, (lines, small) in enumerate(zip(written, below, strict=True)):
                x = left + i * (width + _GAP)
                self.cells.append(Cell(x, begins, x + width, begins + height, first=i == 0))
                y = begins - 5
                for line in reversed(small):
                    sheet.text(x, y, line, size=9)
                    y -= 11
                for line in reversed(lines):
                    sheet.text(x, y, line, colour=INK, size=_SIZE)
                    y -= _SIZE + 2
            self.end = begins + height + foot
