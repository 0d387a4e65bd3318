"""A working folder, the shops in it, and calls of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from shops import shop

from fairaudit.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Call:
    """What a call of the command line did."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder in which no policy and no variable of the outside applies."""
    (tmp_path / ".git").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in os.environ:
        if name.startswith("FAIRAUDIT_") or name == "GITHUB_STEP_SUMMARY":
            monkeypatch.delenv(name)
    return work


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Call]:  # noqa: ARG001  it is the working folder
    """Return a function that runs the command line in this process."""

    def run(*arguments: object) -> Call:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Call(code, captured.out, captured.err)

    return run


@pytest.fixture
def program(folder: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs the command line in a process of its own."""

    def run(*arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-W", "error", "-m", "fairaudit", *map(str, arguments)]
        options = {"cwd": folder, "capture_output": True, "check": False, **settings}
        return subprocess.run(command, **options)  # type: ignore[call-overload]  # noqa: S603, PLW1510

    return run


@pytest.fixture
def fair(folder: Path) -> tuple[Path, Path]:
    return shop(folder, "fair")


@pytest.fixture
def unfair(folder: Path) -> tuple[Path, Path]:
    return shop(folder, "unfair")


@pytest.fixture
def tiny(folder: Path) -> tuple[Path, Path]:
    return shop(folder, "fair", each=60)
