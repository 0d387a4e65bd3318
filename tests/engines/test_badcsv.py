"""Malformed files of other tools' test suites: each is loaded with the right number of rows, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairaudit.engines import Source
from fairaudit.engines.duckdb import DuckDB
from fairaudit.errors import DataError

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "badcsv"
INDEX = FOLDER / "index.json"

pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="the folder ../shared/data is not beside this checkout")


def cases() -> list[dict]:
    return json.loads(INDEX.read_text(encoding="utf-8"))["files"] if INDEX.is_file() else []


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["file"])
def test_a_malformed_file_is_loaded_exactly_or_refused(case):
    options = case.get("options") or {}
    source = Source(FOLDER / case["file"], options.get("encoding"), options.get("delimiter"))
    expected = case["expect"]
    try:
        seen = DuckDB().describe(source)
    except DataError:
        assert expected["outcome"] in ("error", "either")
    else:
        assert expected["outcome"] in ("load", "either")
        if expected.get("rows") is not None:
            assert seen.rows == expected["rows"]
