"""A sheet to draw on, in points from the top left, saved as SVG or PNG; the only module that imports matplotlib."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

INK, MUTED, LINE, CARD = "#1f2328", "#595959", "#c9d1d9", "#ffffff"
GREEN, VERMILLION, BLUE, PURPLE = "#009e73", "#d55e00", "#0072b2", "#cc79a7"
WITHIN, SHADE = "#e3f1ea", "#e4e7eb"
COLOURS = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    CARD: "card",
    GREEN: "green",
    VERMILLION: "vermillion",
    BLUE: "blue",
    PURPLE: "purple",
    WITHIN: "within",
    SHADE: "shade",
}
"""Each colour with the name of the page's variable that stands for it, in light and dark; the four colours of marks are
Okabe and Ito's."""

FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
CHARACTER = 0.62
"""Width of an average character in font sizes; a little more than most fonts need, so that no label is cut."""

Anchor = Literal["start", "middle", "end"]
Shape = Literal["circle", "square", "diamond", "cross", "left", "right"]
_SHAPES = {"circle": "o", "square": "s", "diamond": "D", "cross": "X", "left": "<", "right": ">"}
_ANCHORS: dict[Anchor, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "fairaudit", "path.simplify": False}


class Sheet:
    """A figure of a fixed size, on which nothing is laid out by itself.

    Parameters
    ----------
    width, height : float
        Size in points.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.width, self.height = width, height
        self._figure: Figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor=CARD)
        self._points = Affine2D().scale(1 / 72, -1 / 72).translate(0, height / 72) + self._figure.dpi_scale_trans

    def line(
        self, x: Sequence[float], y: Sequence[float], colour: str = INK, width: float = 1.0, *, dashed: bool = False
    ) -> None:
        """Draw a line through points."""
        from matplotlib.lines import Line2D

        line = Line2D(x, y, color=colour, linewidth=width, transform=self._points, solid_capstyle="butt")
        if dashed:
            line.set_dashes((3, 2.5))
        self._figure.add_artist(line)

    def area(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Fill a polygon."""
        from matplotlib.patches import Polygon

        self._figure.add_artist(
            Polygon(points, closed=True, facecolor=colour, edgecolor="none", transform=self._points)
        )

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
        from matplotlib.lines import Line2D

        if len(x):
            self._figure.add_artist(
                Line2D(
                    x,
                    y,
                    linestyle="",
                    marker=_SHAPES[shape],
                    markersize=size,
                    markerfacecolor=CARD if hollow else colour,
                    markeredgecolor=colour if hollow else CARD,
                    markeredgewidth=1.6 if hollow else 0.8,
                    transform=self._points,
                )
            )

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
        """Write one line on a base line; nothing in it is a formula."""
        from matplotlib.text import Text

        weight = "bold" if bold else "normal"
        self._figure.add_artist(
            Text(
                x,
                y,
                text,
                color=colour,
                fontsize=size,
                fontweight=weight,
                horizontalalignment=_ANCHORS[anchor],
                verticalalignment="baseline",
                parse_math=False,
                transform=self._points,
            )
        )

    def svg(self, title: str, description: str, number: int = 0) -> str:
        """Return the sheet as an SVG element with its title and description.

        Parameters
        ----------
        title, description : str
            What it is, and what it shows in words.
        number : int
            Makes the element's ids unique in a page.
        """
        buffer = io.StringIO()
        self._save(buffer, "svg")
        return _tidy(buffer.getvalue(), title, description, f"f{number}-")

    def png(self, dpi: int = 160) -> bytes:
        """Return the sheet as a PNG."""
        buffer = io.BytesIO()
        self._save(buffer, "png", dpi)
        return buffer.getvalue()

    def _save(self, buffer: io.StringIO | io.BytesIO, form: str, dpi: int = 72) -> None:
        from matplotlib import rc_context

        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None} if form == "svg" else {"Software": None}
        with rc_context(_SETTINGS), warnings.catch_warnings():
            # a letter that the font of the drawing has not is drawn by the browser from another one
            warnings.filterwarnings("ignore", message="Glyph")
            self._figure.savefig(buffer, format=form, dpi=dpi, metadata=nothing)


def heading(sheet: Sheet, title: str) -> None:
    """Write a figure's title at its top, smaller where it is long; a very long one is cut."""
    room = 58
    size = max(9.0, min(12.0, 12.0 * room / max(len(title), 1)))
    most = int(room * 12 / size)
    sheet.text(6, 17, title if len(title) <= most else f"{title[: most - 1]}…", colour=INK, size=size, bold=True)


def inline(svg: str) -> str:
    """Return an SVG element whose colours are the page's, on the page's ground."""
    names = re.compile("|".join(COLOURS))

    def coloured(tag: re.Match[str]) -> str:
        return names.sub(lambda match: f"var(--plot-{COLOURS[match.group()]})", tag.group())

    # names from the data stand between tags, where every < is escaped
    return re.sub(r"<[^>]*>", coloured, svg).replace(' xmlns="http://www.w3.org/2000/svg"', "", 1)


def _tidy(svg: str, title: str, description: str, prefix: str) -> str:
    """Return matplotlib's document as one small element: only what is drawn, ids only where they are used."""
    body = svg[svg.index("<g ") : svg.rindex("</svg>")]
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', body))

    def small(match: re.Match[str]) -> str:
        tag = " ".join(match.group().split())
        tag = re.sub(r' id="([^"]*)"', lambda found: f' id="{prefix}{found[1]}"' if found[1] in used else "", tag)
        tag = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}", tag).replace("xlink:href", "href")
        tag = re.sub(r" font-family: [^;\"]*;?| transform=\"rotate\(-?0 [^\"]*\"", "", tag)
        tag = re.sub(r"(\d+\.\d)\d+", r"\1", tag)
        return tag.replace(" z ", "z").replace('" style=""', '"')

    body = re.sub(r"<[^>]*>", small, body)
    if "<g " not in body:
        body = re.sub(r"</?g ?/?>", "", body)
    body = re.sub(r">\s+<", ">\n<", body).strip()
    size = re.search(r'viewBox="([^"]*)"', svg)
    assert size is not None  # noqa: S101  matplotlib always writes it
    box = size[1]
    width, height = box.split()[2:]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{prefix}t {prefix}d" font-family="{FONTS}" stroke-linejoin="round">\n'
        f'<title id="{prefix}t">{_text(title)}</title>\n<desc id="{prefix}d">{_text(description)}</desc>\n'
        f"{body}\n</svg>\n"
    )


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
