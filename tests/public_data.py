"""The public data sets that may lie beside the checkout."""

import csv
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def folder(name):
    """Return where a data set lies; without it the test is skipped."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the public data set {name} is not stored beside the repository (../shared/data)")
    return DATA / name


def read_rows(name, file):
    path = folder(name) / file
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
