"""A sheet as a figure of matplotlib, for a notebook and as PNG; the only module that imports matplotlib."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Literal

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text as Lettering
from matplotlib.transforms import Affine2D

from fairaudit.report.sheet import CARD, Area, Marks, Stroke, Text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.backend_bases import RendererBase
    from matplotlib.transforms import Transform

    from fairaudit.report.sheet import Anchor, Sheet

_SHAPES = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "cross": "X",
    "left": "<",
    "right": ">",
    "up": "^",
    "down": "v",
}
_ANCHORS: dict[Anchor, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
_FONT = "DejaVu Sans"
"""Comes with matplotlib, so that a figure looks the same everywhere."""
_OTHERS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Yu Gothic"),
    *("Malgun Gothic", "WenQuanYi Zen Hei", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji", "Segoe UI Emoji"),
    *("Arial Unicode MS", "Symbola", "Unifont"),
)
"""For the letters that it has not; what no font has is drawn as a box that names the script."""


class Chart(Figure):
    """A figure of a report, which a notebook shows without pyplot."""

    def draw(self, renderer: RendererBase) -> None:
        """Draw it; a letter that no font has is a box, and no warning."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        return _saved(self, 144)


def chart(sheet: Sheet) -> Chart:
    """Return a sheet as a figure of matplotlib, of the same size."""
    figure = Chart(figsize=(sheet.width / 72, sheet.height / 72), dpi=100, facecolor=CARD)
    points = Affine2D().scale(1 / 72, -1 / 72).translate(0, sheet.height / 72) + figure.dpi_scale_trans
    family = _family("".join(one.text for one in sheet.drawn if isinstance(one, Text)))
    for one in sheet.drawn:
        figure.add_artist(_artist(one, points, family))
    return figure


def png(sheet: Sheet, dpi: int = 160) -> bytes:
    """Return a sheet as a PNG."""
    return _saved(chart(sheet), dpi)


def _saved(figure: Chart, dpi: int) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def _artist(one: Stroke | Area | Marks | Text, points: Transform, family: list[str]) -> Artist:
    if isinstance(one, Area):
        return Polygon(one.points, closed=True, facecolor=one.colour, edgecolor="none", transform=points)
    if isinstance(one, Text):
        return Lettering(
            one.x,
            one.y,
            one.text,
            color=one.colour,
            fontsize=one.size,
            fontfamily=family,
            fontweight="bold" if one.bold else "normal",
            horizontalalignment=_ANCHORS[one.anchor],
            verticalalignment="baseline",
            # nothing in a name is a formula, whatever the settings say
            parse_math=False,
            usetex=False,
            transform=points,
        )
    xs, ys = zip(*one.points, strict=True)
    if isinstance(one, Stroke):
        dashes: Any = (0, (3 / one.width, 2.5 / one.width)) if one.dashed else "solid"
        look: dict[str, Any] = {"color": one.colour, "linewidth": one.width, "linestyle": dashes}
        return Line2D(xs, ys, solid_capstyle="butt", dash_capstyle="butt", transform=points, **look)
    return Line2D(
        xs,
        ys,
        linestyle="",
        marker=_SHAPES[one.shape],
        markersize=one.size,
        markerfacecolor=CARD if one.hollow else one.colour,
        markeredgecolor=one.colour if one.hollow else CARD,
        markeredgewidth=1.6 if one.hollow else 0.8,
        zorder=2.5,
        transform=points,
    )


def _family(text: str) -> list[str]:
    """Return the fonts for a text: those of other scripts only where it has such letters, since they are large."""
    if all(ord(character) < 0x900 or 0x2000 <= ord(character) < 0x2200 for character in text):
        return [_FONT]
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [_FONT, *(name for name in _OTHERS if name in installed)]
