"""Whole commands on databases, workbooks, parts and several files: verdicts, exit codes, and no secret anywhere."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from forms import parquet, sqlite, workbook
from postgres_server import PASSWORD
from shops import snapshot, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from postgres_server import Server

HOSTILE = 'x"; DROP TABLE y; --'
LABEL = ("--label", "bought")
TABLES = ("--predictions-table", "decisions", "--attributes-table", "customers")


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def database(path: Path, **tables: Path) -> Path:
    read_in = {name: read(file) for name, file in tables.items()}
    return sqlite(path, **{name: (dict.fromkeys(rows[0], ""), rows) for name, rows in read_in.items()})


def parts(folder: Path, file: Path) -> Path:
    for i in range(3):
        parquet(folder / f"part-{i}.parquet", read(file)[i::3])
    return folder


def same_but_for_the_inputs(one: str, other: str) -> bool:
    def bare(text: str) -> dict:
        content = json.loads(text)
        del content["inputs"], content["policy"]
        return content

    return bare(one) == bare(other)


@pytest.fixture
def expected(call: Callable, unfair: tuple[Path, Path]) -> str:
    return call("check", *unfair, *LABEL, "--no-out", "--format", "json").out


def test_a_database_gives_the_audit_of_the_files(call: Callable, unfair: tuple, folder: Path, expected: str) -> None:
    path = database(folder / "shop.db", decisions=unfair[0], customers=unfair[1])
    done = call("check", path, *TABLES, *LABEL, "--no-out", "--format", "json")
    assert done.code == 1
    assert same_but_for_the_inputs(done.out, expected)
    assert json.loads(done.out)["inputs"]["attributes"]["table"] == "customers"
    assert call("check", path, path, *TABLES, *LABEL, "--no-out", "--format", "json").out == done.out


def test_a_workbook_gives_the_audit_of_the_files(call: Callable, unfair: tuple, folder: Path, expected: str) -> None:
    path = workbook(folder / "shop.xlsx", decisions=read(unfair[0]), customers=read(unfair[1]))
    done = call("check", path, *TABLES, *LABEL, "--no-out", "--format", "json")
    assert (done.code, same_but_for_the_inputs(done.out, expected)) == (1, True)


def test_parts_give_the_audit_of_the_files(call: Callable, unfair: tuple, folder: Path, expected: str) -> None:
    path = parts(folder / "decisions", unfair[0])
    for given in (path, path / "part-*.parquet"):
        done = call("check", given, unfair[1], "--parts", *LABEL, "--no-out", "--format", "json")
        assert (done.code, same_but_for_the_inputs(done.out, expected)) == (1, True)
        assert len(json.loads(done.out)["inputs"]["predictions"]["files"]) == 3
    assert "--parts" in call("check", path, unfair[1]).err


def test_further_files_give_the_audit_of_one(
    call: Callable, unfair: tuple, folder: Path, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read(unfair[0])
    files = [write_csv(folder / f"{i}.csv", list(rows[0]), (row.values() for row in rows[i::3])) for i in range(3)]
    done = call(
        "check", files[0], unfair[1], "--also", files[1], "--also", files[2], *LABEL, "--no-out", "--format", "json"
    )
    assert (done.code, same_but_for_the_inputs(done.out, expected)) == (1, True)
    recorded = json.loads(done.out)["inputs"]["predictions"]["files"]
    assert [(one["name"], one["rows"], len(one["sha256"])) for one in recorded] == [
        (f"{i}.csv", 1000, 64) for i in range(3)
    ]
    monkeypatch.setenv("FAIRAUDIT_ALSO", f"{files[1]}, {files[2]}")
    assert call("check", files[0], unfair[1], *LABEL, "--no-out", "--format", "json").out == done.out
    twice = call("check", files[0], unfair[1], "--also", files[0])
    assert (twice.code, "given twice" in twice.err) == (2, True)


@pytest.fixture
def server(unfair: tuple, postgresql: Server) -> Server:
    """Return a server that holds the shop."""
    for name, file in zip(("decisions", "customers"), unfair, strict=True):
        rows = read(file)
        postgresql.load(name, dict.fromkeys(rows[0], "text"), rows)
    return postgresql


def test_a_server_gives_the_audit_of_the_files(call: Callable, server: Server, folder: Path, expected: str) -> None:
    done = call("check", server.uri, *TABLES, *LABEL)
    assert done.code == 1
    written = b"".join(snapshot(folder).values()).decode("latin-1")
    assert "s3cret" not in done.out + done.err + written
    assert "owner" not in done.out + done.err
    audit = (folder / "reports" / "audit.json").read_text(encoding="utf-8")
    assert same_but_for_the_inputs(audit, expected)
    assert json.loads(audit)["inputs"]["predictions"].keys() == {"name", "table", "rows"}


SECRETS = (
    ("check", "{uri}"),
    ("check", "{uri}", "--predictions-table", "nothing"),
    ("check", "{uri}", "--predictions-table", "SELECT 1 / 0 AS a"),
    ("check", "{uri}", "--predictions-table", "y", "--attributes-table", "y", "--dry-run"),
    ("check", "{uri}", "{uri}", "{uri}"),
    ("check", "--also", "{uri}", "{uri}", "--predictions-table", "y"),
    ("check", "{uri}x?sslmode=nonsense", "--debug"),
    ("check", "x{uri}"),
    ("{uri}",),
    ("check", "a.csv", "--{uri}"),
    ("inspect", "{uri}", "--table", "y"),
    ("inspect", "{uri}", "--table", "y", "--format", "json"),
    ("inspect", "{uri}", "--table", "nothing", "--format", "json"),
    ("inspect", "{uri}", "--debug"),
    ("inspect", "postgres:{uri}"),
    ("init", "{uri}", "--predictions-table", "y"),
)


@pytest.mark.parametrize("arguments", SECRETS, ids=" ".join)
def test_no_password_is_ever_told(call: Callable, folder: Path, postgresql: Server, arguments: tuple[str, ...]) -> None:
    rows = [{"customer_id": i, "prediction": i // 2 % 2, "gender": "fm"[i % 2]} for i in range(400)]
    postgresql.load("y", {"customer_id": "int", "prediction": "int", "gender": "text"}, rows)
    postgresql.load("z", {"a": "int"}, [])
    done = call(*(part.format(uri=postgresql.uri) for part in arguments))
    told = done.out + done.err + "".join(content.decode("latin-1") for content in snapshot(folder).values())
    for secret in (PASSWORD, "s3cret", "owner:"):
        assert secret not in told
    assert done.code in (0, 2, 3, 4)


@pytest.mark.parametrize(
    "case",
    [
        (("shop.db",), 3, "several tables"),
        (("shop.db", "--predictions-table", "decision"), 3, 'Did you mean "decisions"'),
        (("shop.db", "--predictions-table", "DROP TABLE decisions"), 2, "SELECT or WITH"),
        (("shop.db", "--predictions-table", "SELECT * FROM decisions; DELETE FROM decisions"), 2, "SELECT or WITH"),
        (("shop.db", "--predictions-table", ""), 2, "predictions_table"),
        (("predictions.csv", "--predictions-table", "decisions"), 3, "leave out the name"),
        (("predictions.csv", "--attributes-table", "customers"), 3, "leave out the name"),
        ((".",), 3, "--parts"),
        (("*.csv",), 3, "No such file"),
        (("*.csv", "--parts"), 3, "no Parquet file"),
        (("nothing*", "--parts"), 3, "No file matches"),
        (("predictions.csv", "--also", "customers.csv"), 3, "no such column in this file"),
    ],
)
def test_what_is_wrong_is_told_with_its_exit_code(
    call: Callable, unfair: tuple, folder: Path, case: tuple[tuple[str, ...], int, str]
) -> None:
    arguments, code, told = case
    path = database(folder / "shop.db", decisions=unfair[0], customers=unfair[1])
    before = path.read_bytes()
    done = call("check", *arguments, *LABEL, "--protected", "gender", "--no-out")
    assert (done.code, told in done.err) == (code, True), done.err
    assert path.read_bytes() == before


def test_a_hostile_table_is_audited_as_any_other(call: Callable, folder: Path) -> None:
    rows = [{"customer_id": i, "prediction": i // 2 % 2, "gender": "fm"[i % 2]} for i in range(2000)]
    path = sqlite(folder / "shop.db", **{HOSTILE: (dict.fromkeys(rows[0], ""), rows), "y": ({"a": ""}, [])})
    done = call("check", path, "--predictions-table", HOSTILE, "--rule", "disparate_impact", "--no-out")
    assert (done.code, done.out.splitlines()[-1]) == (0, "PASS")
    assert HOSTILE.encode() in path.read_bytes()
    assert [file.name for file in folder.iterdir()] == ["shop.db"]


def test_inspect_shows_a_table_or_a_sheet(call: Callable, unfair: tuple, folder: Path) -> None:
    path = database(folder / "shop.db", decisions=unfair[0], customers=unfair[1])
    done = call("inspect", path, "--table", "customers", "--format", "json")
    record = json.loads(done.out)
    assert (record["format"], record["rows"], record["file"]) == ("sqlite", 3000, str(path))
    assert [column["name"] for column in record["columns"]] == ["customer_id", "gender", "region"]
    sheet = workbook(folder / "shop.xlsx", decisions=read(unfair[0]))
    assert "xlsx; 3,000 rows, 3 columns" in call("inspect", sheet).out
    folder_of_parts = parts(folder / "p", unfair[0])
    assert "parquet; 3,000 rows, 3 columns" in call("inspect", folder_of_parts, "--parts").out
    assert call("inspect", path).code == 3


def test_init_writes_down_where_the_tables_are(call: Callable, unfair: tuple, folder: Path) -> None:
    path = database(folder / "shop.db", decisions=unfair[0], customers=unfair[1])
    assert call("init", path, *TABLES).code == 0
    written = (folder / "fairaudit.toml").read_text(encoding="utf-8")
    assert 'predictions_table = "decisions"' in written
    assert 'attributes_table = "customers"' in written
    assert call("check", path, *LABEL, "--no-out").code == 1


def test_an_output_never_replaces_a_part(call: Callable, unfair: tuple, folder: Path) -> None:
    path = parts(folder / "p", unfair[0])
    done = call("check", path, unfair[1], "--parts", *LABEL, "-o", f"json={path / 'part-0.parquet'}")
    assert (done.code, "would overwrite" in done.err) == (2, True)
