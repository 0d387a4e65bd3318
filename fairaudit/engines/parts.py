"""Parquet parts: a folder or a pattern as one table, each part of the same columns, sorted by path."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from fairaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.engines import Source

_SKIPPED = ("_SUCCESS", "_metadata", "_common_metadata")
"""What Spark and Dask put beside the parts."""
_REFUSED = {
    "_delta_log": "The folder is a Delta table, whose files also hold rows that were removed; export the table first",
    ".hoodie": "The folder is a Hudi table, whose files also hold rows that were replaced; export the table first",
    "_temporary": "The folder is still being written, or the program that wrote it broke off",
}
_NULL = "__HIVE_DEFAULT_PARTITION__"
_DEEPEST = 16
"""Partitions within partitions; more is a link to itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file, and what its folders say of its rows."""

    path: Path
    name: str
    """Its path below the folder, for messages."""
    partition: tuple[tuple[str, str | None], ...] = ()
    """Column -> value of folders such as ``region=North``; None where the value is missing."""


def find(source: Source) -> tuple[Part, ...]:
    """Return the parts of a folder or pattern, none for a plain file.

    Raises
    ------
    DataError
        There is none, a file is no Parquet, or a folder is neither a partition nor a plain one.
    """
    path = source.file
    if path.is_file():
        return ()
    if path.is_dir():
        parts = list(_below(source, path, path, ()))
    elif glob.has_magic(str(path)):
        parts = list(_matching(source, path))
    else:
        raise DataError("There is no such file or folder, and it is no pattern (*, ?, [).", file=source.name)
    if not parts:
        raise DataError("There is no Parquet part in it." if path.is_dir() else "No file matches.", file=source.name)
    parts.sort(key=lambda part: part.path.parts)
    for part in parts:
        _check(source, part)
    return tuple(parts)


def _matching(source: Source, pattern: Path) -> Iterator[Part]:
    fixed = Path(*(step for step, _ in zip(pattern.parts, _until_magic(pattern), strict=False)))
    for text in sorted(glob.glob(str(pattern))):  # noqa: PTH207  pathlib's refuses patterns that start at the root
        found = Path(text)
        partition = _partition(source, found.relative_to(fixed).parts[:-1], strict=False)
        if found.is_dir():
            own = _partition(source, (found.name,), strict=False)
            yield from _below(source, found, fixed, (*partition, *own))
        elif found.name not in _SKIPPED:
            yield Part(found, str(found.relative_to(fixed)), partition)


def _until_magic(pattern: Path) -> Iterator[str]:
    for step in pattern.parts:
        if glob.has_magic(step):
            return
        yield step


def _below(source: Source, folder: Path, top: Path, partition: tuple[tuple[str, str | None], ...]) -> Iterator[Part]:
    """Yield the parts in a folder and its partitions."""
    for path in sorted(folder.iterdir()):
        if path.name in _REFUSED:
            raise DataError(f"{_REFUSED[path.name]}.", file=source.name)
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if not path.is_dir():
            yield Part(path, str(path.relative_to(top)), partition)
        elif len(partition) < _DEEPEST:
            yield from _below(source, path, top, (*partition, *_partition(source, (path.name,), strict=True)))


def _partition(source: Source, steps: tuple[str, ...], *, strict: bool) -> tuple[tuple[str, str | None], ...]:
    found = []
    for step in steps:
        column, equals, value = step.partition("=")
        if equals and column:
            found.append((unquote(column), None if value == _NULL else unquote(value)))
        elif strict:
            message = f'The folder "{step}" in it is no partition (COLUMN=VALUE); name the folder that holds the parts'
            raise DataError(f"{message}, or a pattern.", file=source.name)
    return tuple(found)


def _check(source: Source, part: Part) -> None:
    try:
        with part.path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise DataError(f'The part "{part.name}" cannot be read: {error.strerror}.', file=source.name) from None
    if magic != b"PAR1":
        raise DataError(f'The part "{part.name}" is no Parquet file.', file=source.name)
