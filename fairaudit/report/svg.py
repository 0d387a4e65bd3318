"""A sheet as an SVG document: few bytes, the page's colours where it stands in the page, dark where the reader's is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fairaudit.report.sheet import (
    BLUE,
    CARD,
    GREEN,
    INK,
    LINE,
    MUTED,
    PURPLE,
    SHADE,
    VERMILLION,
    WITHIN,
    Area,
    Marks,
    Stroke,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fairaudit.report.sheet import Point, Sheet

COLOURS = {
    INK: ("ink", "#e6edf3"),
    MUTED: ("muted", "#a9b3be"),
    LINE: ("line", "#3a424c"),
    CARD: ("card", "#161b22"),
    GREEN: ("green", "#2fc796"),
    VERMILLION: ("vermillion", "#f5873b"),
    BLUE: ("blue", "#5bb4f0"),
    PURPLE: ("purple", "#e29cc4"),
    WITHIN: ("within", "#14302a"),
    SHADE: ("shade", "#2a313a"),
}
"""Each colour of a sheet with the name of the page's variable for it, and what takes its place on a dark ground."""

FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
_POLYGONS = {
    "square": ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)),
    "diamond": ((0.0, -1.41), (1.41, 0.0), (0.0, 1.41), (-1.41, 0.0)),
    "left": ((-1.0, 0.0), (1.0, -1.0), (1.0, 1.0)),
    "right": ((1.0, 0.0), (-1.0, -1.0), (-1.0, 1.0)),
    "up": ((0.0, -1.0), (1.0, 1.0), (-1.0, 1.0)),
    "down": ((0.0, 1.0), (1.0, -1.0), (-1.0, -1.0)),
    "cross": (
        *((-1.0, -0.5), (-0.5, -1.0), (0.0, -0.5), (0.5, -1.0), (1.0, -0.5), (0.5, 0.0)),
        *((1.0, 0.5), (0.5, 1.0), (0.0, 0.5), (-0.5, 1.0), (-1.0, 0.5), (-0.5, 0.0)),
    ),
}
"""Corners of the marks, in halves of their size."""
_XMLNS = ' xmlns="http://www.w3.org/2000/svg"'
_ALONE = re.compile(r"<style>.*?</style>\n<rect .*?/>\n")
"""What only a file needs: its own dark style and its card."""


def document(sheet: Sheet, title: str, description: str, prefix: str) -> str:
    """Return a sheet as an SVG document.

    Parameters
    ----------
    sheet : Sheet
        What is drawn.
    title, description : str
        What it is, and what it shows in words.
    prefix : str
        Of the ids; they are the only ones.
    """
    size = f"{_short(sheet.width)} {_short(sheet.height)}"
    width, height = size.split()
    return "\n".join(
        [
            f'<svg{_XMLNS} viewBox="0 0 {size}" width="{width}" height="{height}" '
            f'role="img" aria-labelledby="{prefix}t {prefix}d" font-family="{FONTS}" fill="none" '
            'stroke-linejoin="round">',
            f'<title id="{prefix}t">{_escaped(title)}</title>',
            f'<desc id="{prefix}d">{_escaped(description)}</desc>',
            f"<style>{_dark()}</style>",
            f'<rect width="{width}" height="{height}" fill="{CARD}"/>',
            *_elements(sheet),
            "</svg>\n",
        ]
    )


def inline(document: str) -> str:
    """Return a document as an element of the page, in the page's colours and on its ground."""
    names = re.compile("|".join(COLOURS))

    def coloured(tag: re.Match[str]) -> str:
        return names.sub(lambda match: f"var(--plot-{COLOURS[match.group()][0]})", tag.group())

    # names from the data stand between tags, where every < is escaped
    return re.sub(r"<[^>]*>", coloured, _ALONE.sub("", document, count=1).replace(_XMLNS, "", 1))


def _dark() -> str:
    """Return the style that turns a file's colours where the reader prefers a dark ground."""
    rules = "".join(
        f'[{kind}="{light}"]{{{kind}:{dark}}}' for light, (_, dark) in COLOURS.items() for kind in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"


def _elements(sheet: Sheet) -> Iterator[str]:
    """Yield the elements, those that look alike together: areas, lines on them, marks on these, and what is written."""
    for kind in (Area, Stroke, Marks):
        alike: dict[str, list[Stroke | Area | Marks | Text]] = {}
        for one in sheet.drawn:
            if isinstance(one, kind):
                alike.setdefault(_style(one), []).append(one)
        for style, drawn in alike.items():
            yield from _together(style, drawn)
    texts: dict[str, list[str]] = {}
    for one in sheet.drawn:
        if isinstance(one, Text):
            written = f'<text x="{_short(one.x)}" y="{_short(one.y)}">{_escaped(one.text)}</text>'
            texts.setdefault(_style(one), []).append(written)
    for style, lines in texts.items():
        yield f"<g {style}>"
        yield from lines
        yield "</g>"


def _together(style: str, drawn: Sequence[Stroke | Area | Marks | Text]) -> Iterator[str]:
    """Yield what looks alike as few elements."""
    if isinstance(drawn[0], Stroke):
        yield f'<path {style} d="{"".join(_path(one.points) for one in drawn if isinstance(one, Stroke))}"/>'
    elif isinstance(drawn[0], Area):
        yield from (f'<path {style} d="{_path(one.points)}z"/>' for one in drawn if isinstance(one, Area))
    else:
        yield f"<g {style}>{''.join(_marks(drawn))}</g>"


def _style(one: Stroke | Area | Marks | Text) -> str:
    """Return what is the same for all that looks the same, as attributes."""
    if isinstance(one, Stroke):
        return f'stroke="{one.colour}" stroke-width="{one.width:g}"' + ' stroke-dasharray="3 2.5"' * one.dashed
    if isinstance(one, Area):
        return f'fill="{one.colour}"'
    if isinstance(one, Marks):
        fill, rim, width = (CARD, one.colour, 1.6) if one.hollow else (one.colour, CARD, 0.8)
        return f'fill="{fill}" stroke="{rim}" stroke-width="{width}"'
    anchor = "" if one.anchor == "start" else f' text-anchor="{one.anchor}"'
    return f'fill="{one.colour}" font-size="{one.size:g}"' + anchor + ' font-weight="bold"' * one.bold


def _marks(drawn: Iterable[Stroke | Area | Marks | Text]) -> Iterator[str]:
    for one in drawn:
        assert isinstance(one, Marks)  # noqa: S101  only marks have their style
        half = one.size / 2
        for x, y in one.points:
            if one.shape == "circle":
                yield f'<circle cx="{_short(x)}" cy="{_short(y)}" r="{_short(half)}"/>'
            else:
                yield f'<path d="{_path((x + half * a, y + half * b) for a, b in _POLYGONS[one.shape])}z"/>'


def _path(points: Iterable[Point]) -> str:
    """Return the commands that go from point to point."""
    at: tuple[str, str] | None = None
    commands = []
    for point in points:
        x, y = map(_short, point)
        if at is None:
            commands.append(f"M{x} {y}")
        elif at[1] == y:
            commands.append(f"H{x}")
        else:
            commands.append(f"V{y}" if at[0] == x else f"L{x} {y}")
        at = x, y
    return "".join(commands)


def _short(number: float) -> str:
    text = f"{number:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
