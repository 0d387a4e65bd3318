"""merge: add up saved cubes of days, regions or shards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fairaudit.cli.cube import output_option, protect, told
from fairaudit.cli.layout import Sectioned, debug_option, variable

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(cls=Sectioned)
@click.argument("cubes", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option
@click.option("-q", "--quiet", is_flag=True, envvar=variable("--quiet"), help="No notes, only errors.")
@debug_option
def command(*, cubes: Sequence[Path], output: Path, quiet: bool) -> int:
    """Add up cubes of days, regions or shards into one.

    The sum is the cube of all their data: judging it is auditing them
    together. Cubes that were counted with other settings, that may share
    customers (count them with --customers disjoint if they do not), or that
    are in the sum already are refused (exit code 3).

    For example:
      fairaudit merge north.cube south.cube -o country.cube
      fairaudit check country.cube
    """
    from fairaudit import cubefile

    protect(output, cubes)
    merged = cubefile.merge(cubes)
    merged.save(output)
    if not quiet:
        told(merged, output)
    return 0
