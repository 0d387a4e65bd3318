"""JSON lines: one object after the other, the names in them, and on which line something is wrong.

DuckDB reads them; what it refuses although it is sound, names that differ in capitals alone or another encoding, is
rewritten once as plain UTF-8 with names of our own.
"""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from fairaudit.engines.files import File

_LOOKED_AT = 1000
"""Objects at the start in which names are looked for."""


def objects(file: File) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line of each object, and the object.

    Raises
    ------
    DataError
        A line is no object, holds a name twice or cannot be decoded, or the gzip stream is damaged.
    """
    line = 0
    try:
        with file.open() as text:
            for line, content in enumerate(text, start=1):
                if content.strip():
                    yield line, _object(content)
    except UnicodeError:
        fault, line = file.undecodable()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        fault = "The gzip stream is damaged or cut off."
    except (ValueError, RecursionError):
        fault = "The line is no JSON object, or one with a name twice; JSON lines hold one object per line."
    else:
        return
    raise DataError(fault, file=file.name, line=line)


def _object(content: str) -> dict[str, Any]:
    found = json.loads(content, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004  one fault of a line like the others
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def names(file: File) -> tuple[str, ...]:
    """Return the names in the first objects of a file."""
    found: dict[str, None] = {}
    for line, one in islice(objects(file), _LOOKED_AT):
        found |= dict.fromkeys(one)
        _refuse_split(file, line, "".join(one))
    if not found:
        raise DataError("The file holds no JSON object with a name.", file=file.name)
    return tuple(found)


def first_line(file: File, name: str, wrong: Callable[[str], bool]) -> int | None:
    """Return the line of the first value of a name that is wrong; missing values never are."""
    for line, one in objects(file):
        text = _text(one.get(name))
        if text is not None and text not in file.source.null and wrong(text):
            return line
    return None


def _text(value: Any) -> str | None:  # noqa: ANN401  whatever JSON holds
    """Return a value as the engine has it: booleans and whole floats as integers, NaN as missing."""
    if value is None or value != value:  # noqa: PLR0124  only NaN differs from itself
        return None
    if isinstance(value, bool) or (isinstance(value, float) and abs(value) < 1e15 and value.is_integer()):
        value = int(value)
    return str(value)


def rewrite(file: File, target: Path) -> None:
    """Write the values of the header's names as UTF-8 under the names c0, c1, ..."""
    with target.open("w", encoding="utf-8") as out:
        for line, one in objects(file):
            content = json.dumps({f"c{i}": one.get(name) for i, name in enumerate(file.header)}, ensure_ascii=False)
            _refuse_split(file, line, content)
            out.write(f"{content}\n")


def _refuse_split(file: File, line: int, text: str) -> None:
    """Refuse a surrogate without its other half, which JSON can spell and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise DataError("The line holds half of a character (a lone surrogate).", file=file.name, line=line) from None
