"""inspect: what the loader sees, without anybody's values."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from shops import write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def people(folder: Path) -> Path:
    rows = [
        (f"canary{i}", f"c{i % 5}", f"mail{i % 3}", ("f", "m", "")[i % 3], i % 70, f"name {i % 40}") for i in range(300)
    ]
    return write_csv(folder / "people.csv", ("customer_id", "account_id", "email", "gender", "age", "surname"), rows)


def columns(out: str) -> dict[str, dict]:
    return {column["name"]: column for column in json.loads(out)["columns"]}


def test_rows_columns_encoding(call: Callable, people: Path) -> None:
    done = call("inspect", people, "--format", "json")
    record = json.loads(done.out)
    assert done.code == 0
    assert (record["rows"], record["format"], record["delimiter"], record["compressed"]) == (300, "csv", ",", False)
    assert record["encoding"].lower().replace("-", "") == "utf8"
    assert columns(done.out)["gender"]["values"] == {"f": 100, "m": 100}
    assert columns(done.out)["gender"]["missing"] == 100
    assert columns(done.out)["age"]["distinct"] == 70


@pytest.mark.parametrize("form", ["text", "json"])
def test_values_of_ids_and_of_many_are_hidden(call: Callable, people: Path, form: str) -> None:
    out = call("inspect", people, "--format", form).out
    for hidden in ("canary", "mail1", "c1", "name 1", "name 39"):
        assert hidden not in out
    if form == "json":
        assert {name for name, column in columns(out).items() if "values" in column} == {"gender"}


def test_values_that_occur_rarely_are_hidden(call: Callable, folder: Path) -> None:
    file = write_csv(
        folder / "few.csv",
        ("a", "b"),
        [("seldom1", "x"), ("seldom2", "x"), ("seldom3", "x"), ("", "x"), ("", "x")],
    )
    out = call("inspect", file, "--format", "json").out
    assert "seldom" not in out
    assert columns(out)["b"]["values"] == {"x": 5}


def test_the_table_fits_the_screen(call: Callable, people: Path) -> None:
    out = call("inspect", people).out
    assert "300 rows, 6 columns" in out
    assert "whole number" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_many_values_are_counted_where_there_is_no_room(call: Callable, folder: Path) -> None:
    file = write_csv(folder / "a.csv", ("town",), [(f"Long Town Name {i % 18}",) for i in range(360)])
    assert "+17" in call("inspect", file).out


def test_several_files_are_one_object_each(call: Callable, people: Path, folder: Path) -> None:
    zipped = folder / "people.csv.gz"
    zipped.write_bytes(gzip.compress(people.read_bytes()))
    done = call("inspect", people, zipped, "--format", "json")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [record["rows"] for record in records] == [300, 300]
    assert records[1]["compressed"] is True
    assert call("inspect", people, zipped).out.count("300 rows") == 2


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_shown(
    call: Callable, people: Path, folder: Path
) -> None:
    (folder / "bad.csv").write_text("a,b\n1\n", encoding="utf-8")
    done = call("inspect", "bad.csv", people, "--format", "json")
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert done.code == 3
    assert "line 2" in first["error"]
    assert second["rows"] == 300
    assert "bad.csv" in done.err
    assert call("inspect", "bad.csv").code == 3


def test_flags_of_reading(call: Callable, folder: Path) -> None:
    file = folder / "latin.csv"
    file.write_bytes("name;x\nM\u00fcller;NA\n".encode("latin-1"))
    assert call("inspect", file).code == 3
    done = call("inspect", file, "--encoding", "latin-1", "--delimiter", ";", "--null", "NA", "--format", "json")
    assert columns(done.out)["x"]["missing"] == 1
    assert json.loads(done.out)["delimiter"] == ";"


def test_nothing_is_written(call: Callable, people: Path, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    call("inspect", people)
    assert sorted(folder.rglob("*")) == before
