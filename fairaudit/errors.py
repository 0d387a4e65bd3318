"""The errors a caller may catch, as a tree.

::

    FairauditError
    ├── UsageError     the policy or the call is wrong          exit code 2
    ├── DataError      a file is malformed or does not fit      exit code 3
    └── EngineError    the engine is missing or broke down      exit code 70

A message names file, line and column, what was expected and how many rows differ; it never holds a customer's value.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_NAME = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class FairauditError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code = 70


class UsageError(FairauditError):
    """The policy, a flag or a call asks for something that does not exist or contradicts itself."""

    exit_code = 2


class DataError(FairauditError):
    """A file, a column or a value is not what the audit needs.

    Parameters
    ----------
    message : str
        What is wrong and what to do, in one or two sentences.
    file, column : str, optional
        Where it is wrong.
    line : int, optional
        The line of a text file, or the row of another file, counted from 1.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, column: str | None = None
    ) -> None:
        self.file, self.line, self.column = file, line, column
        where = ", ".join(
            part
            for part in (
                file,
                f"line {line:,}" if line is not None else None,
                f'column "{shortened(column)}"' if column else None,
            )
            if part
        )
        super().__init__(f"{where}: {message}" if where else message)


class EngineError(FairauditError):
    """The engine that should count the rows is not installed or failed."""


def shortened(name: str) -> str:
    """Return the name of a column, cut where it is long or holds a line end.

    Under a wrong encoding the first name is the whole file, with customers in it.
    """
    start = _CONTROL.split(name[:_LONGEST_NAME], maxsplit=1)[0]
    return name if start == name else f"{start}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean "x"?`` for a name close to a known one, else an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{shortened(close[0])}"?' if close else ""
