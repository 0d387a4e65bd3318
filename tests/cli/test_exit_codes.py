"""Exit codes: each ending has its own, and nothing but a proven failure is 1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from shops import write_csv

import fairaudit.__main__ as entry
from fairaudit import api
from fairaudit.errors import DataError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LABEL = ("--label", "bought")


def test_0_pass(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, *LABEL, "--no-out")
    assert (done.code, done.out.splitlines()[-1]) == (0, "PASS")


def test_1_fail(call: Callable, unfair: tuple[Path, Path]) -> None:
    done = call("check", *unfair, *LABEL, "--no-out")
    assert (done.code, done.out.splitlines()[-1]) == (1, "FAIL")


def test_4_inconclusive(call: Callable, tiny: tuple[Path, Path]) -> None:
    done = call("check", *tiny, *LABEL, "--no-out")
    assert (done.code, done.out.splitlines()[-1]) == (4, "INCONCLUSIVE")


def test_without_a_label_equal_opportunity_is_open(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, "--no-out")
    assert done.code == 4
    assert "a label is never guessed" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which command?"),
        (("chek",), 'Did you mean "check"'),
        (("predictions.csv",), 'fairaudit check "predictions.csv"'),
        (("--nix",), "--nix"),
        (("check",), "PREDICTIONS"),
        (("check", "predictions.csv", "customers.csv", "third.csv"), "third.csv"),
        (("check", "predictions.csv", "--nix"), "--nix"),
        (("check", "predictions.csv", "--min-size", "many"), "many"),
        (("check", "predictions.csv", "--threshold", "nan"), "finite"),
        (("check", "predictions.csv", "--threshold", "high"), "not a number"),
        (("check", "predictions.csv", "--rule", "nix"), 'no metric "nix"'),
        (("check", "predictions.csv", "--rule", "disparate_impact:low=1"), "low=1"),
        (("check", "predictions.csv", "--rule", "disparate_impact:min=x"), "not a number"),
        (("check", "predictions.csv", "--rule", "selection_rate:min=0.5"), "compare"),
        (("check", "predictions.csv", "--band", "age"), "age=25,40,60"),
        (("check", "predictions.csv", "--band", "age=40,25"), "increasing"),
        (("check", "predictions.csv", "--score-range", "1"), "LOW,HIGH"),
        (("check", "predictions.csv", "--reference", "first"), "largest"),
        (("check", "predictions.csv", "--reference", "a*b=c"), "a and b"),
        (("check", "predictions.csv", "--delimiter", ":"), "semicolon"),
        (("check", "predictions.csv", "--protected", ""), "empty"),
        (("check", "predictions.csv", "--format", "pdf"), "pdf"),
        (("check", "predictions.csv", "-o", "docx=x"), "KIND=PATH"),
        (("check", "predictions.csv", "-o", "pdf=-"), "pdf=fairaudit.pdf"),
        (("report",), "AUDIT.JSON"),
        (("report", "predictions.csv", "--format", "docx"), "docx"),
        (("report", "predictions.csv", "-o", "json=predictions.csv"), "overwrite"),
        (("check", "predictions.csv", "-o", "json=-"), "--format json"),
        (("check", "predictions.csv", "-o", "plots=gif"), "plots=png"),
        (("check", "predictions.csv", "-o", "plots=png", "--no-out"), "--out"),
        (("check", "predictions.csv", "-o", "json=a", "-o", "html=a"), "twice"),
        (("check", "predictions.csv", "--policy", "nowhere.toml"), "nowhere.toml"),
        (("check", "predictions.csv", "--confidence", "0.3"), "--confidence"),
        (("explain", "disparate_impakt"), "disparate_impact"),
        (("policy", "validate"), "fairaudit init"),
        (("policy", "nix"), "nix"),
    ],
)
def test_2_usage(call: Callable, fair: tuple[Path, Path], arguments: tuple[str, ...], message: str) -> None:
    assert all(path.exists() for path in fair)
    done = call(*arguments)
    assert done.code == 2
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", [("check",), ("inspect",), ("init",), ("report",)])
def test_3_a_file_is_missing(call: Callable, command: tuple[str, ...]) -> None:
    done = call(*command, "nowhere.csv")
    assert done.code == 3
    assert "nowhere.csv" in done.err


def test_3_a_file_is_malformed(call: Callable, folder: Path) -> None:
    (folder / "predictions.csv").write_text("customer_id,prediction\n1,0\n2,1,7\n", encoding="utf-8")
    done = call("check", "predictions.csv", "--prediction", "prediction", "--protected", "customer_id")
    assert done.code == 3
    assert "line 3" in done.err


def test_3_a_column_is_missing(call: Callable, fair: tuple[Path, Path]) -> None:
    done = call("check", *fair, "--prediction", "predicton", "--protected", "gender")
    assert done.code == 3
    assert "predicton" in done.err


def test_3_nothing_matches(call: Callable, folder: Path) -> None:
    one = write_csv(folder / "p.csv", ("customer_id", "prediction"), [("a", 1), ("b", 0)])
    two = write_csv(folder / "c.csv", ("customer_id", "gender"), [("x", "f"), ("y", "m")])
    assert call("check", one, two).code == 3


@pytest.mark.parametrize("error", [RuntimeError("boom secret"), ImportError("boom"), MemoryError(), AssertionError()])
def test_70_an_internal_error(
    call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair)
    assert done.code == 70
    assert "internal error" in done.err
    assert "--debug" in done.err
    assert "Traceback" not in done.err
    assert "secret" not in done.err
    assert done.out == ""


def test_70_debug_shows_the_traceback_without_locals(
    call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        secret = "a customer's " + "name"
        raise RuntimeError(f"failed with {len(secret)} \x1b[31m")

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair, "--debug")
    assert done.code == 70
    assert "Traceback" in done.err
    assert "in fail" in done.err
    assert "customer's name" not in done.err
    assert "\x1b" not in done.err
    monkeypatch.setenv("FAIRAUDIT_DEBUG", "1")
    assert "Traceback" in call("check", *fair).err
    monkeypatch.setenv("FAIRAUDIT_DEBUG", "0")
    assert "Traceback" not in call("check", *fair).err


def test_70_an_engine_that_breaks(call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EngineError("the engine broke down")

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair)
    assert (done.code, done.err.splitlines()[-1]) == (70, "fairaudit: the engine broke down")


def test_70_a_full_disk_says_so(call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair)
    assert done.code == 70
    assert "No space left on device" in done.err


def test_70_click_is_missing(program: Callable, folder: Path) -> None:
    (folder / "click.py").write_text("raise ImportError('broken')", encoding="utf-8")
    done = program("--help", env={**os.environ, "PYTHONPATH": str(folder)})
    assert done.returncode == 70
    assert b"internal error" in done.stderr


def test_130_interrupted_in_the_middle(
    call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair, "-q")
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("error", [RuntimeError("query interrupted"), EngineError("interrupted")])
def test_130_an_engine_that_answers_with_an_error_of_its_own(
    call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise error from None

    # Spark puts a handler of its own in the place of Python's, and other tests of this process may have begun one
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair, "-q")
    assert (done.code, done.err) == (130, "")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_130_interrupted_while_the_engine_works(folder: Path) -> None:
    rows = ((i, i % 2, "fm"[i % 3 == 0]) for i in range(400_000))
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), rows)
    command = [sys.executable, "-m", "fairaudit", "check", str(file), "--no-out", "-q"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    # fast machines may be done before; what must not be is another code, or a traceback
    assert process.returncode in (130, 0, 1, 4), err
    assert b"Traceback" not in err
    if process.returncode == 130:
        assert (out, err) == (b"", b"")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_an_exec(folder: Path, number: int, code: int) -> None:
    """Python ends itself by SIGINT where its own KeyboardInterrupt left exec() of a text, as dataclasses use it."""
    text = f"import signal; signal.raise_signal({int(number)})"
    script = f"import sys\nfrom fairaudit import __main__, api\napi.audit = lambda *_: exec({text!r})\n"
    (folder / "stopped.py").write_text(f"{script}sys.exit(__main__.main())\n", encoding="utf-8")
    write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), [(1, 1, "f")])
    command = [sys.executable, "-m", "stopped", "check", "all.csv", "-q", "--no-out"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder)  # noqa: S603
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"")


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("arguments", [("metrics",), ("--help",), ("policy", "schema")])
def test_141_the_reader_has_gone(folder: Path, arguments: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "fairaudit", *arguments]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, cwd=folder)  # noqa: S603
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device is a thing of Linux")  # noqa: PTH110
def test_a_full_device_is_no_verdict(folder: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "fairaudit", "metrics"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, cwd=folder)  # noqa: S603
    assert done.returncode == 70
    assert b"No space left" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device is a thing of Linux")  # noqa: PTH110
def test_closed_streams_change_no_exit_code(folder: Path, unfair: tuple[Path, Path]) -> None:
    files = " ".join(path.name for path in unfair)
    check = f"{sys.executable} -m fairaudit check {files} --label bought --no-out --format json"
    for closing in (">&-", "2>&-", "2>/dev/full"):
        done = subprocess.run(["sh", "-c", f"{check} {closing}"], capture_output=True, check=False, cwd=folder)  # noqa: S603, S607
        assert done.returncode == 1, closing
        assert not done.stdout or done.stdout.startswith(b"{"), closing


def test_exit_zero_reports_without_gating(call: Callable, unfair: tuple[Path, Path]) -> None:
    done = call("check", *unfair, *LABEL, "--no-out", "--exit-zero")
    assert (done.code, done.out.splitlines()[-1]) == (0, "FAIL")
    assert "--exit-zero" in done.err


def test_exit_zero_does_not_hide_errors(call: Callable, unfair: tuple[Path, Path]) -> None:
    assert call("check", *unfair, "--exit-zero", "--rule", "nix").code == 2
    assert call("check", "nowhere.csv", "--exit-zero").code == 3


def test_on_inconclusive_warn_is_0_with_a_warning(call: Callable, tiny: tuple[Path, Path]) -> None:
    done = call("check", *tiny, *LABEL, "--no-out", "--on-inconclusive", "warn", "--quiet")
    assert (done.code, done.out.splitlines()[-1]) == (0, "INCONCLUSIVE")
    assert "warning" in done.err


def test_the_commands_that_only_read_exit_0(call: Callable) -> None:
    for arguments in (
        ("--version",),
        ("--help",),
        ("metrics",),
        ("explain",),
        ("policy", "show"),
        ("policy", "schema"),
    ):
        assert call(*arguments).code == 0


def test_an_error_of_the_data_names_no_value(call: Callable, folder: Path) -> None:
    rows = [("a", "1", "f"), ("b", "0", "m"), ("c", "canary-value", "m")]
    file = write_csv(folder / "all.csv", ("customer_id", "prediction", "gender"), rows)
    done = call("check", file, "--prediction", "prediction", "--protected", "gender")
    assert done.code == 3
    assert "canary" not in done.err + done.out


def test_main_takes_the_arguments_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["fairaudit", "--version"])
    assert entry.main() == 0
    assert capsys.readouterr().out.startswith("fairaudit ")


def test_an_error_keeps_its_own_code(call: Callable, fair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise DataError("is broken", file="x\x1b.csv", line=3)

    monkeypatch.setattr(api, "audit", fail)
    done = call("check", *fair, "-q")
    assert (done.code, done.err) == (3, "fairaudit: x\\x1b.csv, line 3: is broken\n")
