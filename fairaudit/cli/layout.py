"""How a command looks: examples kept as they are, options under headings, and the option that every command has."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., Any]

OTHER = "Other"


class SectionOption(click.Option):
    """An option that stands under a heading of its command's help."""

    def __init__(self, *args: Any, section: str = OTHER, **kwargs: Any) -> None:  # noqa: ANN401  Click's own
        super().__init__(*args, **kwargs)
        self.section = section


class Group(click.Group):
    """A group of commands whose help keeps examples as they are."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the description."""
        _write_description(self, formatter)


class Sectioned(click.Command):
    """A command whose help keeps examples as they are and lists its options under headings."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the description."""
        _write_description(self, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, one heading after the other, those without a section last; arguments are in the text."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "section", OTHER), []).append(record)
        for title in sorted(sections, key=lambda title: title == OTHER):
            with formatter.section("Options" if len(sections) == 1 else title):
                formatter.write_dl(sections[title], col_max=26)


def _write_description(command: click.Command, formatter: click.HelpFormatter) -> None:
    """Write a command's docstring: paragraphs are wrapped, except those with an indented line."""
    for text in inspect.cleandoc(command.help or "").split("\n\n"):
        formatter.write_paragraph()
        with formatter.indentation():
            if "\n  " in text:
                for line in text.split("\n"):
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
            else:
                formatter.write_text(text)


def debug_option(function: Function) -> Function:
    """Give a command --debug; `fairaudit.__main__` looks for it, since it must work even where Click does not."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        envvar="FAIRAUDIT_DEBUG",
        help="On an error, show where in the program it arose.",
    )(function)


def policy_option(function: Function) -> Function:
    """Give a command --policy."""
    return click.option(
        "--policy",
        cls=SectionOption,
        section="Policy file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        envvar=variable("--policy"),
        help="Columns, rules and limits. Default: the nearest fairaudit.toml, or [tool.fairaudit] in pyproject.toml.",
    )(function)


def variable(option: str) -> str:
    """Return the environment variable of an option: FAIRAUDIT_MIN_SIZE for --min-size."""
    return f"FAIRAUDIT_{option.removeprefix('--').replace('-', '_').upper()}"
