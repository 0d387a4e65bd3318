"""selftest: a table and a sentence when the error rates hold, an internal error when they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fairaudit import selftest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "AUDITS", 3)


@pytest.mark.usefixtures("few")
def test_it_prints_every_check_and_exits_with_0(call: Callable, folder: Path) -> None:
    done = call("selftest")
    assert (done.code, done.err) == (0, "")
    for check in selftest.checks(1):
        assert check.name in done.out
        assert f"{100 * check.share:.1f} %" in done.out
    assert "Every error rate is within what is allowed." in done.out
    assert "TOO MANY" not in done.out
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("few")
def test_equal_seeds_give_equal_bytes(call: Callable) -> None:
    assert call("selftest", "--seed", 7).out == call("selftest", "--seed", "7").out


def test_too_many_errors_are_a_fault_of_the_installation(call: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [selftest.Check("one thing", 0.04, 0.05), selftest.Check("another", 0.06, 0.05)]
    monkeypatch.setattr(selftest, "checks", lambda _seed: found)
    done = call("selftest")
    assert done.code == 70
    assert "another" in done.err
    assert "one thing" not in done.err
    assert "TOO MANY" in done.out
    assert "within what is allowed" not in done.out


@pytest.mark.parametrize("seed", ["-1", "x"])
def test_a_seed_is_a_number_from_0(call: Callable, seed: str) -> None:
    done = call("selftest", "--seed", seed)
    assert (done.code, done.out) == (2, "")


@pytest.mark.slow
def test_the_command_as_it_is_holds_its_bars(call: Callable) -> None:
    assert call("selftest", "--seed", 20).code == 0
