"""policy: check a policy file, show what is in force and why, print the schema of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import terminal, toml
from fairaudit.cli.flags import overrides, policy_flags, preset_flag
from fairaudit.cli.layout import Group, Sectioned, debug_option, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fairaudit.policy import Policy
    from fairaudit.settings import Preset

_FILE = click.argument("file", required=False, type=click.Path(path_type=Path), envvar=variable("--policy"))


@click.group(cls=Group)
def command() -> None:
    """Check a policy file, or show the one in force.

    The policy says which column is what, which rules are judged and how
    strictly. Without a FILE these commands take the nearest fairaudit.toml, or
    the table [tool.fairaudit] of a pyproject.toml, as `fairaudit check` does.

    For example:
      fairaudit policy validate fairaudit.toml
      fairaudit policy show
      fairaudit policy presets
      fairaudit policy show --preset four-fifths
    """


@command.command(cls=Sectioned)
@_FILE
@preset_flag
@debug_option
@click.pass_context
def validate(context: click.Context, /, file: Path | None, preset: str | None) -> int:
    """Say whether a policy file can be used.

    Unknown keys, values that do not fit and limits that contradict each other
    are errors (exit code 2). No data are read.

    For example:
      fairaudit policy validate
      fairaudit policy validate fairaudit.toml
    """
    from fairaudit import demands, settings
    from fairaudit.errors import UsageError

    found = file or settings.find_file(Path.cwd())
    if found is None and preset is None:
        raise UsageError("There is no fairaudit.toml here or above. `fairaudit init` writes one from your files.")
    policy = settings.load(found, overrides(context))
    rules = len(policy.rules)
    origin = policy.origins["rule"]
    given = f", the rules by {origin}" if origin.startswith("preset") else ""
    for text in (*demands.impossible(policy), *demands.unanswerable(policy)):
        terminal.note(f"note: {text}")
    what = f"The preset {policy.preset}" if found is None else terminal.name(str(found), 60)
    terminal.result(f"{what} is valid: {rules} rule{'' if rules == 1 else 's'}{given}.")
    return 0


@command.command(cls=Sectioned)
@_FILE
@policy_flags
@debug_option
@click.pass_context
def show(context: click.Context, /, file: Path | None, **_: Any) -> int:  # noqa: ANN401  read from the context
    """Print every value in force and where it comes from.

    That is a policy file itself, with the origin of each value as a comment:
    default, preset, the file, FAIRAUDIT_* variables or flags. It takes the
    flags of `fairaudit check`. With --preset it begins with what the preset
    is and what stands behind it.

    For example:
      fairaudit policy show
      fairaudit policy show fairaudit.toml --min-size 50
      fairaudit policy show --preset eu-evidence
    """
    from fairaudit import settings

    found = file or settings.find_file(Path.cwd())
    terminal.result("\n".join(_shown(settings.load(found, overrides(context)))))
    return 0


def _shown(policy: Policy) -> Iterator[str]:
    """Yield the lines of a policy as TOML with each value's origin."""
    from fairaudit import settings

    if policy.preset is not None:
        yield from _about(settings.preset(policy.preset))
    section = ""
    for setting in settings.in_force(policy):
        table, _, key = setting.key.rpartition(".")
        if table != section:
            section = table
            yield f"\n[{section}]" if section else ""
        if setting.key == "rule":
            yield f"# rules: {setting.origin}"
            yield from (line for rule in setting.value for line in _rule(rule))
        elif setting.value is None:
            yield f"# {key} is not set"
        else:
            yield toml.line(key, setting.value, setting.origin)


def _about(preset: Preset) -> Iterator[str]:
    """Yield what a preset is as comments."""
    yield terminal.paragraph(f"# {preset.name}: {preset.title}", hanging="# ")
    yield terminal.paragraph(f"# Status: {preset.status}", hanging="#   ")
    yield terminal.paragraph(f"# Source: {preset.source}", hanging="#   ")
    yield f"# As of:  {preset.as_of}"
    yield from (terminal.paragraph(f"# - {sentence}", hanging="#   ") for sentence in preset.says)
    yield ""


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    yield "\n[[rule]]"
    for key, value in rule.items():
        if value is not None:
            yield toml.line(key, value)


@command.command(cls=Sectioned)
@debug_option
def presets() -> int:
    """List the presets: what each is for, and what stands behind it.

    A preset brings rules and strictness for a purpose. None of them is law:
    each names its source, its status and the day on which that was looked at.
    A policy file builds on it: what the file says wins.

    For example:
      fairaudit policy presets
      fairaudit policy show --preset four-fifths
      fairaudit check predictions.csv customers.csv --preset four-fifths
    """
    from fairaudit import settings

    blocks = []
    for name in settings.PRESETS:
        preset = settings.preset(name)
        default = " (default)" if name == settings.DEFAULT_PRESET else ""
        lines = [
            f"{name}{default}",
            terminal.paragraph(preset.title, "    "),
            terminal.paragraph(f"Status, {preset.as_of}: {preset.status}", "    "),
        ]
        blocks.append("\n".join(lines))
    terminal.result("\n\n".join(blocks))
    return 0


@command.command(cls=Sectioned)
@debug_option
def schema() -> int:
    """Print the JSON Schema of the policy file, for editors.

    For example:
      fairaudit policy schema > fairaudit.schema.json
    """
    from fairaudit.policy import Policy

    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(by_alias=True),
        "title": "fairaudit policy",
    }
    terminal.result(json.dumps(document, indent=2))
    return 0
