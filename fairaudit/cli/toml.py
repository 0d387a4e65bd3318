"""TOML as `init` and `policy show` write it: values, and a line for a key with a comment beside it."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from fairaudit.cli.terminal import WIDTH

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value(of: object) -> str:
    """Return a value as TOML: text, number, boolean, list or a table on one line."""
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, dict):
        return "{" + ", ".join(f"{key(str(name))} = {value(part)}" for name, part in of.items()) + "}"
    if isinstance(of, list | tuple):
        return "[" + ", ".join(value(part) for part in of) + "]"
    if isinstance(of, Decimal):
        return f"{of:f}"
    if isinstance(of, int | float):
        return f"{of:.12g}"
    return _text(str(of))


def key(name: str) -> str:
    """Return a key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    r"""Return a basic string; what cannot be printed is written as ``\uXXXX``."""
    # JSON escapes what TOML must have escaped, except for U+007F, and both allow \u for the rest
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in quoted)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def line(name: str, of: object, comment: str = "", column: int = 32) -> str:
    """Return ``key = value  # comment``; a list too long for one line gets a line for each of its values.

    Parameters
    ----------
    name : str
        The key.
    of : object
        The value.
    comment : str
        What stands behind it.
    column : int
        Where the comment begins, if the value is short enough.
    """
    entry = f"{key(name)} = {value(of)}"
    if isinstance(of, list | tuple) and len(entry) > WIDTH - 8:
        parts = "\n".join(f"    {value(part)}," for part in of)
        entry = f"{key(name)} = [\n{parts}\n]"
        return f"{entry}  # {comment}" if comment else entry
    return f"{entry.ljust(column)}  # {comment}" if comment else entry
