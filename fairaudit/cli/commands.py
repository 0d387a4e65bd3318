"""The group of all commands, loaded one by one, and how Click's own endings become this package's errors."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from fairaudit._version import __version__
from fairaudit.cli.inputs import hidden
from fairaudit.cli.layout import Group, debug_option
from fairaudit.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *("check", "report", "init", "inspect", "cube", "merge", "plan"),
    *("metrics", "explain", "policy", "demo", "selftest"),
)
"""In the order of the help; each is the `command` of the module of its name."""


class _Commands(Group):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  Click's signature
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"fairaudit.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; an unknown one is an error that offers the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            files = f' To audit a file: fairaudit check "{args[0]}".' if "." in args[0] else ""
            raise click.UsageError(f'There is no command "{args[0]}".{nearest(args[0], COMMANDS)}{files}', ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="fairaudit", message="%(prog)s %(version)s")
@debug_option
def group() -> None:
    """Audit a personalization model's predictions for fairness.

    Give it two files: what the model decided about each customer, and who the
    customers are. It compares the groups, in total and inside every customer
    segment, and answers with one word: PASS, FAIL or INCONCLUSIVE (too few
    customers to tell).

    New here?
      fairaudit demo                       see it work on a sample shop
      fairaudit init predictions.csv customers.csv
                                           write the settings for your files
      fairaudit check predictions.csv customers.csv
                                           audit them

    Exit codes: 0 pass, 1 fail, 2 wrong call or policy, 3 wrong data,
    4 inconclusive, 70 a fault of fairaudit itself.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code.

    Click's own `main` is not used: it exits 1 for its errors, for an interruption and for a closed pipe.

    Raises
    ------
    UsageError
        The arguments do not make a call.
    KeyboardInterrupt
        The user gave up.
    """
    try:
        with group.make_context("fairaudit", list(arguments)) as context:
            code: int | None = group.invoke(context)
            return code or 0
    except click.exceptions.Exit as end:  # --help, --version
        return end.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.NoArgsIsHelpError as error:
        raise UsageError(f"which command?\n\n{error.format_message()}") from None
    except click.ClickException as error:
        raise UsageError(_explained(error)) from None


def _explained(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = "fairaudit" if context is None else context.command_path
    return f"{hidden(error.format_message())}\nHelp: {path} --help"
