"""What reaches the terminal: the result on stdout, all else on stderr, and no raw control character from data."""

from __future__ import annotations

import contextlib
import os
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

WIDTH = 80


def visible(text: str, keep: str = "\n") -> str:
    r"""Return a text with what cannot be printed spelled out: an escape becomes ``\x1b``, a bidi mark ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else _spelled(char) for char in text)


def _spelled(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def name(text: str, longest: int = 40) -> str:
    """Return a name from data on one line, cut in the middle if it is too long to read."""
    shown = visible(text, keep="")
    if len(shown) <= longest:
        return shown
    half = (longest - 3) // 2
    return f"{shown[:half]}...{shown[-half:]}"


def say(text: str) -> None:
    """Print on stderr: notes, errors, where the files are; a stderr that fails does not stop the work."""
    if sys.stderr is None:  # closed by the caller: print would turn to stdout instead
        return
    try:
        print(visible(text), file=sys.stderr, flush=True)
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO | None) -> None:
    """Point a stream that fails at nothing, so that Python's own flush at the end cannot change the exit code."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())  # type: ignore[union-attr]  # a missing stream is suppressed
        os.close(nothing)


def note(text: str) -> None:
    """Print a note on stderr, wrapped to the width of the page."""
    say(paragraph(text, hanging="  "))


def wrapped(text: str) -> str:
    """Return a message with its list items wrapped; other lines stay whole, to be copied and searched for."""
    return "\n".join(
        paragraph(line[4:], "  - ", "    ") if line.startswith("  - ") else line for line in text.split("\n")
    )


def result(text: str) -> None:
    """Print on stdout, with one line break at the end; as UTF-8 wherever it does not go to a terminal."""
    if sys.stdout is None:
        return
    ended = text if text.endswith("\n") else f"{text}\n"
    encoding = (sys.stdout.encoding or "utf-8") if sys.stdout.isatty() else "utf-8"
    data = ended.encode(encoding, errors="backslashreplace")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def json_result(text: str) -> None:
    r"""Print a JSON document on stdout, every unprintable character in it as JSON's own ``\uXXXX``."""
    result("".join(char if char.isprintable() or char == "\n" else _json_escape(char) for char in text))


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def table(rows: Iterable[Sequence[str]], indent: str = "", right: Iterable[int] = ()) -> str:
    """Return rows as columns of equal width, two blanks apart, the last one as long as it is.

    Parameters
    ----------
    rows : iterable of sequence of str
        The cells, a heading among them if there is one.
    indent : str
        What stands before each row.
    right : iterable of int
        Numbers of the columns that are aligned on the right.
    """
    cells = [list(row) for row in rows]
    last = max((len(row) for row in cells), default=0) - 1
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(last + 1)]
    to_right = set(right)
    lines = (
        "  ".join(
            cell.rjust(widths[i]) if i in to_right else cell if i == last else cell.ljust(widths[i])
            for i, cell in enumerate(row)
        )
        for row in cells
    )
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def paragraph(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Return a text wrapped to the width of the page.

    Parameters
    ----------
    text : str
        One paragraph.
    indent : str
        What stands before the first line.
    hanging : str, optional
        What stands before the other lines; the same as `indent` by default.
    """
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
