"""Names from the data, made harmless and readable: nothing invisible, nothing endless."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

from fairaudit.report.language import say
from fairaudit.shuffle import ALL_GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fairaudit.findings import Names

MOST = 200
"""Characters of a name that are shown; a longer one is cut and marked with a piece of its hash."""

_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_NOT_A_NAME = {"yes", "no", "true", "false", "none", "unknown", "other"}


def visible(name: str) -> str:
    r"""Return a name with every character that cannot be seen, or that moves others, as its escape (``\u202e``).

    A name that is empty or begins or ends with a blank is put in quotes.
    """
    text = harmless(name[:MOST])
    if len(name) > MOST:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        text = f"{text}… ({digest})"
    return text if name and name == name.strip() else f'"{text}"'


def harmless(text: str) -> str:
    """Return a text with every character that cannot be seen, or that moves others, as its escape."""
    return "".join(_escaped(character) if _unseen(character) else character for character in text)


def _unseen(character: str) -> bool:
    if character in (" ", "\u00ad"):
        return character != " "
    code = ord(character)
    kind = unicodedata.category(character)
    return kind in _INVISIBLE or kind == "Zs" or (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def group(names: Names, show: Callable[[str], str] = visible) -> str:
    """Return a group as a sentence names it: "female", "age_band 65+", "female, age_band 65+", "everybody".

    A value that does not explain itself (a number, yes, other) keeps its column's name.
    """
    if not names:
        return say("everybody")
    if set(names.values()) == {ALL_GROUPS}:
        return say("all groups of {attribute}", attribute=attribute("*".join(names), show))
    return ", ".join(show(value) if _speaks(value) else f"{show(name)} {show(value)}" for name, value in names.items())


def _speaks(value: str) -> bool:
    return sum(character.isalpha() for character in value) > 2 and value.lower() not in _NOT_A_NAME


def values(names: Names, show: Callable[[str], str] = visible) -> str:
    """Return a group by its values alone, for places that say which attribute it is: "65+", "female, 65+"."""
    return ", ".join(show(value) for value in names.values()) or say("everybody")


def attribute(name: str, show: Callable[[str], str] = visible) -> str:
    """Return a protected name: "gender", or "gender x age_band" for an intersection."""
    return " x ".join(show(part) for part in name.split("*"))


def full(names: Names, show: Callable[[str], str] = visible, nobody: str | None = None) -> str:
    """Return a group or a segment with its columns: "lifecycle new", "gender female, age_band 65+"."""
    return ", ".join(f"{show(name)} {show(value)}" for name, value in names.items()) or nobody or say("everybody")


def width(text: str) -> int:
    """Return the columns a text takes where all letters are alike: two for a wide one, none for a combining one."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
