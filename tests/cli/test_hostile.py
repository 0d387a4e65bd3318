"""Hostile names and a blocked network: nothing raw reaches the terminal, nothing is sent."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from shops import write_csv

from fairaudit.cli.outputs import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVIL = "x\x1b[31m\x07\x9b2J\u202e\u200b\u2028::error::"
RAW = ("\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\u2028")


def hidden(text: str) -> bool:
    return not any(char in text for char in RAW)


@pytest.fixture
def evil(folder: Path) -> Path:
    rows = [(i, i // 2 % 2, (EVIL, "m")[i % 2]) for i in range(2000)]
    return write_csv(folder / "all.csv", ("customer_id", "prediction", EVIL), rows)


@pytest.mark.parametrize("form", KINDS)
def test_names_are_shown_harmless(call: Callable, evil: Path, form: str) -> None:
    done = call("check", evil, "--protected", EVIL, "--rule", "disparate_impact", "--no-out", "--format", form)
    assert done.code == 0
    assert hidden(done.out)
    assert hidden(done.err)
    if form == "json":
        groups = json.loads(done.out)["groups"]
        assert {value for group in groups for value in group["group"].values()} == {EVIL, "m"}


def test_the_other_screens_are_harmless(call: Callable, evil: Path, folder: Path) -> None:
    for arguments in (
        ("inspect", evil),
        ("inspect", evil, "--format", "json"),
        ("init", evil),
        ("check", evil, "--protected", EVIL, "--dry-run"),
        ("check", evil),
        ("check", evil, "--protected", f"{EVIL}2"),
        ("check", evil, f"--{EVIL}"),
        ("explain", EVIL),
        (EVIL,),
        ("inspect", f"{EVIL}.csv"),
        ("check", evil, "--policy", f"{EVIL}.toml"),
        ("check", evil, "--rule", EVIL),
        ("policy", "show", "--id", EVIL),
        ("demo", f"{EVIL}/\0"),
        ("cube", evil, "--protected", EVIL, "-o", f"{EVIL}.cube"),
        ("inspect", f"{EVIL}.cube"),
        ("inspect", f"{EVIL}.cube", "--format", "json"),
        ("check", f"{EVIL}.cube", "--no-out"),
        ("check", f"{EVIL}.cube", "--dry-run"),
        ("check", f"{EVIL}.cube", "--protected", f"{EVIL}2", "--no-out"),
        ("merge", f"{EVIL}.cube", f"{EVIL}.cube", "-o", "twice.cube"),
        ("merge", "\0", "-o", "twice.cube"),
        ("cube", evil, "--protected", EVIL, "-o", "\0"),
    ):
        done = call(*arguments)
        assert hidden(done.out + done.err), arguments
    assert hidden((folder / "fairaudit.toml").read_text(encoding="utf-8"))


def test_a_column_name_cannot_leave_its_comment(call: Callable, folder: Path) -> None:
    name = "gender\n[verdict]\non_inconclusive = 'warn'\n#"
    file = write_csv(
        folder / "all.csv",
        ("customer_id", "prediction", name, "sex"),
        [(i, i % 2, "a", "fm"[i % 2]) for i in range(400)],
    )
    call("init", file)
    assert "\non_inconclusive" not in (folder / "fairaudit.toml").read_text(encoding="utf-8")
    assert call("policy", "validate").code == 0


def test_a_whole_check_opens_no_connection(program: Callable, folder: Path, unfair: tuple[Path, Path]) -> None:
    (folder / "block").mkdir()
    (folder / "block" / "sitecustomize.py").write_text(
        "import socket\n\n\n"
        "def refuse(*args, **kwargs):\n    raise SystemExit('a socket was opened')\n\n\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n",
        encoding="utf-8",
    )
    done = program("check", *unfair, "--label", "bought", env={**os.environ, "PYTHONPATH": str(folder / "block")})
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, b"FAIL")
    assert b"socket" not in done.stderr
    assert (folder / "reports" / "report.html").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_poor_terminal_encoding_breaks_nothing(program: Callable, folder: Path, encoding: str) -> None:
    rows = [(i, i // 2 % 2, ("\u5973\u6027", "m\u00e4nnlich")[i % 2]) for i in range(2000)]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), rows)
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = program("check", file, "--rule", "disparate_impact", "--no-out", "--format", "json", env=environment)
    assert done.returncode == 0, done.stderr
    assert "\u5973\u6027" in {v for g in json.loads(done.stdout)["groups"] for v in g["group"].values()}


def test_nothing_is_written_beside_the_inputs(call: Callable, evil: Path, folder: Path) -> None:
    call("check", evil, "--protected", EVIL, "--no-out")
    assert [path.name for path in folder.iterdir()] == ["all.csv"]
