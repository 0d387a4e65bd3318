"""docs/cube-format.md against the program: the snippet runs, and every field that is written is described."""

import contextlib
import io
import os
import re
from dataclasses import fields
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import fairaudit
from fairaudit import cubetable
from fairaudit.spec import Spec

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cube-format.md"
TEXT = PAGE.read_text(encoding="utf-8")
OUTPUT = re.compile(r"<!-- output: cube -->\n```\n(?P<text>.*?)```\n<!-- end -->", re.DOTALL)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Return the folder of the sample's cube."""
    folder = tmp_path_factory.mktemp("sample")
    sample = ROOT / "sample_data"
    cube = fairaudit.tabulate(sample / "predictions.csv", sample / "customers.csv", sample / "fairaudit.toml")
    cube.save(folder / "day.cube")
    return folder


def test_the_snippet_prints_what_the_page_shows(day, monkeypatch):
    monkeypatch.chdir(day)
    snippet = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL).group(1)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(snippet, {})  # noqa: S102  our own page
    shown = OUTPUT.search(TEXT)
    if os.environ.get("FAIRAUDIT_UPDATE_GOLDEN") == "1":
        PAGE.write_text(TEXT[: shown.start("text")] + printed.getvalue() + TEXT[shown.end("text") :], encoding="utf-8")
        return
    assert shown.group("text") == printed.getvalue()


def test_every_field_is_described(day):
    described = set(re.findall(r"`([a-z0-9_.]+)`", TEXT))
    metadata = pq.read_schema(day / "day.cube").metadata
    assert {key.decode() for key in metadata} <= described
    assert set(cubetable.schema().names) <= described
    assert {field.name for field in fields(Spec)} <= described


def test_the_table_of_columns_is_in_the_order_of_the_file():
    rows = re.findall(r"^\| `([a-z_]+)` \|", TEXT.partition("## The columns")[2], re.MULTILINE)
    assert rows == cubetable.schema().names
