"""report: render the record of an audit again, in any form, without the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairaudit.cli import terminal
from fairaudit.cli.layout import Sectioned, debug_option, variable
from fairaudit.cli.outputs import Outputs, rendering_flags

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(cls=Sectioned)
@click.argument("record", metavar="AUDIT.JSON", type=click.Path(path_type=Path))
@rendering_flags
@click.option("-q", "--quiet", is_flag=True, envvar=variable("--quiet"), help="No notes, only the result and errors.")
@debug_option
def command(
    *, record: Path, form: str, out: str, no_out: bool, output: Sequence[tuple[str, str]], lang: str, quiet: bool
) -> int:
    """Render an audit again from its record, without the data.

    AUDIT.JSON is what `fairaudit check` wrote, into its folder or with
    --format json. Every form says the same as on the day of the audit. A
    record that was damaged, or edited so that it contradicts itself, is
    refused (exit code 3). The record itself is never changed: a folder gets
    it as it is.

    For example:
      fairaudit report reports/audit.json
      fairaudit report reports/audit.json --format markdown
      fairaudit report reports/audit.json -o pdf=board.pdf
      fairaudit report march.json --out march --lang de

    Exit codes: 0 rendered, whatever the verdict is (to stop a pipeline use
    `fairaudit check`), 2 wrong call, 3 no record of an audit, or a damaged
    one.
    """
    from fairaudit.report import recorded

    outputs = Outputs.of(form, out, output, no_out=no_out, language=lang)
    outputs.protect([record])
    content = recorded.content(record)
    audit = recorded.read(content, record.name)
    if not quiet:
        for text in audit.notes:
            terminal.note(f"note: {text}")
    outputs.show(audit)
    written = outputs.write(audit, content)
    if not quiet:
        for path in written:
            terminal.say(f"Written: {path}")
    return 0
