"""docs/data.md against the program: every command on it is run, and finds what the two files give."""

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from forms import duck, parquet, sqlite, workbook
from rows import write_csv

from fairaudit.__main__ import main
from fairaudit.policy import Policy
from fairaudit.settings import load

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
CUSTOMERS = 1500


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


def rows(name):
    with (ROOT / "sample_data" / name).open(encoding="utf-8", newline="") as file:
        return [row for row, _ in zip(csv.DictReader(file), range(CUSTOMERS), strict=False)]


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """A folder with the beginning of the sample in every form of the page."""
    folder = tmp_path_factory.mktemp("forms")
    decisions, customers = rows("predictions.csv"), rows("customers.csv")
    columns = [dict.fromkeys(table[0], "") for table in (decisions, customers)]
    write_csv(folder / "predictions.csv", decisions)
    write_csv(folder / "customers.csv", customers)
    write_csv(folder / "october.csv", decisions[:500])
    write_csv(folder / "november.csv", decisions[500:])
    for i in range(3):
        parquet(folder / "decisions" / f"part-{i}.parquet", decisions[i::3])
    sqlite(folder / "shop.db", decisions=(columns[0], decisions), customers=(columns[1], customers))
    duck(folder / "shop.duckdb", decisions=decisions, customers=customers)
    workbook(folder / "shop.xlsx", Decisions=decisions, Customers=customers)
    shutil.copy(ROOT / "sample_data" / "fairaudit.toml", folder)
    return folder


@pytest.fixture
def at(forms, monkeypatch):
    monkeypatch.chdir(forms)
    return forms


def code(capsys, command):
    words = shlex.split(command)
    assert words.pop(0) == "fairaudit"
    result = main([*words, *(["--no-out", "--format", "json"] if words[0] == "check" else [])])
    return result, capsys.readouterr().out


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_on_the_page_gives_the_same_audit(command, capsys, request):
    expected = code(capsys, "fairaudit check predictions.csv customers.csv")
    assert expected[0] in (1, 4)
    if "postgresql://" in command:
        server = request.getfixturevalue("postgresql")
        for name in ("predictions", "customers"):
            table = rows(f"{name}.csv")
            server.load("decisions" if name == "predictions" else name, dict.fromkeys(table[0], "text"), table)
        command = command.replace("postgresql://localhost/shop", server.uri)
    found = code(capsys, command)
    if " inspect " in command:
        assert found[0] == 0
    elif "SELECT" not in command:  # a join in the statement has no customers without a decision
        assert found[0] == expected[0]
        assert judged(found[1]) == judged(expected[1])


def judged(text):
    """Return an audit without what it says of its inputs and of its policy."""
    return {key: value for key, value in json.loads(text).items() if key not in ("inputs", "policy")}


def test_every_form_of_the_page_has_a_command():
    text = " ".join(COMMANDS)
    for form in ("--parts", "--also", "shop.db", "shop.duckdb", "postgresql://", "shop.xlsx", "SELECT", "inspect"):
        assert form in text


@pytest.mark.usefixtures("at")
def test_the_python_on_the_page_runs():
    exec(blocks("python")[0], {})  # noqa: S102  our own page


def test_the_policy_on_the_page_is_valid(tmp_path):
    file = tmp_path / "fairaudit.toml"
    file.write_text(blocks("toml")[0], encoding="utf-8")
    assert isinstance(load(file), Policy)
    assert load(file).data.parts
