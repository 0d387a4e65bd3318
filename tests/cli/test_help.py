"""The help: every command has an example, every option a description, and asking for it loads nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import pytest

from fairaudit.cli.commands import COMMANDS, group
from fairaudit.cli.flags import FLAGS
from fairaudit.cli.layout import variable
from fairaudit.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEAVY = {
    "numpy", "pandas", "scipy", "sklearn", "fairlearn", "matplotlib", "duckdb", "pyarrow", "jinja2", "pydantic",
    "fairaudit.policy", "fairaudit.cube", "fairaudit.report", "fairaudit.api",
}  # fmt: skip


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    yield "", group
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", part) for sub, part in command.commands.items())


COMMAND = dict(every_command())


@pytest.mark.parametrize("name", COMMAND)
def test_every_command_has_help_with_an_example(call: Callable, name: str) -> None:
    done = call(*name.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert f"\n    fairaudit {name}".rstrip() in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert "\b" not in done.out


@pytest.mark.parametrize("name", COMMAND)
def test_every_option_is_described(call: Callable, name: str) -> None:
    out = call(*name.split(), "--help").out
    for parameter in COMMAND[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert max(parameter.opts, key=len) in out


@pytest.mark.parametrize("name", COMMAND)
def test_every_option_of_an_audit_has_a_variable(name: str) -> None:
    for parameter in COMMAND[name].params:
        if isinstance(parameter, click.Option) and name == "check":
            assert parameter.envvar == variable(max(parameter.opts, key=len))


def test_the_group_shows_every_command(call: Callable) -> None:
    out = call("--help").out
    assert all(f"\n  {name}" in out for name in COMMANDS)


def test_every_flag_sets_a_value_of_the_policy() -> None:
    from fairaudit.settings import in_force

    keys = {setting.key for setting in in_force(load())}
    assert {flag.key for flag in FLAGS} <= keys


def test_h_is_short_for_help(call: Callable) -> None:
    assert call("check", "-h").out == call("check", "--help").out


@pytest.mark.parametrize("arguments", [("--help",), ("check", "--help"), ("--version",), ("init", "--help")])
def test_help_loads_nothing_heavy(folder: Path, arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom fairaudit.__main__ import main\n"
        f"code = main({list(arguments)!r})\nprint('MODULES', *sys.modules)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)  # noqa: S603
    modules = set(done.stdout.rpartition("MODULES ")[2].split())
    assert not modules & HEAVY


def test_help_is_quick(folder: Path) -> None:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "fairaudit", "--help"], capture_output=True, check=True, cwd=folder)
        times.append(time.perf_counter() - start)
    print(f"fairaudit --help: {min(times):.2f} s")  # noqa: T201  the bar of 0.3 s is looked at, not asserted


def test_the_help_does_not_depend_on_the_width_of_the_terminal(program: Callable) -> None:
    def wide(columns: str) -> bytes:
        return program("check", "--help", env={**os.environ, "COLUMNS": columns}).stdout

    assert wide("80") == wide("200")
