"""The public data sets that may lie beside the checkout."""

import csv
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def read_rows(folder, file):
    path = DATA / folder / file
    if not path.is_file():
        pytest.skip(f"the public data set {folder} is not stored beside the repository (../shared/data)")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
