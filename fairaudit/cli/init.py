"""init: write a commented policy file from what two files look like."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from fairaudit.cli import draft, terminal
from fairaudit.cli.flags import overrides, reading_flags
from fairaudit.cli.inputs import INPUT, printable
from fairaudit.cli.layout import Sectioned, debug_option
from fairaudit.errors import UsageError

_FILE = "fairaudit.toml"


@click.command(cls=Sectioned)
@click.argument("predictions", type=INPUT)
@click.argument("attributes", required=False, type=INPUT)
@click.option(
    "-o",
    "--output",
    "output",
    default=Path(_FILE),
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The file to write. Default: {_FILE}. It must not exist.",
)
@reading_flags
@debug_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    predictions: Path | str,
    attributes: Path | str | None,
    output: Path,
    **_: Any,  # noqa: ANN401  the flags of reading are read from the context
) -> int:
    """Write a policy file for your data, to be checked by you.

    It looks at names and values, proposes which column is what, and says why
    in comments, with the alternatives. Read it before you trust it: what
    really happened (the label) and who must be protected is for you to say.
    A file that exists is never overwritten.

    For example:
      fairaudit init predictions.csv customers.csv
      fairaudit init everything.csv -o audits/offer.toml
    """
    from fairaudit import cubefile, settings, sources
    from fairaudit.columns import propose
    from fairaudit.engines.duckdb import DuckDB

    if output.exists():
        raise UsageError(f"{output} exists and is not overwritten. Choose another name with -o FILE.")
    if any(map(cubefile.is_cube, (predictions, attributes))):
        raise UsageError("A saved cube brings its columns along: `fairaudit check` judges it as it is.")
    reading = list(overrides(context))
    data = settings.load(overrides=reading).data
    engine = DuckDB()
    described = [engine.describe(source) for source in sources.sources(predictions, attributes, data)]
    files = [printable(given) for given in (predictions, attributes) if given is not None]
    check = ["fairaudit", "check", *files, *([] if output == Path(_FILE) else ["--policy", str(output)])]
    written = draft.Draft(propose(*described), described, reading, shlex.join(check))
    _write(output, written.text())
    terminal.result("\n".join(_told(output, written, shlex.join(check))))
    return 0


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def _told(path: Path, written: draft.Draft, check: str) -> list[str]:
    rows = [(role, terminal.name(", ".join(columns), 60)) for role, columns in written.chosen.items()]
    lines = [f"Wrote {path}. What it says, to be checked by you:", "", terminal.table(rows, indent="  "), ""]
    if written.open:
        lines += [
            "Still to be filled in there:",
            *(terminal.paragraph(text, "  - ", "    ") for text in written.open),
            "",
        ]
    return [*lines, "Next, after a look at the comments in it:", f"  {check}"]
