"""check: audit files, print and write the result, and answer with an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal
from fairaudit.cli.flags import READING_KEYS, overrides, policy_flags
from fairaudit.cli.inputs import INPUT, also_option, printable
from fairaudit.cli.layout import Sectioned, debug_option, policy_option, variable
from fairaudit.cli.outputs import Outputs, add_to_step_summary, output_flags
from fairaudit.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.findings import Audit
    from fairaudit.policy import Policy


@click.command(cls=Sectioned)
@click.argument("predictions", type=INPUT)
@click.argument("attributes", required=False, type=INPUT)
@policy_option
@policy_flags
@also_option
@output_flags
@click.option("--exit-zero", is_flag=True, envvar=variable("--exit-zero"), help="Exit with 0 whatever the verdict is.")
@click.option(
    "--dry-run",
    is_flag=True,
    envvar=variable("--dry-run"),
    help="Say what would be compared and what these data could prove; judge and write nothing.",
)
@click.option("-q", "--quiet", is_flag=True, envvar=variable("--quiet"), help="No notes, only the result and errors.")
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
    form: str,
    out: str,
    output: Sequence[tuple[str, str]],
    **flags: Any,  # noqa: ANN401  those of the policy are read from the context
) -> int:
    r"""Audit a model's decisions, group by group, segment by segment.

    PREDICTIONS holds a row per customer with what the model decided;
    ATTRIBUTES says who the customers are and is joined on the id. One file
    may hold everything. CSV (also .gz), Parquet, JSON lines, Excel workbooks,
    SQLite and DuckDB files and postgresql://HOST/DATABASE are read.
    PREDICTIONS may also be a saved cube (`fairaudit cube`), which is judged
    under another policy without the data.

    For example:
      fairaudit check predictions.csv customers.csv
      fairaudit check predictions.csv customers.csv --label bought \
          --protected gender --protected age_band --segment region
      fairaudit check predictions.csv customers.csv --no-out --format json
      fairaudit check quarter.cube --policy stricter.toml

    The result goes to the standard output and, unless --no-out is given, into
    the folder reports; notes go to the standard error. A step of GitHub
    Actions gets the Markdown as its summary. What a flag does not
    say comes from the environment (FAIRAUDIT_MIN_SIZE for --min-size, lists
    with commas), then from the policy file, then from the defaults.

    Exit codes: 0 pass, 1 fail, 2 wrong call or policy, 3 wrong data,
    4 inconclusive: too few customers to tell.
    """
    from fairaudit import cubefile, demands, settings

    quiet = flags["quiet"]
    file = policy or settings.find_file(Path.cwd())
    outputs = Outputs.of(form, out, output, no_out=flags["no_out"], language=flags["lang"])
    outputs.protect(one for one in (predictions, *also, attributes, file) if isinstance(one, Path))
    flagged = list(overrides(context))
    stated = settings.load(file, flagged)
    if not quiet:
        _say_policy(file, stated)
        if cubefile.is_cube(predictions):
            # it brings roles that the policy may leave open
            _say_unread([setting.origin for setting in flagged if setting.key in READING_KEYS])
        else:
            for text in demands.unanswerable(stated):
                terminal.note(f"note: {text}")
    given = [predictions, *also] if also else predictions
    with progress(f"Reading {Path(printable(predictions)).name}", wanted=not (quiet or flags["no_progress"])):
        if flags["dry_run"]:
            from fairaudit.cli import dry_run

            text = dry_run.text(given, attributes, stated)
        else:
            from fairaudit import api

            audit = api.audit(given, attributes, stated)
    if flags["dry_run"]:
        terminal.result(text)
        return 0
    return _finish(audit, outputs, quiet=quiet, exit_zero=flags["exit_zero"])


def _finish(audit: Audit, outputs: Outputs, *, quiet: bool, exit_zero: bool) -> int:
    """Print and write the result, and return the exit code."""
    if not quiet:
        for text in audit.notes:
            terminal.note(f"note: {text}")
    outputs.show(audit)
    written = outputs.write(audit)
    add_to_step_summary(audit, outputs.language)
    if not quiet:
        for path in written:
            terminal.say(f"Written: {path}")
    if audit.verdict.value == "inconclusive" and audit.exit_code == 0:
        terminal.note(
            "warning: the audit is INCONCLUSIVE and ends with 0, because the policy says on_inconclusive = warn"
        )
    if exit_zero and audit.exit_code and not quiet:
        terminal.note(f"note: ends with 0 instead of {audit.exit_code}, because of --exit-zero")
    return 0 if exit_zero else audit.exit_code


def _say_unread(flags: Sequence[str]) -> None:
    if flags:
        listed = " and ".join([", ".join(flags[:-1]), flags[-1]] if flags[1:] else flags)
        terminal.note(f"note: a saved cube is judged without the data, so {listed} changes nothing")


def _say_policy(file: Path | None, policy: Policy) -> None:
    if file is not None:
        here = Path.cwd()
        terminal.say(f"Policy: {file.relative_to(here) if file.is_relative_to(here) else file}")
    elif policy.origins["rule"].startswith("preset"):
        rules = " and ".join(rule.id for rule in policy.rules)
        terminal.note(f"note: no policy file; the rules are {rules} (`fairaudit init` writes one)")
