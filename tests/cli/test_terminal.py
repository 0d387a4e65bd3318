"""terminal, progress and toml: what they make of a text."""

from __future__ import annotations

import io
import json
import sys
import time
import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.cli import progress, terminal, toml


@given(st.text())
def test_visible_text_is_printable_and_keeps_what_was(text: str) -> None:
    shown = terminal.visible(text)
    assert all(char.isprintable() or char == "\n" for char in shown)
    if all(char.isprintable() or char == "\n" for char in text):
        assert shown == text


def test_what_cannot_be_printed_is_spelled_out() -> None:
    assert terminal.visible("a\x1b\u202e\U000e0001b\r\nc") == "a\\x1b\\u202e\\U000e0001b\\x0d\nc"


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert terminal.name("a" * 50 + "b" * 50, 21) == "aaaaaaaaa...bbbbbbbbb"
    assert terminal.name("a\nb") == "a\\x0ab"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_json_on_the_terminal_says_the_same(text: str) -> None:
    document = json.dumps({text: text}, ensure_ascii=False)
    shown = "".join(c if c.isprintable() or c == "\n" else terminal._json_escape(c) for c in document)
    assert shown.isprintable()
    assert json.loads(shown) == {text: text}


def test_a_table() -> None:
    rows = [("a", "10", "x"), ("bbb", "7", ""), ("c",)]
    assert terminal.table(rows, indent=" ", right=(1,)) == " a    10  x\n bbb   7\n c"
    assert terminal.table([]) == ""


def test_a_result_ends_with_one_line_break(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.result("a")
    terminal.result("b\n")
    assert capsys.readouterr().out == "a\nb\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_its_own_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ascii(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Ascii(raw, encoding="ascii"))
    terminal.result("\u00e4")
    assert raw.getvalue() == b"\\xe4\n"


def test_closed_streams_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    terminal.result("a")
    terminal.say("b")
    with progress.progress("c", wanted=True):
        pass


def test_progress_shows_after_its_patience_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_PATIENCE", 0.01)
    with progress.progress("Reading x\x1b.csv", wanted=True):
        time.sleep(0.2)
    assert stream.getvalue().startswith("\rReading x\\x1b.csv ... 0 s")
    assert stream.getvalue().endswith(" \r")


@pytest.mark.parametrize("wanted", [True, False])
def test_quick_work_shows_no_progress(monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.progress("Reading", wanted=wanted):
        pass
    assert stream.getvalue() == ""


values = st.recursive(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]))
    | st.integers(-(10**9), 10**9)
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet=st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), values)
def test_toml_reads_back_as_what_was_written(name: str, value: object) -> None:
    text = toml.line(name, value, "a comment")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert tomllib.loads(text, parse_float=Decimal) == {name: value}


def test_a_long_list_gets_a_line_for_each_value() -> None:
    text = toml.line("protected", ["a" * 30, "b" * 30, "c" * 30], "default")
    assert text.splitlines()[0] == "protected = ["
    assert tomllib.loads(text) == {"protected": ["a" * 30, "b" * 30, "c" * 30]}


def test_numbers() -> None:
    assert [toml.value(v) for v in (0.9, 30, Decimal("0.80"), True, False)] == ["0.9", "30", "0.80", "true", "false"]
