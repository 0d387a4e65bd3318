"""Inputs on the command line: a path or the address of a database, of which no password is ever printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from fairaudit.cli.layout import SectionOption, variable

_ADDRESS = re.compile(r"postgres(?:ql)?:|[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class _Input(click.ParamType[Any]):
    """The path of a file or folder, or an address, of a PostgreSQL database say, as it was written."""

    name = "input"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the inputs of an environment variable."""
        return [part.strip() for part in rv.split(",")]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401, ARG002
        """Return the path, or the address as text: a path would lose one of its slashes."""
        return value if isinstance(value, Path) or _ADDRESS.match(value) else Path(value)


INPUT = _Input()


def also_option(function: Any) -> Any:  # noqa: ANN401  Click's own
    """Give a command --also."""
    return click.option(
        "--also",
        cls=SectionOption,
        section="How the files are read",
        type=INPUT,
        multiple=True,
        metavar="FILE",
        envvar=variable("--also"),
        help="A further file of predictions with the same columns. Repeat it for more.",
    )(function)


def printable(given: Path | str) -> str:
    """Return an input as it may be printed: an address without user and password if it holds a secret."""
    if isinstance(given, Path):
        return str(given)
    from fairaudit.engines.postgresql import shown

    host = shown(given)
    user, at, _ = given.partition("://")[2].rpartition("@")
    return host if (at and ":" in user) or "password" in given else given


def hidden(text: str) -> str:
    """Return a message without the addresses in it."""
    return re.sub(r"(postgres(?:ql)?:/*)[^\s\"']*", r"\1...", text, flags=re.IGNORECASE)
