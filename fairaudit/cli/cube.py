"""cube: count data into a file that is judged, or merged with others, without the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal
from fairaudit.cli.flags import counting_flags, overrides
from fairaudit.cli.inputs import INPUT, also_option, printable
from fairaudit.cli.layout import Sectioned, debug_option, policy_option, variable
from fairaudit.cli.progress import progress
from fairaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fairaudit.cube import Cube


def output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the file that it writes."""
    return click.option(
        "-o",
        "--output",
        "output",
        required=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The cube to write, day.cube say. One that is there is replaced.",
    )(function)


@click.command(cls=Sectioned)
@click.argument("predictions", type=INPUT)
@click.argument("attributes", required=False, type=INPUT)
@output_option
@policy_option
@counting_flags
@also_option
@click.option("-q", "--quiet", is_flag=True, envvar=variable("--quiet"), help="No notes, only errors.")
@click.option("--no-progress", is_flag=True, envvar=variable("--no-progress"), help="No progress line.")
@debug_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    predictions: Path | str,
    attributes: Path | str | None,
    also: Sequence[Path | str],
    policy: Path | None,
    output: Path,
    **flags: Any,  # noqa: ANN401  those of the policy are read from the context
) -> int:
    r"""Count your data into one small file, a cube, to be judged later.

    The cube holds the counts of every group in every segment and no
    customer's row. `fairaudit check FILE.cube` judges it under any policy
    that asks for what it holds, and `fairaudit merge` adds up several. Files
    and columns are those of `fairaudit check`.

    Cubes of customers with an id are merged only if they were counted with
    --customers disjoint: no customer is in two of them.

    For example:
      fairaudit cube predictions.csv customers.csv -o day.cube
      fairaudit cube north.csv customers.csv --customers disjoint \
          -o north.cube
    """
    from fairaudit import api, cubefile, settings

    file = policy or settings.find_file(Path.cwd())
    protect(output, [one for one in (predictions, *also, attributes, file) if isinstance(one, Path)])
    stated = settings.load(file, overrides(context))
    for one in (predictions, *also, attributes):
        if cubefile.is_cube(one):
            raise UsageError(
                f"{one} is a cube already: `fairaudit check` judges it, `fairaudit merge` adds up several."
            )
    given = [predictions, *also] if also else predictions
    with progress(f"Reading {Path(printable(predictions)).name}", wanted=not (flags["quiet"] or flags["no_progress"])):
        cube, notes = api.counted(given, attributes, stated)
    cube.save(output)
    if not flags["quiet"]:
        told(cube, output, notes)
    return 0


def protect(output: Path, inputs: Sequence[Path | None]) -> None:
    """Refuse to write where an input lies.

    Raises
    ------
    UsageError
        The output is a folder, or a file that the command reads.
    """
    if output.is_dir():
        raise UsageError(f"-o {output} is a folder; it must be a file.")
    if any(path is not None and path.exists() and output.exists() and path.samefile(output) for path in inputs):
        raise UsageError(f"-o {output} would overwrite a file that is read; choose another name.")


def told(cube: Cube, path: Path, notes: Sequence[str] = ()) -> None:
    """Say on stderr what was written, and what it may give away."""
    from fairaudit.cli import cube_page

    for text in (*notes, cube_page.privacy(cube)):
        terminal.note(f"note: {text}")
    size = path.stat().st_size if path.is_file() else 0
    rows = f"{cube.cell().n:,} rows in {len(cube.cells):,} cells"
    terminal.say(f"Written: {path} ({rows}, {size:,} bytes)")
