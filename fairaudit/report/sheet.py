"""A sheet to draw on, in points from the top left; it is written as SVG and drawn by matplotlib from the same marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fairaudit.report import lettering

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

INK, MUTED, LINE, CARD = "#1f2328", "#595959", "#c9d1d9", "#ffffff"
GREEN, VERMILLION, BLUE, PURPLE = "#009e73", "#d55e00", "#0072b2", "#cc79a7"
WITHIN, SHADE = "#e3f1ea", "#e4e7eb"
"""The four colours of marks are Okabe and Ito's."""

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
Shape = Literal["circle", "square", "diamond", "cross", "left", "right", "up", "down"]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float
    dashed: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The same mark at every point."""

    points: tuple[Point, ...]
    shape: Shape
    colour: str
    size: float
    hollow: bool


@dataclass(frozen=True, slots=True)
class Text:
    """One line on a base line."""

    x: float
    y: float
    text: str
    anchor: Anchor
    colour: str
    size: float
    bold: bool


class Sheet:
    """A drawing on which nothing is laid out by itself; lines lie on areas, marks on lines, and texts on everything.

    Parameters
    ----------
    width, height : float
        Size in points; the height may be set when everything has been drawn.
    """

    def __init__(self, width: float, height: float = 0.0) -> None:
        self.width, self.height = width, height
        self.drawn: list[Stroke | Area | Marks | Text] = []

    def line(
        self, x: Sequence[float], y: Sequence[float], colour: str = INK, width: float = 1.0, *, dashed: bool = False
    ) -> None:
        """Draw a line through points."""
        if len(x):
            self.drawn.append(Stroke(tuple(zip(x, y, strict=True)), colour, width, dashed))

    def area(self, points: Iterable[Point], colour: str) -> None:
        """Fill a polygon."""
        self.drawn.append(Area(tuple(points), colour))

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """Fill a rectangle."""
        self.area([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def marks(
        self,
        x: Sequence[float],
        y: Sequence[float],
        shape: Shape,
        colour: str,
        size: float = 7.5,
        *,
        hollow: bool = False,
    ) -> None:
        """Draw the same mark at every point, filled or with a rim only."""
        if len(x):
            self.drawn.append(Marks(tuple(zip(x, y, strict=True)), shape, colour, size, hollow))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        anchor: Anchor = "start",
        *,
        colour: str = MUTED,
        size: float = 11,
        bold: bool = False,
    ) -> None:
        """Write one line on a base line; nothing in it is a formula or markup."""
        if text:
            self.drawn.append(Text(x, y, text, anchor, colour, size, bold))

    def lines(
        self, x: float, y: float, text: str, *, size: float = 11, colour: str = MUTED, bold: bool = False
    ) -> float:
        """Write a text in as many lines as it needs up to the right edge, and return the last base line."""
        for i, line in enumerate(lettering.lines(text, self.width - x - 6, size, bold=bold)):
            y += (size + 2.5) * (i > 0)
            self.text(x, y, line, size=size, colour=colour, bold=bold)
        return y

    def svg(self, title: str, description: str, number: int = 0) -> str:
        """Return the sheet as an SVG document with its title and description.

        Parameters
        ----------
        title, description : str
            What it is, and what it shows in words.
        number : int
            Makes the document's ids unique in a page.
        """
        from fairaudit.report import svg

        return svg.document(self, title, description, f"f{number}-")

    def png(self, dpi: int = 160) -> bytes:
        """Return the sheet as a PNG."""
        from fairaudit.report import plots

        return plots.png(self, dpi)


def heading(sheet: Sheet, title: str) -> float:
    """Write a figure's title at its top, smaller where it is long, and return where the next part may begin."""
    size = 12.0
    while size > 9 and len(lettering.lines(title, sheet.width - 12, size, bold=True)) > 1:
        size -= 0.5
    return sheet.lines(6, 17, title, size=size, colour=INK, bold=True) + 9
