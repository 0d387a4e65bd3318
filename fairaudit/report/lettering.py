"""How wide a text is at most in the usual fonts, and how it goes on in the next line, so that no label is cut."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NARROW = frozenset(" iljtfrI.,:;'|!()[]/-`")
_BROAD = frozenset("mwMW@%—…")
_BOLD = 1.12


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    """Return the width of a character in font sizes, no less than in DejaVu Sans, the widest of the usual fonts."""
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.3 if kind == "So" else 1.0
    if character in _NARROW:
        return 0.42
    if character in _BROAD:
        return 1.0
    if character < "\u0500":
        return 0.79 if kind == "Lu" or character in "&+=<>~#" else 0.64
    return 0.85


def width(text: str, size: float = 11, *, bold: bool = False) -> float:
    """Return how many points a text takes at most."""
    return size * sum(map(_em, text)) * (_BOLD if bold else 1.0)


def lines(text: str, room: float, size: float = 11, *, bold: bool = False, most: int | None = None) -> list[str]:
    """Return a text in lines that fit a room; nothing is left out.

    Parameters
    ----------
    text : str
        Broken at blanks, and inside a word that is longer than a line.
    room : float
        Width of a line in points.
    size : float
        Of the font, in points.
    bold : bool
        Whether it is written in bold.
    most : int, optional
        Lines after which it is cut, with a sign of that; for a text that stands whole elsewhere.
    """
    found, line = [], ""
    for word in _pieces(text, room, size, bold=bold):
        joined = f"{line} {word}" if line else word
        if line and width(joined, size, bold=bold) > room:
            found.append(line)
            line = word
        else:
            line = joined
    found.append(line)
    if most is not None and len(found) > most:
        last = found[most - 1]
        while last and width(f"{last}…", size, bold=bold) > room:
            last = last[:-1]
        found = [*found[: most - 1], f"{last}…"]
    return found


def _pieces(text: str, room: float, size: float, *, bold: bool) -> Iterator[str]:
    """Yield the words of a text, those longer than a line in pieces; a sign that joins stays with its letter."""
    for word in text.split(" "):
        piece = ""
        for character in word:
            if piece and _em(character) and width(piece + character, size, bold=bold) > room:
                yield piece
                piece = ""
            piece += character
        yield piece
