"""JSON lines: what is sound is read as it stands, in every spelling; what is not is refused with its line."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from fairaudit.cube import Count, Spec
from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("any_head")
SECRET = "canary"
MANY = 1500
"""More lines than those in which names are looked for."""
SPEC = Spec(prediction="p", attributes=("g",), views=((), ("g",)))


def written(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "f.jsonl") -> Source:
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding=encoding, newline="")
    return Source(folder / name)


def test_names_that_differ_in_capitals_are_different_columns(tmp_path: Path) -> None:
    source = written(tmp_path, '{"p":1,"g":"F","G":"x"}', '{"G":"y","p":0,"g":"M"}', '{"p":1,"g":"F"}')
    seen = DuckDB().describe(source)
    assert seen.names == ("p", "g", "G")
    assert (seen["g"].values, seen["G"].values, seen["G"].missing) == ((("F", 2), ("M", 1)), (("x", 1), ("y", 1)), 1)
    cube = DuckDB().tabulate(SPEC, source)
    assert cube.cell((("g", "F"),)).count(Count.SELECTED) == 2


def test_a_name_that_comes_late_in_other_capitals_is_not_taken_for_another(tmp_path: Path) -> None:
    lines = ['{"p":1,"g":"F"}', '{"p":0,"g":"M"}'] * MANY
    cube = DuckDB().tabulate(SPEC, written(tmp_path, *lines, '{"p":1,"G":"M"}'))
    assert cube.ledger.missing_attributes["g"] == 1


@pytest.mark.parametrize("late", [False, True], ids=["first", "late"])
def test_a_bare_nan_is_missing_and_a_text_is_a_text(tmp_path: Path, late: bool) -> None:
    lines = ['{"p":NaN,"s":NaN,"g":NaN}', '{"p":1,"s":0.5,"g":"NaN"}', '{"p":0.0,"s":1,"g":"NaN"}']
    spec = Spec(prediction="p", score="s", attributes=("g",), views=((), ("g",)))
    cube = DuckDB().tabulate(spec, written(tmp_path, *(['{"p":0,"s":0,"g":"x"}'] * MANY if late else []), *lines))
    ledger = cube.ledger
    assert (ledger.missing_prediction, ledger.missing_score, ledger.missing_attributes["g"]) == (1, 1, 1)
    assert cube.cell((("g", "NaN"),)).count(Count.ALL) == 2


def test_the_line_of_a_value_that_does_not_fit(tmp_path: Path) -> None:
    fitting = ['{"p":1.0,"g":"F"}', '{"p":NaN,"g":"F"}', "", '{"p":true,"g":"F"}', '{"p":false,"g":"F"}']
    with pytest.raises(DataError) as caught:
        DuckDB().tabulate(SPEC, written(tmp_path, *fitting, f'{{"p":"{SECRET}","g":"F"}}'))
    assert (caught.value.line, caught.value.column) == (6, "p")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str) -> None:
    source = written(tmp_path, '{"p":1,"g":"weiblich é"}\r', '{"p":0,"g":"x"}\r', encoding=encoding)
    named = None if encoding.startswith("utf") else encoding
    assert DuckDB().describe(Source(source.path, named))["g"].values == (("weiblich é", 1), ("x", 1))


@pytest.mark.parametrize("lines_before", [0, 1, MANY])
@pytest.mark.parametrize(
    "line",
    [
        f'["{SECRET}"]',
        f'"{SECRET}"',
        f"{{'g':'{SECRET}'}}",
        f'{{"p":1,"g":"{SECRET}"',
        f'{{"p":1}} {{"g":"{SECRET}"}}',
        f'{{"p":1,"g":"{SECRET}","g":"x"}}',
        f'{{"p":1,"g":"{SECRET}\\ud800"}}',
        f'{{"p":1,"g":"{SECRET}\udcff"}}',
        "[" * 100_000,
    ],
    ids=["list", "text", "quotes", "cut", "two", "twice", "surrogate", "bytes", "deep"],
)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str, lines_before: int) -> None:
    path = tmp_path / "f.jsonl"
    lines = [*['{"p":1,"g":"x"}'] * lines_before, line, '{"p":0,"g":"x"}']
    path.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=r"The (line|text)") as caught:
        DuckDB().describe(Source(path))
    assert caught.value.line == lines_before + 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("lines", [("{}", "{}"), ("", " "), ('{"\\ud800": 1}',)])
def test_names_that_are_none(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(DataError):
        DuckDB().describe(written(tmp_path, *lines))


def packed() -> bytes:
    return gzip.compress("".join(f'{{"p":{i % 2},"g":"{i * i}"}}\n' for i in range(100_000)).encode())


@pytest.mark.parametrize(
    "damaged",
    [lambda whole: whole[: len(whole) // 2], lambda whole: whole[:300], lambda whole: whole + b"more"],
    ids=["half", "start", "tail"],
)
def test_a_damaged_gzip_stream_is_said_to_be_one(tmp_path: Path, damaged) -> None:
    (tmp_path / "f.jsonl.gz").write_bytes(damaged(packed()))
    with pytest.raises(DataError, match="gzip stream is damaged"):
        DuckDB().describe(Source(tmp_path / "f.jsonl.gz"))
