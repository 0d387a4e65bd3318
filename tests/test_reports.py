"""reports/ is what the README's first command writes: it is written again and compared."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import fairaudit
from fairaudit import report

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "reports"
VERSION = re.compile(r"\d+\.\d+(\.\d+)?\w*")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    sample = ROOT / "sample_data"
    audit = fairaudit.audit(sample / "predictions.csv", sample / "customers.csv", policy=sample / "fairaudit.toml")
    report.write(audit, folder)
    if os.environ.get("FAIRAUDIT_UPDATE_GOLDEN") == "1":
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(folder, KEPT)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def close(a: object, b: object) -> bool:
    """Return whether two documents are equal, numbers to 12 digits."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-12, abs=1e-12)
    return a == b


def test_the_same_files_are_written(written):
    assert files(written) == files(KEPT)


def test_the_record_has_the_same_numbers(written):
    now, then = (json.loads((folder / "audit.json").read_text(encoding="utf-8")) for folder in (written, KEPT))
    assert now.pop("versions").keys() == then.pop("versions").keys()
    # the checkout may lie in a repository of another root
    lines = [{rule: place["line"] for rule, place in one.pop("places").items()} for one in (now, then)]
    assert lines[0] == lines[1]
    assert close(now, then)


def test_the_summary_has_the_same_text(written):
    now, then = ((folder / "summary.md").read_text(encoding="utf-8") for folder in (written, KEPT))
    assert VERSION.sub("", now) == VERSION.sub("", then)


def shape(svg: Path) -> list[str]:
    return [element.tag for element in ET.parse(svg).iter()]  # noqa: S314  our own file


@pytest.mark.parametrize("name", [path.name for path in sorted((KEPT / "plots").glob("*.svg"))])
def test_a_plot_has_the_same_structure(written, name):
    assert shape(written / "plots" / name) == shape(KEPT / "plots" / name)


def test_the_page_has_the_same_structure(written):
    tags = re.compile(r"<(/?[a-z][a-z0-9]*)")
    now, then = ((folder / "report.html").read_text(encoding="utf-8") for folder in (written, KEPT))
    assert tags.findall(now) == tags.findall(then)
